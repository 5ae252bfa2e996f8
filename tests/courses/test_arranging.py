"""Order is changed as one thing: positions run 1, 2, 3, nothing else of a lesson moves, and nobody's order is lost."""

import datetime as dt

import pytest

from accounts.models import User
from courses import access, arranging, progress, release
from courses.models import Check, Course, Lesson, LessonProgress, Material, Module
from courses.rules import FIRST, Rule
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def knots() -> Course:
    """Two modules: three lessons, and one."""
    course = factories.small_course(days=(0, 1, 2))
    factories.lesson(factories.module(course, 2), 1)
    return course


def order(course: Course) -> list[tuple[str, int, list[tuple[str, int]]]]:
    return [
        (
            module.key,
            module.position,
            list(module.lessons.order_by("position").values_list("key", "position")),
        )
        for module in course.modules.order_by("position")
    ]


def lesson(key: str) -> Lesson:
    return Lesson.objects.get(key=key)


def module(key: str) -> Module:
    return Module.objects.get(key=key)


def test_a_lesson_moves_within_its_module(knots: Course) -> None:
    first = module("m1")
    assert arranging.move_lesson(lesson=lesson("1.3"), module=first, after=None, now=factories.JOINED)
    assert order(knots)[0] == ("m1", 1, [("1.3", 1), ("1.1", 2), ("1.2", 3)])
    assert arranging.move_lesson(
        lesson=lesson("1.3"), module=first, after=lesson("1.1"), now=factories.JOINED
    )
    assert order(knots)[0] == ("m1", 1, [("1.1", 1), ("1.3", 2), ("1.2", 3)])


def test_a_lesson_moves_to_another_module_and_both_are_numbered_anew(knots: Course) -> None:
    assert arranging.move_lesson(
        lesson=lesson("1.1"), module=module("m2"), after=lesson("2.1"), now=factories.JOINED
    )
    assert order(knots) == [("m1", 1, [("1.2", 1), ("1.3", 2)]), ("m2", 2, [("2.1", 1), ("1.1", 2)])]


def test_a_move_to_the_same_number_of_another_module_is_one_too(knots: Course) -> None:
    assert arranging.move_lesson(lesson=lesson("1.1"), module=module("m2"), after=None, now=factories.JOINED)
    assert order(knots)[1] == ("m2", 2, [("1.1", 1), ("2.1", 2)])


def test_the_second_move_changes_nothing_also_with_the_mark_of_before(knots: Course) -> None:
    seen = arranging.arrangement(knots.pk)
    for moved in (True, False):
        assert (
            arranging.move_lesson(
                lesson=lesson("1.1"),
                module=module("m2"),
                after=lesson("2.1"),
                now=factories.JOINED,
                seen=seen,
            )
            is moved
        )
    assert order(knots)[1] == ("m2", 2, [("2.1", 1), ("1.1", 2)])


def test_equal_and_missing_positions_are_mended_by_the_way(knots: Course) -> None:
    Lesson.objects.filter(module__key="m1").update(position=7)
    arranging.move_lesson(
        lesson=lesson("1.3"), module=module("m1"), after=lesson("1.1"), now=factories.JOINED
    )
    assert order(knots)[0] == ("m1", 1, [("1.1", 1), ("1.3", 2), ("1.2", 3)])


def test_nothing_but_its_place_changes(knots: Course, ann: User, now: dt.datetime) -> None:
    """Who has begun it keeps that; days, key and address stay."""
    seat = access.grant(user=ann, course=knots, source="free", now=now).enrolment
    progress.complete(enrolment=seat, lesson=lesson("1.1"), now=now)
    before = Lesson.objects.filter(key="1.1").values().get()
    arranging.move_lesson(lesson=lesson("1.1"), module=module("m2"), after=None, now=factories.JOINED)
    after = Lesson.objects.filter(key="1.1").values().get()
    assert after == {**before, "module_id": module("m2").pk, "position": 1}
    assert LessonProgress.objects.get().done_at == now


def test_a_move_after_somebody_elses_is_refused(knots: Course) -> None:
    seen = arranging.arrangement(knots.pk)
    arranging.move_lesson(
        lesson=lesson("1.3"), module=module("m1"), after=None, now=factories.JOINED, seen=seen
    )
    with pytest.raises(arranging.Stale):
        arranging.move_lesson(
            lesson=lesson("1.1"), module=module("m2"), after=None, now=factories.JOINED, seen=seen
        )
    assert order(knots)[0] == ("m1", 1, [("1.3", 1), ("1.1", 2), ("1.2", 3)])


def test_behind_a_lesson_that_is_elsewhere_now_is_no_place(knots: Course) -> None:
    with pytest.raises(arranging.Stale):
        arranging.move_lesson(
            lesson=lesson("1.1"), module=module("m1"), after=lesson("2.1"), now=factories.JOINED
        )


def test_no_lesson_leaves_its_course(knots: Course) -> None:
    other = factories.module(factories.course("other"))
    with pytest.raises(arranging.Stale):
        arranging.move_lesson(lesson=lesson("1.1"), module=other, after=None, now=factories.JOINED)


def test_a_module_moves_with_its_lessons(knots: Course) -> None:
    for moved in (True, False):
        assert arranging.move_module(module=module("m2"), after=None) is moved
    assert order(knots) == [("m2", 1, [("2.1", 1)]), ("m1", 2, [("1.1", 1), ("1.2", 2), ("1.3", 3)])]
    assert arranging.move_module(module=module("m2"), after=module("m1"))
    assert [one[0] for one in order(knots)] == ["m1", "m2"]


def test_a_title_is_enough_for_a_lesson(knots: Course) -> None:
    seen = arranging.arrangement(knots.pk)
    made = arranging.add_lesson(module=module("m1"), title="Lesson 1.1", seen=seen)
    assert (made.key, made.slug, made.position, made.status) == ("1.4", "lesson-11", 4, "draft")
    with pytest.raises(arranging.Stale):
        arranging.add_lesson(module=module("m1"), title="Lesson 1.1", seen=seen)
    again = arranging.add_lesson(module=module("m1"), title="Lesson 1.1")
    assert (again.key, again.slug, again.position) == ("1.5", "lesson-11-2", 5)


def test_keys_of_archived_lessons_are_not_given_again(knots: Course, now: dt.datetime) -> None:
    arranging.archive(row=lesson("1.3"), now=now)
    assert arranging.add_lesson(module=module("m1"), title="?").key == "1.4"


def test_a_title_is_enough_for_a_module(knots: Course) -> None:
    seen = arranging.arrangement(knots.pk)
    made = arranging.add_module(course=knots, title="Für den Rücken", seen=seen)
    assert (made.key, made.slug, made.position) == ("m3", "fur-den-rucken", 3)
    with pytest.raises(arranging.Stale):
        arranging.add_module(course=knots, title="Für den Rücken", seen=seen)


def test_a_copy_has_everything_but_the_names(knots: Course) -> None:
    source = lesson("1.1")
    Check.objects.create(
        lesson=source, position=1, question="?", why="!", answers=[{"text": "a", "right": True}]
    )
    Material.objects.create(lesson=source, slug="sheet", position=1, title="Sheet", body="Print me.")
    Lesson.objects.filter(pk=source.pk).update(goal="To know", minutes=9, preview=True, video="video/a.mp4")
    seen = arranging.arrangement(knots.pk)
    made = arranging.copy_lesson(lesson=source, seen=seen)
    made.refresh_from_db()
    assert order(knots)[0] == ("m1", 1, [("1.1", 1), ("1.4", 2), ("1.2", 3), ("1.3", 4)])
    assert (made.title, made.slug, made.status, made.preview) == (
        "Lesson 1.1 (copy)", "lesson-11-copy", "draft", False,
    )  # fmt: skip
    assert (made.goal, made.minutes, made.body, made.video.name) == ("To know", 9, source.body, "video/a.mp4")
    assert list(made.checks.values_list("question", flat=True)) == ["?"]
    assert list(made.materials.values_list("slug", flat=True)) == ["sheet"]
    assert (source.checks.count(), source.materials.count()) == (1, 1)
    with pytest.raises(arranging.Stale):
        arranging.copy_lesson(lesson=source, seen=seen)


def test_archived_twice_keeps_the_first_moment(knots: Course, now: dt.datetime) -> None:
    for row in (lesson("1.1"), module("m2")):
        assert arranging.archive(row=row, now=now)
        assert not arranging.archive(row=row, now=now + dt.timedelta(days=1))
        row.refresh_from_db()
        assert row.archived_at == now
        assert arranging.restore(row=row, now=now)
        assert not arranging.restore(row=row, now=now)
        row.refresh_from_db()
        assert row.archived_at is None


# ---- lessons that wait for a module ----
def test_a_module_that_grows_closes_nothing(knots: Course, ann: User, now: dt.datetime) -> None:
    later = lesson("1.3")
    later.rule = Rule(after_module=module("m2").pk)
    later.save()
    seat = access.grant(user=ann, course=knots, source="free", now=now).enrolment
    progress.complete(enrolment=seat, lesson=lesson("2.1"), now=now)
    arranging.move_lesson(lesson=lesson("1.1"), module=module("m2"), after=None, now=now)
    assert release.opens_at(later, seat, now=now) == now
    other = lesson("1.2")
    arranging.archive(row=other, now=now)
    assert arranging.restore(row=other, now=now)
    assert release.is_open(later, seat, now=now)


def test_archiving_what_opened_a_lesson_closes_nothing(knots: Course, ann: User, now: dt.datetime) -> None:
    later = lesson("1.3")
    later.rule = Rule(days=30, after_module=module("m2").pk, by=FIRST)
    later.save()
    seat = access.grant(user=ann, course=knots, source="free", now=now).enrolment
    progress.complete(enrolment=seat, lesson=lesson("2.1"), now=now)
    assert release.is_open(later, seat, now=now)
    arranging.archive(row=module("m2"), now=now)
    assert release.is_open(later, seat, now=now)


def test_no_move_makes_lessons_wait_for_each_other(knots: Course, now: dt.datetime) -> None:
    for key, rule in (
        ("1.1", Rule(after_module=module("m2").pk)),
        ("1.2", Rule(after_lesson=lesson("1.1").pk)),
    ):
        one = lesson(key)
        one.rule = rule
        one.save()
    before = order(knots)
    with pytest.raises(arranging.Circle, match=r"Lesson 1\.2, after Lesson 1\.1, after Lesson 1\.2"):
        arranging.move_lesson(lesson=lesson("1.2"), module=module("m2"), after=None, now=now)
    assert order(knots) == before
