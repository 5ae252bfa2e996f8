"""What an edit would do to everybody on the way: counted in memory, by the code that does it. Nothing is written."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count

from mailing import edits, fate
from mailing.models import Run, Sequence, Step
from mailing.models.texts import NEW

ASK_ABOVE = 50  # so many people touched, and the number must be typed
NOWHERE = (Decimal(0), 0)  # before all places
SOON = dt.timedelta(hours=36)

Opens = dict[
    int | None, int | None
]  # by the step a run waits for: the one it gets (an archived one gets the next)


@dataclass(frozen=True)
class Impact:
    """How many people an edit touches, and how. The counts of `moved` are by whole days, 0 for some hours."""

    total: int = 0
    unchanged: int = 0
    soon: int = 0  # their next letter comes earlier, within 36 hours
    gets: int = 0  # of those touched: another letter comes next for them than before
    ended: int = 0
    past: int = 0  # stand behind the place of the edited letter, and get nothing of it
    ahead: int = 0  # were still to get it, and now get it on another day, or do not because it is taken out
    lost: int = 0  # were still to get it, and stand past its new place
    joined: int = 0  # it is new here, or put in again, and they come to it
    written: int = 0  # it waits to leave for them, and does not go when it is taken out
    days: tuple[int, int] | None = None  # its day before and after, where that changes
    moved: dict[int, int] = field(default_factory=dict)

    @property
    def touched(self) -> int:
        return max(self.total - self.unchanged, self.ahead + self.lost + self.joined) + self.written

    @property
    def must_type(self) -> bool:
        return self.touched > ASK_ABOVE


def of_place(*, step: Step, to: edits.Place, now: dt.datetime) -> Impact:
    """What publish.step, archive or restore would do with a step (one that is not there yet has no key). Changes
    nothing. What has no text yet is published along with its place."""
    step = copy(step)
    step.pk = step.pk or NEW
    steps = list(Step.objects.filter(sequence=step.sequence))
    then = copy(step)
    then.position, then.archived_at = to.position, None if to.is_in else now
    order = [then, *(one for one in steps if one.pk != step.pk)]
    before, after = opens(steps), opens(order, published=step.pk)
    places = {one.pk: one.place for one in steps}
    crowd = waiting(step.sequence)
    passed = {at for at in crowd if places.get(before[at] or 0, NOWHERE) > then.place}
    moves = list(edits.moves(step, to, now))
    past = sum(crowd[at] for at in passed if after.get(at) != step.pk)
    for move in moves:
        if (at := move.run.next_step_id) in passed:
            comes = after.get(move.step.pk) if move.step else None
            past += (comes != step.pk) - (after.get(at) != step.pk)
    found = compared(
        crowd,
        moves,
        before,
        after,
        past=past,
        now=now,
    )
    stored = next((one for one in steps if one.pk == step.pk), None)
    if stored is None or stored.archived_at is not None:
        return replace(found, joined=joined(then, crowd, moves, after, order)) if to.is_in else found
    stand = {at: places.get(before[at] or 0, NOWHERE) for at in crowd}
    to_get = {at: crowd[at] for at in crowd if NOWHERE < stand[at] <= stored.place}
    if not to.is_in:
        return replace(found, ahead=sum(to_get.values()), written=fate.written(stored).count())
    ahead = still_before(then, to_get, moves, after, order)
    lost = sum(to_get.values()) - ahead
    if to.day == stored.day:
        return replace(found, lost=lost)
    return replace(found, ahead=ahead, lost=lost, days=(stored.day, to.day))


def joined(
    edited: Step, crowd: dict[int | None, int], moves: list[edits.Move], after: Opens, order: list[Step]
) -> int:
    """How many come to a letter that was not in the order until now. Who had it once gets it no more."""
    had = edits.who_had(edited, Run.objects.filter(sequence=edited.sequence, state__in=edits.WAITING))
    spared = Counter[int | None](Run.objects.filter(pk__in=had).values_list("next_step", flat=True))
    to_get = {at: number - spared[at] for at, number in crowd.items()}
    return still_before(edited, to_get, (move for move in moves if move.run.pk not in had), after, order)


def still_before(
    edited: Step,
    to_get: dict[int | None, int],
    moves: Iterable[edits.Move],
    after: Opens,
    order: list[Step],
) -> int:
    """How many of those who were to get the edited letter stand at or before its new place, and get it."""
    places = {one.pk: one.place for one in order}

    def before(step: int | None) -> bool:
        return step is not None and places[step] <= edited.place

    number = sum(number for at, number in to_get.items() if before(after.get(at)))
    for move in moves:
        at = move.run.next_step_id
        if at in to_get:
            number += before(after.get(move.step.pk) if move.step else None) - before(after.get(at))
    return number


def of_clock(*, sequence: Sequence, to: edits.Clock, now: dt.datetime) -> Impact:
    """What publish.change_sequence would do with another hour, or other days. Changes nothing."""
    stored = Sequence.objects.get(pk=sequence.pk)
    unmoved = opens(list(Step.objects.filter(sequence=stored)))
    moves = edits.clock_moves(stored, to, now)
    return compared(waiting(stored), moves, unmoved, unmoved, past=0, now=now)


def waiting(sequence: Sequence) -> dict[int | None, int]:
    """How many wait for each step; None: for the first there will be."""
    runs = Run.objects.filter(sequence=sequence, state__in=edits.WAITING).order_by()
    return dict(runs.values_list("next_step").annotate(number=Count("pk")))


def opens(steps: list[Step], *, published: int | None = None) -> Opens:
    """Whoever waits for a letter that was taken out waits for the one behind it."""
    found: Opens = {}
    ahead: int | None = None
    for step in sorted(steps, key=lambda one: one.place, reverse=True):
        is_open = step.archived_at is None and (step.revision_id is not None or step.pk == published)
        ahead = step.pk if is_open else ahead
        found[step.pk] = ahead
    found[None] = ahead
    return found


def compared(
    crowd: dict[int | None, int],
    moves: Iterable[edits.Move],
    before: Opens,
    after: Opens,
    *,
    past: int,
    now: dt.datetime,
) -> Impact:
    words, moved, looked_at = Counter[str](), Counter[int](), Counter[int | None]()
    for move in moves:
        at, due = move.run.next_step_id, move.run.next_due_at
        looked_at[at] += 1
        then = after.get(move.step.pk) if move.step else None
        if then is None or move.due_at is None:
            words["ended"] += 1
        elif (before.get(at), due) == (then, move.due_at):
            words["unchanged"] += 1
        else:
            words["gets"] += before.get(at) != then
            if before.get(at) and due and move.due_at < due and move.due_at <= now + SOON:
                words["soon"] += 1
            else:
                moved[days_between(due if before.get(at) else None, move.due_at)] += 1
    for at, number in crowd.items():  # for the others the hour stays, and perhaps not the letter
        others = max(number - looked_at[at], 0)
        if before.get(at) == after.get(at):
            words["unchanged"] += others
        elif after.get(at) is None:
            words["ended"] += others
        elif others:
            words["gets"] += others
            moved[0] += others
    counts: dict[str, Any] = dict(words)
    return Impact(**counts, total=sum(crowd.values()), past=past, moved=dict(moved))


def days_between(before: dt.datetime | None, after: dt.datetime) -> int:
    if before is None:
        return 0
    return round((after - before) / dt.timedelta(days=1))


def says(found: Impact) -> list[str]:
    """The sheet in sentences."""
    if not found.total and not found.written:
        return ["Nobody is on the way through these letters, so nobody is touched."]
    said = [f"{people(found.total)} on the way through these letters."]
    if found.unchanged:
        said.append(f"{people(found.unchanged)}: their next letter stays as it is.")
    said += says_of_the_letter(found)
    for days, number in sorted(found.moved.items()):
        said.append(f"{people(number)}: the next letter comes {by_days(days)}.")
    if found.soon:
        said.append(f"{people(found.soon)}: the next letter comes sooner, within a day and a half.")
    if found.gets:
        said.append(f"{people(found.gets)}: another letter comes next than would have.")
    if found.ended:
        said.append(f"{people(found.ended)}: no letter is left for them.")
    if found.past > found.lost:
        said.append(
            f"{people(found.past - found.lost)}: past this place already, or they have it. "
            "They get nothing of it, and nothing again."
        )
    return said


def says_of_the_letter(found: Impact) -> list[str]:
    """Who was still to get the edited letter itself."""
    said = []
    if found.ahead and found.days:
        before, after = found.days
        said.append(f"{people(found.ahead)}: this letter comes on day {after} and not on day {before}.")
    elif found.ahead:
        said.append(f"{people(found.ahead)}: were still to get this letter, and get it no more.")
    if found.joined:
        said.append(f"{people(found.joined)}: get this letter too, when they come to its place.")
    if found.lost:
        said.append(
            f"{people(found.lost)}: were still to get this letter, and are past its new place. "
            "It reaches them only if you send it to them, from the letter’s own page."
        )
    if found.written:
        said.append(f"{people(found.written)}: it waits to leave for them, and will not go.")
    return said


def by_days(days: int) -> str:
    if days == 0:
        return "some hours earlier or later"
    size = "a day" if abs(days) == 1 else f"{abs(days)} days"
    return f"{size} {'later' if days > 0 else 'earlier'}"


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
