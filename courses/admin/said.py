"""How the desk of courses says moments and numbers: in the student's time, and in the coach's where that is another."""

import datetime as dt

from django.conf import settings

from coursesite.lib import localtime


def moment(at: dt.datetime | None, zone: str) -> str:
    """`Friday, December 4, 9:00 in Berlin (3:00 in New York)`."""
    if at is None:
        return ""
    theirs = localtime.with_place(at, zone)
    ours = localtime.in_words(at, settings.SITE_TIME_ZONE)
    if ours == localtime.in_words(at, zone):
        return theirs
    return f"{theirs} ({ours} in {localtime.place(settings.SITE_TIME_ZONE)})"


def count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def people(number: int) -> str:
    return count(number, "student")
