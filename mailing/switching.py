"""The first switch-on of a sequence for people who are there already: only by the coach's own choice, counted before.

Who could begin, the floor above knows (`LETTER_CANDIDATES`); who has begun before, and what became of it, stands here.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass, field

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.module_loading import import_string

from coursesite.lib import localtime
from mailing import drip, kinds, schedule, suppression, zones
from mailing.models import Consent, Contact, Letter, Run, Sequence, Step, Wave

CHUNK = 500
LONGEST = 60  # days to spread people over
TOO_OLD = "They were there before these letters."
CALLED_BACK = "Called back at the desk before the first letter."
GOT = (*Letter.GONE, Letter.State.FAILED)
AGAIN = (TOO_OLD, CALLED_BACK)  # who ended for these reasons got nothing, and may begin another time
Who = tuple[int, str]  # of a contact, and the source where that matters
HAD, ON_THE_WAY, ENDED = "got a letter of it before", "on the way already", "stopped before the first letter"


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


def candidates(sequence: Sequence, *, now: dt.datetime) -> list[Person]:
    """Who is there already and could be sent through it, as settings.LETTER_CANDIDATES says."""
    found: list[Person] = import_string(settings.LETTER_CANDIDATES)(sequence=sequence, now=now)
    return found


def look(*, sequence: Sequence, people: Several[Person], how: How, days: int = 1, now: dt.datetime) -> Begun:
    """What switch_on would do. Changes nothing."""
    return counted(list(_beginnings(sequence, people, how, days, now)), people)


def counted(beginnings: list[tuple[Person, dt.datetime]], people: Several[Person]) -> Begun:
    by_day = Counter(localtime.local_day(moment, zones.of(person.contact)) for person, moment in beginnings)
    return Begun(len(beginnings), len(people) - len(beginnings), dict(sorted(by_day.items())))


@transaction.atomic
def switch_on(
    *, sequence: Sequence, people: Several[Person], how: How, days: int = 1, now: dt.datetime, by: str = ""
) -> Begun:
    """Make a sequence live, for those who come from now on and, by choice, for those who are there already.

    They begin with the first letter, on a morning, not this minute; who has had one of its letters is left out.
    The second call finds nobody to begin with. The sequence is locked first: two at a time begin nobody twice.
    """
    standing = Sequence.objects.select_for_update(no_key=True).get(pk=sequence.pk)
    sequence.state = standing.state  # somebody may have been faster
    beginnings = list(_beginnings(sequence, people, how, days, now))
    if beginnings or sequence.state != Sequence.State.LIVE:
        wave = Wave.objects.create(
            sequence=sequence, how=how, days=days, people=len(beginnings), was_state=sequence.state,
            begun_by=by[:254], begun_at=now,
        )  # fmt: skip
        _begin(sequence, beginnings, wave)
    if how == How.ONLY_NEW:
        for contacts in _portions([one.contact.pk for one in people]):
            waiting = Run.objects.filter(sequence=sequence, state=Run.State.ACTIVE, letters=None)
            waiting.filter(contact__in=contacts).update(
                state=Run.State.CANCELLED, reason=TOO_OLD, next_due_at=None
            )
    sequence.state, sequence.paused_reason = Sequence.State.LIVE, ""
    sequence.save(update_fields=["state", "paused_reason"])
    return counted(beginnings, people)


def _begin(sequence: Sequence, beginnings: list[tuple[Person, dt.datetime]], wave: Wave) -> None:
    """Runs that waited for the first letter count from now; everybody else gets one."""
    first = drip.first_step(sequence)
    runs = Run.objects.filter(sequence=sequence)
    standing = runs.filter(state__in=[Run.State.ACTIVE, Run.State.HELD])
    waiting = {who(sequence, run.contact_id, run.source): run for run in standing}
    last = Counter(dict(runs.order_by().values_list("contact").annotate(last=Max("generation"))))
    old, new = list[Run](), list[Run]()
    for person, moment in beginnings:
        contact = person.contact
        run = waiting.get(who(sequence, contact.pk, person.source))
        if run is None:
            last[contact.pk] += 1
            run = Run(sequence=sequence, contact=contact, source=person.source, generation=last[contact.pk])
            new.append(run)
        else:
            old.append(run)
        _sent_off(run, contact, first, moment, wave)
    Run.objects.bulk_create(new, batch_size=CHUNK, ignore_conflicts=True)
    Run.objects.bulk_update(old, ["anchor_at", "next_step", "next_due_at", "wave"], batch_size=CHUNK)


def _sent_off(run: Run, contact: Contact, first: Step | None, moment: dt.datetime, wave: Wave) -> None:
    run.anchor_at, run.next_step, run.wave = moment, first, wave
    run.next_due_at = schedule.due(step=first, anchor_at=moment, zone=zones.of(contact)) if first else moment


def who(sequence: Sequence, contact: int, source: str) -> Who:
    """Somebody as this sequence knows them: a person, of letters for afterwards with what was finished."""
    return contact, source if sequence.kind in kinds.EACH_SOURCE else ""


def begun_before(sequence: Sequence) -> dict[Who, str]:
    """Why somebody does not begin now. A sequence that does not write yet has runs that only wait."""
    found = dict[Who, str]()
    runs = Run.objects.filter(sequence=sequence).order_by("generation")
    for contact, source, state, reason in runs.values_list("contact", "source", "state", "reason"):
        one = who(sequence, contact, source)
        found.pop(one, None)
        if state in (Run.State.ACTIVE, Run.State.HELD) and sequence.state == Sequence.State.LIVE:
            found[one] = ON_THE_WAY
        elif state == Run.State.DONE or (state == Run.State.CANCELLED and reason not in AGAIN):
            found[one] = ENDED
    had = Letter.objects.filter(run__sequence=sequence).exclude(
        state=Letter.State.CANCELLED, reason=CALLED_BACK
    )
    is_called_back = Q(run__state=Run.State.CANCELLED, run__reason=CALLED_BACK)
    had = had.filter(Q(state__in=GOT) | ~is_called_back)
    pairs = had.order_by().values_list("run__contact", "run__source").distinct()
    return found | dict.fromkeys((who(sequence, *pair) for pair in pairs), HAD)


def left_out(sequence: Sequence, people: Several[Person]) -> dict[str, int]:
    """How many of these do not begin, by the reason."""
    before = begun_before(sequence)
    found = (before.get(who(sequence, one.contact.pk, one.source)) for one in people)
    return dict(Counter(why for why in found if why))


def unreachable(sequence: Sequence, people: Several[Person], *, now: dt.datetime) -> int:
    """How many of those who would begin get nothing as things stand: they turned such letters off, or their address is
    on the list. They begin all the same, and get what is to come once they turn the letters on."""
    before = begun_before(sequence)
    fresh = {
        one.contact.pk: one.contact.email
        for one in people
        if who(sequence, one.contact.pk, one.source) not in before
    }
    off = set[int]()
    for pks in _portions(list(fresh)):
        emails = {fresh[pk]: pk for pk in pks}
        off |= {emails[email] for email in suppression.listed(emails)} | refusing(sequence, pks)
    return len(off)


def refusing(sequence: Sequence, contacts: list[int]) -> set[int]:
    """Who said no to letters of this kind."""
    said_no = Consent.objects.filter(
        purpose=kinds.PURPOSE[kinds.letter(sequence.kind)],
        state=Consent.State.WITHDRAWN,
        contact__in=contacts,
    )
    return set(said_no.values_list("contact", flat=True))


@transaction.atomic
def call_back(*, wave: Wave, by: str, now: dt.datetime) -> int:
    """Who began with this wave and got nothing yet gets nothing of it; the others go on. Returns how many people; 0
    the second time.

    When nobody of it got anything, the sequence stands as it stood before. Who is called back can begin another time.
    """
    standing = Wave.objects.select_for_update().filter(pk=wave.pk, called_back_at=None).first()
    if standing is None:
        return 0
    mine = untouched([standing])
    runs = list(mine.values_list("pk", flat=True))
    is_whole = len(runs) == standing.people
    for pks in _portions(runs):
        Run.objects.filter(pk__in=pks).update(state=Run.State.CANCELLED, reason=CALLED_BACK, next_due_at=None)
        waiting = Letter.objects.filter(run__in=pks, state__in=Letter.WAITING)
        waiting.update(state=Letter.State.CANCELLED, reason=CALLED_BACK, lease_token=None, lease_until=None)
    Wave.objects.filter(pk=standing.pk).update(called_back_at=now, called_back_by=by[:254])
    if is_whole and standing.was_state != Sequence.State.LIVE:
        live = Sequence.objects.filter(pk=standing.sequence_id, state=Sequence.State.LIVE)
        live.update(state=standing.was_state)
    return len(runs)


def untouched(waves: Several[Wave]) -> "models.QuerySet[Run]":
    """Who began with one of them and has no letter that went, or may be going at this moment; one that was left out
    because its lesson was done already is none."""
    gone = Letter.objects.filter(Q(state__in=GOT) | Q(doubts__gt=0), run=OuterRef("pk"))
    return Run.objects.filter(
        ~Exists(gone), wave__in=waves, state__in=[Run.State.ACTIVE, Run.State.HELD]
    ).order_by("pk")


def _beginnings(
    sequence: Sequence, people: Several[Person], how: How, days: int, now: dt.datetime
) -> Iterator[tuple[Person, dt.datetime]]:
    if how == How.ONLY_NEW:
        return
    before = begun_before(sequence)
    each = {who(sequence, one.contact.pk, one.source): one for one in reversed(people)}
    fresh = [person for one, person in each.items() if one not in before]
    fresh.reverse()
    for number, person in enumerate(fresh):
        later = number * days // len(fresh) if how == How.SPREAD else 0
        yield person, morning(sequence, zones.of(person.contact), now + dt.timedelta(days=later))


def _portions(pks: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), CHUNK):
        yield pks[start : start + CHUNK]


def morning(sequence: Sequence, zone: str, after: dt.datetime) -> dt.datetime:
    slot = schedule.next_slot(after=after, zone=zone, send_at=sequence.send_at)
    while not schedule.is_allowed(localtime.local_day(slot, zone), sequence):
        slot = schedule.next_day(after=slot, zone=zone, send_at=sequence.send_at)
    return slot
