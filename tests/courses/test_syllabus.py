"""The course as one person sees it: states in words, totals, what comes next."""

import datetime as dt

import pytest

from accounts.models import User
from courses import access, outlines, progress, syllabus
from courses.models import Course, Enrolment, Lesson
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def knots() -> Course:
    """Open at once, open at once, free and opens on day 1, opens on day 4, not written yet."""
    made = factories.small_course(days=(0, 0, 1, 4, 0))
    Lesson.objects.filter(position=3).update(preview=True)
    Lesson.objects.filter(position=5).update(status=Lesson.Status.OUTLINE, body="")
    return made


@pytest.fixture
def seat(ann: User, knots: Course, now: dt.datetime) -> Enrolment:
    return access.grant(user=ann, course=knots, source="free", now=now).enrolment


def lesson(number: int) -> Lesson:
    return Lesson.objects.select_related("course").get(position=number)


def outline(course: Course, enrolment: Enrolment | None, now: dt.datetime) -> outlines.Outline:
    return syllabus.outline(course=course, enrolment=enrolment, now=now)


def states(whole: outlines.Outline) -> list[tuple[str, str]]:
    return [(one.state, one.state_words) for one in whole.lessons]


def test_a_visitor_reads_what_is_free_and_sees_the_rest(knots: Course, now: dt.datetime) -> None:
    whole = outline(knots, None, now)
    assert states(whole) == [
        ("in-course", "In the course"),
        ("in-course", "In the course"),
        ("preview", "Free preview"),
        ("in-course", "In the course"),
        ("in-writing", "Being written"),
    ]
    assert [one.url for one in whole.lessons] == [
        None,
        None,
        "/courses/knots/lessons/lesson-1-3/",
        None,
        None,
    ]
    assert [part.words for part in whole.modules] == [""]


def test_a_student_reads_when_the_rest_opens_in_their_own_time(
    knots: Course, seat: Enrolment, now: dt.datetime
) -> None:
    progress.complete(enrolment=seat, lesson=lesson(1), now=now)
    progress.seen(enrolment=seat, lesson=lesson(2), now=now)
    assert states(outline(knots, seat, now)) == [
        ("done", "Done Nov 20"),
        ("in-progress", "In progress"),
        ("new", "New"),
        ("opens", "Opens Tue Nov 24, 9:00 your time"),
        ("in-writing", "Being written"),
    ]


def test_the_day_of_done_is_the_students_own(knots: Course, seat: Enrolment, now: dt.datetime) -> None:
    late = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)  # 23:30 on the 20th in New York
    progress.complete(enrolment=seat, lesson=lesson(1), now=late)
    assert outline(knots, seat, late).lessons[0].state_words == "Done Nov 20"


def test_totals_count_published_lessons_only(knots: Course, seat: Enrolment, now: dt.datetime) -> None:
    for number in (1, 2, 3, 4):
        progress.complete(enrolment=seat, lesson=lesson(number), now=now)
    whole = outline(knots, seat, now)
    assert (whole.done, whole.total, whole.percent, whole.is_finished) == (4, 4, 100, True)
    assert whole.totals == {"lessons": 5, "written": 4, "minutes": 25, "written_minutes": 20, "exercises": 0}
    assert [part.words for part in whole.modules] == ["4 of 4 lessons done"]
    assert whole.rope == outlines.Rope(
        [outlines.Segment("done", "Module 1: done")], 4, 4, "The whole rope has come undone."
    )


def test_a_lesson_done_and_then_unpublished_counts_nowhere(
    knots: Course, seat: Enrolment, now: dt.datetime
) -> None:
    progress.complete(enrolment=seat, lesson=lesson(1), now=now)
    Lesson.objects.filter(position=1).update(status=Lesson.Status.DRAFT)
    whole = outline(knots, seat, now)
    assert (whole.done, whole.total, whole.percent) == (0, 3, 0)


def test_modules_fold_away_but_for_where_one_reads(ann: User, now: dt.datetime) -> None:
    course = factories.course()
    for position, days in ((1, 0), (2, 0), (3, 30)):
        factories.lesson(factories.module(course, position), release_days=days)
    first = course.lessons.order_by("module__position")[0]
    enrolment = access.grant(user=ann, course=course, source="manual:1", now=now).enrolment
    progress.complete(enrolment=enrolment, lesson=first, now=now)
    assert [module.folded for module in outline(course, enrolment, now).modules] == [True, False, True]


def test_a_draft_or_archived_lesson_is_in_no_outline(knots: Course, now: dt.datetime) -> None:
    Lesson.objects.filter(position=1).update(status=Lesson.Status.DRAFT)
    Lesson.objects.filter(position=2).update(archived_at=now)
    assert [one.title for one in outline(knots, None, now).lessons] == [
        "Lesson 1.3",
        "Lesson 1.4",
        "Lesson 1.5",
    ]


def test_what_opens_next_is_the_earliest(knots: Course, seat: Enrolment, now: dt.datetime) -> None:
    following = outline(knots, seat, now).opens_next
    assert following is not None
    assert (following.title, following.opens_at) == (
        "Lesson 1.4",
        dt.datetime(2026, 11, 24, 14, tzinfo=dt.UTC),
    )


def test_neighbors_pass_over_what_is_not_written(knots: Course, now: dt.datetime) -> None:
    Lesson.objects.filter(position=2).update(status=Lesson.Status.OUTLINE)
    whole = outline(knots, None, now)
    before, after = whole.neighbors(lesson(3).pk)
    assert before and after
    assert (before.title, after.title) == ("Lesson 1.1", "Lesson 1.4")
    assert whole.neighbors(lesson(4).pk)[1] is None
    assert whole.neighbors(-1) == (None, None)


def test_a_member_sees_the_number_of_each_lesson(knots: Course, seat: Enrolment, now: dt.datetime) -> None:
    second = factories.module(knots, 2)
    factories.lesson(second, 7)
    whole = outline(knots, seat, now)
    assert [one.number for one in whole.lessons] == ["1.1", "1.2", "1.3", "1.4", "1.5", "2.1"]


@pytest.mark.parametrize(
    ("done", "begun", "last_read", "expected"),
    [
        ([], [], None, "Lesson 1.1"),
        ([1], [], 1, "Lesson 1.2"),
        ([2], [], 2, "Lesson 1.1"),  # passed over in the module one is in: it comes before what builds on it
        ([1, 2, 3], [], 3, None),
        ([1], [3], 3, "Lesson 1.3"),  # begun comes first
        ([], [1, 2], 2, "Lesson 1.2"),  # the one looked at last
    ],
)
def test_continue_is_always_right(
    knots: Course,
    seat: Enrolment,
    now: dt.datetime,
    done: list[int],
    begun: list[int],
    last_read: int | None,
    expected: str | None,
) -> None:
    for step, number in enumerate(begun):
        progress.seen(enrolment=seat, lesson=lesson(number), now=now + step * HOUR)
    for number in done:
        progress.complete(enrolment=seat, lesson=lesson(number), now=now)
    last = lesson(last_read).pk if last_read else None
    following = syllabus.next_lesson(outline(knots, seat, now + 9 * HOUR), last_read=last)
    assert (following.title if following else None) == expected


def test_what_was_passed_over_in_an_earlier_module_waits_its_turn(
    knots: Course, seat: Enrolment, now: dt.datetime
) -> None:
    second = factories.module(knots, 2)
    sixth, seventh = factories.lesson(second, 6), factories.lesson(second, 7)

    def following() -> str:
        found = syllabus.next_lesson(outline(knots, seat, now), last_read=sixth.pk)
        return found.title if found else ""

    progress.complete(enrolment=seat, lesson=sixth, now=now)
    assert following() == seventh.title
    progress.complete(enrolment=seat, lesson=seventh, now=now)
    assert following() == "Lesson 1.1"


def test_minutes_left_shrink_with_what_was_read(knots: Course, seat: Enrolment, now: dt.datetime) -> None:
    progress.remember(enrolment=seat, lesson=lesson(1), read_percent=60, now=now)
    progress.remember(enrolment=seat, lesson=lesson(2), read_percent=100, now=now)
    whole = outline(knots, seat, now)
    assert [one.minutes_left for one in whole.lessons[:3]] == [2, 1, 5]


@pytest.mark.parametrize("size", [1, 30])
def test_an_outline_costs_one_query(
    ann: User, now: dt.datetime, size: int, django_assert_num_queries: object
) -> None:
    big = factories.small_course(slug="big", days=tuple(range(size)))
    enrolment = access.grant(user=ann, course=big, source="free", now=now).enrolment
    for one in Lesson.objects.select_related("course"):
        progress.seen(enrolment=enrolment, lesson=one, now=now)
    with django_assert_num_queries(1):  # type: ignore[operator]
        outline(big, enrolment, now)
