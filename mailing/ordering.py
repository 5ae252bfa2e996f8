"""Another order of the letters: one of them moves between two others, and whoever stands before it is looked after."""

import datetime as dt
from bisect import bisect_left
from decimal import Decimal

from django.db import transaction

from mailing import edits, places
from mailing.models import Sequence, Step, StepPlace

SMALLEST = Decimal("0.01")


class Refused(ValueError):
    """The letter cannot stand there; the message says why in plain words."""


@transaction.atomic
def move(*, step: Step, before: Step | None, now: dt.datetime) -> bool:
    """Put a letter before another one of its sequence, or at the end. False if it stands there: the second call
    changes nothing. Raises Refused.

    Its day stays if it fits between those of its new neighbours, else it takes theirs. Whoever has passed the new place
    gets nothing of it, and whoever has the letter gets it no second time (edits).
    """
    found = place_of(step, before=before)
    if found is None:
        return False
    step, place = found
    edits.apply(step=step, to=place, now=now)
    return True


@transaction.atomic
def put_back(*, step: Step, old: StepPlace, now: dt.datetime) -> bool:
    """A letter stands again where it stood, about what it was about there. False if it does: the second call changes
    nothing. Raises Refused."""
    to = back_to(step, old)
    return edits.move(step=step, to=to, subject_of=old.subject_of, condition=old.condition, now=now)


def back_to(step: Step, old: StepPlace) -> edits.Place:
    """Where it stood; if another letter stands in that very place now, right before that one. Raises Refused."""
    position = old.position
    if taken := places.taken_by(step.sequence, position, step.pk):
        others = [one for one in steps(step.sequence) if one.pk != step.pk]
        found = between(others, others.index(taken), step)
        if found is None:
            raise Refused("Other letters stand there now, with no room between them. Move it by hand.")
        position = found.position
    return edits.Place(old.day, position, step.archived_at is None)


@transaction.atomic
def place_of(step: Step, *, before: Step | None) -> tuple[Step, edits.Place] | None:
    """The step as it stands, and the place it would get; None if it stands there. Raises Refused.

    Where no number is left between two letters all get whole ones again; that changes nobody's place.
    """
    around = steps(step.sequence)
    known = {one.pk for one in around}
    if step.pk not in known or (before is not None and before.pk not in known):
        raise Refused("Somebody took one of the two letters out meanwhile. Look at the order again.")
    others = [one for one in around if one.pk != step.pk]
    number = next((place for place, one in enumerate(others) if before and one.pk == before.pk), len(others))
    if before == step or [*others[:number], step, *others[number:]] == around:
        return None
    place = between(others, number, step)
    if place is None:
        _space(step.sequence)
        mine = {one.pk: one for one in steps(step.sequence)}
        step, others = mine[step.pk], [mine[one.pk] for one in others]
        place = between(others, number, step)
    if place is None:
        raise Refused("There are too many letters in this sequence to move one between two of them.")
    return step, place


def steps(sequence: Sequence) -> list[Step]:
    """The letters that are in a sequence, in order, whether they have a text yet or not."""
    mine = Step.objects.filter(sequence=sequence, archived_at=None).select_related("sequence", "revision")
    return list(mine.order_by("position", "pk"))


def between(others: list[Step], number: int, step: Step) -> edits.Place | None:
    """The place behind `number` others; None if there is no number left between the two. Places are above 0."""
    left, right = others[number - 1] if number else None, others[number] if number < len(others) else None
    low = Decimal(left.position) if left else Decimal(0)
    high = Decimal(right.position) if right else low + 2
    position = ((low + high) / 2).quantize(SMALLEST)
    if not low < position < high:
        return None
    day = max(step.day, left.day) if left else step.day
    return edits.Place(min(day, right.day) if right else day, position)


def _space(sequence: Sequence) -> None:
    """Whole numbers again, for letters taken out too; nobody's place changes, because the order stays. Where letters
    stood before keeps its place among them."""
    everything = list(Step.objects.filter(sequence=sequence).order_by("position", "pk"))
    were = [one.position for one in everything]
    for number, one in enumerate(everything, 1):
        one.position = Decimal(number)
    Step.objects.bulk_update(everything, ["position"])
    left = list(StepPlace.objects.filter(step__sequence=sequence))
    for place in left:
        before = bisect_left(were, place.position)
        is_theirs = were[before : before + 1] == [place.position]
        place.position = Decimal(before + 1) if is_theirs else before + Decimal("0.5")
    StepPlace.objects.bulk_update(left, ["position"])
