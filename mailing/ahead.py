"""What goes out on a day to come, by letter: counted from where the runs stand, so that it costs two queries.

The forecast plays each person through and is right to the letter; this is for a glance.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Count, Min, Q, Value, When

from mailing.models import Run, Sequence, Step


@dataclass(frozen=True)
class Expected:
    """About how many of one letter, and when the first leaves (UTC)."""

    subject: str
    sequence: str
    number: int
    first_at: dt.datetime


def on(*, begins: dt.datetime, ends: dt.datetime) -> list[Expected]:
    """What is due between two moments as things stand, the most first. Who has a letter before `begins` gets the next
    one in this time if it comes a day later."""
    is_before = Case(When(next_due_at__lt=begins, then=Value(True)), default=Value(False))
    runs = Run.objects.filter(
        state=Run.State.ACTIVE, next_due_at__lt=ends, sequence__state=Sequence.State.LIVE, next_step__isnull=False
    )  # fmt: skip
    paused = Q(contact__paused_until__gte=ends)
    groups = runs.exclude(paused).annotate(before=is_before).order_by()
    rows = groups.values_list("next_step", "before").annotate(number=Count("pk"), first_at=Min("next_due_at"))
    standing = [(step, before, number, first_at) for step, before, number, first_at in rows]
    if not standing:
        return []
    steps = Step.objects.filter(archived_at=None, revision__isnull=False).select_related(
        "sequence", "revision"
    )
    line = list(steps.order_by("sequence", "position", "pk"))
    places = {step.pk: place for place, step in enumerate(line)}
    found = dict[int, tuple[int, dt.datetime]]()
    for pk, before, number, first_at in standing:
        place, moment = places.get(pk), first_at
        if before and place is not None:
            place, moment = following(line, place), first_at + dt.timedelta(days=1)
        if place is not None and begins <= moment < ends:
            had, earliest = found.get(place, (0, moment))
            found[place] = (had + number, min(earliest, moment))
    return sorted(
        (
            Expected(line[place].revision.subject, line[place].sequence.title, number, first_at)  # type: ignore[union-attr]
            for place, (number, first_at) in found.items()
        ),
        key=lambda one: (-one.number, one.first_at),
    )


def following(line: list[Step], place: int) -> int | None:
    """The next letter of the same sequence, if it comes a day after this one."""
    if place + 1 >= len(line) or line[place + 1].sequence_id != line[place].sequence_id:
        return None
    step, after = line[place], line[place + 1]
    days = after.day - step.day if step.sequence.anchor == Sequence.Anchor.START else after.day
    return place + 1 if days == 1 else None
