"""When lessons open: at 9:00 of the student's own morning; once open, open for ever."""

import datetime as dt
import random

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from courses import access, progress, release
from courses.models import Course, Enrolment, Lesson, Opening
from courses.rules import FIRST, Rule
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
    assert release.reschedule(lesson=lesson(2), rule=Rule(days=9), now=utc(22, 0)) == 1
    assert lesson(2).release_days == 9
    assert release.opens_at(lesson(2), seat, now=utc(22, 0)) == utc(21, 14)


def test_rescheduling_moves_what_is_not_open_yet(seat: Enrolment, now: dt.datetime) -> None:
    assert release.reschedule(lesson=lesson(3), rule=Rule(days=9), now=now) == 0
    assert release.opens_at(lesson(3), seat, now=now) == utc(29, 14)
    assert Opening.objects.count() == 0


def test_rescheduling_twice_changes_nothing(seat: Enrolment, now: dt.datetime) -> None:
    release.reschedule(lesson=lesson(2), rule=Rule(days=9), now=utc(22, 0))
    before = list(Opening.objects.values())
    assert release.reschedule(lesson=lesson(2), rule=Rule(days=9), now=utc(23, 0)) == 0
    assert list(Opening.objects.values()) == before


def test_freezing_twice_writes_once(seat: Enrolment, now: dt.datetime) -> None:
    assert release.freeze(enrolment=seat, now=utc(22, 0)) == 2
    assert release.freeze(enrolment=seat, now=utc(22, 0)) == 0
    assert list(Opening.objects.order_by("lesson__position").values_list("opened_at", flat=True)) == [
        now,
        utc(21, 14),
    ]


def test_what_is_only_announced_is_not_written_down_as_open(seat: Enrolment, now: dt.datetime) -> None:
    Lesson.objects.filter(position=2).update(status="outline")
    assert release.freeze(enrolment=seat, now=utc(22, 0)) == 1
    assert not Opening.objects.filter(lesson__position=2).exists()


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
                lesson=lesson(chance.randint(1, 3)), rule=Rule(days=chance.randint(0, 12)), now=moment
            )
        elif change == "visit":
            release.rezone(enrolment=seat, now=moment)
        opened |= {one for one in (1, 2, 3) if release.is_open(lesson(one), seat, now=moment)}
        assert {one for one in opened if not release.is_open(lesson(one), seat, now=moment)} == set()


# ---- a fixed moment, something done first, the first or the last of it ----
def give(number: int, rule: Rule) -> Lesson:
    one = lesson(number)
    one.rule = rule
    one.save()
    return one


def test_a_fixed_moment_is_the_same_for_everybody(seat: Enrolment, now: dt.datetime) -> None:
    give(2, Rule(at=utc(23, 17)))
    contacts.update(contact=seat.user.contact, time_zone="Asia/Kolkata", now=now)
    assert release.opens_at(lesson(2), seat, now=now) == utc(23, 17)
    assert not release.is_open(lesson(2), seat, now=utc(23, 16, 59))
    assert release.is_open(lesson(2), seat, now=utc(23, 17))


def test_a_moment_before_joining_opens_on_joining(seat: Enrolment, now: dt.datetime) -> None:
    give(2, Rule(at=utc(1, 17)))
    assert release.opens_at(lesson(2), seat, now=now) == now


def test_a_lesson_opens_when_another_is_done(seat: Enrolment, now: dt.datetime) -> None:
    give(2, Rule(after_lesson=lesson(1).pk))
    assert release.opens_at(lesson(2), seat, now=now) is None
    progress.complete(enrolment=seat, lesson=lesson(1), now=now + HOUR)
    assert release.opens_at(lesson(2), seat, now=now + HOUR) == now + HOUR


def test_a_lesson_opens_when_a_whole_module_is_done(seat: Enrolment, knots: Course, now: dt.datetime) -> None:
    second = factories.lesson(factories.module(knots, 2), 9)
    second.rule = Rule(after_module=lesson(1).module_id)
    second.save()
    for number in (1, 2):
        progress.complete(enrolment=seat, lesson=lesson(number), now=now + number * HOUR)
    assert release.opens_at(second, seat, now=now + 3 * HOUR) is None
    progress.complete(enrolment=seat, lesson=lesson(3), now=now + 3 * HOUR)
    assert release.opens_at(second, seat, now=now + 3 * HOUR) == now + 3 * HOUR


def test_the_last_of_a_rule_opens_or_the_first(seat: Enrolment, now: dt.datetime) -> None:
    give(2, Rule(days=1, at=utc(23, 17), after_lesson=lesson(1).pk))
    give(3, Rule(days=1, at=utc(23, 17), after_lesson=lesson(1).pk, by=FIRST))
    assert [release.opens_at(lesson(one), seat, now=now) for one in (2, 3)] == [None, utc(21, 14)]
    progress.complete(enrolment=seat, lesson=lesson(1), now=now + HOUR)
    assert [release.opens_at(lesson(one), seat, now=now) for one in (2, 3)] == [utc(23, 17), now + HOUR]


def test_undoing_what_was_done_first_closes_nothing(seat: Enrolment, now: dt.datetime) -> None:
    give(2, Rule(after_lesson=lesson(1).pk))
    give(3, Rule(days=4, after_lesson=lesson(1).pk))
    progress.complete(enrolment=seat, lesson=lesson(1), now=now)
    progress.undo(enrolment=seat, lesson=lesson(1), now=now + HOUR)
    progress.undo(enrolment=seat, lesson=lesson(1), now=now + 2 * HOUR)
    assert release.opens_at(lesson(2), seat, now=now + 2 * HOUR) == now
    assert release.opens_at(lesson(3), seat, now=now + 2 * HOUR) is None  # was not open yet


def test_a_module_that_grows_closes_nothing(seat: Enrolment, knots: Course, now: dt.datetime) -> None:
    second = factories.lesson(factories.module(knots, 2), 9)
    second.rule = Rule(days=1, after_module=lesson(1).module_id)
    second.save()
    for number in (1, 2, 3):
        progress.complete(enrolment=seat, lesson=lesson(number), now=now)
    assert release.hold(course=knots, now=now + DAY) == 1
    assert release.hold(course=knots, now=now + DAY) == 0
    factories.lesson(lesson(1).module, 4)
    assert release.opens_at(second, seat, now=now + 2 * DAY) == utc(21, 14)


def test_what_opens_while_the_coach_is_changing_the_course_stays_open(
    seat: Enrolment, knots: Course, now: dt.datetime
) -> None:
    """Her transaction has looked for whom lessons are open, and somebody finishes a module before it ends."""
    second = factories.lesson(factories.module(knots, 2), 9)
    second.rule = Rule(after_module=lesson(1).module_id)
    second.save()
    for number in (1, 2):
        progress.complete(enrolment=seat, lesson=lesson(number), now=now)
    release.hold(course=knots, now=now)
    progress.complete(enrolment=seat, lesson=lesson(3), now=now + HOUR)
    factories.lesson(lesson(1).module, 4)
    assert release.opens_at(second, seat, now=now + HOUR) == now + HOUR


def test_nothing_waits_for_what_nobody_can_do_any_more(
    seat: Enrolment, knots: Course, now: dt.datetime
) -> None:
    give(2, Rule(days=1, after_lesson=lesson(1).pk))
    Lesson.objects.filter(position=1).update(status=Lesson.Status.DRAFT)
    assert release.opens_at(lesson(2), seat, now=now) == utc(21, 14)
    Lesson.objects.filter(position=1).update(status=Lesson.Status.PUBLISHED, archived_at=now)
    assert release.opens_at(lesson(2), seat, now=now) == utc(21, 14)


@pytest.mark.parametrize("rule", [Rule(after_lesson=-1), Rule(after_module=-1), Rule(days=9, by="never")])
def test_the_database_keeps_rules_sound(seat: Enrolment, rule: Rule) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        one = lesson(2)
        one.rule = rule
        one.save()
        connection.check_constraints()


def test_a_lesson_waits_for_one_thing_and_never_for_itself(seat: Enrolment) -> None:
    first = lesson(1)
    for rule in (Rule(after_lesson=lesson(2).pk), Rule(after_lesson=first.pk, after_module=first.module_id)):
        with pytest.raises(IntegrityError), transaction.atomic():
            give(2, rule)
