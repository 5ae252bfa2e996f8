"""What people agreed to. Lesson letters belong to a joined course and are on until somebody turns them off."""

import datetime as dt

from django.core import signing
from django.db import transaction

from mailing import addresses, kinds
from mailing.models import Consent, Contact, Letter, Suppression

SALT = "mailing.consent"
WORDING = "2026-11"  # of the stop and preferences pages
UNSUBSCRIBED = "They turned lesson letters off."


def token(contact: Contact) -> str:
    """An opaque, signed word for a contact; always the same and good for ever, because old mails unsubscribe too."""
    return signer().sign_object(contact.pk)


def signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")


def contact_of(token: str) -> Contact | None:
    """The contact of a token, None if it is not one of ours."""
    try:
        pk = signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    return Contact.objects.filter(pk=pk).first()


def give(*, contact: Contact, purpose: str, source: str, now: dt.datetime) -> Consent:
    """They want it (again). The second call changes nothing."""
    return _set(contact, purpose, Consent.State.CONFIRMED, source, now)


@transaction.atomic
def withdraw(*, contact: Contact, purpose: str, source: str, now: dt.datetime) -> Consent:
    """They do not want it any more; what is queued of it is skipped in the same transaction.

    The second call changes nothing. A letter already handed over cannot be called back.
    """
    said = _set(contact, purpose, Consent.State.WITHDRAWN, source, now)
    if stopped := [kind for kind, asked in kinds.PURPOSE.items() if asked == purpose]:
        waiting = Letter.objects.filter(
            contact=contact,
            kind__in=stopped,
            state__in=[Letter.State.QUEUED, Letter.State.LEASED],
        )
        waiting.update(state=Letter.State.SKIPPED, reason=UNSUBSCRIBED, lease_token=None, lease_until=None)
    return said


def wants_lessons(contact: Contact) -> bool:
    withdrawn = Consent.objects.filter(
        contact=contact, purpose=Consent.Purpose.LESSONS, state=Consent.State.WITHDRAWN
    )
    return not withdrawn.exists()


def may_send(*, contact: Contact, kind: str) -> str:
    """Empty if a letter of this kind may go to the contact, else the reason why not."""
    scopes = set(
        Suppression.objects.filter(
            email_key=addresses.key(contact.email), lifted_at__isnull=True
        ).values_list("scope", flat=True)
    )
    if Suppression.Scope.ALL in scopes:
        return "The address is on the list of those not to be written to."
    purpose = kinds.PURPOSE.get(Letter.Kind(kind))
    if purpose is None:
        return ""
    if Suppression.Scope.SEQUENCES in scopes:
        return "The address gets receipts and sign-in codes only."
    if purpose == Consent.Purpose.LESSONS:
        return "" if wants_lessons(contact) else UNSUBSCRIBED
    return unwanted(contact, purpose)


def unwanted(contact: Contact, purpose: Consent.Purpose) -> str:
    """Reminders are on until somebody turns them off; what visitors asked for needs the yes that they confirmed."""
    said = Consent.objects.filter(contact=contact, purpose=purpose).values_list("state", flat=True).first()
    if said == Consent.State.WITHDRAWN:
        return f"They turned {purpose.label} off."
    if purpose == Consent.Purpose.NUDGES or said == Consent.State.CONFIRMED:
        return ""
    return f"They have not confirmed that they want {purpose.label}."


def _set(contact: Contact, purpose: str, state: str, source: str, now: dt.datetime) -> Consent:
    said, is_new = Consent.objects.get_or_create(
        contact=contact,
        purpose=purpose,
        defaults={"state": state, "source": source, "wording_version": WORDING, "changed_at": now},
    )
    if not is_new and said.state != state:
        said.state, said.source, said.wording_version, said.changed_at = state, source, WORDING, now
        said.save()
    return said
