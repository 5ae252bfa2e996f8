"""What an edit would do to everybody on the way: the edit is made, looked at, and taken back."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from mailing.models import Run, Sequence, Step

ASK_ABOVE = 50  # so many people touched, and the number must be typed
SOON = dt.timedelta(hours=36)
HALF_A_DAY = dt.timedelta(hours=12)

Standing = dict[
    int, tuple[int | None, dt.datetime | None]
]  # by run: the step it waits for, and when that is due


@dataclass(frozen=True)
class Impact:
    """How many people an edit touches, and how. The counts of `moved` are by whole days, 0 for some hours."""

    total: int = 0
    unchanged: int = 0
    soon: int = 0  # would have been due by now
    gets: int = 0  # of those touched: another letter comes next for them than before
    ended: int = 0
    past: int = 0  # stand behind the place of the edited letter
    moved: dict[int, int] = field(default_factory=dict)

    @property
    def touched(self) -> int:
        return self.total - self.unchanged

    @property
    def must_type(self) -> bool:
        return self.touched > ASK_ABOVE


def of(change: Callable[[], object], *, sequence: Sequence, step: Step | None, now: dt.datetime) -> Impact:
    """Run `change` (a verb of publish) in a transaction that is rolled back, and compare. Changes nothing.

    Raises what the change raises.
    """
    with transaction.atomic():
        place = None if step is None else step.position
        before = standing(sequence)
        places = dict(Step.objects.filter(sequence=sequence).values_list("pk", "position"))
        change()
        after = standing(sequence)
        transaction.set_rollback(True)
    past = sum(place is not None and places.get(at or 0, 0) > place for at, _ in before.values())
    return compared(before, after, past=past, now=now)


def standing(sequence: Sequence) -> Standing:
    """Two queries. Whoever waits for a letter that was taken out waits for the one behind it."""
    steps = Step.objects.filter(sequence=sequence).order_by("position", "pk")
    rows = list(steps.values_list("pk", "archived_at", "revision"))
    opens: dict[int | None, int | None] = {}
    ahead: int | None = None
    for pk, archived_at, revision in reversed(rows):
        ahead = ahead if archived_at or revision is None else pk
        opens[pk] = ahead
    opens[None] = ahead
    runs = Run.objects.filter(sequence=sequence, state=Run.State.ACTIVE)
    found = {}
    for pk, at, due in runs.values_list("pk", "next_step", "next_due_at"):
        opened = opens.get(at)
        found[pk] = (opened, due if opened else None)
    return found


def compared(before: Standing, after: Standing, *, past: int, now: dt.datetime) -> Impact:
    moved: Counter[int] = Counter()
    unchanged = soon = gets = ended = 0
    for run, (step, due) in before.items():
        then, then_due = after.get(run, (None, None))
        if (step, due) == (then, then_due):
            unchanged += 1
        elif then is None or then_due is None:
            ended += 1
        else:
            gets += then != step
            if due and then_due < due and then_due <= now + SOON:
                soon += 1
            else:
                moved[days_between(due, then_due)] += 1
    return Impact(
        total=len(before),
        unchanged=unchanged,
        soon=soon,
        gets=gets,
        ended=ended,
        past=past,
        moved=dict(moved),
    )


def days_between(before: dt.datetime | None, after: dt.datetime) -> int:
    if before is None:
        return 0
    return round((after - before) / dt.timedelta(days=1))


def says(found: Impact) -> list[str]:
    """The sheet in sentences."""
    if not found.total:
        return ["Nobody is on the way through these letters, so nobody is touched."]
    said = [f"{people(found.total)} on the way through these letters."]
    if found.unchanged:
        said.append(f"{people(found.unchanged)}: nothing changes now.")
    for days, number in sorted(found.moved.items()):
        said.append(f"{people(number)}: the next letter comes {by_days(days)}.")
    if found.soon:
        said.append(
            f"{people(found.soon)}: the next letter would be due by now. It goes in their next morning."
        )
    if found.gets:
        said.append(f"{people(found.gets)}: another letter comes next than would have.")
    if found.ended:
        said.append(f"{people(found.ended)}: no letter is left for them.")
    if found.past:
        said.append(
            f"{people(found.past)}: past this place already. They get nothing of it, and nothing again."
        )
    return said


def by_days(days: int) -> str:
    if days == 0:
        return "some hours earlier or later"
    size = "a day" if abs(days) == 1 else f"{abs(days)} days"
    return f"{size} {'later' if days > 0 else 'earlier'}"


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
