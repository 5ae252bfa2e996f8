"""Who gets what, and when: the planner itself, with time running on in memory and nothing written."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet

from coursesite.lib import localtime
from mailing import apart, fate, gate, zones
from mailing.models import Contact, Letter, Run, Sequence, Step
from mailing.planner import Planner

PAGE = 500  # people played through at once, so that nobody need wait
ROUNDS = 400  # moments looked at for one person
TOO_LATE = "It would come too late."
AHEAD = dt.timedelta(days=400)


@dataclass(frozen=True)
class Coming:
    """A letter to come, or one that will be passed over with its reason."""

    at: dt.datetime
    contact: Contact
    step: Step
    run: Run | None
    reason: str = ""  # why it will not be sent; empty: it goes out

    @property
    def goes_out(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Day:
    """One page of a day: what these people get on it. `people` are all who may get something by then."""

    date: dt.date
    letters: list[Coming]
    people: int
    page: int
    pages: int


def day(date: dt.date, *, now: dt.datetime, page: int = 1) -> Day:
    """What goes out on a day by the site's clock, in order of time, one page of people at a time; 1 is the first, and
    beyond the last comes the last. Changes nothing."""
    begins = max(localtime.at(date, dt.time(0), settings.SITE_TIME_ZONE), now)
    ends = localtime.at(date + dt.timedelta(days=1), dt.time(0), settings.SITE_TIME_ZONE)
    people = who(until=ends)
    number = people.count()
    pages = max(1, -(-number // PAGE))
    page = min(max(page, 1), pages)
    here = list(people[(page - 1) * PAGE : page * PAGE])
    letters = [one for one in coming(here, now=now, until=ends) if one.at >= begins]
    return Day(date, letters, number, page, pages)


def of(contact: Contact, *, now: dt.datetime, until: dt.datetime | None = None) -> list[Coming]:
    """Everything that is to come for one person as things stand, in order. Changes nothing."""
    return list(coming([contact.pk], now=now, until=until or now + AHEAD))


def who(*, until: dt.datetime) -> "QuerySet[Contact, int]":
    """Ids of people for whom something is due, or waits, before `until`: found by the index of what is due."""
    runs = Run.objects.filter(
        state=Run.State.ACTIVE, next_due_at__lt=until, sequence__state=Sequence.State.LIVE
    )
    waits = written(until=until)
    found = Contact.objects.filter(Q(pk__in=runs.values("contact")) | Q(pk__in=waits.values("contact")))
    return found.order_by("pk").values_list("pk", flat=True)


def coming(contacts: Collection[int], *, now: dt.datetime, until: dt.datetime) -> Iterator[Coming]:
    """For these people, in order of time. Runs of paused sequences stand still."""
    found = [*waiting(contacts, now=now, until=until), *planned(contacts, now=now, until=until)]
    yield from sorted(found, key=lambda one: (one.at, one.contact.pk))


def waiting(contacts: Collection[int], *, now: dt.datetime, until: dt.datetime) -> Iterator[Coming]:
    """Letters already written that have not gone; the second of two for one day finds its day as at the door."""
    rows = written(until=until).filter(contact__in=contacts).order_by("priority", "not_before", "pk")
    taken: dict[tuple[int, dt.date], list[Letter]] = defaultdict(list)
    for letter in rows.select_related("contact", "run__sequence", "revision__step__sequence"):
        letter.not_before = max(now, letter.not_before, letter.contact.paused_until or now)
        if fate.is_too_late(letter, letter.not_before):  # takes nobody's day
            yield from told(letter, letter.not_before, until)
            continue
        day = localtime.local_day(letter.not_before, zones.of(letter.contact))
        taken[letter.contact_id, day].append(letter)
    for first, *others in taken.values():
        later = apart.days(others, now=first.not_before) if others else {}
        for letter in (first, *others):
            yield from told(letter, later.get(letter.pk, letter.not_before), until)


def told(letter: Letter, at: dt.datetime, until: dt.datetime) -> Iterator[Coming]:
    if at < until:
        reason = TOO_LATE if fate.is_too_late(letter, at) else ""
        yield Coming(at, letter.contact, letter.revision.step, letter.run, reason)


def written(*, until: dt.datetime) -> "QuerySet[Letter]":
    """Letters of sequences that wait to leave before `until`, and are not held by sequence, run, or reader."""
    rows = Letter.objects.filter(state=Letter.State.QUEUED, not_before__lt=until, run__isnull=False)
    rows = rows.filter(Q(contact__paused_until=None) | Q(contact__paused_until__lt=until))
    return rows.filter(run__sequence__state=Sequence.State.LIVE, run__state__in=gate.WALKING)


def planned(contacts: Collection[int], *, now: dt.datetime, until: dt.datetime) -> Iterator[Coming]:
    """Letters that the planner will write if nothing changes."""
    active = Run.objects.filter(
        contact__in=contacts, state=Run.State.ACTIVE, sequence__state=Sequence.State.LIVE
    )
    planner = Planner(list(active.select_related("sequence", "contact", "next_step")), now, is_look=True)
    for _ in range(ROUNDS):
        moments = next_moments(planner, now=now, until=until)
        if not moments:
            return
        for one in planner.go(moments):
            reason = TOO_LATE if one.is_stale else one.refusal
            yield Coming(one.at, one.run.contact, one.step, one.run, reason)


def next_moments(planner: Planner, *, now: dt.datetime, until: dt.datetime) -> dict[int, dt.datetime]:
    """By contact, when the planner has to look at one of its runs next."""
    moments: dict[int, dt.datetime] = {}
    for run in planner.runs:
        if run.state != Run.State.ACTIVE or run.next_due_at is None or run.next_due_at >= until:
            continue
        moment = max(now, run.next_due_at)
        moments[run.contact_id] = min(moments.get(run.contact_id, moment), moment)
    return moments
