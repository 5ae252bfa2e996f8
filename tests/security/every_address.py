"""Every address of the site, filled from rows that a test made: nothing here is a list of routes.

Whatever the resolver knows is walked, the admin's own patterns too. An address whose parts nothing fills is told, so
that a new route is looked at by the walk or fails it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

# Stand-ins that a practice site alone has (tests/coursesite/test_settings.py); what they show is made up.
PRACTICE = ("sandbox:", "postbox:", "look:", "practice_clock")
PART = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>(?P<words>[^()]*)\)")
DESK = re.compile(r"desk/(?P<app>\w+)/(?P<model>\w+)/")
WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
LINK = re.compile(r'(?:href|action)="(/desk/[^"#?]*)')


@dataclass(frozen=True)
class Address:
    name: str
    url: str


@dataclass
class Town:
    """What there is: for the desk a row of each model, for the site a value for each part of an address."""

    rows: dict[type[Model], Model]
    parts: dict[str, tuple[str, ...]]  # by "route part", or by the part alone
    missing: list[str] = field(default_factory=list)

    def addresses(self) -> list[Address]:
        """All of them; what could not be filled stands in `missing`."""
        found = [
            Address(name, f"/{url}")
            for name, route in patterns(get_resolver().url_patterns)
            if not name.startswith(PRACTICE)
            for url in self.filled(name, route)
        ]
        return list(dict.fromkeys(found))

    def filled(self, name: str, route: str) -> list[str]:
        urls = [plain(route)]
        while any(PART.search(url) for url in urls):
            url = next(url for url in urls if PART.search(url))
            part = PART.search(url)
            assert part is not None
            values = self.values(name, route, part)
            if not values:
                self.missing.append(f"{name} /{route}: nothing fills {part[0]}")
                return []
            urls = [one for one in urls if one != url]
            urls += [f"{url[: part.start()]}{value}{url[part.end() :]}" for value in values]
        return urls

    def values(self, name: str, route: str, part: re.Match[str]) -> tuple[str, ...]:
        word = part["name"] or part["group"]
        for key in (f"{name} {word}", word):
            if key in self.parts:
                return self.parts[key]
        if (words := part["words"]) and re.fullmatch(r"[\w|-]+", words):
            return tuple(words.split("|"))
        place = DESK.match(route)
        if place and word in ("pk", "object_id") and (row := self.row(place)):
            return (str(row.pk),)
        return ()

    def row(self, place: re.Match[str]) -> Model | None:
        for model, row in self.rows.items():
            if (model._meta.app_label, model._meta.model_name) == (place["app"], place["model"]):
                return row
        return None


def patterns(some: Any, route: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for one in some:
        whole = route + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(
                one.url_patterns, whole, f"{space}{one.namespace}:" if one.namespace else space
            )
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name}", whole


def plain(route: str) -> str:
    """A regular expression without its marks; other routes stay."""
    return re.sub(r"(?<!\()\^|\$$|\\Z$", "", route).replace("(?P<url>.*)", "no/such/place/")


def models_of_the_desk() -> list[type[Model]]:
    return list(admin.site._registry)


@dataclass(frozen=True)
class Answer:
    """What came back for one address, and which tables the asking wrote to."""

    address: Address
    method: str
    status: int
    body: str
    wrote: frozenset[str]

    @property
    def links(self) -> set[str]:
        return set(LINK.findall(self.body)) if self.status == 200 else set()


def ask(client: Client, address: Address, method: str) -> Answer:
    with CaptureQueriesContext(connection) as asked:
        answer = getattr(client, method)(address.url)
        body = b"".join(answer) if answer.streaming else answer.content
    wrote = {found[1] for query in asked if (found := WRITES.match(query["sql"]))}
    headers = " ".join(f"{name}: {value}" for name, value in answer.items())
    return Answer(
        address, method, answer.status_code, f"{headers}\n{body.decode(errors='replace')}", frozenset(wrote)
    )
