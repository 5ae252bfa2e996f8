"""When the periods of a subscription end. Moments are seconds, UTC."""

import calendar
from datetime import UTC, datetime

from sandbox.errors import Json

SECONDS = {"day": 24 * 60 * 60, "week": 7 * 24 * 60 * 60}
MONTHS = {"month": 1, "year": 12}
LONGEST = {"day": 3 * 365, "week": 3 * 52, "month": 3 * 12, "year": 3}  # intervals in one period


def end_of_period(*, anchor: int, start: int, recurring: Json) -> int:
    """The end of the period that begins at `start`: the next moment whole intervals away from the anchor.

    Counted from the anchor, never from the last end: after January 31 come February 28 and March 31.
    """
    interval: str = recurring["interval"]
    count: int = recurring["interval_count"]
    if interval in SECONDS:
        step = SECONDS[interval] * count
        return anchor + ((start - anchor) // step + 1) * step
    step = MONTHS[interval] * count
    first, now = datetime.fromtimestamp(anchor, UTC), datetime.fromtimestamp(start, UTC)
    turns = ((now.year - first.year) * 12 + now.month - first.month) // step
    while (end := _months_after(first, turns * step)) <= start:
        turns += 1
    return end


def _months_after(first: datetime, months: int) -> int:
    """The same day and time so many months later, or the last day of that month if it is shorter."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, calendar.monthrange(year, month + 1)[1])
    return int(first.replace(year=year, month=month + 1, day=day).timestamp())


def words(recurring: Json) -> str:
    """How often it is paid, as one says it: "monthly", "every 3 months"."""
    interval, count = recurring["interval"], recurring["interval_count"]
    once = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}
    return once[interval] if count == 1 else f"every {count} {interval}s"
