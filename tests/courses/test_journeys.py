"""What a student gets from joining to long after the last lesson, and when it stops."""

import datetime as dt

import pytest

from accounts.models import User
from courses import access, progress
from courses.models import Course, Enrolment, Lesson
from mailing import drip, outbox
from mailing.models import Letter, Run
from tests import factories
from tests.courses import letters
from tests.courses.letters import DAY, HOUR, live, sent, states, tick

pytestmark = pytest.mark.django_db
NINE = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)  # 9:00 in New York, the day after joining


@pytest.fixture
def knots(now: dt.datetime) -> Course:
    made = factories.small_course(days=(0, 1, 3))
    letters.all_kinds(now)
    return made


@pytest.fixture
def seat(ann: User, knots: Course, now: dt.datetime) -> Enrolment:
    return access.grant(user=ann, course=knots, source="free", now=now).enrolment


def lesson(number: int) -> Lesson:
    return Lesson.objects.select_related("course").get(position=number)


def done(seat: Enrolment, number: int, now: dt.datetime) -> None:
    progress.complete(enrolment=Enrolment.objects.get(pk=seat.pk), lesson=lesson(number), now=now)


def seen(seat: Enrolment, number: int, now: dt.datetime) -> None:
    progress.seen(enrolment=Enrolment.objects.get(pk=seat.pk), lesson=lesson(number), now=now)


def test_34_a_refund_a_minute_before_the_letter(seat: Enrolment, now: dt.datetime) -> None:
    tick(now)
    access.end(grant=seat.grants.get(), reason="refunded", now=NINE - dt.timedelta(minutes=1))
    live(NINE, days=40)
    assert sent("ann@example.org") == [("11-20 15", "course 1")]
    assert set(Run.objects.values_list("state", "reason")) == {("cancelled", "refunded")}


def test_35_a_lesson_done_early_is_not_written_about_and_the_next_keeps_its_day(
    seat: Enrolment, now: dt.datetime
) -> None:
    tick(now)
    done(seat, 2, now + HOUR)
    live(NINE, days=4)
    assert sent("ann@example.org") == [("11-20 15", "course 1"), ("11-23 14", "course 3")]
    assert states("course")[1] == ("course 2", "skipped", "lesson done")


def test_36_finishing_ends_what_was_to_come_and_begins_the_letters_for_afterwards(
    seat: Enrolment, now: dt.datetime
) -> None:
    tick(now)
    drip.plan(now=NINE)  # the second letter waits to go
    for number in (1, 2, 3):
        done(seat, number, NINE + number * dt.timedelta(minutes=1))
    live(NINE + HOUR, days=50)
    assert sent("ann@example.org") == [
        ("11-20 15", "course 1"),
        ("11-21 15", "completion 1"),
        ("11-28 14", "completion 2"),
    ]
    assert states("course")[1][:2] == ("course 2", "skipped")
    assert states("nudges") == []


def test_36_undone_and_done_again_sends_nothing_again(seat: Enrolment, now: dt.datetime) -> None:
    for number in (1, 2, 3):
        done(seat, number, now)
    live(NINE, days=10)
    first = sent("ann@example.org")
    progress.undo(enrolment=seat, lesson=lesson(3), now=NINE + 10 * DAY)
    done(seat, 3, NINE + 10 * DAY)
    live(NINE + 11 * DAY, days=20)
    assert sent("ann@example.org") == first
    assert [subject for _, subject in first] == ["completion 1", "completion 2"]


def test_37_whoever_comes_back_before_the_reminder_leaves_gets_none(
    seat: Enrolment, now: dt.datetime
) -> None:
    live(now, days=13)
    drip.plan(now=now + 13 * DAY)  # the reminder of a long quiet spell is written: see below
    waiting = Letter.objects.filter(kind=Letter.Kind.NUDGE, state=Letter.State.QUEUED)
    moment = now + 13 * DAY
    while not waiting.exists():
        moment += HOUR
        drip.plan(now=moment)
    seat.user.last_login = moment - dt.timedelta(minutes=5)
    seat.user.save()
    before = Letter.objects.filter(state=Letter.State.SENT, kind=Letter.Kind.NUDGE).count()
    outbox.deliver(now=moment)
    assert Letter.objects.filter(state=Letter.State.SENT, kind=Letter.Kind.NUDGE).count() == before
    assert (
        Letter.objects.filter(kind=Letter.Kind.NUDGE, state="cancelled", reason="They came back.").count()
        == 1
    )


def test_38_two_quiet_months_are_four_reminders_with_growing_gaps_and_then_silence(
    seat: Enrolment, now: dt.datetime
) -> None:
    live(now, days=120)
    assert sent("ann@example.org") == [
        ("11-20 15", "course 1"),
        ("11-21 14", "course 2"),
        ("11-23 14", "course 3"),
        ("11-25 14", "nudges 1"),
        ("11-30 14", "course 4"),
        ("12-02 14", "nudges 2"),
        ("12-09 14", "nudges 3"),
        ("12-25 14", "nudges 4"),
    ]


def test_38_activity_ends_the_spell_and_the_next_one_begins_anew(seat: Enrolment, now: dt.datetime) -> None:
    live(now, days=6)
    assert sent("ann@example.org")[-1] == ("11-25 14", "nudges 1")
    seen(seat, 1, now + 20 * DAY)
    spells = Run.objects.filter(sequence__slug="nudges").order_by("generation")
    assert list(spells.values_list("generation", "state")) == [(1, "cancelled"), (2, "active")]
    live(now + 20 * DAY, days=6)
    assert [subject for _, subject in sent("ann@example.org")][-1] == "nudges 1"


def test_38_who_is_there_every_day_is_never_reminded(seat: Enrolment, now: dt.datetime) -> None:
    for number in range(30):
        seen(seat, 1, now + number * DAY + HOUR)
        live(now + number * DAY + HOUR, days=1)
    assert states("nudges") == []
    assert Run.objects.filter(sequence__slug="nudges").count() == 1


def test_looking_at_a_lesson_twice_within_two_days_asks_nothing_about_reminders(
    seat: Enrolment, now: dt.datetime, django_assert_num_queries: object
) -> None:
    mine = Enrolment.objects.select_related("user__contact", "course").get(pk=seat.pk)
    progress.seen(enrolment=mine, lesson=lesson(1), now=now)
    one = lesson(1)
    with django_assert_num_queries(3):  # type: ignore[operator]
        progress.seen(enrolment=mine, lesson=one, now=now + HOUR)


def test_coming_back_after_the_end_of_access_goes_on_where_the_letters_stopped(
    ann: User, seat: Enrolment, now: dt.datetime
) -> None:
    live(now, days=2)
    access.end(grant=seat.grants.get(), reason="refunded", now=now + 2 * DAY)
    access.grant(user=ann, course=seat.course, source="again", now=now + 9 * DAY)
    live(now + 9 * DAY, days=2)
    assert [subject for _, subject in sent("ann@example.org")] == [
        "course 1",
        "course 2",
        "course 3",
        "course 4",
    ]


def test_a_letter_for_some_people_only_is_passed_by_until_the_finder_exists(
    seat: Enrolment, now: dt.datetime
) -> None:
    Run.objects.get(sequence__slug="course").next_step.sequence.steps.filter(position=2).update(  # type: ignore[union-attr]
        condition="minerals"
    )
    live(now, days=4)
    assert states("course")[:3] == [
        ("course 1", "sent", ""),
        ("course 2", "skipped", "the cause finder was not answered"),
        ("course 3", "sent", ""),
    ]
