"""Where letters stood before is kept, and they can be put back there."""

import datetime as dt
from decimal import Decimal

import pytest

from mailing import edits, ordering, publish
from mailing.models import Run, Sequence, Step, StepPlace
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def course(now: dt.datetime) -> Sequence:
    return scene.sequence(1, 3, 5, 7, now=now)


def get(key: str) -> Step:
    return Step.objects.select_related("sequence", "revision").get(key=key)


def publish_again(step: Step, *, now: dt.datetime, **changes: object) -> None:
    text = publish.text_of(step)
    assert text is not None
    publish.step(sequence=step.sequence, key=step.key, now=now, **{**vars(text), **changes})  # type: ignore[arg-type]


def places(key: str) -> list[tuple[int, Decimal, str, dt.datetime]]:
    return [
        (one.day, one.position, one.subject_of, one.until) for one in get(key).places.order_by("until", "pk")
    ]


def order(course: Sequence) -> list[tuple[str, int]]:
    return [(one.key, one.day) for one in ordering.steps(course)]


def test_every_place_that_a_letter_leaves_is_kept_once(course: Sequence, now: dt.datetime) -> None:
    assert not StepPlace.objects.exists()
    for _ in range(2):
        publish_again(get("a2"), now=now, day=4, subject_of="1.9")
    for _ in range(2):
        publish_again(get("a2"), now=now + DAY, subject_of="1.8")
    publish_again(get("a2"), now=now + DAY, subject="Other words")
    assert places("a2") == [(3, Decimal(2), "1.2", now), (4, Decimal(2), "1.9", now + DAY)]
    publish.archive(step=get("a1"), now=now)
    publish.restore(step=get("a1"), now=now)
    assert places("a1") == []


def test_a_moved_letter_goes_back_and_goes_once(course: Sequence, now: dt.datetime) -> None:
    before = order(course)
    ordering.move(step=get("a1"), before=None, now=now)
    old = get("a1").places.get()
    assert (old.day, old.position, order(course)[-1]) == (1, Decimal(1), ("a1", 7))
    assert [ordering.put_back(step=get("a1"), old=old, now=now + DAY) for _ in range(2)] == [True, False]
    assert (order(course), get("a1").places.count()) == (before, 2)


def test_what_it_is_about_comes_back_too(course: Sequence, now: dt.datetime) -> None:
    publish_again(get("a2"), now=now, subject_of="1.9", condition="minerals")
    ordering.put_back(step=get("a2"), old=get("a2").places.get(), now=now)
    assert (get("a2").subject_of, get("a2").condition) == ("1.2", "")


def test_where_another_letter_stands_now_it_comes_right_before_that_one(
    course: Sequence, now: dt.datetime
) -> None:
    ordering.move(step=get("a2"), before=None, now=now)
    old = get("a2").places.get()
    Step.objects.filter(key="a3").update(position=2)
    assert [ordering.put_back(step=get("a2"), old=old, now=now) for _ in range(2)] == [True, False]
    assert order(course) == [("a1", 1), ("a2", 3), ("a3", 5), ("a4", 7)]
    Step.objects.filter(key="a2").update(position=9)
    Step.objects.filter(key="a1").update(position=Decimal("1.99"))
    with pytest.raises(ordering.Refused, match="no room"):
        ordering.put_back(step=get("a2"), old=old, now=now)


def test_numbered_anew_the_old_places_keep_theirs_among_the_letters(
    course: Sequence, now: dt.datetime
) -> None:
    for key, place in (("a1", "0.01"), ("a2", "0.02"), ("a3", "0.03")):
        Step.objects.filter(key=key).update(position=Decimal(place))
    ordering.move(step=get("a2"), before=None, now=now)
    old = get("a2").places.get()
    assert ordering.move(
        step=get("a4"), before=get("a1"), now=now
    )  # 0.005 is no place, so all get whole ones
    old.refresh_from_db()
    assert (get("a1").position, old.position, get("a3").position) == (Decimal(1), Decimal("1.5"), Decimal(2))
    ordering.put_back(step=get("a2"), old=old, now=now)
    assert [key for key, _ in order(course)] == ["a4", "a1", "a2", "a3"]


def test_whoever_waits_is_moved_there_and_back(course: Sequence, now: dt.datetime) -> None:
    scene.run(who=scene.contact(now=now), now=now)
    due = Run.objects.get().next_due_at
    edits.apply(step=get("a1"), to=edits.Place(2, Decimal(1)), now=now)
    assert Run.objects.get().next_due_at != due
    ordering.put_back(step=get("a1"), old=get("a1").places.get(), now=now)
    assert Run.objects.get().next_due_at == due
