"""What courses says about a letter that is about to go."""

import datetime as dt

import pytest

from accounts.models import User
from courses import access, progress, reminders
from courses.models import Course, Enrolment, Lesson
from mailing import contacts
from mailing.guards import Cancel, Send, Skip, Wait
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def knots() -> Course:
    return factories.small_course(days=(0, 1))


@pytest.fixture
def seat(ann: User, knots: Course, now: dt.datetime) -> Enrolment:
    return access.grant(user=ann, course=knots, source="free", now=now).enrolment


def test_an_open_lesson_not_done_is_written_about(seat: Enrolment, now: dt.datetime) -> None:
    assert reminders.guard(source=seat.word, subject_of="knots/1.1", now=now) == Send(
        {
            "course_title": "Knots In Your Back Gone",
            "course_url": "http://localhost:8000/courses/knots/",
            "lesson_title": "Lesson 1.1",
            "lesson_url": "http://localhost:8000/courses/knots/lessons/lesson-1-1/",
        }
    )


def test_a_letter_about_no_lesson_leads_to_where_continue_leads(seat: Enrolment, now: dt.datetime) -> None:
    verdict = reminders.guard(source=seat.word, subject_of="", now=now)
    assert isinstance(verdict, Send)
    assert verdict.context["lesson_url"] == "http://localhost:8000/learn/knots/continue/"


def test_a_letter_waits_for_its_lesson(seat: Enrolment, now: dt.datetime) -> None:
    opens_at = dt.datetime(2026, 11, 21, 14, tzinfo=dt.UTC)
    assert reminders.guard(source=seat.word, subject_of="knots/1.2", now=now) == Wait(opens_at)


def test_a_letter_waits_by_the_zone_the_person_lives_in_now(seat: Enrolment, now: dt.datetime) -> None:
    contacts.update(contact=seat.user.contact, time_zone="Europe/Berlin", now=now)
    opens_at = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
    assert reminders.guard(source=seat.word, subject_of="knots/1.2", now=now) == Wait(opens_at)


def test_a_lesson_done_is_not_nagged_about(seat: Enrolment, now: dt.datetime) -> None:
    lesson = Lesson.objects.select_related("course").get(position=1)
    progress.complete(enrolment=seat, lesson=lesson, now=now)
    assert reminders.guard(source=seat.word, subject_of="knots/1.1", now=now) == Skip("lesson done")


def test_a_lesson_not_published_is_skipped(seat: Enrolment, now: dt.datetime) -> None:
    Lesson.objects.filter(position=1).update(status=Lesson.Status.OUTLINE)
    assert reminders.guard(source=seat.word, subject_of="knots/1.1", now=now) == Skip("lesson not published")
    assert reminders.guard(source=seat.word, subject_of="knots/9.9", now=now) == Skip("lesson not published")


def test_without_access_the_letters_end(seat: Enrolment, now: dt.datetime) -> None:
    access.end(grant=seat.grants.get(), reason="refunded", now=now)
    assert reminders.guard(source=seat.word, subject_of="knots/1.1", now=now) == Cancel("no access")


@pytest.mark.parametrize("source", ["enrolment:0", "enrolment:x", "enrolment:", "mini-course:1", ""])
def test_an_unknown_source_gets_nothing(db: None, source: str, now: dt.datetime) -> None:
    assert reminders.guard(source=source, subject_of="", now=now) == Cancel("no access")


def test_asking_twice_answers_alike(seat: Enrolment, now: dt.datetime) -> None:
    first = reminders.guard(source=seat.word, subject_of="knots/1.1", now=now)
    assert reminders.guard(source=seat.word, subject_of="knots/1.1", now=now) == first
