import datetime as dt

import pytest

from coursesite.lib import clock, localtime, money

UTC = dt.UTC


@pytest.mark.parametrize(
    ("zone", "day", "time", "expected"),
    [  # mail.md §2, "Local time"
        ("Europe/Berlin", dt.date(2027, 3, 28), dt.time(2, 30), dt.datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (
            "Europe/Berlin",
            dt.date(2027, 10, 31),
            dt.time(2, 30),
            dt.datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        ),
        ("America/New_York", dt.date(2027, 3, 14), dt.time(8), dt.datetime(2027, 3, 14, 12, 0, tzinfo=UTC)),
        ("Africa/Cairo", dt.date(2027, 4, 30), dt.time(0, 30), dt.datetime(2027, 4, 29, 22, 30, tzinfo=UTC)),
        (
            "Australia/Lord_Howe",
            dt.date(2027, 10, 3),
            dt.time(2, 15),
            dt.datetime(2027, 10, 2, 15, 45, tzinfo=UTC),
        ),
        ("Asia/Kathmandu", dt.date(2027, 1, 1), dt.time(8), dt.datetime(2027, 1, 1, 2, 15, tzinfo=UTC)),
        ("Pacific/Kiritimati", dt.date(2027, 1, 2), dt.time(8), dt.datetime(2027, 1, 1, 18, 0, tzinfo=UTC)),
    ],
)
def test_local_time_becomes_utc(zone: str, day: dt.date, time: dt.time, expected: dt.datetime) -> None:
    assert localtime.at(day, time, zone) == expected


def test_joining_shortly_before_midnight_opens_the_next_morning() -> None:
    joined = dt.datetime(2026, 11, 21, 4, 50, tzinfo=UTC)  # 23:50 on the 20th in New York
    assert localtime.days_after(joined, 1, "America/New_York") == dt.datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def test_an_unknown_zone_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Mars"):
        localtime.zone("Mars/Olympus")
    assert not localtime.is_zone("../../etc/passwd")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (14900, "usd", "149 USD"),
        (14950, "usd", "149.50 USD"),
        (500, "jpy", "500 JPY"),
        (1234567, "kwd", "1,234.567 KWD"),
        (-500, "eur", "-5 EUR"),
        (0, "usd", "0 USD"),
    ],
)
def test_amounts(minor: int, currency: str, text: str) -> None:
    assert money.amount_text(minor, currency) == text


def test_the_practice_clock_moves_forward_only() -> None:
    tomorrow = clock.now() + dt.timedelta(days=1)
    clock.move_to(tomorrow)
    assert abs(clock.now() - tomorrow) < dt.timedelta(seconds=2)
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(tomorrow - dt.timedelta(hours=1))


def test_production_has_no_clock_to_move(settings: object) -> None:
    settings.CLOCK_FILE = None  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError):
        clock.move_to(clock.now())
    assert clock.offset_seconds() == 0
