"""A reader wants to be forgotten: no address, name or word of theirs is left, and the ledger still counts right.

What stays on purpose: that some address must not be written to, as a hash that names nobody (`suppression`), and one
row for each letter that was sent, which says no more to whom. Orders and the account are the floors' above
(`payments.farewell`); the account goes first, because its codes need the contact.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from mailing import consent, kinds, suppression, unions
from mailing.models import Consent, Contact, DeliveryEvent, Letter, Run, StepRevision, Suppression

REASON = "The reader’s data was removed."


class StillAnAccount(ValueError):
    """Somebody signs in with this contact: the account is deleted first."""


@transaction.atomic
def erase(*, contact: Contact, now: dt.datetime) -> Contact:
    """Remove from a contact, and from those that became one with it, whatever says who it was; end its letters.

    Counts, states and moments of the ledger stay, and so does every suppression of its address. Nothing is written to
    it any more, whatever the floors above still queue. The second call changes nothing. Raises StillAnAccount.
    """
    if unions.has_account(contact):
        raise StillAnAccount("The account is deleted first.")
    for one in Contact.objects.select_for_update(no_key=True).filter(
        Q(pk=contact.pk) | Q(merged_into=contact)
    ):
        _empty(one, now)
    contact.refresh_from_db()
    return contact


def _empty(contact: Contact, now: dt.datetime) -> None:
    Run.objects.filter(contact=contact, state__in=[Run.State.ACTIVE, Run.State.HELD]).update(
        state=Run.State.CANCELLED, reason=REASON, next_due_at=None
    )
    letters = Letter.objects.filter(contact=contact)
    letters.filter(state__in=Letter.WAITING).update(
        state=Letter.State.CANCELLED, reason=REASON, lease_token=None, lease_until=None
    )
    letters.filter(reason__contains="@").update(reason=REASON)  # a server's own words
    letters.update(address="", context={})
    DeliveryEvent.objects.filter(letter__contact=contact).update(text="")
    to_one = letters.filter(revision__step__sequence__slug=kinds.TO_ONE)
    StepRevision.objects.filter(step__in=to_one.values("revision__step")).update(
        subject="(removed)", preheader="", body="", html="", text=""
    )
    for purpose in Consent.Purpose.values:
        if consent.is_asked(contact, purpose):  # no link of a letter from before says yes any more
            consent.withdraw(contact=contact, purpose=purpose, source="data removed", now=now)
    Consent.objects.filter(contact=contact).update(ip=None, browser="")
    email = f"erased-{contact.pk}@erased.invalid"
    suppression.put(email=email, scope=Suppression.Scope.ALL, reason=Suppression.Reason.MANUAL, now=now)
    contact.email, contact.name, contact.time_zone = email, "", ""
    contact.time_zone_confirmed, contact.paused_until = False, None
    contact.save()
