"""Two browsers press the same button at the same moment."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from courses import access, progress
from courses.models import Enrolment, Grant, Lesson, LessonProgress
from mailing.models import Run
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[BaseException]:
    """Runs the calls in threads that start together; what went wrong."""
    barrier, wrong = threading.Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait()
            call()
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def student(now: dt.datetime) -> User:
    factories.small_course(days=(0, 0))
    return factories.user("ann@example.org", name="Ann")


def test_one_source_granted_by_many_is_one_grant_and_one_run(now: dt.datetime) -> None:
    ann = student(now)
    course = Lesson.objects.first().course  # type: ignore[union-attr]

    def grant() -> None:
        access.grant(user=ann, course=course, source="order-line:1", now=now)

    assert at_once(*[grant] * 6) == []
    assert (Enrolment.objects.count(), Grant.objects.count(), Run.objects.count()) == (1, 1, 1)


def test_two_last_lessons_done_at_once_finish_the_course(now: dt.datetime) -> None:
    ann = student(now)
    first, second = Lesson.objects.select_related("course")
    seat = access.grant(user=ann, course=first.course, source="free", now=now).enrolment

    def done(lesson: Lesson) -> Callable[[], object]:
        own = Enrolment.objects.select_related("user__contact").get(pk=seat.pk)
        return lambda: progress.complete(enrolment=own, lesson=lesson, now=now)

    assert at_once(done(first), done(second), done(first), done(second)) == []
    assert LessonProgress.objects.exclude(done_at=None).count() == 2
    seat.refresh_from_db()
    assert seat.completed_at == now
