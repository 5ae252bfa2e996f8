"""What mail servers and providers said of a letter, and what the site does about it, one sentence each."""

from collections import defaultdict
from collections.abc import Collection

from mailing import contacts
from mailing.admin import plain, shown
from mailing.models import DeliveryEvent, Letter

T = DeliveryEvent.Type
MOST = 12  # sentences about one letter; a server that says the same all day is not heard out
CONSEQUENCES = {
    T.DELIVERED: "their mail server took it.",
    T.COMPLAINED: "they called it spam. Only receipts and sign-in codes go to this address now.",
    T.UNSUBSCRIBED: "they told their mail provider that they want no more letters of this kind.",
}


def of(letters: Collection[Letter]) -> dict[Letter, list[str]]:
    """The sentences about each letter, oldest first, in one query. Each letter comes with its contact."""
    said = defaultdict[Letter, list[DeliveryEvent]](list)
    by_id = {letter.pk: letter for letter in letters}
    for event in DeliveryEvent.objects.filter(letter__in=by_id).order_by("at", "pk"):
        if event.letter_id is not None:
            said[by_id[event.letter_id]].append(event)
    return {letter: sentences(letter, said[letter]) for letter in letters}


def sentences(letter: Letter, events: list[DeliveryEvent]) -> list[str]:
    zone = contacts.zone_of(letter.contact)
    told = [sentence(event, zone) for event in events[-MOST:]]
    return [*told, *what_next(letter, zone)]


def sentence(event: DeliveryEvent, zone: str) -> str:
    """`Tuesday, November 24, 9:02 in Berlin: their mail server said that the mailbox is full, “over quota”.`"""
    when = shown.both(event.at, zone)
    if event.type in CONSEQUENCES:
        return f"{when}: {CONSEQUENCES[T(event.type)]}"
    begins = "it came back." if event.type == T.BOUNCED else "their mail server did not take it yet."
    quoted = f" Its own words: “{event.text}”" if event.text else ""
    return f"{when}: {begins} {plain.meaning(event.code)}{quoted}"


def what_next(letter: Letter, zone: str) -> list[str]:
    """When a letter that was offered before is offered again."""
    if letter.state != Letter.State.QUEUED or not letter.attempts:
        return []
    tries = shown.count(letter.attempts, "try", "tries")
    return [f"After {tries} it is tried again {shown.both(letter.not_before, zone)}."]
