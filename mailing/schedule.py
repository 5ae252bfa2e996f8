"""When a letter of a sequence is due: on the reader's own mornings, never at night, never two on one day."""

import datetime as dt
from dataclasses import dataclass

from coursesite.lib import localtime
from mailing.agenda import Agenda
from mailing.models import Contact, Letter, Run, Sequence, Step

QUIET_FROM, QUIET_UNTIL = dt.time(21), dt.time(7)  # the reader's own time
NUDGE_GAP = dt.timedelta(hours=48)  # between a reminder and any other letter, on both sides
WELCOME = dt.timedelta(hours=1)  # so long day 0 answers what somebody did a moment ago, at any hour
FURTHEST = 800  # slots looked through for a free one


@dataclass(frozen=True)
class Last:
    """The letter that a run wrote last: the day of its step, and when."""

    day: int
    at: dt.datetime


def due(*, step: Step, anchor_at: dt.datetime, zone: str, last: Last | None = None) -> dt.datetime:
    """UTC moment at which a step is due: day 0 at once, later ones at the sequence's hour of an allowed local day.

    Counted from the run's beginning, or from the letter before; reminders keep their growing distance also when
    one of them had to wait.
    """
    sequence = step.sequence
    if sequence.anchor == Sequence.Anchor.PREVIOUS and last:
        return _counted(last.at, step.day, zone, sequence)
    by_start = _counted(anchor_at, step.day, zone, sequence)
    if sequence.kind == Sequence.Kind.NUDGE and last:
        return max(by_start, _counted(last.at, max(step.day - last.day, 1), zone, sequence))
    return by_start


def counts_from_the_letter_before(sequence: Sequence) -> bool:
    return sequence.anchor == Sequence.Anchor.PREVIOUS or sequence.kind == Sequence.Kind.NUDGE


def _counted(anchor: dt.datetime, days: int, zone: str, sequence: Sequence) -> dt.datetime:
    if days == 0:
        return anchor
    day = allowed(localtime.local_day(anchor, zone) + dt.timedelta(days=days), sequence)
    return localtime.at(day, sequence.send_at, zone)


def is_allowed(day: dt.date, sequence: Sequence) -> bool:
    """Whether the sequence writes on that day of the week; one without any day would never write: it may always."""
    return not set(sequence.weekdays) & set("1234567") or str(day.isoweekday()) in sequence.weekdays


def allowed(day: dt.date, sequence: Sequence) -> dt.date:
    """The first allowed day of the week from `day` on; if none is allowed, `day`."""
    week = (day + dt.timedelta(days=number) for number in range(7))
    return next((one for one in week if is_allowed(one, sequence)), day)


def is_quiet(moment: dt.datetime, zone: str) -> bool:
    time = moment.astimezone(localtime.zone(zone)).time()
    return time >= QUIET_FROM or time < QUIET_UNTIL


def slot_time(send_at: dt.time) -> dt.time:
    """The hour to move a letter to: the sequence's own, unless that is in the quiet hours."""
    return send_at if QUIET_UNTIL <= send_at < QUIET_FROM else QUIET_UNTIL


def next_slot(*, after: dt.datetime, zone: str, send_at: dt.time) -> dt.datetime:
    """The first slot later than `after`, today or tomorrow."""
    today = localtime.at(localtime.local_day(after, zone), slot_time(send_at), zone)
    return today if today > after else next_day(after=after, zone=zone, send_at=send_at)


def next_day(*, after: dt.datetime, zone: str, send_at: dt.time) -> dt.datetime:
    """The slot of the local day after that of `after`."""
    return localtime.days_after(after, 1, zone, slot_time(send_at))


def is_welcome(step: Step, anchor_at: dt.datetime, now: dt.datetime) -> bool:
    return step.day == 0 and now - anchor_at < WELCOME


def earliest(*, step: Step, run: Run, agenda: Agenda, now: dt.datetime) -> dt.datetime:
    """`now` if this is a moment for the step's letter, else the first slot that is."""
    if fits(now, step=step, run=run, agenda=agenda):
        return now
    slot = max(now, agenda.paused_until) if agenda.paused_until else now
    for _ in range(FURTHEST):
        slot = next_slot(after=slot, zone=agenda.zone, send_at=run.sequence.send_at)
        if fits(slot, step=step, run=run, agenda=agenda):
            return slot
    return slot


def fits(moment: dt.datetime, *, step: Step, run: Run, agenda: Agenda) -> bool:
    """One sequence letter a local day, none in a pause; but for a welcome also none at night, on a day the sequence
    does not write on, too soon after the letter before; a reminder never near another letter."""
    day = localtime.local_day(moment, agenda.zone)
    if day in agenda.days or (agenda.paused_until and moment < agenda.paused_until):
        return False
    if is_welcome(step, run.anchor_at, moment):
        return True
    gap = dt.timedelta(hours=run.sequence.least_gap_hours)
    if (
        is_quiet(moment, agenda.zone)
        or not is_allowed(day, run.sequence)
        or any(abs(moment - one) < gap for one in agenda.kept)  # one offered for later keeps its distance too
    ):
        return False
    return run.sequence.kind != Sequence.Kind.NUDGE or is_far_from_all(moment, agenda)


def is_far_from_all(moment: dt.datetime, agenda: Agenda) -> bool:
    if any(abs(moment - one) < NUDGE_GAP for one in agenda.known):
        return False
    return not any(moment <= one < moment + NUDGE_GAP for one in agenda.coming)


def replan(*, contact: Contact, zone: str) -> None:
    """Recompute what active runs wait for in a new zone: no two letters on one local date nor within the least gap.

    The second call computes the same moments.
    """
    waiting = Run.objects.filter(contact=contact, state=Run.State.ACTIVE, next_step__isnull=False)
    for run in waiting.select_related("sequence", "next_step__sequence"):
        run.next_due_at = due_of(run, zone)
        run.save(update_fields=["next_due_at"])


def due_of(run: Run, zone: str) -> dt.datetime:
    """When the step a run waits for is due, with the distance to the run's letter before."""
    if run.next_step is None:
        raise ValueError("The run waits for no step.")
    moment = due(step=run.next_step, anchor_at=run.anchor_at, zone=zone, last=last_of(run))
    return moved(due=moment, last=latest_morning_letter(run), run=run, zone=zone)


def last_of(run: Run) -> Last | None:
    """The letter a run wrote last, if its sequence counts from it."""
    if not counts_from_the_letter_before(run.sequence):
        return None
    found = (
        Letter.objects.filter(run=run)
        .order_by("-created_at", "-revision__step__position", "-revision__step")
        .first()
    )
    return Last(found.revision.step.day, found.sent_at or found.created_at) if found else None


def latest_morning_letter(run: Run) -> dt.datetime | None:
    """When the run's last daily letter went; the welcome at the moment of joining keeps no distance."""
    sent = Letter.objects.filter(run=run, state=Letter.State.SENT, revision__step__day__gt=0)
    return sent.order_by("-sent_at").values_list("sent_at", flat=True).first()


def moved(*, due: dt.datetime, last: dt.datetime | None, run: Run, zone: str) -> dt.datetime:
    if last is None:
        return due
    gap = dt.timedelta(hours=run.sequence.least_gap_hours)
    while (
        due - last < gap
        or localtime.local_day(due, zone) == localtime.local_day(last, zone)
        or not is_allowed(localtime.local_day(due, zone), run.sequence)
    ):
        due = next_day(after=max(due, last), zone=zone, send_at=run.sequence.send_at)
    return due
