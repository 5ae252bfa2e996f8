import datetime as dt

import pytest

from coursesite.lib import localtime
from mailing import schedule
from mailing.models import Sequence, Step


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "day", "time", "moment"),
    [
        ("Europe/Berlin", "2027-03-28", "02:30", "2027-03-28 01:30"),  # in the gap: shown as 3:30
        ("Europe/Berlin", "2027-10-31", "02:30", "2027-10-31 00:30"),  # twice that night: the first
        ("America/New_York", "2027-03-14", "08:00", "2027-03-14 12:00"),
        ("Africa/Cairo", "2027-04-30", "00:30", "2027-04-29 22:30"),  # in the gap: shown as 1:30
        ("Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02 15:45"),  # half an hour of summer time
        ("Asia/Kathmandu", "2027-01-01", "08:00", "2027-01-01 02:15"),
        ("Pacific/Kiritimati", "2027-01-01", "08:00", "2026-12-31 18:00"),
    ],
)
def test_mornings_of_the_world(zone: str, day: str, time: str, moment: str) -> None:
    at = dt.time.fromisoformat(time)
    assert localtime.at(dt.date.fromisoformat(day), at, zone) == utc(moment)
    step = Step(sequence=Sequence(send_at=at), day=1)
    anchor = localtime.at(dt.date.fromisoformat(day) - dt.timedelta(days=1), dt.time(12), zone)
    assert schedule.due(step=step, anchor_at=anchor, zone=zone) == utc(moment)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-11-20 11:59:59", True),  # 6:59:59 in New York
        ("2026-11-20 12:00", False),
        ("2026-11-21 01:59:59", False),
        ("2026-11-21 02:00", True),  # 21:00
    ],
)
def test_the_night_is_from_nine_to_seven(moment: str, quiet: bool) -> None:
    assert schedule.is_quiet(utc(moment), "America/New_York") is quiet


def test_the_next_slot_is_today_before_nine_and_tomorrow_after() -> None:
    zone, nine = "America/New_York", dt.time(9)
    slot = schedule.next_slot(after=utc("2026-11-20 13:59"), zone=zone, send_at=nine)
    assert slot == utc("2026-11-20 14:00")
    assert schedule.next_slot(after=slot, zone=zone, send_at=nine) == utc("2026-11-21 14:00")


def test_a_slot_is_never_in_the_night() -> None:
    assert schedule.slot_time(dt.time(5)) == dt.time(7)
    assert schedule.slot_time(dt.time(22)) == dt.time(7)
    assert schedule.slot_time(dt.time(20, 59)) == dt.time(20, 59)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia"])
def test_two_years_of_mornings_are_each_on_a_day_of_their_own(zone: str) -> None:
    step = Step(sequence=Sequence(send_at=dt.time(9)), day=1)
    anchor = utc("2026-01-01 12:00")
    days = set()
    for number in range(730):
        step.day = number + 1
        due = schedule.due(step=step, anchor_at=anchor, zone=zone)
        assert not schedule.is_quiet(due, zone)
        days.add(localtime.local_day(due, zone))
    assert len(days) == 730
