"""What a change of a sequence does to those on their way through it: looked at first, then done, by the same code.

Nobody is written to at once because of a change: what would be due goes on the next morning, one letter a day.
Nobody gets a letter that was put before their place, and nobody gets one again.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from mailing import places, planner, schedule, zones
from mailing.models import Letter, Run, Sequence, Step
from mailing.models.texts import NEW

WAITING = (Run.State.ACTIVE, Run.State.HELD)  # who is held for a while goes on from where the others are
CHUNK = 5000  # runs looked at at a time
READ = ("sequence", "state", "anchor_at", "next_step", "next_due_at", "contact__time_zone")  # of a run


@dataclass(frozen=True)
class Place:
    """Where a step stands: on which day, in which place of the order, and whether it is in the sequence at all."""

    day: int
    position: Decimal
    is_in: bool = True


@dataclass(frozen=True)
class Clock:
    """When a sequence writes."""

    send_at: dt.time
    weekdays: str = "1234567"
    anchor: str = Sequence.Anchor.START
    least_gap_hours: int = 18


@dataclass(frozen=True)
class Impact:
    """How many of those under way a change touches. The first five add up to `total`."""

    total: int = 0
    unchanged: int = 0
    earlier: int = 0
    later: int = 0
    soon: int = 0  # would be due by now, so it goes the next morning
    ended: int = 0  # nothing is left for them
    gets: int = 0  # of them, those who get the step next and would not have
    misses: int = 0  # those who would have got the step next and do not


@dataclass(frozen=True)
class Move:
    run: Run
    step: Step | None
    due_at: dt.datetime | None
    word: str


def place_of(step: Step) -> Place:
    return Place(step.day, Decimal(step.position), step.archived_at is None)


def clock_of(sequence: Sequence) -> Clock:
    return Clock(sequence.send_at, sequence.weekdays, sequence.anchor, sequence.least_gap_hours)


def impact(*, step: Step, to: Place, now: dt.datetime) -> Impact:
    """What apply() would do. Changes nothing. A step without a published text counts as not in its sequence yet."""
    return counted(step.sequence, moves(step, to, now), step)


@transaction.atomic
def apply(*, step: Step, to: Place, now: dt.datetime) -> Impact:
    """Put a step in its new place, or out of its sequence. The second call changes nothing."""
    found = list(moves(step, to, now, lock=True))
    done = counted(step.sequence, found, step)
    write(found)
    if (step.day, Decimal(step.position)) != (to.day, to.position):
        places.remember(step, now=now)
    step.day, step.position = to.day, to.position
    step.archived_at = None if to.is_in else step.archived_at or now
    step.save(update_fields=["day", "position", "archived_at"])
    return done


@transaction.atomic
def move(*, step: Step, to: Place, subject_of: str, condition: str, now: dt.datetime) -> bool:
    """Put a step in its new place, about what it is about there. False if it stands so: the second call changes
    nothing."""
    is_elsewhere = step.revision_id is None or place_of(step) != to
    is_about_else = (step.subject_of, step.condition) != (subject_of, condition)
    if is_elsewhere:
        apply(step=step, to=to, now=now)
    elif is_about_else:
        places.remember(step, now=now)
    step.subject_of, step.condition = subject_of, condition
    step.save(update_fields=["subject_of", "condition"])
    return is_elsewhere or is_about_else


def clock_impact(*, sequence: Sequence, to: Clock, now: dt.datetime) -> Impact:
    """What apply_clock() would do. Changes nothing."""
    return counted(sequence, clock_moves(sequence, to, now), None)


@transaction.atomic
def apply_clock(*, sequence: Sequence, to: Clock, now: dt.datetime) -> Impact:
    """Let a sequence write at another hour, on other days. The second call changes nothing."""
    found = list(clock_moves(sequence, to, now, lock=True))
    done = counted(sequence, found, None)
    write(found)
    for name, value in vars(to).items():
        setattr(sequence, name, value)
    sequence.save(update_fields=list(vars(to)))
    return done


def moves(step: Step, to: Place, now: dt.datetime, *, lock: bool = False) -> Iterator[Move]:
    """The runs that wait for something else, or for another moment, once the step stands in its new place.

    With `lock` no run of the sequence moves meanwhile: one that is being planned is waited for, and looked at then.
    """
    if lock:
        _lock(step.sequence)
    before = planner.steps_of([step.sequence_id])[step.sequence_id]
    others = [one for one in before if one.pk != step.pk]
    edited = copy(step)
    edited.day, edited.position = to.day, to.position
    then = sorted([*others, edited] if to.is_in else others, key=lambda one: one.place)
    behind = next((one for one in others if one.place > edited.place), None)
    touched = [one.pk for one in (step, behind) if one is not None and one.pk is not None]
    runs = runs_before(step.sequence, before, waiting=touched, lock=lock)
    yield from _moves(Change(before, then, edited, now), runs)


def clock_moves(sequence: Sequence, to: Clock, now: dt.datetime, *, lock: bool = False) -> Iterator[Move]:
    if to == clock_of(sequence):
        return
    before = planner.steps_of([sequence.pk])[sequence.pk]
    then_sequence = copy(sequence)
    for name, value in vars(to).items():
        setattr(then_sequence, name, value)
    then = [copy(one) for one in before]
    for one in then:
        one.sequence = then_sequence
    runs = runs_before(sequence, before, waiting=None, lock=lock)
    yield from _moves(Change(before, then, None, now, then_sequence), runs)


def runs_before(
    sequence: Sequence, steps: list[Step], *, waiting: list[int] | None, lock: bool
) -> Iterator[list[Run]]:
    """Runs that wait for one of these steps (or for any), in portions. They share what they have in common."""
    runs = Run.objects.filter(sequence=sequence, state__in=WAITING, next_step__isnull=False)
    if waiting is not None:
        runs = runs.filter(next_step__in=waiting)
    if lock and connection.features.has_select_for_update:
        runs = runs.select_for_update(of=("self",), no_key=True)
    runs = runs.select_related("contact").only(*READ)
    known, last = {step.pk: step for step in steps}, 0
    while portion := list(runs.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        for run in portion:
            run.sequence = sequence
            if run.next_step_id in known:
                run.next_step = known[run.next_step_id]
        yield portion
        last = portion[-1].pk


def _lock(sequence: Sequence) -> None:
    runs = Run.objects.filter(sequence=sequence, state__in=WAITING).order_by("pk")
    if connection.features.has_select_for_update:
        list(runs.select_for_update(no_key=True).values_list("pk"))


@dataclass(frozen=True)
class Change:
    """A sequence before and after; `edited` is the step that moved, as it stands then."""

    before: list[Step]
    then: list[Step]
    edited: Step | None
    now: dt.datetime
    sequence: Sequence | None = None  # with its new clock
    ahead: dict[int, list[Step]] = field(default_factory=dict)  # by the step a run waits for, worked out once

    def of(
        self, run: Run, had: set[int], last: schedule.Last | None, latest: dt.datetime | None
    ) -> Move | None:
        """Where the run stands afterwards; None if nothing changes for it."""
        standing = next((one for one in self.before if one.pk == run.next_step_id), None)
        if standing is None or run.next_due_at is None:
            return None
        zone = zones.of(run.contact)
        if self.sequence is not None:
            run.sequence = self.sequence
        steps = self.ahead.get(standing.pk) or self.ahead.setdefault(standing.pk, self._ahead(standing))
        for step in steps:
            due = schedule.due(step=step, anchor_at=run.anchor_at, zone=zone, last=last)
            is_new = self.edited is not None and step.pk == self.edited.pk and step.pk != standing.pk
            if is_new and (due <= self.now or run.pk in had):
                continue  # it was put before their place, or they have it already
            if step.pk == standing.pk and step.day == standing.day and self.sequence is None:
                return None
            due = schedule.moved(due=due, last=latest, run=run, zone=zone)
            return self._moved(run, step, due, zone)
        return Move(run, None, None, "ended")

    def _ahead(self, standing: Step) -> list[Step]:
        """What lies ahead of a run that waits for `standing`: what it has passed is passed for good."""
        edited = self.edited.pk if self.edited else None
        before = [one for one in self.before if one.place < standing.place]
        was_passed = edited in {one.pk for one in before}
        behind = max((one.place for one in before if one.pk != edited), default=(Decimal(-1), 0))
        return [one for one in self.then if one.place > behind and not (one.pk == edited and was_passed)]

    def _moved(self, run: Run, step: Step, due: dt.datetime, zone: str) -> Move | None:
        old = run.next_due_at or self.now
        is_soon = due <= self.now < old
        due = soonest(run, zone, self.now) if is_soon else due
        if is_soon and due != old:
            return Move(run, step, due, "soon")
        if due == old or (due <= self.now and old <= self.now):
            return Move(run, step, old, "unchanged") if step.pk != run.next_step_id else None
        return Move(run, step, due, "later" if due > old else "earlier")


def soonest(run: Run, zone: str, now: dt.datetime) -> dt.datetime:
    """The next morning the sequence writes on, never this minute."""
    slot = schedule.next_slot(after=now, zone=zone, send_at=run.sequence.send_at)
    return schedule.moved(due=slot, last=now - dt.timedelta(days=30), run=run, zone=zone)


def _moves(change: Change, portions: Iterator[list[Run]]) -> Iterator[Move]:
    for portion in portions:
        pks = [run.pk for run in portion]
        had, last, latest = who_had(change.edited, pks), lasts(portion), latest_mornings(pks)
        for run in portion:
            move = change.of(run, had, last.get(run.pk), latest.get(run.pk))
            if move is not None:
                yield move


def who_had(step: Step | None, runs: "list[int] | QuerySet[Run]") -> set[int]:
    if step is None or step.pk in (None, NEW):
        return set()
    return set(Letter.objects.filter(run__in=runs, revision__step=step).values_list("run", flat=True))


def lasts(runs: list[Run]) -> dict[int, schedule.Last]:
    """The letter each run wrote last; only where days are counted from it, for there are many."""
    counted_from = [run.pk for run in runs if schedule.counts_from_the_letter_before(run.sequence)]
    if not counted_from:
        return {}
    letters = Letter.objects.filter(run__in=counted_from).order_by(
        "created_at", "revision__step__position", "revision__step"
    )
    return {
        run: schedule.Last(day, sent_at or created_at)
        for run, day, sent_at, created_at in letters.values_list(
            "run", "revision__step__day", "sent_at", "created_at"
        )
    }


def latest_mornings(runs: list[int]) -> dict[int, dt.datetime]:
    """When each run's last daily letter went; a welcome keeps no distance."""
    sent = Letter.objects.filter(run__in=runs, sent_at__isnull=False, revision__step__day__gt=0)
    return dict(sent.order_by().values_list("run").annotate(at=Max("sent_at")))


def counted(sequence: Sequence, found: Iterable[Move], step: Step | None) -> Impact:
    words: Counter[str] = Counter()
    for move in found:
        words[move.word] += 1
        before, then = move.run.next_step_id, move.step.pk if move.step else None
        if step is not None and before != then:
            words["gets"] += then == step.pk
            words["misses"] += before == step.pk
    under_way = Run.objects.filter(sequence=sequence, state__in=WAITING, next_step__isnull=False).count()
    touched = sum(words[word] for word in ("earlier", "later", "soon", "ended"))
    words.pop("unchanged", None)
    return replace(Impact(**words), total=under_way, unchanged=under_way - touched)


def write(found: list[Move]) -> None:
    for move in found:
        move.run.next_step, move.run.next_due_at = move.step, move.due_at
        if move.step is None:
            move.run.state = Run.State.DONE
    planner.save_all([move.run for move in found], ("state", "next_step", "next_due_at"))
