"""A shop with one course, a buyer's browser, and the gateway played in process."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from courses.models import Course
from tests import factories
from tests.payments.world import World


@pytest.fixture
def course(db: None) -> Course:
    return factories.small_course()


@pytest.fixture
def world(db: None, settings: Any, now: dt.datetime) -> World:
    """The outside: the gateway with its clock at `now`, its webhooks held until a test sends them."""
    return World(settings=settings, now=now)


@pytest.fixture
def guest() -> Client:
    return Client()
