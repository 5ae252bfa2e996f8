"""Two browsers press the same button at the same moment."""

import datetime as dt
import html
import re
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from courses import access, arranging, progress
from courses.models import Enrolment, Grant, Lesson, LessonProgress
from mailing.models import Run
from tests import factories
from tests.conftest import signed_in
from tests.desk.test_fields import form

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


def test_of_two_moves_of_the_same_order_one_is_refused() -> None:
    course = factories.small_course(days=(0, 0, 0))
    first, second, third = course.lessons.order_by("position")
    seen = arranging.arrangement(course.pk)

    def move(lesson: Lesson) -> Callable[[], object]:
        return lambda: arranging.move_lesson(
            lesson=lesson, module=first.module, after=None, now=factories.JOINED, seen=seen
        )

    assert [type(error) for error in at_once(move(second), move(third))] == [arranging.Stale]
    assert sorted(course.lessons.values_list("position", flat=True)) == [1, 2, 3]


def test_of_two_who_save_the_same_lesson_at_once_one_is_asked() -> None:
    """Between looking and saving nobody slips in."""
    factories.small_course(days=(0,))
    ines = factories.user("ines@example.org", is_staff=True, is_superuser=True)
    lesson = Lesson.objects.get()
    address = f"/desk/courses/lesson/{lesson.pk}/change/"
    clients = [signed_in(ines) for _ in range(2)]
    data = form(clients[0], address)
    page = clients[0].get(address).content.decode()
    data["_opened"] = html.unescape(re.findall(r'name="_opened" value="([^"]*)"', page)[0])
    answers: list[int] = []

    def save(client: Client, title: str) -> Callable[[], object]:
        return lambda: answers.append(client.post(address, {**data, "title": title}).status_code)

    assert at_once(save(clients[0], "One"), save(clients[1], "Two")) == []
    assert sorted(answers) == [200, 302]
