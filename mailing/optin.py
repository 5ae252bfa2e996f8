"""Double opt-in: an address asked for letters; a letter asks its owner; only a pressed button says yes (mail.md §3)."""

import datetime as dt
from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet

from mailing import consent, contacts, letters, wordings
from mailing.models import Consent, Contact, DeliveryEvent, Letter

SALT = "mailing.optin"
GOOD_FOR = dt.timedelta(days=30)
PAUSE, MOST_A_DAY = dt.timedelta(minutes=15), 3  # confirmations to one address


@dataclass(frozen=True)
class Asked:
    """What a confirmation's link says: who is meant, for what, since when, and whether it is good any more: too old, or
    they said no after it was sent."""

    contact: Contact
    purpose: Consent.Purpose
    is_expired: bool
    at: dt.datetime  # when the link was sent


@transaction.atomic
def ask(*, email: str, purpose: Consent.Purpose, step: str, url: str, source: str, now: dt.datetime) -> bool:
    """Write to an address whether it wants what somebody asked for; `url` is the link's beginning, the token follows.

    At most one such letter in a quarter of an hour and three a day: then nothing happens and the answer is False.
    """
    contact = contacts.of(email, now=now)
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    asked = Letter.objects.filter(contact=contact, kind=Letter.Kind.OPT_IN)
    lately = asked.filter(created_at__gt=now - PAUSE).exists()
    if lately or asked.filter(created_at__gt=now - dt.timedelta(days=1)).count() >= MOST_A_DAY:
        return False
    said, _ = Consent.objects.get_or_create(
        contact=contact,
        purpose=purpose,
        defaults={
            "state": Consent.State.PENDING,
            "source": source,
            "wording_version": wordings.current(purpose),
            "changed_at": now,
        },
    )
    said.asked_at = now
    if said.state == Consent.State.PENDING:
        said.changed_at = now
    said.save(update_fields=["changed_at", "asked_at"])
    letters.post(
        step=step,
        contact=contact,
        dedupe_key=f"optin:{purpose}:{contact.pk}:{asked.count() + 1}",
        context={"button_url": f"{url}{token(contact, purpose, now=now)}/"},
        kind=Letter.Kind.OPT_IN,
        now=now,
        expires_at=now + GOOD_FOR,
    )
    return True


def token(contact: Contact, purpose: str, *, now: dt.datetime) -> str:
    return signer().sign_object([contact.pk, purpose, now.timestamp()])


def read(token: str, *, now: dt.datetime) -> Asked | None:
    """None for a token that is not one of ours, or whose contact is gone."""
    try:
        pk, purpose, moment = signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    contact = contacts.standing(pk)
    if contact is None:
        return None
    at = dt.datetime.fromtimestamp(moment, tz=dt.UTC)
    is_old = now - at > GOOD_FOR or said_no_since(contact, purpose, at)
    return Asked(contact, Consent.Purpose(purpose), is_old, at)


def said_no_since(contact: Contact, purpose: str, at: dt.datetime) -> bool:
    """A link says yes to the question it came with. Who said no later is asked anew, and never by an old letter."""
    no = Consent.objects.filter(contact=contact, purpose=purpose, state=Consent.State.WITHDRAWN)
    return no.filter(changed_at__gte=at).exists()


def signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")


@transaction.atomic
def confirm(*, asked: Asked, source: str, now: dt.datetime, ip: str = "", browser: str = "") -> bool:
    """Their own yes, with where it came from as proof. False the second time, for a link that is too old, and when they
    said no since it was sent: then nothing changes."""
    Contact.objects.select_for_update(no_key=True).get(pk=asked.contact.pk)
    if asked.is_expired or said_no_since(asked.contact, asked.purpose, asked.at):
        return False
    standing = Consent.objects.filter(contact=asked.contact, purpose=asked.purpose)
    if standing.filter(state=Consent.State.CONFIRMED).exists():
        return False
    consent.give(contact=asked.contact, purpose=asked.purpose, source=source, now=now, ip=ip, browser=browser)
    return True


def unconfirmed(*, now: dt.datetime) -> QuerySet[Consent]:
    """What nobody confirmed in all the time the link was good."""
    return Consent.objects.filter(state=Consent.State.PENDING, changed_at__lt=now - GOOD_FOR)


@transaction.atomic
def forget(*, asked: Consent, keep_contact: bool) -> None:
    """Drop a question nobody answered. A contact that was nothing but asked loses its address, in the ledger too."""
    contact = asked.contact
    asked.delete()
    is_known = (
        keep_contact
        or contact.consents.exists()
        or contact.runs.exists()
        or contact.letters.exclude(kind=Letter.Kind.OPT_IN).exists()
        or contacts.links_from_above(contact)  # an order, a gift: their letters need the address
    )
    if not is_known:
        contact.letters.update(address="", context={})
        DeliveryEvent.objects.filter(letter__contact=contact).update(text="")
        contact.email, contact.name = f"forgotten-{contact.pk}@forgotten.invalid", ""
        contact.save()
