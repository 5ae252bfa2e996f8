"""A letter that was put in where people had passed already: for them too, by the coach's own choice, counted before."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from coursesite.lib import localtime
from mailing import agenda, drip, fate, places, schedule, switching
from mailing.models import Letter, Run, Step
from mailing.planner import Planned

CHUNK = 500


def passed(step: Step) -> models.QuerySet[Run]:
    """The latest runs that are beyond a step, or at their end, and have no letter of it: the K who passed."""
    beyond = Q(places.behind(step, "next_step__"), state=Run.State.ACTIVE)
    later = Run.objects.filter(
        sequence=OuterRef("sequence"), contact=OuterRef("contact"), generation__gt=OuterRef("generation")
    )
    had = Letter.objects.filter(revision__step=step, contact=OuterRef("contact"))
    had = had.exclude(state=Letter.State.CANCELLED, reason=fate.CALLED_BACK)
    runs = Run.objects.filter(
        beyond | Q(state=Run.State.DONE), ~Exists(later), ~Exists(had), sequence=step.sequence
    )
    return runs.order_by("pk")


def look(*, step: Step, days: int = 1, now: dt.datetime) -> dict[dt.date, int]:
    """How many letters reach() would send on which local day. Changes nothing."""
    by_day: Counter[dt.date] = Counter()
    for letters in _letters(step, days, now):
        by_day.update(localtime.local_day(moment, zone) for _, moment, zone in letters)
    return dict(sorted(by_day.items()))


def reach(*, step: Step, days: int = 1, now: dt.datetime) -> int:
    """Write a step's letter also to those who passed its place, spread over some days, each on a free day of theirs.

    Returns to how many; 0 the second time. Their runs stay where they are; the last look before sending is the same.
    Each portion is written in a transaction of its own, so that nobody else has to wait long: after a breakdown the
    second call goes on, and of two at a time each letter is written once.
    """
    return sum(_write(step, letters, now) for letters in _letters(step, days, now))


@transaction.atomic
def _write(step: Step, letters: list[tuple[Run, dt.datetime, str]], now: dt.datetime) -> int:
    rows = [_row(step, run, moment, now) for run, moment, _ in letters]
    made = {row.dedupe_key: row.not_before for row in rows}
    called_back = Letter.objects.filter(state=Letter.State.CANCELLED, reason=fate.CALLED_BACK)
    back = called_back.filter(dedupe_key__in=made).in_bulk(field_name="dedupe_key")
    for key, letter in back.items():
        letter.state, letter.reason, letter.not_before = Letter.State.QUEUED, fate.OFFERED, made[key]
    Letter.objects.bulk_update(back.values(), ["state", "reason", "not_before"])
    Letter.objects.bulk_create([row for row in rows if row.dedupe_key not in back], ignore_conflicts=True)
    return len(rows)


def _row(step: Step, run: Run, moment: dt.datetime, now: dt.datetime) -> Letter:
    row = drip.row(Planned(run, step, moment))
    row.created_at, row.reason = now, fate.OFFERED
    return row


def _letters(step: Step, days: int, now: dt.datetime) -> Iterator[list[tuple[Run, dt.datetime, str]]]:
    """Who gets it, when, by the clock of which zone; in portions, so that any number of people can be looked at."""
    pks = list(passed(step).values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        runs = Run.objects.filter(pk__in=pks[start : start + CHUNK])
        chunk = list(runs.select_related("contact", "sequence").order_by("pk"))
        agendas = agenda.of([run.contact for run in chunk], now=now)
        found = []
        for number, run in enumerate(chunk, start):
            after = now + dt.timedelta(days=number * days // len(pks))
            mine = agendas[run.contact_id]
            slot = switching.morning(run.sequence, mine.zone, after)
            found.append((run, schedule.earliest(step=step, run=run, agenda=mine, now=slot), mine.zone))
        yield found
