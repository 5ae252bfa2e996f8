"""After an outage: lessons first, under the provider's plan; reminders and letters to many wait. Ends by itself."""

import datetime as dt
import functools
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncHour

from mailing import gate, kinds, rates, switches
from mailing.models import Letter, Run, Sequence

LONGEST = dt.timedelta(hours=6)  # something this late means that we were away
TIMES = 5  # so many usual hours at once mean it as well
FEWEST = 100  # letters that a usual hour counts at least: on a small site every morning would be unusual
DRAINED = (Letter.Kind.RECEIPT, Letter.Kind.LESSON, Letter.Kind.MINICOURSE)
MACHINE = "the site itself"
NONE: dict[str, Any] = {"oldest": None, "number": 0}


@dataclass(frozen=True)
class Overdue:
    """What is due and held by nobody."""

    oldest: dt.datetime | None = None
    number: int = 0
    is_run_due: bool = field(
        default=False, compare=False
    )  # held or not: the planner has something to look at

    def lag(self, now: dt.datetime) -> dt.timedelta:
        return max(now - self.oldest, dt.timedelta()) if self.oldest else dt.timedelta()


def overdue(*, now: dt.datetime) -> Overdue:
    """Letters that wait, and runs whose next letter is not written yet."""
    written = dict(NONE)
    is_run_due = any_run(now)
    if gate.due(now).filter(kind__in=DRAINED).exists():
        letters = gate.waiting(now).filter(rates.outside(rates.look(now=now)), kind__in=DRAINED)
        written = letters.aggregate(oldest=Min("not_before"), number=Count("pk"))
    unwritten = of_runs(now) if is_run_due else dict(NONE)
    moments = [moment for moment in (written["oldest"], unwritten["oldest"]) if moment]
    return Overdue(min(moments, default=None), written["number"] + unwritten["number"], is_run_due)


def any_run(now: dt.datetime) -> bool:
    return Run.objects.filter(state=Run.State.ACTIVE, next_due_at__lte=now).exists()


def of_runs(now: dt.datetime) -> dict[str, Any]:
    """Those of whom nobody wants that they wait."""
    runs = Run.objects.filter(
        Q(contact__paused_until=None) | Q(contact__paused_until__lte=now),
        state=Run.State.ACTIVE,
        next_due_at__lte=now,
        next_step__isnull=False,
        sequence__state=Sequence.State.LIVE,
    )
    return runs.aggregate(oldest=Min("next_due_at"), number=Count("pk"))


def look(*, now: dt.datetime, is_on: bool) -> Overdue:
    """Begin to catch up, or end it when no lesson waits any more. The second call changes nothing.

    Once begun it goes on until everything is out, not only until the oldest is young again: the planner spreads what
    was missed over letters with fresh dates.
    """
    found = overdue(now=now)
    if is_on:
        expire(now=now)
        if not found.number:
            switches.turn_off(key=switches.CATCHING_UP, by=MACHINE, now=now)
    elif found.lag(now) > LONGEST:
        begin(f"letters were up to {in_words(found.lag(now))} late.", now)
    elif found.number > TIMES * FEWEST and found.number > TIMES * usual_hour(
        now.replace(minute=0, second=0, microsecond=0)
    ):
        begin(f"{found.number:,} letters were due at once.", now)
    return found


def in_words(lag: dt.timedelta) -> str:
    """`7 hours`; from two days on `12 days`."""
    return f"{lag.days} days" if lag.days > 1 else f"{lag // dt.timedelta(hours=1)} hours"


def begin(reason: str, now: dt.datetime) -> None:
    switches.turn_on(key=switches.CATCHING_UP, reason=reason, by=MACHINE, now=now)
    expire(now=now)


def catching_up(now: dt.datetime) -> bool:
    """Whether reminders and letters to many wait at this moment, for the desk to say so."""
    return switches.is_on(switches.CATCHING_UP)


def expire(*, now: dt.datetime) -> int:
    """Reminders older than a day would remind of the wrong thing. Returns how many; 0 the second time."""
    old = Letter.objects.filter(
        kind=Letter.Kind.NUDGE,
        state=Letter.State.QUEUED,
        not_before__lte=now,
        created_at__lte=now - kinds.STALE,
    )
    return old.update(state=Letter.State.EXPIRED, reason=kinds.TOO_LATE)


@functools.lru_cache(maxsize=4)
def usual_hour(hour: dt.datetime) -> float:
    """Letters in a mean hour of the week before, of the hours in which any went out; FEWEST at least."""
    week = Letter.objects.filter(sent_at__gt=hour - dt.timedelta(days=7), sent_at__lte=hour)
    hours = week.annotate(hour=TruncHour("sent_at")).order_by().values("hour").annotate(number=Count("pk"))
    numbers = [row["number"] for row in hours]
    return max(FEWEST, sum(numbers) / len(numbers)) if numbers else FEWEST
