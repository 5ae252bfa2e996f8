"""One student's schedule by hand: moved, paused, woken, all open; nothing closes, and a slip can be taken back."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from courses import access, adjusting, progress, release
from courses.models import Adjustment, Course, Enrolment, Lesson, Opening
from courses.rules import Rule
from mailing import pauses
from mailing.models import Run, Sequence
from tests import conftest, factories
from tests.courses import letters
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def knots() -> Course:
    """Open at once, on day 1, on day 4, after the first, on December 1 at 12:00 in New York."""
    made = factories.small_course(days=(0, 1, 4, 0, 0))
    give(4, Rule(after_lesson=lesson(1).pk))
    give(5, Rule(at=dt.datetime(2026, 12, 1, 17, tzinfo=dt.UTC)))
    return made


@pytest.fixture
def seat(ann: User, knots: Course, now: dt.datetime) -> Enrolment:
    """Ann joined on Friday, November 20, at 10:00 in New York."""
    return access.grant(user=ann, course=knots, source="free", now=now).enrolment


def lesson(number: int) -> Lesson:
    return Lesson.objects.get(position=number)


def give(number: int, rule: Rule) -> None:
    one = lesson(number)
    one.rule = rule
    one.save()


def utc(day: int, hour: int, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)


def opens(seat: Enrolment, now: dt.datetime) -> list[dt.datetime | None]:
    mine = Enrolment.objects.select_related("user__contact").get(pk=seat.pk)
    return [release.opens_at(lesson(number), mine, now=now) for number in range(1, 6)]


def stored(seat: Enrolment) -> tuple[Any, ...]:
    row = Enrolment.objects.get(pk=seat.pk)
    return row.shift_days, row.paused_at, row.paused_until, row.user.contact.paused_until


def test_a_shift_moves_days_and_dates_and_nothing_else(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    assert opens(seat, now) == [now, utc(21, 14), utc(24, 14), None, utc(1, 17, 12)]
    adjusting.shift(enrolment=seat, days=3, seen=0, actor=ines, now=now)
    assert opens(seat, now) == [now, utc(24, 14), utc(27, 14), None, utc(4, 17, 12)]
    adjusting.shift(enrolment=seat, days=-5, seen=3, actor=ines, now=now)
    assert opens(seat, now) == [now, now, utc(22, 14), None, utc(29, 17)]


def test_a_second_press_moves_nothing_more(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    adjusting.shift(enrolment=seat, days=3, seen=0, actor=ines, now=now)
    with pytest.raises(adjusting.Stale):
        adjusting.shift(enrolment=seat, days=3, seen=0, actor=ines, now=now)
    assert Adjustment.objects.count() == 1


def test_a_later_schedule_closes_nothing(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    adjusting.shift(enrolment=seat, days=30, seen=0, actor=ines, now=utc(22, 0))
    assert opens(seat, utc(22, 0))[:2] == [now, utc(21, 14)]


def test_a_pause_until_a_day(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    until = utc(30, 5)  # midnight in New York
    adjusting.pause(enrolment=seat, until=until, actor=ines, now=now)
    assert opens(seat, now) == [now, utc(1, 14, 12), utc(4, 14, 12), None, utc(11, 17, 12)]
    assert stored(seat) == (10, now, until, until)
    assert not Enrolment.objects.get().is_paused(until)
    adjusting.wake(enrolment=seat, actor=ines, now=now + 4 * DAY)
    assert opens(seat, now + 4 * DAY) == [now, utc(25, 14), utc(28, 14), None, utc(5, 17, 12)]
    assert stored(seat) == (4, None, None, None)
    assert adjusting.wake(enrolment=seat, actor=ines, now=now + 4 * DAY) is None


def test_a_pause_until_woken(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    adjusting.pause(enrolment=seat, until=None, actor=ines, now=now)
    assert opens(seat, now + 20 * DAY) == [now, None, None, None, None]
    assert stored(seat) == (0, now, None, pauses.OPEN_END)
    progress.complete(enrolment=seat, lesson=lesson(1), now=now + DAY)
    assert release.is_open(lesson(4), seat, now=now + DAY)
    adjusting.wake(enrolment=seat, actor=ines, now=now + 20 * DAY)
    assert opens(seat, now + 20 * DAY)[1:3] == [utc(11, 14, 12), utc(14, 14, 12)]
    assert stored(seat) == (20, None, None, None)


def test_a_second_pause_sets_the_other_end(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    adjusting.pause(enrolment=seat, until=utc(30, 5), actor=ines, now=now)
    adjusting.pause(enrolment=seat, until=utc(25, 5), actor=ines, now=now)
    assert stored(seat) == (5, now, utc(25, 5), utc(25, 5))
    with pytest.raises(ValueError, match="That day has passed"):
        adjusting.pause(enrolment=seat, until=now, actor=ines, now=now)


def test_everything_opens_now_and_stays_open(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    factories.lesson(lesson(1).module, 6, status=Lesson.Status.DRAFT)
    assert adjusting.open_all(enrolment=seat, actor=ines, now=now + HOUR)
    assert opens(seat, now + HOUR) == [now, *[now + HOUR] * 4]
    assert adjusting.open_all(enrolment=seat, actor=ines, now=now + HOUR) is None
    assert Opening.objects.count() == 5  # with the one that was open before


@pytest.mark.parametrize("what", ["shift", "pause", "wake"])
def test_a_slip_is_taken_back_but_what_it_opened_stays(
    seat: Enrolment, ines: User, now: dt.datetime, what: str
) -> None:
    if what == "wake":
        adjusting.pause(enrolment=seat, until=utc(30, 5), actor=ines, now=now)
    before, mine = opens(seat, now + HOUR), stored(seat)
    later = now + HOUR
    if what == "shift":
        adjusting.shift(enrolment=seat, days=-2, seen=0, actor=ines, now=later)
        before[1] = now  # open by the slip: it never closes again
    elif what == "pause":
        adjusting.pause(enrolment=seat, until=None, actor=ines, now=later)
    else:
        adjusting.wake(enrolment=seat, actor=ines, now=later)
    last = Adjustment.objects.order_by("pk").last()
    assert last is not None
    adjusting.undo(adjustment=last, now=later + dt.timedelta(minutes=10))
    assert stored(seat) == mine
    assert opens(seat, later + dt.timedelta(minutes=10)) == before
    with pytest.raises(adjusting.TooLate):
        adjusting.undo(adjustment=last, now=later + dt.timedelta(minutes=10))


def test_opening_everything_is_not_taken_back(seat: Enrolment, ines: User, now: dt.datetime) -> None:
    done = adjusting.open_all(enrolment=seat, actor=ines, now=now)
    assert done is not None
    assert adjusting.latest(seat, now=now) is None
    with pytest.raises(adjusting.TooLate):
        adjusting.undo(adjustment=done, now=now)
    assert opens(seat, now) == [now] * 5


@pytest.mark.parametrize(
    ("kind", "days", "words"),
    [
        ("shift", -1, "moved the schedule 1 day earlier"),
        ("shift", 3, "moved the schedule 3 days later"),
        ("pause", 1, "paused the schedule for 1 day"),
        ("pause", 0, "paused the schedule"),
    ],
)
def test_what_was_done_is_said_in_plain_words(kind: str, days: int, words: str) -> None:
    assert Adjustment(kind=kind, days=days).words == words


def test_nothing_is_taken_back_after_an_hour_or_but_the_last(
    seat: Enrolment, ines: User, now: dt.datetime
) -> None:
    first = adjusting.shift(enrolment=seat, days=3, seen=0, actor=ines, now=now)
    second = adjusting.shift(enrolment=seat, days=3, seen=3, actor=ines, now=now)
    for one, moment in ((first, now), (second, now + HOUR)):
        with pytest.raises(adjusting.TooLate):
            adjusting.undo(adjustment=one, now=moment)
    assert Enrolment.objects.get().shift_days == 6


def test_letters_move_with_the_schedule_and_none_comes_twice(ines: User, now: dt.datetime) -> None:
    course = factories.small_course(days=(0, 1, 3))
    letters.write("course", Sequence.Kind.DRIP, 0, 1, 3, now=now)
    seat = access.grant(
        user=factories.user("ann@example.org"), course=course, source="free", now=now
    ).enrolment
    letters.live(now, days=1)
    adjusting.shift(enrolment=seat, days=4, seen=0, actor=ines, now=now + DAY)
    letters.live(now + DAY, days=4)
    moment = letters.live(now + 5 * DAY, days=4)
    assert letters.sent("ann@example.org") == [
        ("11-20 15", "course 1"), ("11-21 14", "course 2"), ("11-27 14", "course 3"),
    ]  # fmt: skip
    assert Run.objects.get(sequence__slug="course").state == Run.State.DONE
    assert moment == now + 9 * DAY


def test_letters_rest_with_the_schedule(ines: User, now: dt.datetime) -> None:
    course = factories.small_course(days=(0, 1))
    letters.write("course", Sequence.Kind.DRIP, 0, 1, now=now)
    seat = access.grant(
        user=factories.user("ann@example.org"), course=course, source="free", now=now
    ).enrolment
    letters.tick(now)
    adjusting.pause(enrolment=seat, until=None, actor=ines, now=now)
    letters.live(now, days=5)
    assert letters.sent("ann@example.org") == [("11-20 15", "course 1")]
    adjusting.wake(enrolment=seat, actor=ines, now=now + 5 * DAY)
    letters.live(now + 5 * DAY, days=3)
    assert letters.sent("ann@example.org") == [("11-20 15", "course 1"), ("11-26 14", "course 2")]


# ---- at the desk ----
def act(client: Client, seat: Enrolment, **data: str) -> Any:
    return client.post(f"/desk/courses/enrolment/{seat.pk}/schedule/", data)


def test_the_desk_shows_first_what_it_does(
    seat: Enrolment, ines: User, ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    asked = {"do": "shift", "shift-days": "3", "shift-way": "later", "shift-seen": "0"}
    page = act(ines_client, seat, **asked).content.decode()
    assert "Nothing is changed yet." in page
    assert "Friday, November 27, 9:00 in New York" in page
    assert Enrolment.objects.get().shift_days == 0
    assert act(ines_client, seat, **asked, sure="yes").status_code == 302
    assert Enrolment.objects.get().shift_days == 3
    entry = LogEntry.objects.get()
    assert (entry.user.pk, entry.object_id, entry.change_message) == (
        ines.pk, str(seat.pk), "Moved the schedule 3 days later.",
    )  # fmt: skip
    assert act(ines_client, seat, **asked, sure="yes").status_code == 302
    page = ines_client.get(f"/desk/courses/enrolment/{seat.pk}/schedule/").content.decode()
    assert "This schedule was moved meanwhile." in page
    assert "It runs 3 days later than the course’s own days." in page
    last = Adjustment.objects.get()
    assert act(ines_client, seat, do="undo", pk=str(last.pk)).status_code == 302
    assert Enrolment.objects.get().shift_days == 0


def test_faults_stand_at_the_field(seat: Enrolment, ines_client: Client, now: dt.datetime) -> None:
    show(now)
    page = act(ines_client, seat, do="shift", **{"shift-days": "x", "shift-way": "later", "shift-seen": "0"})
    assert list(page.context["shift"].errors) == ["days"]
    page = act(ines_client, seat, do="pause", **{"pause-until": "2026-11-19"})
    assert page.context["pause"].errors == {"until": ["That day has passed."]}
    assert act(ines_client, seat, do="pause", **{"pause-until": "0001-01-01"}).status_code == 200
    page = act(ines_client, seat, do="pause", **{"pause-until": "2206-11-30"})
    words = "At most 365 days ahead. Leave it empty to pause until you wake it."
    assert page.context["pause"].errors == {"until": [words]}
    assert Adjustment.objects.count() == 0


def test_pausing_opening_and_waking_at_the_desk(
    seat: Enrolment, ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    assert "until you wake it" in act(ines_client, seat, do="pause").content.decode()
    act(ines_client, seat, do="pause", sure="yes")
    assert Enrolment.objects.get().is_paused(now)
    act(ines_client, seat, do="wake", sure="yes")
    assert not Enrolment.objects.get().is_paused(now)
    assert "4 lessons open at once" in act(ines_client, seat, do="open").content.decode()
    act(ines_client, seat, do="open", sure="yes")
    assert [one.kind for one in Adjustment.objects.all()] == ["open", "wake", "pause"]


def test_who_only_looks_moves_nothing(seat: Enrolment, ann_client: Client) -> None:
    clerk = conftest.signed_in(factories.user("clerk@example.org", is_staff=True))
    for client in (clerk, ann_client, Client()):
        assert act(client, seat, do="open", sure="yes").status_code in (302, 403)
    assert Adjustment.objects.count() == 0


@pytest.mark.parametrize("size", [1, 30])
def test_the_page_costs_the_same_for_a_long_course(
    ann: User, ines_client: Client, now: dt.datetime, size: int, django_assert_max_num_queries: Any
) -> None:
    course = factories.small_course(slug="big", days=tuple(range(size)))
    seat = access.grant(user=ann, course=course, source="free", now=now).enrolment
    with django_assert_max_num_queries(12):
        assert ines_client.get(f"/desk/courses/enrolment/{seat.pk}/schedule/").status_code == 200
