"""How the desk shows letters: moments in the reader's time and the coach's, states in plain words, who may do what."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.safestring import SafeString

from coursesite.lib import clock, localtime
from coursesite.lib.desk import BAD, GOOD, NEWS, QUIET, TAKE_CARE, pill
from mailing import contacts, funnel, guards, kinds, pauses, schedule, switches
from mailing.models import Contact, Letter, Run, Sequence, Step

STATES = {
    Letter.State.QUEUED: ("waiting to go", NEWS, "clock"),
    Letter.State.LEASED: ("about to go", NEWS, "clock"),
    Letter.State.HANDED: ("being handed over", NEWS, "clock"),
    Letter.State.SENT: ("sent", GOOD, "done"),
    Letter.State.UNKNOWN: ("nobody knows", TAKE_CARE, "caution"),
    Letter.State.FAILED: ("did not go", BAD, "error"),
    Letter.State.CANCELLED: ("called off", QUIET, "undo"),
    Letter.State.SKIPPED: ("left out", QUIET, "next"),
    Letter.State.EXPIRED: ("too late", QUIET, "clock"),
}
SEQUENCES = {
    Sequence.State.DRAFT: ("not started", QUIET, "pen"),
    Sequence.State.LIVE: ("running", GOOD, "done"),
    Sequence.State.PAUSED: ("paused", TAKE_CARE, "clock"),
}
RUNS: dict[str, str] = {
    Run.State.ACTIVE: "on the way",
    Run.State.DONE: "got to the end",
    Run.State.HELD: "on hold",
    Run.State.CANCELLED: "stopped",
}


class Kept:
    """May be changed, not deleted: the ledger hangs on it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def needs(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied unless this person has it."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def actor(request: HttpRequest) -> str:
    """Who sits at the desk, as a word for the record."""
    return request.user.get_username()


def leaves(contact: Contact) -> str:
    """When a letter that was queued just now for this person goes."""
    now, zone = clock.now(), contacts.zone_of(contact)
    if switches.is_on(switches.HOLD):
        return "All mail is held at the moment: it leaves when mail goes out again."
    if pauses.has_no_end(contact.paused_until):
        return "Their letters rest until somebody wakes them: it leaves then."
    if contact.paused_until and contact.paused_until > now:
        return f"Their letters rest until {both(contact.paused_until, zone)}: it leaves then."
    if schedule.is_quiet(now, zone):
        return "It is night there: it leaves in the morning."
    return "It leaves within a minute."


def letter_pill(letter: Letter) -> SafeString:
    return pill(*STATES[Letter.State(letter.state)])


def sequence_pill(sequence: Sequence) -> SafeString:
    return pill(*SEQUENCES[Sequence.State(sequence.state)])


def paused_itself(sequence: Sequence) -> str:
    """Why a sequence stands still though nobody paused it; empty for every other."""
    if sequence.state != Sequence.State.PAUSED or not sequence.paused_reason:
        return ""
    when = f" {ours(sequence.paused_itself_at)}" if sequence.paused_itself_at else ""
    return f"It paused itself{when}: {sequence.paused_reason}"


def theirs(moment: dt.datetime | None, zone: str) -> str:
    """`Friday, December 4, 9:00 in Berlin`."""
    return localtime.with_place(moment, zone) if moment else ""


def ours(moment: dt.datetime | None) -> str:
    """The same moment as the coach's clock shows it."""
    return theirs(moment, settings.SITE_TIME_ZONE)


def both(moment: dt.datetime | None, zone: str) -> str:
    """In the reader's time, and in the coach's where that is another."""
    if moment is None:
        return ""
    own = ours(moment)
    first = theirs(moment, zone)
    return (
        first
        if localtime.in_words(moment, zone) == localtime.in_words(moment, settings.SITE_TIME_ZONE)
        else f"{first} ({own})"
    )


def clock_of(sequence: Sequence) -> str:
    return f"{sequence.send_at.hour}:{sequence.send_at:%M} their time"


SINCE = {  # what the days of a letter count from, where it is not the day somebody joined
    Sequence.Kind.NUDGE: "After {} quiet days",
    Sequence.Kind.COMPLETION: "Day {} after finishing",
}


def place_of(step: Step) -> str:
    """`Day 3, 9:00 their time`; the welcome of day 0 goes at once."""
    sequence = step.sequence
    if sequence.kind in kinds.LOOSE:
        return "When it is needed"
    if step.day == 0:
        return "At once"
    if sequence.anchor == Sequence.Anchor.PREVIOUS:
        days = "1 day" if step.day == 1 else f"{step.day} days"
        return f"{days} after the letter before, {clock_of(sequence)}"
    since = SINCE.get(Sequence.Kind(sequence.kind))
    return (
        f"{since.format(step.day)}, {clock_of(sequence)}"
        if since
        else f"Day {step.day}, {clock_of(sequence)}"
    )


def unless(step: Step) -> str:
    """On whom it depends whether the letter goes, in words."""
    said = []
    if step.subject_of and step.sequence.kind == Sequence.Kind.DRIP:
        said.append(f"goes out unless lesson {step.subject_of.rpartition('/')[2]} is done")
    if step.condition:
        said.append(guards.condition(step.condition))
    return "; ".join(said)


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def echo(of: funnel.Echo) -> str:
    """What came back of letters, in one sentence; empty if nothing did."""
    said = [
        (of.refused, "could not be delivered"),
        (of.spam, f"{were(of.spam)} called spam"),
        (of.off, f"{were(of.off)} followed by “no more of these” within a day"),
    ]
    heard = [f"{number:,} {words}" for number, words in said if number]
    return f"Of {count(of.of, 'letter')} sent, {', '.join(heard)}." if heard else ""


def were(number: int) -> str:
    return "was" if number == 1 else "were"
