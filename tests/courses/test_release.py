"""When lessons open: at 9:00 of the student's own morning; once open, open for ever."""

import datetime as dt
import random

import pytest

from accounts.models import User
from courses import access, progress, release
from courses.models import Course, Enrolment, Lesson, Opening
from mailing import contacts
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def knots() -> Course:
    return factories.small_course(days=(0, 1, 4))


@pytest.fixture
def seat(ann: User, knots: Course, now: dt.datetime) -> Enrolment:
    """Ann joined on Friday at 10:00 in New York."""
    return access.grant(user=ann, course=knots, source="free", now=now).enrolment


def lesson(number: int) -> Lesson:
    return Lesson.objects.get(position=number)


def utc(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


def test_day_0_is_open_at_once(seat: Enrolment, now: dt.datetime) -> None:
    assert release.opens_at(lesson(1), seat, now=now) == now
    assert release.is_open(lesson(1), seat, now=now)


def test_a_lesson_opens_at_nine_of_the_students_own_morning(seat: Enrolment, now: dt.datetime) -> None:
    assert release.opens_at(lesson(2), seat, now=now) == utc(21, 14)
    assert release.opens_at(lesson(3), seat, now=now) == utc(24, 14)
    assert not release.is_open(lesson(2), seat, now=utc(21, 13, 59))
    assert release.is_open(lesson(2), seat, now=utc(21, 14))


def test_a_move_east_counts_new_mornings_at_once(seat: Enrolment, now: dt.datetime) -> None:
    contacts.update(contact=seat.user.contact, time_zone="Europe/Berlin", now=now)
    assert release.opens_at(lesson(2), seat, now=now) == utc(21, 8)
    assert release.rezone(enrolment=seat, now=now) is True
    assert seat.time_zone == "Europe/Berlin"
    assert release.opens_at(lesson(2), seat, now=now) == utc(21, 8)


def test_rezoning_twice_changes_nothing(seat: Enrolment, now: dt.datetime) -> None:
    contacts.update(contact=seat.user.contact, time_zone="Europe/Berlin", now=now)
    release.rezone(enrolment=seat, now=now)
    before = list(Opening.objects.values())
    assert release.rezone(enrolment=seat, now=now + HOUR) is False
    assert list(Opening.objects.values()) == before


def test_a_move_west_closes_nothing(seat: Enrolment, now: dt.datetime) -> None:
    morning = utc(21, 14)
    contacts.update(contact=seat.user.contact, time_zone="Pacific/Honolulu", now=morning)
    assert release.is_open(lesson(2), seat, now=morning)
    release.rezone(enrolment=seat, now=morning)
    assert release.is_open(lesson(2), seat, now=morning)
    assert release.opens_at(lesson(2), seat, now=morning) == morning
    assert release.opens_at(lesson(3), seat, now=morning) == utc(24, 19)


def test_rescheduling_leaves_open_what_is_open(seat: Enrolment, now: dt.datetime) -> None:
    assert release.reschedule(lesson=lesson(2), release_days=9, now=utc(22, 0)) == 1
    assert lesson(2).release_days == 9
    assert release.opens_at(lesson(2), seat, now=utc(22, 0)) == utc(21, 14)


def test_rescheduling_moves_what_is_not_open_yet(seat: Enrolment, now: dt.datetime) -> None:
    assert release.reschedule(lesson=lesson(3), release_days=9, now=now) == 0
    assert release.opens_at(lesson(3), seat, now=now) == utc(29, 14)
    assert Opening.objects.count() == 0


def test_rescheduling_twice_changes_nothing(seat: Enrolment, now: dt.datetime) -> None:
    release.reschedule(lesson=lesson(2), release_days=9, now=utc(22, 0))
    before = list(Opening.objects.values())
    assert release.reschedule(lesson=lesson(2), release_days=9, now=utc(23, 0)) == 0
    assert list(Opening.objects.values()) == before


def test_freezing_twice_writes_once(seat: Enrolment, now: dt.datetime) -> None:
    assert release.freeze(enrolment=seat, now=utc(22, 0)) == 2
    assert release.freeze(enrolment=seat, now=utc(22, 0)) == 0
    assert list(Opening.objects.order_by("lesson__position").values_list("opened_at", flat=True)) == [
        now,
        utc(21, 14),
    ]


def test_a_lesson_once_begun_stays_open(seat: Enrolment, now: dt.datetime) -> None:
    progress.seen(enrolment=seat, lesson=lesson(2), now=utc(21, 15))
    Lesson.objects.filter(position=2).update(release_days=30)  # as nobody should
    assert release.is_open(lesson(2), seat, now=utc(21, 16))


@pytest.mark.parametrize("seed", range(8))
def test_once_open_stays_open_under_any_change(seat: Enrolment, now: dt.datetime, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    zones = ["America/New_York", "Pacific/Honolulu", "Pacific/Kiritimati", "Europe/Berlin", "Asia/Kolkata"]
    moment, opened = now, set()
    for _ in range(40):
        moment += chance.random() * 12 * HOUR
        change = chance.choice(["zone", "days", "visit", "nothing"])
        if change == "zone":
            # what the guard and every writing view do first
            release.rezone(enrolment=seat, now=moment)
            contacts.update(contact=seat.user.contact, time_zone=chance.choice(zones), now=moment)
        elif change == "days":
            release.reschedule(
                lesson=lesson(chance.randint(1, 3)), release_days=chance.randint(0, 12), now=moment
            )
        elif change == "visit":
            release.rezone(enrolment=seat, now=moment)
        opened |= {one for one in (1, 2, 3) if release.is_open(lesson(one), seat, now=moment)}
        assert {one for one in opened if not release.is_open(lesson(one), seat, now=moment)} == set()
