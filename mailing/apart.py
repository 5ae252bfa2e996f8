"""One letter of a sequence a local day, also at the door: the planner gives each a day of its own, but a rest, a hold,
an outage or a refusal can bring two of one reader to the same hour. The first of them goes, the others find new days.
"""

import datetime as dt
import uuid
from collections import defaultdict
from typing import Any

from django.db.models import Q

from coursesite.lib import localtime
from mailing import agenda, door, fate, gate, guards, schedule, zones
from mailing.models import Letter, Sequence

S = Letter.State
AGO = dt.timedelta(hours=36)  # no local day lasts longer
Row = dict[str, Any]
FIELDS = (
    "pk", "contact", "state", "priority", "not_before", "handed_at", "sent_at", "date_header", "doubts", "reason",
)  # fmt: skip


def waits(batch: list[Letter], said: door.Said, *, now: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
    """Which of these leased letters must not go today, and when instead. What the floor above (`said`) does not let go
    takes nobody's day. Changes nothing.

    A welcome may go beside others; so may what a server may have seen already, and what a person queued again.
    """
    going = {letter.pk for letter in batch if isinstance(said.get(letter.pk), guards.Send)}
    asked = [letter for letter in batch if letter.pk in going and is_held_to_it(letter, now)]
    if not asked:
        return {}
    others = near(asked, now, but={letter.pk for letter in batch} - going)
    second = [
        letter for letter in asked if any(comes_first(one, letter, now) for one in others[letter.contact_id])
    ]
    return days(second, now=now) if second else {}


def days(letters: list[Letter], *, now: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
    """A moment of a day of its own for each, one after the other."""
    found, agendas = {}, agenda.of({letter.contact for letter in letters}, now=now)
    for letter in letters:
        if letter.run is not None:
            mine, step = agendas[letter.contact_id], letter.revision.step
            after = max(now, letter.not_before)
            found[letter.pk] = schedule.earliest(step=step, run=letter.run, agenda=mine, now=after)
            mine.note(found[letter.pk], is_welcome=step.day == 0)
    return found


def is_held_to_it(letter: Letter, now: dt.datetime) -> bool:
    if letter.run is None or is_free(letter.date_header, letter.doubts, letter.reason):
        return False
    return not schedule.is_welcome(letter.revision.step, letter.run.anchor_at, now)


def is_free(date_header: str, doubts: int, reason: str) -> bool:
    return bool(date_header or doubts or reason.endswith(fate.BY_HAND))


def near(letters: list[Letter], now: dt.datetime, *, but: set[uuid.UUID]) -> dict[int, list[Row]]:
    """By contact: what went lately, or may have, and what is due and held by nothing of its own."""
    of_them = Letter.objects.filter(contact__in={letter.contact_id for letter in letters}, run__isnull=False)
    lately = Q(handed_at__gte=now - AGO) & (Q(state__in=Letter.GONE) | Q(doubts__gt=0))
    due = Q(
        state__in=Letter.WAITING, not_before__lte=now,
        run__sequence__state=Sequence.State.LIVE, run__state__in=gate.WALKING,
    )  # fmt: skip
    found: dict[int, list[Row]] = defaultdict(list)
    for row in of_them.filter(lately | due).values(*FIELDS):
        if row["pk"] not in but:
            found[row["contact"]].append(row)
    return found


def comes_first(row: Row, letter: Letter, now: dt.datetime) -> bool:
    """Whether another letter of its reader went today, or goes before it: what is free to go at any time, and else in
    the order in which they are leased."""
    if row["pk"] == letter.pk:
        return False
    if row["state"] in Letter.GONE or row["not_before"] > now:
        zone, went = zones.of(letter.contact), row["sent_at"] or row["handed_at"]
        return localtime.local_day(went, zone) == localtime.local_day(now, zone)
    if is_free(row["date_header"], row["doubts"], row["reason"]):
        return True
    return (row["priority"], row["not_before"], row["pk"]) < (letter.priority, letter.not_before, letter.pk)
