"""One letter of a sequence a local day, also at the door: the planner gives each a day of its own, but a rest, a hold,
an outage or a refusal can bring two of one reader to the same hour. The first of them goes, the others find new days.
"""

import datetime as dt
import uuid
from collections import defaultdict
from typing import Any

from django.db.models import Q

from coursesite.lib import localtime
from mailing import agenda, fate, gate, schedule, zones
from mailing.models import Letter, Sequence

S = Letter.State
AGO = dt.timedelta(hours=36)  # no local day lasts longer
GONE = (S.HANDED, S.SENT, S.UNKNOWN)
Row = dict[str, Any]


def waits(batch: list[Letter], *, now: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
    """Which of these leased letters must not go today, and when instead. Changes nothing.

    A welcome may go beside others; so may what a server may have seen already, and what a person queued again.
    """
    asked = [letter for letter in batch if letter.run is not None and is_held_to_it(letter, now)]
    if not asked:
        return {}
    others = near(asked, now)
    second = [
        letter for letter in asked if any(comes_first(one, letter, now) for one in others[letter.contact_id])
    ]
    found, agendas = {}, agenda.of({letter.contact for letter in second}, now=now) if second else {}
    for letter in second:
        if letter.run is not None:
            mine, step = agendas[letter.contact_id], letter.revision.step
            found[letter.pk] = schedule.earliest(step=step, run=letter.run, agenda=mine, now=now)
            mine.note(found[letter.pk], is_welcome=False)
    return found


def is_held_to_it(letter: Letter, now: dt.datetime) -> bool:
    if letter.date_header or letter.doubts or letter.reason == fate.BY_HAND or letter.run is None:
        return False
    return not schedule.is_welcome(letter.revision.step, letter.run.anchor_at, now)


def near(letters: list[Letter], now: dt.datetime) -> dict[int, list[Row]]:
    """By contact: what went lately, and what is due and held by nothing of its own."""
    of_them = Letter.objects.filter(contact__in={letter.contact_id for letter in letters}, run__isnull=False)
    lately = Q(state__in=GONE, handed_at__gte=now - AGO)
    due = Q(
        state__in=[S.QUEUED, S.LEASED], not_before__lte=now,
        run__sequence__state=Sequence.State.LIVE, run__state__in=gate.WALKING,
    )  # fmt: skip
    found: dict[int, list[Row]] = defaultdict(list)
    fields = ("pk", "contact", "state", "priority", "not_before", "handed_at", "sent_at")
    for row in of_them.filter(lately | due).values(*fields):
        found[row["contact"]].append(row)
    return found


def comes_first(row: Row, letter: Letter, now: dt.datetime) -> bool:
    """Whether another letter of its reader went today, or goes before it: in the order in which they are leased."""
    if row["pk"] == letter.pk:
        return False
    if row["state"] in GONE:
        zone = zones.of(letter.contact)
        return localtime.local_day(row["sent_at"] or row["handed_at"], zone) == localtime.local_day(now, zone)
    return (row["priority"], row["not_before"], row["pk"]) < (letter.priority, letter.not_before, letter.pk)
