"""Where a new letter stands in its sequence, and what it is called, when nobody says so; where letters stood before."""

import datetime as dt
from decimal import ROUND_FLOOR, Decimal

from django.db.models import Q
from django.utils.text import slugify

from mailing.models import Sequence, Step, StepPlace

SMALLEST = Decimal("0.01")
ROOM = Decimal("0.2")  # between two letters; in less of it places are taken one by one
LONGEST = 50  # of a key, with room for a number behind it


def free_key(sequence: Sequence, subject: str) -> str:
    """Made from the subject; with a number where the sequence has it already."""
    taken = set(Step.objects.filter(sequence=sequence).values_list("key", flat=True))
    key = slugify(subject)[:LONGEST].strip("-") or "letter"
    return next(one for one in (key, *(f"{key}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def behind_its_day(sequence: Sequence, day: int, letter: int = 0) -> Decimal:
    """A free place behind all other letters of this day and earlier ones, before those of later days while there is
    one."""
    others = Step.objects.filter(sequence=sequence).exclude(pk=letter).order_by("position")
    places = list(others.filter(archived_at=None).values_list("position", "day"))
    before = max((place for place, of in places if of <= day), default=Decimal(0))
    after = next((place for place, _ in places if place > before), None)
    if after is None:
        return before.to_integral_value(ROUND_FLOOR) + 1
    half = ((before + after) / 2).quantize(SMALLEST, ROUND_FLOOR)
    place = half if after - before > ROOM else before + SMALLEST
    taken = {*others.values_list("position", flat=True)}
    while place in taken:
        place += SMALLEST
    return place


def fits(sequence: Sequence, position: Decimal, day: int, letter: int = 0) -> bool:
    """Do the letters before this place have this day or an earlier one, and those behind it this one or a later?"""
    others = Step.objects.filter(sequence=sequence, archived_at=None).exclude(pk=letter)
    before, after = Q(position__lt=position, day__gt=day), Q(position__gt=position, day__lt=day)
    return not others.filter(before | after).exists()


def behind(step: Step, of: str = "") -> Q:
    """The steps of its sequence behind this one (`Step.place`); `of` leads to them."""
    level = Q(**{f"{of}position": step.position, f"{of}pk__gt": step.pk})
    return level | Q(**{f"{of}position__gt": step.position})


def taken_by(sequence: Sequence, position: Decimal, letter: int = 0) -> Step | None:
    """The other letter that stands in this very place: nobody sees which of the two comes first."""
    others = Step.objects.filter(sequence=sequence, position=position, archived_at=None).exclude(pk=letter)
    return others.select_related("revision").first()


def remember(step: Step, *, now: dt.datetime) -> None:
    """Where a letter stands that is about to stand elsewhere; without words it stood nowhere yet."""
    if step.revision_id is not None:
        place = {name: getattr(step, name) for name in ("day", "position", "subject_of", "condition")}
        StepPlace.objects.create(step=step, until=now, **place)
