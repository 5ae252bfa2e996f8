"""Time and edits by the thousand: every zone for two years, a three days' outage, edits at random (mail.md §6, B7-B10).

A sample runs with the suite, the whole under the marker chaos.
"""

import datetime as dt
import itertools
import os
import random
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest

from coursesite.lib import localtime
from mailing import drip, edits, schedule
from mailing.agenda import Agenda
from mailing.models import Contact, Letter, Run, Sequence, Step
from tests.mailing import scene

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
BEGIN = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


# ---- B7: all zones, two years ----
def two_years(zone: str) -> int:
    """A daily letter for two years in a zone, as the planner finds its moments. How many faults."""
    sequence = Sequence(send_at=dt.time(9), kind=Sequence.Kind.DRIP, weekdays="1234567", least_gap_hours=18)
    run = Run(sequence=sequence, anchor_at=BEGIN)
    mine = Agenda(zone)
    days, faults = set[dt.date](), 0
    for number in range(1, 731):
        step = Step(sequence=sequence, day=number)
        due = schedule.due(step=step, anchor_at=BEGIN, zone=zone)
        moment = schedule.earliest(step=step, run=run, agenda=mine, now=due)
        mine.note(moment, is_welcome=False)
        day = localtime.local_day(moment, zone)
        faults += day in days or schedule.is_quiet(moment, zone) or moment < due
        days.add(day)
        mine.kept, mine.known = mine.kept[-4:], mine.known[-4:]
        mine.days = {one for one in mine.days if (day - one).days < 4}
    return faults


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia", "Asia/Gaza", "Africa/Casablanca",
     "Australia/Lord_Howe", "America/Nuuk", "Antarctica/Troll"],
)  # fmt: skip
def test_two_years_of_letters_in_some_zones(zone: str) -> None:
    assert two_years(zone) == 0


@pytest.mark.chaos
def test_two_years_of_letters_in_every_zone() -> None:
    zones = sorted(localtime.zones())
    faults = {zone: number for zone in zones if (number := two_years(zone))}
    print(f"\nB7: {len(zones)} zones x 730 days: {sum(faults.values())} faults")
    assert faults == {}


# ---- B8: three days down ----
def outage(students: int, now: dt.datetime) -> dict[str, int]:
    scene.sequence(*range(1, 11), now=now)
    scene.sequence(3, 12, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    zones = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "Asia/Kathmandu", "Pacific/Auckland")
    for number in range(students):
        one = scene.contact(f"p{number}@example.org", now=now, zone=zones[number % 5])
        scene.run(who=one, now=now, source=f"enrolment:{number}")
        if number % 2:
            scene.run(who=one, now=now, source=f"enrolment:{number}", slug="nudges")
    moment = now
    while moment < now + 25 * DAY:
        if not now + 2 * DAY <= moment < now + 5 * DAY:  # 72 hours of nothing
            while drip.plan(now=moment):
                pass
            Letter.objects.filter(state=Letter.State.QUEUED).update(state=Letter.State.SENT, sent_at=moment)
        moment += HOUR
    return judged()


def judged() -> dict[str, int]:
    """What went wrong in the ledger: more than one a local day, at night, out of order, lost."""
    by_person: dict[int, list[tuple[dt.datetime, str, Decimal, str]]] = defaultdict(list)
    rows = Letter.objects.filter(state=Letter.State.SENT).order_by("sent_at")
    for row in rows.values_list(
        "contact", "sent_at", "contact__time_zone", "revision__step__position", "kind"
    ):
        by_person[row[0]].append(row[1:])
    faults: Counter[str] = Counter({"two on a day": 0, "at night": 0, "out of order": 0})
    for got in by_person.values():
        days = Counter(localtime.local_day(at, zone) for at, zone, _, _ in got)
        faults["two on a day"] += sum(number > 1 for number in days.values())
        faults["at night"] += sum(schedule.is_quiet(at, zone) for at, zone, _, _ in got)
        order = [position for _, _, position, kind in got if kind == Letter.Kind.LESSON]
        faults["out of order"] += order != sorted(set(order))
    faults["lost"] = Contact.objects.count() * 10 - rows.filter(kind=Letter.Kind.LESSON).count()
    return dict(faults)


@pytest.mark.django_db
def test_a_few_students_after_three_days_down(now: dt.datetime) -> None:
    assert outage(6, now) == {"two on a day": 0, "at night": 0, "out of order": 0, "lost": 0}


@pytest.mark.chaos
@pytest.mark.django_db
def test_a_thousand_students_after_three_days_down(now: dt.datetime) -> None:
    found = outage(1000, now)
    stale = Letter.objects.filter(kind=Letter.Kind.NUDGE, state=Letter.State.EXPIRED).count()
    print(f"\nB8: 1,000 students, 72 h down: {found}, stale reminders expired: {stale}")
    assert found == {"two on a day": 0, "at night": 0, "out of order": 0, "lost": 0}


# ---- B10: edits at random ----
def fuzz(runs: int, rounds: int, seed: int, now: dt.datetime) -> Counter[str]:
    """Edit, foretell, look, tick, while people join; returns what was counted, faults under their own words."""
    dice = random.Random(seed)  # noqa: S311  (the same edits each time)
    course = scene.sequence(0, 2, 4, 7, 11, now=now)
    people = itertools.count()

    def join(number: int, latest: dt.datetime) -> None:
        """What drip.start makes of each, all at once: one by one took three quarters of the whole time."""
        first, joining = drip.first_step(course), list[Run]()
        for name in (f"p{next(people)}@example.org" for _ in range(number)):
            zone = dice.choice(["America/New_York", "Asia/Tokyo"])
            one = Contact(email=name, email_key=name, name="Ann", time_zone=zone, created_at=latest)
            anchor = latest - dice.randrange(240) * HOUR
            due = schedule.due(step=first, anchor_at=anchor, zone=zone) if first else anchor
            run = Run(sequence=course, contact=one, source=f"enrolment:{name}", anchor_at=anchor)
            run.next_step, run.next_due_at = first, due
            joining.append(run)
        Contact.objects.bulk_create([run.contact for run in joining])
        Run.objects.bulk_create(joining)

    join(runs, now)
    counts: Counter[str] = Counter({"impact wrong": 0, "repeated": 0, "two on a day": 0})
    moment = now
    for _ in range(rounds):
        counts["edits"] += 1
        counts["runs at an edit"] += Run.objects.filter(next_step__isnull=False).count()
        counts["impact wrong"] += edit(dice, course, moment, counts)
        moment += dice.randrange(1, 30) * HOUR
        while drip.plan(now=moment):
            pass
        Letter.objects.filter(state=Letter.State.QUEUED).update(state=Letter.State.SENT, sent_at=moment)
        join(max(1, runs // 60), moment)  # about as many as come to their end
    sent = Letter.objects.filter(state=Letter.State.SENT)
    by_step = Counter(sent.values_list("contact", "revision__step"))
    by_day = Counter(
        (contact, localtime.local_day(at, zone))
        for contact, at, zone in sent.values_list("contact", "sent_at", "contact__time_zone")
    )
    counts["letters"] = sent.count()
    counts["repeated"] = sum(number > 1 for number in by_step.values())
    counts["two on a day"] = sum(number > 1 for number in by_day.values())
    return counts


def edit(dice: random.Random, course: Sequence, now: dt.datetime, counts: Counter[str]) -> bool:
    """One edit, foretold and done. Whether the table then shows anything else than was foretold."""
    steps = list(course.steps.select_related("sequence", "revision"))
    place = Decimal(dice.randrange(1, 9999)) / 100
    word = dice.choice(["insert", "move", "archive", "restore", "retime", "retime"])
    is_new = word == "insert" and len(steps) < 25
    if is_new:
        step = Step(sequence=course, key=f"x{len(steps)}-{now:%d%H}", day=0, position=place)
        step.save()
        to = edits.Place(dice.randrange(40), place)
    else:
        step = dice.choice(steps)
        to = edits.place_of(step)
        to = {
            "move": edits.Place(to.day, place, to.is_in),
            "archive": edits.Place(to.day, to.position, False),
            "restore": edits.Place(to.day, to.position, True),
        }.get(word, edits.Place(dice.randrange(40), to.position, to.is_in))
    before = standing()
    foretold = edits.impact(step=step, to=to, now=now)
    assert standing() == before
    done = edits.apply(step=step, to=to, now=now)
    if is_new:
        publish_like(step, steps[0])
    counts["runs touched"] += foretold.total - foretold.unchanged
    return foretold != done or seen(before, standing()) != (
        foretold.unchanged,
        foretold.earlier + foretold.later + foretold.soon,
        foretold.ended,
    )


def publish_like(step: Step, other: Step) -> None:
    """As publish.step does after the place is made; compiling takes long."""
    revision = other.revision
    assert revision is not None
    revision.pk, revision.step = None, step
    revision.save()
    Step.objects.filter(pk=step.pk).update(revision=revision)


def standing() -> dict[int, Any]:
    rows = Run.objects.filter(next_step__isnull=False, state=Run.State.ACTIVE)
    return dict(rows.values_list("pk", "next_due_at"))


def seen(before: dict[int, Any], after: dict[int, Any]) -> tuple[int, int, int]:
    """(unchanged, moved, ended) as the table tells it."""
    moved = sum(after[pk] != due for pk, due in before.items() if pk in after)
    ended = sum(pk not in after for pk in before)
    return len(before) - moved - ended, moved, ended


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_a_few_edits_at_random(now: dt.datetime, seed: int) -> None:
    counts = fuzz(12, 40, seed, now)
    assert (counts["impact wrong"], counts["repeated"], counts["two on a day"]) == (0, 0, 0)


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)  # in one transaction PostgreSQL could clear nothing away
def test_five_hundred_edits_at_random(now: dt.datetime) -> None:
    runs, rounds = int(os.environ.get("FUZZ_RUNS", "10000")), int(os.environ.get("FUZZ_ROUNDS", "500"))
    counts = fuzz(runs, rounds, 1, now)
    print(f"\nB10: {runs} runs, {dict(counts)}")
    assert (counts["impact wrong"], counts["repeated"], counts["two on a day"]) == (0, 0, 0)
