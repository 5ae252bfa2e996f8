"""What a person at the desk does for one reader: let the letters rest, wake them, send one once more."""

import datetime as dt

from mailing import copies, kinds, pauses
from mailing.models import Contact, Letter

AGAIN = (Letter.State.SENT, Letter.State.UNKNOWN, Letter.State.FAILED)
SECRET = (Letter.Kind.ACCOUNT, Letter.Kind.OPT_IN)  # their codes and links are gone
NO_COPY = (*SECRET, Letter.Kind.RECEIPT)  # what was in it is not kept either


def pause(*, contact: Contact, until: dt.datetime, now: dt.datetime) -> None:
    """No sequence letter before `until`; receipts and sign-in codes go on. The second call sets the other date.

    Raises ValueError for a moment that has passed.
    """
    if until <= now:
        raise ValueError("That day has passed.")
    pauses.pause(contact=contact, until=until, now=now)


def resume(*, contact: Contact, now: dt.datetime) -> bool:
    """The letters go on. False if they were not resting."""
    if contact.paused_until is None:
        return False
    pauses.resume(contact=contact, now=now)
    return True


def can_copy(letter: Letter) -> bool:
    return letter.kind not in NO_COPY and letter.state == Letter.State.SENT and letter.broadcast_id is None


def send_copy(*, letter: Letter, now: dt.datetime) -> Letter | None:
    """Send a letter that went out already once more, in the words that they got. Once a day: the second call returns
    the first row. None for letters whose contents are not kept."""
    if not can_copy(letter):
        return None
    made, _ = Letter.objects.get_or_create(
        dedupe_key=f"{copies.AGAIN}:{letter.pk}:{now:%Y-%m-%d}",
        defaults={
            "kind": letter.kind,
            "priority": kinds.PRIORITY[Letter.Kind(letter.kind)],
            "contact_id": letter.contact_id,
            "revision_id": letter.revision_id,
            "context": letter.context,
            "created_at": now,
            "not_before": now,
            "reason": "Sent once more from the desk.",
        },
    )
    return made
