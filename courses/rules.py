"""A lesson's rule of release as plain values: days after joining, a fixed moment, something that is done first.

What a rule means for one student is counted in `release`; here stand what it asks for and how it is said.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from coursesite.lib import localtime

FIRST, LAST = "first", "last"


@dataclass(frozen=True)
class Rule:
    """`days` 0 asks for no day, `at` None for no moment, and nothing is asked to be done first without one of the ids.

    Of what is asked, `by` says whether the last of it opens the lesson or the first. Nothing asked: open at once.
    """

    days: int = 0
    at: dt.datetime | None = None
    after_lesson: int | None = None
    after_module: int | None = None
    by: str = LAST

    @property
    def waits(self) -> bool:
        return self.after_lesson is not None or self.after_module is not None


@dataclass(frozen=True)
class Awaited:
    """What has to be done first, as it stands for one student. What nobody can do any more (archived, taken back to
    draft) is not there, and then nothing waits for it."""

    is_there: bool = False
    done_at: dt.datetime | None = None


NOTHING = Awaited()


def awaited(done: Collection[dt.datetime | None]) -> Awaited:
    """Of the lessons that have to be done first, each with the moment when it was."""
    known = [moment for moment in done if moment]
    return Awaited(bool(done), max(known) if known and len(known) == len(done) else None)


def combined(moments: Collection[dt.datetime | None], by: str) -> dt.datetime | None:
    """The first or the last of them. None is a moment that nobody knows yet: the last of all is then unknown too."""
    known = [moment for moment in moments if moment]
    if by == FIRST:
        return min(known, default=None)
    return max(known, default=None) if len(known) == len(moments) else None


def words(rule: Rule, *, after: str, zone: str) -> str:
    """`Opens on day 3 and after “Finding the knot”`; `after` is the title of what is done first."""
    parts = [f"on day {rule.days}"] if rule.days else []
    if rule.at:
        local = rule.at.astimezone(localtime.zone(zone))
        parts.append(f"on {local:%B} {local.day}, {local.hour}:{local:%M} {localtime.place(zone)} time")
    if rule.waits and after:
        parts.append(f"after “{after}”")
    if not parts:
        return "Opens at once"
    return f"Opens {(' or ' if rule.by == FIRST else ' and ').join(parts)}"


def circle(first: Mapping[Any, Collection[Any]], start: Any) -> list[Any]:
    """The way from `start` over what is done before it back to `start`, or nothing if there is none."""
    ways: list[list[Any]] = [[start]]
    seen: set[Any] = set()
    while ways:
        way = ways.pop()
        for one in first.get(way[-1], ()):
            if one == start:
                return way
            if one not in seen:
                seen.add(one)
                ways.append([*way, one])
    return []
