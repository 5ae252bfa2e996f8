"""Looking changes nothing (SE-5): every GET route, walked by everybody, with a trap on what the database is told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conftest import signed_in
from tests.test_routes import ROUTES, Row, desk_urls

pytestmark = pytest.mark.django_db
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)"?', re.IGNORECASE)
# Written by looking, and why that harms nobody whom a foreign page makes look:
ALWAYS = {
    "django_session",  # the visitor's own session: a message shown, an order remembered
    "cache",  # how often somebody asked; it only ever refuses
}
# Two looks write on purpose, and not with the rows of this walk: back from the pay page of an unpaid attempt the site
# asks the gateway how it stands and keeps the answer, as the webhook would (tests/payments); and allauth's list of
# sessions drops those that have ended already.


@contextmanager
def trap() -> Iterator[list[str]]:
    """The tables that are written to inside."""
    told: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(sql):
            told.append(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield told


def test_the_trap_sees_a_write(ann: User) -> None:
    with trap() as told:
        ann.save()
        User.objects.filter(pk=0).update(is_staff=True)
        User.objects.filter(pk=ann.pk).exists()
    assert told == ["accounts_user", "accounts_user"]


def gets() -> list[Any]:
    return [
        pytest.param(name, row, id=f"{name} {' '.join(row.args)}".strip())
        for name, rows in ROUTES.items()
        for row in rows
    ]


@pytest.mark.parametrize(("name", "row"), gets())
def test_looking_writes_nothing(
    name: str,
    row: Row,
    house: dict[str, str],
    ann: User,
    ben: User,
    ines: User,
) -> None:
    url = reverse(name, args=[house.get(arg, arg) for arg in row.args])
    clients = [Client(), signed_in(ben), signed_in(ann), signed_in(ines)]
    with trap() as told:
        for client in clients:
            client.get(url)
            client.get(url, {"next": "/learn/", "page": "2", "delete": "1"})
            client.head(url)
    assert set(told) - ALWAYS == set()


@pytest.mark.parametrize("url", desk_urls())
def test_looking_around_the_desk_writes_nothing(url: str, house: dict[str, str], ines: User) -> None:
    client = signed_in(ines)
    with trap() as told:
        client.get(url)
        client.get(url, {"action": "delete_selected", "_selected_action": "1", "post": "yes"})
    assert set(told) - ALWAYS == set()


def test_looking_at_a_lesson_again_does_not_write_again(house: dict[str, str], ann: User) -> None:
    client = signed_in(ann)
    url = reverse("courses:lesson", args=["knots", "lesson-1-1"])
    client.get(url)
    with trap() as told:
        client.get(url)
    assert set(told) - ALWAYS == set()
