"""A shop with one course, a buyer's browser, and the gateway played in process."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from courses.models import Course
from tests import factories
from tests.payments import shop
from tests.payments.world import World


@pytest.fixture
def course(db: None) -> Course:
    return factories.small_course()


@pytest.fixture
def world(db: None, settings: Any, now: dt.datetime) -> Iterator[World]:
    """The outside: the gateway with its clock at `now`, its webhooks held until a test sends them.

    Whatever a test did with it, in the end money, access and letters agree.
    """
    yield World(settings=settings, now=now)
    shop.assert_sound()


@pytest.fixture
def guest() -> Client:
    return Client()


@pytest.fixture
def same_address(settings: Any, live_server: Any) -> None:
    """Links in letters and on the pay page lead to the site that the browser sees."""
    settings.SITE_URL = live_server.url
