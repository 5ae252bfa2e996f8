"""Days and mornings as the person lives them; stored moments stay UTC."""

import datetime as dt
import zoneinfo
from functools import cache

MORNING = dt.time(9, 0)


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA name. Raises ValueError for a name that does not exist."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"Unknown time zone: {name!r}") from error


@cache
def zones() -> frozenset[str]:
    """The names of all zones, read once for each process: looking them up walks through hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


def is_zone(name: str) -> bool:
    return name in zones()


def at(day: dt.date, time: dt.time, zone_name: str) -> dt.datetime:
    """The UTC moment of a local day and time. In a gap it moves forward, in an overlap it is the first."""
    local = dt.datetime.combine(day, time, tzinfo=zone(zone_name))
    return local.astimezone(dt.UTC)


def days_after(anchor: dt.datetime, days: int, zone_name: str, time: dt.time = MORNING) -> dt.datetime:
    """The UTC moment of `time` on the local day that is `days` after the local day of `anchor`."""
    return at(local_day(anchor, zone_name) + dt.timedelta(days=days), time, zone_name)


def in_words(moment: dt.datetime, zone_name: str) -> str:
    """`Friday, December 4, 23:59`, as clocks and calendars there show it."""
    local = moment.astimezone(zone(zone_name))
    return f"{local:%A, %B} {local.day}, {local.hour}:{local:%M}"


def with_place(moment: dt.datetime, zone_name: str) -> str:
    """`Friday, December 4, 23:59 in New York`, for whoever may live elsewhere."""
    return f"{in_words(moment, zone_name)} in {place(zone_name)}"


def in_full(moment: dt.datetime, zone_name: str) -> str:
    """`Friday, December 4, 2026, 23:59 in New York`, of what may be long past."""
    day, _, time = in_words(moment, zone_name).rpartition(", ")
    return f"{day}, {local_day(moment, zone_name).year}, {time} in {place(zone_name)}"


def place(zone_name: str) -> str:
    """What people call a zone: "New York", or "UTC"."""
    return zone_name.rpartition("/")[2].replace("_", " ")


def local_day(moment: dt.datetime, zone_name: str) -> dt.date:
    return moment.astimezone(zone(zone_name)).date()
