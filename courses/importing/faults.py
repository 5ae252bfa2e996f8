"""What is wrong with files, gathered in plain words, and the questions that every kind of file is asked."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from courses import wording
from courses.importing.reading import Entry
from coursesite.lib import markdown

Shape = Mapping[str, type]  # what a head may hold: name -> type
KINDS = {
    str: "text",
    int: "a whole number",
    list: "a list",
    bool: "true or false",
    dict: "a table",
    dt.date: "a date",
    dt.datetime: "a date and time with its zone, like 2026-12-04T23:59:00-05:00",
}
# what a column of PostgreSQL holds; SQLite holds more
HIGHEST = {"PositiveSmallIntegerField": 32_767, "PositiveIntegerField": 2_147_483_647}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def fits(value: Any, kind: type) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if kind is dt.datetime:
        return isinstance(value, dt.datetime) and value.tzinfo is not None
    return isinstance(value, kind)


@dataclass
class Faults:
    """What is wrong (`errors`: nothing is written) and what is only not finished (`warnings`)."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def say(self, file: str, words: str) -> None:
        self.errors.append(f"{file}: {words}")

    def shape(
        self, file: str, head: Mapping[str, Any], shape: Shape, must: Iterable[str], where: str = ""
    ) -> None:
        for name in must:
            if head.get(name) in (None, "", []):
                self.say(file, f"{where}{name} is missing.")
        for name, value in head.items():
            if name not in shape:
                self.say(file, f"{where}{name} is not a word this file knows.")
            elif not fits(value, shape[name]):
                self.say(file, f"{where}{name} must be {KINDS[shape[name]]}.")

    def lengths(self, file: str, head: Mapping[str, Any], model: type[Any]) -> None:
        for one in model._meta.get_fields():
            most, value = getattr(one, "max_length", None), head.get(one.name)
            if most and isinstance(value, str) and len(value) > most:
                self.say(file, f"{one.name} is {len(value)} characters long; at most {most} fit.")
            highest = HIGHEST.get(one.get_internal_type()) if one.concrete else None
            if highest and isinstance(value, int) and value > highest:
                self.say(file, f"{one.name} is {value:,}; at most {highest:,} fits.")

    def slugs(self, file: str, head: Mapping[str, Any], *names: str) -> None:
        for name in names:
            if isinstance(head.get(name), str) and head[name] and not SLUG.fullmatch(head[name]):
                self.say(
                    file, f"{name} “{head[name]}” may only have small letters, digits and single hyphens."
                )

    def tables(self, file: str, head: Mapping[str, Any], name: str, what: str) -> list[tuple[int, Any]]:
        """The tables of a list with their numbers; that something is none of both is told."""
        listed = head.get(name, [])
        found = list(enumerate(listed if isinstance(listed, list) else [], 1))
        for number, one in found:
            if not isinstance(one, dict):
                self.say(file, f"{what} {number} must be a table: write it below [[{name}]].")
        return [(number, one) for number, one in found if isinstance(one, dict)]

    def texts(self, file: str, head: Mapping[str, Any], *names: str) -> None:
        for name in names:
            listed = head.get(name, [])
            if isinstance(listed, list) and not all(isinstance(one, str) for one in listed):
                self.say(file, f"{name} must be a list of texts.")

    def one_of(self, file: str, head: Mapping[str, Any], name: str, allowed: Iterable[str]) -> None:
        if name in head and str(head[name]) not in set(allowed):
            self.say(file, f"{name} is “{head[name]}”; it may be {', '.join(sorted(allowed))}.")

    def unique(self, entries: Iterable[Entry], *names: str) -> None:
        for name in names:
            seen: dict[str, str] = {}
            for entry in entries:
                value = str(entry.head.get(name, ""))
                if value in seen:
                    self.say(entry.file, f"{name} “{value}” is already used by {seen[value]}.")
                seen.setdefault(value, entry.file)

    def placeholders(self, file: str, *texts: Any) -> None:
        for text in texts:
            for name in sorted(markdown.placeholders(text) - wording.NAMES if isinstance(text, str) else ()):
                self.say(file, f"{{{name}}} is not a placeholder this site fills.")
