from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import rhythm
from tests.sandbox.monthly import moment

MONTHLY = {"interval": "month", "interval_count": 1}


@pytest.mark.parametrize(
    ("anchor", "recurring", "ends"),
    [
        ("2027-01-31T09:30:00", MONTHLY, ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2028-01-30T00:00:00", MONTHLY, ["2028-02-29", "2028-03-30"]),
        ("2026-11-15T23:59:59", MONTHLY, ["2026-12-15", "2027-01-15"]),
        ("2026-12-31T00:00:00", {"interval": "month", "interval_count": 2}, ["2027-02-28", "2027-04-30"]),
        ("2028-02-29T12:00:00", {"interval": "year", "interval_count": 1}, ["2029-02-28", "2030-02-28"]),
        ("2027-03-27T12:00:00", {"interval": "week", "interval_count": 1}, ["2027-04-03", "2027-04-10"]),
        ("2027-03-27T12:00:00", {"interval": "day", "interval_count": 3}, ["2027-03-30", "2027-04-02"]),
    ],
)
def test_periods_end_on_the_day_of_the_anchor_or_the_last_of_a_short_month(
    anchor: str, recurring: Any, ends: list[str]
) -> None:
    start = moment(anchor)
    found = []
    for _ in ends:
        start = rhythm.end_of_period(anchor=moment(anchor), start=start, recurring=recurring)
        found.append(datetime.fromtimestamp(start, UTC).isoformat())
    assert found == [f"{day}T{anchor[11:]}+00:00" for day in ends]


def test_how_often_is_said_in_words() -> None:
    assert [rhythm.words(MONTHLY), rhythm.words({"interval": "week", "interval_count": 2})] == [
        "monthly",
        "every 2 weeks",
    ]
