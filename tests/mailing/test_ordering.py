"""Letters in another order: nobody gets one twice, nobody one by surprise, and a day stays where it can."""

import datetime as dt
from decimal import Decimal

import pytest

from mailing import drip, ordering, outbox, publish
from mailing.models import Run, Sequence, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def order(course: Sequence) -> list[tuple[str, int]]:
    return [(one.key, one.day) for one in ordering.steps(course)]


def move(key: str, before: str, *, now: dt.datetime) -> bool:
    step = Step.objects.select_related("sequence").get(key=key)
    return ordering.move(step=step, before=Step.objects.filter(key=before).first(), now=now)


@pytest.fixture
def course(now: dt.datetime) -> Sequence:
    return scene.sequence(1, 3, 5, 7, now=now)


@pytest.mark.parametrize(
    ("key", "before", "expected"),
    [
        ("a4", "a2", [("a1", 1), ("a4", 3), ("a2", 3), ("a3", 5)]),  # its day would be too late there
        ("a1", "a3", [("a2", 3), ("a1", 3), ("a3", 5), ("a4", 7)]),
        ("a3", "a1", [("a3", 1), ("a1", 1), ("a2", 3), ("a4", 7)]),
        ("a2", "", [("a1", 1), ("a3", 5), ("a4", 7), ("a2", 7)]),
    ],
)
def test_a_letter_moves_and_moves_once(
    course: Sequence, now: dt.datetime, key: str, before: str, expected: list[tuple[str, int]]
) -> None:
    assert [move(key, before, now=now) for _ in range(2)] == [True, False]
    assert order(course) == expected


def test_moved_before_itself_or_where_it_stands_nothing_changes(course: Sequence, now: dt.datetime) -> None:
    assert [move("a2", "a2", now=now), move("a2", "a3", now=now), move("a4", "", now=now)] == [False] * 3
    assert order(course) == [("a1", 1), ("a2", 3), ("a3", 5), ("a4", 7)]


def test_when_no_number_is_left_between_two_all_are_numbered_anew(course: Sequence, now: dt.datetime) -> None:
    out = Step.objects.get(key="a4")
    publish.archive(step=out, now=now)
    for key, place in (("a1", "0.01"), ("a2", "0.02"), ("a3", "0.03")):
        Step.objects.filter(key=key).update(position=Decimal(place))
    assert move("a3", "a1", now=now)
    assert [key for key, _ in order(course)] == ["a3", "a1", "a2"]
    assert Step.objects.get(key="a4").position == Decimal(4)
    assert move("a2", "a1", now=now)
    assert [key for key, _ in order(course)] == ["a3", "a2", "a1"]


def test_what_was_taken_out_meanwhile_is_told(course: Sequence, now: dt.datetime) -> None:
    publish.archive(step=Step.objects.get(key="a2"), now=now)
    for key, before in (("a2", "a1"), ("a1", "a2")):
        with pytest.raises(ordering.Refused, match="meanwhile"):
            move(key, before, now=now)


def test_46_nobody_gets_a_letter_twice_or_by_surprise(now: dt.datetime) -> None:
    scene.sequence(1, 2, 3, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    for days in (1, 2):
        drip.plan(now=now + days * DAY)
        outbox.deliver(now=now + days * DAY)
    assert move("a3", "a1", now=now + 2 * DAY)  # they stand before it: it is passed for them
    assert move("a1", "", now=now + 2 * DAY)  # they have it
    for days in range(2, 9):
        drip.plan(now=now + days * DAY)
        outbox.deliver(now=now + days * DAY)
    assert sorted(scene.got()) in (["Letter 1", "Letter 2"], ["Letter 1", "Letter 2", "Letter 3"])
    assert Run.objects.get().state == "done"
