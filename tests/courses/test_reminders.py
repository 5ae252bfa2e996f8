"""What courses says about a letter that is about to go."""

import datetime as dt

import pytest

from accounts.models import User
from courses import access, progress, reminders
from courses.models import Course, Enrolment, Lesson
from courses.rules import FIRST, Rule
from mailing import contacts
from mailing.guards import Cancel, Question, Send, Skip, Wait
from mailing.models import Run, Sequence, Step
from tests import factories
from tests.courses import letters

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


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


# ---- lessons that wait for another ----
def waits(number: int, rule: Rule) -> None:
    lesson = Lesson.objects.get(position=number)
    lesson.rule = rule
    lesson.save()


@pytest.fixture
def after_first(seat: Enrolment) -> Enrolment:
    """Lesson 2 opens once lesson 1 is done, and has a letter on day 1; so has lesson 1 on day 0."""
    waits(2, Rule(after_lesson=Lesson.objects.get(position=1).pk))
    return seat


def test_a_letter_about_a_lesson_that_waits_is_looked_at_each_morning(
    after_first: Enrolment, now: dt.datetime
) -> None:
    morning = dt.datetime(2026, 11, 21, 14, tzinfo=dt.UTC)
    ask = {"source": after_first.word, "subject_of": "knots/1.2"}
    assert reminders.guard(**ask, now=now) == Wait(morning, reminders.WAITS)
    assert reminders.guard(**ask, now=morning) == Wait(morning + DAY, reminders.WAITS)
    progress.complete(enrolment=after_first, lesson=Lesson.objects.get(position=1), now=now)
    assert isinstance(reminders.guard(**ask, now=now), Send)


def test_who_looks_ahead_is_told_that_nobody_knows(after_first: Enrolment, now: dt.datetime) -> None:
    question = Question(source=after_first.word, subject_of="knots/1.2", now=now, is_look=True)
    assert reminders.answers([question]) == [Wait(now + reminders.UNKNOWN, reminders.WAITS)]


def test_a_day_bounds_the_wait_where_the_first_opens(after_first: Enrolment, now: dt.datetime) -> None:
    day_two = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
    waits(2, Rule(days=2, after_lesson=Lesson.objects.get(position=1).pk, by=FIRST))
    question = Question(source=after_first.word, subject_of="knots/1.2", now=now, is_look=True)
    assert reminders.answers([question]) == [Wait(day_two, reminders.WAITS)]


def test_the_letter_comes_the_morning_after_and_only_once(now: dt.datetime) -> None:
    course = factories.small_course(days=(0, 0))
    letters.write("course", Sequence.Kind.DRIP, 0, 1, now=now)
    for number, step in enumerate(Step.objects.filter(sequence__slug="course"), 1):
        Step.objects.filter(pk=step.pk).update(subject_of=f"1.{number}")
    waits(2, Rule(after_lesson=Lesson.objects.get(position=1).pk))
    user = factories.user("ann@example.org")
    seat = access.grant(user=user, course=course, source="free", now=now).enrolment
    letters.live(now, days=4)
    assert letters.sent("ann@example.org") == [("11-20 15", "course 1")]
    assert Run.objects.get(sequence__slug="course").reason == reminders.WAITS
    done_at = now + 4 * DAY + 2 * HOUR
    progress.complete(enrolment=seat, lesson=Lesson.objects.get(position=1), now=done_at)
    progress.undo(enrolment=seat, lesson=Lesson.objects.get(position=1), now=done_at + HOUR)
    letters.live(done_at + HOUR, days=4)
    assert letters.sent("ann@example.org") == [("11-20 15", "course 1"), ("11-25 14", "course 2")]
