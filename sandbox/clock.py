"""The stand-in's own clock, set from outside by settings alone."""

import calendar
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings


def now() -> int:
    """Seconds since 1970, UTC: `SANDBOX_NOW` if set, else the real time plus the offset in `CLOCK_FILE`."""
    fixed: int | None = getattr(settings, "SANDBOX_NOW", None)
    return fixed if fixed is not None else int(time.time()) + _offset()


def can_move() -> bool:
    """Whether this is a practice site, whose clock stands in a file."""
    return getattr(settings, "CLOCK_FILE", None) is not None


def move(seconds: int) -> None:
    """Put the practice clock forward. Each call moves it on. RuntimeError where it cannot be moved."""
    file = getattr(settings, "CLOCK_FILE", None)
    if file is None:
        raise RuntimeError("Only a practice site has a clock that can be moved.")
    if seconds < 0:
        raise ValueError("The practice clock moves forward only.")
    Path(file).write_text(str(_offset() + seconds))


def month_after(moment: int) -> int:
    """The same day of the next month, or its last day."""
    then = datetime.fromtimestamp(moment, UTC)
    year, month = divmod(then.year * 12 + then.month, 12)
    day = min(then.day, calendar.monthrange(year, month + 1)[1])
    return int(then.replace(year=year, month=month + 1, day=day).timestamp())


def _offset() -> int:
    file = getattr(settings, "CLOCK_FILE", None)
    try:
        return int(Path(file).read_text()) if file else 0
    except (FileNotFoundError, ValueError):
        return 0
