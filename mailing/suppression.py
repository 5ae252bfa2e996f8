"""Addresses that must not be written to. A row keeps a keyed hash of the address, so it outlives contact and account,
undoes itself for no new contact, and tells nobody who has the table whom it is about.

The key is settings.SUPPRESSION_SALT, and SECRET_KEY while that is not set. It must never change: who rotates
SECRET_KEY sets SUPPRESSION_SALT to the old one first (coursesite.checks insists), or every row would be forgotten.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from mailing import addresses, kinds
from mailing.models import Contact, Run, Suppression

HELD = "Held: mail to this address does not arrive."
UNDELIVERABLE = (Suppression.Reason.HARD_BOUNCE, Suppression.Reason.FULL)


def hash_of(email: str) -> str:
    """The same for all spellings of one address."""
    about = f"suppression:{addresses.key(email)}".encode()
    return hmac.new(settings.SUPPRESSION_SALT.encode(), about, hashlib.sha256).hexdigest()


def of(email: str) -> QuerySet[Suppression]:
    """Every row an address ever had; the desk looks it up by typing the address."""
    return Suppression.objects.filter(address_hash=hash_of(email))


def standing(email: str, *, now: dt.datetime | None = None) -> dict[str, str]:
    """What counts for an address at this moment: scope -> reason."""
    live = of(email).filter(lifted_at=None)
    if now is not None:
        live = live.filter(Q(until=None) | Q(until__gt=now))
    return dict(live.values_list("scope", "reason"))


def listed(emails: Iterable[str]) -> set[str]:
    """Which of these have any row that was not lifted, in one query."""
    hashes = {hash_of(email): email for email in emails}
    live = Suppression.objects.filter(address_hash__in=hashes, lifted_at=None)
    return {hashes[one] for one in live.values_list("address_hash", flat=True)}


def undeliverable(emails: Iterable[str]) -> set[str]:
    """To which of these mail does not arrive, in one query."""
    hashes = {hash_of(email): email for email in emails}
    live = Suppression.objects.filter(address_hash__in=hashes, lifted_at=None, reason__in=UNDELIVERABLE)
    return {hashes[one] for one in live.values_list("address_hash", flat=True)}


@transaction.atomic
def put(
    *, email: str, scope: str, reason: str, now: dt.datetime, until: dt.datetime | None = None
) -> Suppression:
    """Put an address on the list, for good or `until`. The second call returns the row that stands; a rest that
    becomes a suppression for good is one from then on.

    Where mail does not arrive the person's runs are held, not ended: they go on when the row is lifted.
    """
    hashed = hash_of(email)
    live = Suppression.objects.filter(address_hash=hashed, scope=scope, lifted_at=None)
    row = live.first()
    if row is None:
        try:
            with transaction.atomic():
                row = Suppression.objects.create(
                    address_hash=hashed, scope=scope, reason=reason, created_at=now, until=until
                )
        except IntegrityError:  # somebody was faster
            row = live.get()
    if reason == Suppression.Reason.COMPLAINT and row.reason == Suppression.Reason.UNSUBSCRIBED:
        row.reason = reason  # a later yes does not lift it
        row.save(update_fields=["reason"])
    if row.until is not None and until is None:
        row.reason, row.until = reason, None
        row.save(update_fields=["reason", "until"])
    if reason in UNDELIVERABLE:
        Run.objects.filter(contact__email_key=addresses.key(email), state=Run.State.ACTIVE).update(
            state=Run.State.HELD, reason=HELD
        )
    return row


@transaction.atomic
def lift(*, suppression: Suppression, now: dt.datetime) -> bool:
    """Take an address off the list; the row stays as a record. False the second time."""
    lifted = Suppression.objects.filter(pk=suppression.pk, lifted_at=None).update(lifted_at=now)
    if lifted:  # whatever its reason: what came after it may have held runs too
        _wake(suppression.address_hash, now)
    return bool(lifted)


def forgive(*, email: str, now: dt.datetime) -> int:
    """Somebody who wanted nothing at all wants something again. Returns how many rows; 0 the second time.

    What others decided (bounces, complaints, the desk) stays.
    """
    return of(email).filter(lifted_at=None, reason=Suppression.Reason.UNSUBSCRIBED).update(lifted_at=now)


def end_rests(*, now: dt.datetime) -> int:
    """Lift what was only for a while and is over. Returns how many rows; 0 the second time."""
    over = Suppression.objects.filter(lifted_at=None, until__lte=now)
    return sum(lift(suppression=row, now=now) for row in over)


def _wake(address_hash: str, now: dt.datetime) -> None:
    held = Run.objects.filter(state=Run.State.HELD, reason=HELD).select_related("contact")
    for contact in {run.contact for run in held if hash_of(run.contact.email) == address_hash}:
        wake(contact=contact, now=now)


def dead(email: str) -> QuerySet[Suppression]:
    """What says of an address that mail to it does not arrive."""
    return of(email).filter(lifted_at=None, reason__in=UNDELIVERABLE)


@transaction.atomic
def wake(*, contact: Contact, now: dt.datetime) -> int:
    """Runs that were held because mail did not arrive go on, if it may at the contact's address of now; how late they
    are is the planner's to settle. Returns how many; 0 the second time. Waits for whoever is lifting the row."""
    live = dead(contact.email).select_for_update()
    if live.filter(Q(until=None) | Q(until__gt=now)).first():
        return 0
    woken = 0
    held = Run.objects.filter(contact=contact, state=Run.State.HELD, reason=HELD)
    for run in held.select_related("sequence").order_by("-generation"):
        others = kinds.rivals(run.sequence, contact, run.source).filter(state=Run.State.ACTIVE)
        if not others.exists():
            waiting = Run.objects.filter(pk=run.pk, state=Run.State.HELD)
            woken += waiting.update(state=Run.State.ACTIVE, reason="")
    return woken
