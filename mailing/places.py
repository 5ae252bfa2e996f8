"""Where a new letter stands in its sequence, and what it is called, when nobody says so."""

from decimal import ROUND_FLOOR, Decimal

from django.utils.text import slugify

from mailing.models import Sequence, Step

LONGEST = 50  # of a key, with room for a number behind it


def free_key(sequence: Sequence, subject: str) -> str:
    """Made from the subject; with a number where the sequence has it already."""
    taken = set(Step.objects.filter(sequence=sequence).values_list("key", flat=True))
    key = slugify(subject)[:LONGEST].strip("-") or "letter"
    return next(one for one in (key, *(f"{key}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def behind_its_day(sequence: Sequence, day: int, letter: int = 0) -> Decimal:
    """The place behind all other letters of this day and earlier ones, before those of later days."""
    others = Step.objects.filter(sequence=sequence).exclude(pk=letter).order_by("position")
    places = list(others.values_list("position", "day"))
    before = max((place for place, of in places if of <= day), default=Decimal(0))
    after = next((place for place, _ in places if place > before), None)
    if after is None:
        return before.to_integral_value(ROUND_FLOOR) + 1
    return ((before + after) / 2).quantize(Decimal("0.01"), ROUND_FLOOR)


def taken_by(sequence: Sequence, position: Decimal, letter: int = 0) -> Step | None:
    """The other letter that stands in this very place: of two in one place the second would be passed over."""
    others = Step.objects.filter(sequence=sequence, position=position, archived_at=None).exclude(pk=letter)
    return others.select_related("revision").first()
