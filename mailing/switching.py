"""Letters to people who would not get them by themselves: only by the coach's own choice, counted before.

The first switch-on of a sequence for old students; a letter put in where people had passed already.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass, field

from django.db import models, transaction

from coursesite.lib import localtime
from mailing import agenda, drip, schedule, zones
from mailing.models import Contact, Letter, Run, Sequence, Step
from mailing.planner import Planned

CHUNK = 500
TOO_OLD = "They were there before these letters."


class How(models.TextChoices):
    NOW = "now", "start them now"
    ONLY_NEW = "only new", "only who joins from now on"
    SPREAD = "spread", "spread over some days"


@dataclass(frozen=True)
class Person:
    """Somebody who could be sent through a sequence, with the word that stands for the reason."""

    contact: Contact
    source: str


@dataclass(frozen=True)
class Begun:
    """Who begins when, by the local day of their first letter; and who was left out."""

    people: int = 0
    left_out: int = 0
    days: dict[dt.date, int] = field(default_factory=dict)


def look(*, sequence: Sequence, people: Several[Person], how: How, days: int = 1, now: dt.datetime) -> Begun:
    """What switch_on would do. Changes nothing."""
    beginnings = list(_beginnings(sequence, people, how, days, now))
    by_day = Counter(localtime.local_day(moment, zones.of(person.contact)) for person, moment in beginnings)
    return Begun(len(beginnings), len(people) - len(beginnings), dict(sorted(by_day.items())))


@transaction.atomic
def switch_on(
    *, sequence: Sequence, people: Several[Person], how: How, days: int = 1, now: dt.datetime
) -> Begun:
    """Make a sequence live, for those who come from now on and, by choice, for those who are there already.

    They begin with the first letter, on a morning, not this minute; who has had one of its letters is left out.
    The second call finds nobody to begin with.
    """
    done = look(sequence=sequence, people=people, how=how, days=days, now=now)
    for person, moment in list(_beginnings(sequence, people, how, days, now)):
        run = drip.start(
            sequence=sequence.slug, contact=person.contact, anchor_at=moment, source=person.source, now=now
        )
        first = drip.first_step(sequence)
        run.anchor_at, run.next_step = moment, first
        run.next_due_at = (
            schedule.due(step=first, anchor_at=moment, zone=zones.of(person.contact)) if first else moment
        )
        run.save(update_fields=["anchor_at", "next_step", "next_due_at"])
    if how == How.ONLY_NEW:
        waiting = Run.objects.filter(sequence=sequence, state=Run.State.ACTIVE, letters=None)
        waiting.filter(contact__in=[one.contact.pk for one in people]).update(
            state=Run.State.CANCELLED, reason=TOO_OLD, next_due_at=None
        )
    sequence.state, sequence.paused_reason = Sequence.State.LIVE, ""
    sequence.save(update_fields=["state", "paused_reason"])
    return done


def _beginnings(
    sequence: Sequence, people: Several[Person], how: How, days: int, now: dt.datetime
) -> Iterator[tuple[Person, dt.datetime]]:
    if how == How.ONLY_NEW:
        return
    had = set(Letter.objects.filter(run__sequence=sequence).values_list("run__contact", flat=True))
    if sequence.state == Sequence.State.LIVE:  # who is on the way in a live sequence has begun
        had |= set(Run.objects.filter(sequence=sequence).values_list("contact", flat=True))
    fresh = [one for one in people if one.contact.pk not in had]
    for number, person in enumerate(fresh):
        later = number * days // len(fresh) if how == How.SPREAD else 0
        yield person, morning(sequence, zones.of(person.contact), now + dt.timedelta(days=later))


def morning(sequence: Sequence, zone: str, after: dt.datetime) -> dt.datetime:
    slot = schedule.next_slot(after=after, zone=zone, send_at=sequence.send_at)
    while not schedule.is_allowed(localtime.local_day(slot, zone), sequence):
        slot = schedule.next_day(after=slot, zone=zone, send_at=sequence.send_at)
    return slot


def passed(step: Step) -> models.QuerySet[Run]:
    """The latest runs that are beyond a step, or at their end, and have no letter of it: the K who passed."""
    beyond = models.Q(state=Run.State.ACTIVE, next_step__position__gt=step.position)
    ended = models.Q(state=Run.State.DONE)
    later = Run.objects.filter(
        sequence=models.OuterRef("sequence"),
        contact=models.OuterRef("contact"),
        generation__gt=models.OuterRef("generation"),
    )
    had = Letter.objects.filter(revision__step=step, contact=models.OuterRef("contact"))
    runs = Run.objects.filter(
        beyond | ended, ~models.Exists(later), ~models.Exists(had), sequence=step.sequence
    )
    return runs.order_by("pk")


@transaction.atomic
def reach(*, step: Step, days: int = 1, now: dt.datetime) -> int:
    """Write a step's letter also to those who passed its place, spread over some days, each on a free day of theirs.

    Returns to how many; 0 the second time. Their runs stay where they are; the last look before sending is the same.
    """
    pks = list(passed(step).values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        chunk = list(
            Run.objects.filter(pk__in=pks[start : start + CHUNK])
            .select_related("contact", "sequence")
            .order_by("pk")
        )
        agendas = agenda.of([run.contact for run in chunk], now=now)
        letters = []
        for number, run in enumerate(chunk, start):
            after = now + dt.timedelta(days=number * days // len(pks))
            mine = agendas[run.contact_id]
            slot = morning(run.sequence, mine.zone, after)
            moment = schedule.earliest(step=step, run=run, agenda=mine, now=slot)
            letters.append(drip.row(Planned(run, step, moment)))
            letters[-1].created_at = now
        Letter.objects.bulk_create(letters, ignore_conflicts=True)
    return len(pks)
