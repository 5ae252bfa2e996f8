"""The sheet before an edit foretells what the edit then does: compared with the table before and after it."""

import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from mailing import drip, edits, impact, publish
from mailing.models import Letter, Run, Sequence, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
Standing = dict[int, tuple[int | None, dt.datetime | None]]  # by run: the step it gets next, and when


# ---- what the table says ----
def standing(sequence: Sequence) -> Standing:
    opens: dict[int | None, int | None] = {}
    ahead: int | None = None
    steps = Step.objects.filter(sequence=sequence).order_by("position", "pk")
    for pk, archived_at, revision in reversed(list(steps.values_list("pk", "archived_at", "revision"))):
        ahead = ahead if archived_at or revision is None else pk
        opens[pk] = ahead
    opens[None] = ahead
    runs = Run.objects.filter(sequence=sequence, state=Run.State.ACTIVE)
    rows = runs.values_list("pk", "next_step", "next_due_at")
    return {pk: (opens.get(at), due if opens.get(at) else None) for pk, at, due in rows}


def seen(before: Standing, after: Standing, *, past: int, now: dt.datetime) -> impact.Impact:
    words, moved = Counter[str](), Counter[int]()
    for run, (step, due) in before.items():
        then, then_due = after.get(run, (None, None))
        if (step, due) == (then, then_due):
            words["unchanged"] += 1
        elif then is None or then_due is None:
            words["ended"] += 1
        else:
            words["gets"] += then != step
            if due and then_due < due and then_due <= now + impact.SOON:
                words["soon"] += 1
            else:
                moved[impact.days_between(due, then_due)] += 1
    return impact.Impact(**words, total=len(before), past=past, moved=dict(moved))


# ---- edits by chance ----
def people(course: Sequence, number: int, dice: random.Random, now: dt.datetime) -> None:
    for one in range(number):
        zone = dice.choice(["America/New_York", "Asia/Tokyo"])
        who = scene.contact(f"p{one}@example.org", now=now, zone=zone)
        scene.run(who=who, now=now - dice.randrange(240) * HOUR, source=f"enrolment:{one}")


def place_by_chance(course: Sequence, dice: random.Random) -> tuple[Step, edits.Place, bool]:
    """Some step, a place for it, and whether it is new."""
    steps = list(course.steps.select_related("sequence", "revision"))
    position = Decimal(dice.randrange(1, 9999)) / 100
    if dice.random() < 0.3:
        return Step(sequence=course, key="new"), edits.Place(dice.randrange(30), position), True
    step = dice.choice(steps)
    to = edits.place_of(step)
    moves = [
        replace(to, position=position), replace(to, day=dice.randrange(30)), replace(to, is_in=not to.is_in),
        replace(to, day=dice.randrange(30), position=position),
    ]  # fmt: skip
    return step, dice.choice(moves), False


def edit(step: Step, to: edits.Place, is_new: bool, now: dt.datetime) -> None:
    """By the verbs that the desk calls."""
    if not is_new and to.is_in != (step.archived_at is None):
        (publish.restore if to.is_in else publish.archive)(step=step, now=now)
        return
    words: dict[str, Any] = {"subject": "New", "preheader": "", "body": scene.BODY}
    if not is_new:
        assert step.revision is not None
        words = {name: getattr(step.revision, name) for name in words}
    publish.step(
        sequence=step.sequence,
        key=step.key,
        day=to.day,
        position=to.position,
        subject_of="",
        now=now,
        **words,
    )


def still_to_get(
    step: Step,
    to: edits.Place,
    was_in: bool,
    before: Standing,
    after: Standing,
    where: dict[int, Decimal],
    mine: int,
) -> dict[str, Any]:
    """How many are touched by it although it is not the next letter for all of them."""
    now_at = {run: after.get(run, (None,))[0] for run in before}
    if not was_in:
        stands = where | {mine: to.position}
        had = set(Letter.objects.filter(revision__step=mine).values_list("run", flat=True))
        come = [run for run, at in now_at.items() if at is not None and stands[at] <= to.position]
        return {"joined": len({*come} - had)} if to.is_in else {}
    were = [run for run, (at, _) in before.items() if 0 < where.get(at or 0, Decimal(0)) <= where[step.pk]]
    if not to.is_in:
        return {"ahead": len(were)}
    stands = where | {step.pk: to.position}
    get = sum(now_at[run] is not None and stands[now_at[run] or 0] <= to.position for run in were)
    day = {"ahead": get, "days": (step.day, to.day)} if to.day != step.day else {}
    return {"lost": len(were) - get, **day}


def places(course: Sequence) -> dict[int, Decimal]:
    return dict(Step.objects.filter(sequence=course).values_list("pk", "position"))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("anchor", Sequence.Anchor.values)
def test_what_the_sheet_says_is_what_the_edit_does(now: dt.datetime, seed: int, anchor: str) -> None:
    dice = random.Random(seed)  # noqa: S311  (no secret)
    course = scene.sequence(0, 2, 4, 7, 11, now=now, anchor=anchor)
    people(course, 10, dice, now)
    Run.objects.filter(source__in=["enrolment:0", "enrolment:1"]).update(next_step=None)
    moment, touched = now, 0
    for _ in range(12):
        step, to, is_new = place_by_chance(course, dice)
        before, where = standing(course), places(course)
        foretold = impact.of_place(step=step, to=to, now=moment)
        assert (standing(course), places(course)) == (before, where)
        was_in = not is_new and step.archived_at is None
        with transaction.atomic():
            edit(step, to, is_new, moment)
            after, mine = standing(course), course.steps.get(key=step.key).pk
            past = sum(
                where.get(at or 0, 0) > to.position and after.get(run, (None,))[0] != mine
                for run, (at, _) in before.items()
            )
            there = seen(before, after, past=past, now=moment)
            assert foretold == replace(there, **still_to_get(step, to, was_in, before, after, where, mine))
            touched += foretold.touched
            transaction.set_rollback(is_new)
        moment += dice.randrange(1, 40) * HOUR
        drip.plan(now=moment)
        Letter.objects.filter(state="queued").update(state="sent", sent_at=moment)
    assert touched


@pytest.mark.parametrize(
    "to",
    [
        edits.Clock(dt.time(11)),
        edits.Clock(dt.time(5)),
        edits.Clock(dt.time(9), "1"),
        edits.Clock(dt.time(9)),
    ],
)
def test_what_the_sheet_says_of_another_hour_is_what_it_does(now: dt.datetime, to: edits.Clock) -> None:
    course = scene.sequence(0, 1, 2, 5, now=now)
    people(course, 8, random.Random(1), now)  # noqa: S311
    drip.plan(now=now)
    Letter.objects.update(state="sent", sent_at=now)
    before = standing(course)
    foretold = impact.of_clock(sequence=course, to=to, now=now)
    assert standing(course) == before
    publish.change_sequence(
        sequence=course, title="Course", state="live", send_at=to.send_at, weekdays=to.weekdays, now=now
    )
    assert foretold == seen(before, standing(course), past=0, now=now)
    assert (foretold.touched > 0) == (to != edits.Clock(dt.time(9)))


@pytest.mark.parametrize("number", [1, 3])
def test_the_sheet_writes_nothing_and_asks_seven_times(
    now: dt.datetime, number: int, django_assert_num_queries: Any
) -> None:
    course = scene.sequence(1, 3, now=now)
    people(course, number, random.Random(1), now)  # noqa: S311
    step = Step.objects.select_related("sequence").get(key="a1")
    with django_assert_num_queries(7) as asked:
        found = impact.of_place(step=step, to=edits.Place(9, step.position), now=now)
    assert found.total == number
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []


def test_people_are_looked_at_in_portions(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    course = scene.sequence(1, 3, now=now)
    people(course, 5, random.Random(1), now)  # noqa: S311
    step = Step.objects.select_related("sequence").get(key="a1")
    whole = impact.of_place(step=step, to=edits.Place(9, step.position), now=now)
    monkeypatch.setattr(edits, "CHUNK", 2)
    assert impact.of_place(step=step, to=edits.Place(9, step.position), now=now) == whole
    before = standing(course)
    edits.apply(step=step, to=edits.Place(9, step.position), now=now)
    assert seen(before, standing(course), past=0, now=now) == replace(whole, ahead=0, days=None)
    assert whole == impact.Impact(total=5, moved={8: 5}, ahead=5, days=(1, 9))
