"""Seen, done, undone, answered, how far read."""

import datetime as dt

import pytest

from accounts.models import User
from courses import access, progress
from courses.models import Check, CheckAnswer, Course, Enrolment, Lesson, LessonProgress
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def knots() -> Course:
    made = factories.small_course(days=(0, 0))
    factories.lesson(made.modules.get(), 3, status=Lesson.Status.OUTLINE, body="")
    return made


@pytest.fixture
def seat(ann: User, knots: Course, now: dt.datetime) -> Enrolment:
    return access.grant(user=ann, course=knots, source="free", now=now).enrolment


def lesson(number: int) -> Lesson:
    return Lesson.objects.select_related("course").get(position=number)


def test_seeing_twice_keeps_the_first_look_and_moves_the_last(seat: Enrolment, now: dt.datetime) -> None:
    progress.seen(enrolment=seat, lesson=lesson(1), now=now)
    progress.seen(enrolment=seat, lesson=lesson(1), now=now + HOUR)

    step = LessonProgress.objects.get()
    assert (step.first_seen_at, step.last_seen_at, step.done_at) == (now, now + HOUR, None)
    seat.refresh_from_db()
    assert (seat.last_lesson, seat.last_seen_at) == (lesson(1), now + HOUR)


def test_completing_twice_keeps_the_first_moment(seat: Enrolment, now: dt.datetime) -> None:
    progress.complete(enrolment=seat, lesson=lesson(1), now=now)
    progress.complete(enrolment=seat, lesson=lesson(1), now=now + HOUR)
    assert LessonProgress.objects.get().done_at == now
    assert seat.completed_at is None


def test_the_last_published_lesson_finishes_the_course(seat: Enrolment, now: dt.datetime) -> None:
    progress.complete(enrolment=seat, lesson=lesson(1), now=now)
    progress.complete(enrolment=seat, lesson=lesson(2), now=now + HOUR)
    assert seat.completed_at == now + HOUR


def test_a_finished_course_stays_finished(seat: Enrolment, knots: Course, now: dt.datetime) -> None:
    for number in (1, 2):
        progress.complete(enrolment=seat, lesson=lesson(number), now=now)
    progress.undo(enrolment=seat, lesson=lesson(1), now=now)
    factories.lesson(knots.modules.get(), 4)
    progress.complete(enrolment=seat, lesson=lesson(1), now=now + HOUR)
    seat.refresh_from_db()
    assert seat.completed_at == now


def test_undoing_twice_leaves_the_lesson_begun(seat: Enrolment, now: dt.datetime) -> None:
    progress.complete(enrolment=seat, lesson=lesson(1), now=now)
    progress.undo(enrolment=seat, lesson=lesson(1), now=now + HOUR)
    progress.undo(enrolment=seat, lesson=lesson(1), now=now + HOUR)
    step = LessonProgress.objects.get()
    assert (step.first_seen_at, step.done_at) == (now, None)


def test_undoing_what_was_never_begun_writes_nothing(seat: Enrolment, now: dt.datetime) -> None:
    progress.undo(enrolment=seat, lesson=lesson(1), now=now)
    assert LessonProgress.objects.count() == 0


def test_the_latest_answer_counts(seat: Enrolment, now: dt.datetime) -> None:
    check = question()
    progress.answer(enrolment=seat, check=check, chosen=0, now=now)
    progress.answer(enrolment=seat, check=check, chosen=1, now=now + HOUR)
    progress.answer(enrolment=seat, check=check, chosen=1, now=now + HOUR)
    assert list(CheckAnswer.objects.values_list("chosen", "answered_at")) == [(1, now + HOUR)]


@pytest.mark.parametrize("chosen", [-1, 2, 99])
def test_an_answer_that_was_not_offered_is_refused(seat: Enrolment, now: dt.datetime, chosen: int) -> None:
    with pytest.raises(progress.NoSuchAnswer):
        progress.answer(enrolment=seat, check=question(), chosen=chosen, now=now)
    assert CheckAnswer.objects.count() == 0


def test_a_place_is_remembered_and_what_is_not_said_stays(seat: Enrolment, now: dt.datetime) -> None:
    progress.remember(enrolment=seat, lesson=lesson(1), read_percent=40, video_seconds=252, now=now)
    progress.remember(enrolment=seat, lesson=lesson(1), read_percent=55, now=now)
    progress.remember(enrolment=seat, lesson=lesson(1), read_percent=55, now=now)
    step = LessonProgress.objects.get()
    assert (step.read_percent, step.video_seconds) == (55, 252)


def test_a_place_out_of_range_is_brought_into_it(seat: Enrolment, now: dt.datetime) -> None:
    step = progress.remember(enrolment=seat, lesson=lesson(1), read_percent=140, video_seconds=-3, now=now)
    assert (step.read_percent, step.video_seconds) == (100, 0)


def test_reading_on_never_undoes_what_is_done(seat: Enrolment, now: dt.datetime) -> None:
    progress.complete(enrolment=seat, lesson=lesson(1), now=now)
    progress.remember(enrolment=seat, lesson=lesson(1), read_percent=3, now=now + HOUR)
    assert LessonProgress.objects.get().done_at == now


def question() -> Check:
    answers = [{"text": "True", "right": False}, {"text": "False", "right": True}]
    return Check.objects.create(lesson=lesson(1), position=1, question="?", why="!", answers=answers)
