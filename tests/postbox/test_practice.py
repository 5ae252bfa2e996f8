import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coursesite.lib import clock

pytestmark = pytest.mark.django_db
START = dt.datetime(2030, 1, 10, 15, 0, tzinfo=dt.UTC)  # 10:00 in New York


@pytest.fixture
def moved() -> None:
    clock.move_to(START)


def press(client: Client, **form: str) -> Any:
    return client.post(reverse("practice_clock"), form)


def shown() -> dt.datetime:
    return clock.now().replace(second=0, microsecond=0)


def test_each_press_is_one_more_morning(client: Client, moved: None) -> None:
    press(client)
    assert shown() == dt.datetime(2030, 1, 11, 14, 0, tzinfo=dt.UTC)
    press(client)
    assert shown() == dt.datetime(2030, 1, 12, 14, 0, tzinfo=dt.UTC)


def test_the_morning_is_that_of_the_person_who_looks(ann_client: Client, ann: Any, moved: None) -> None:
    ann.contact.time_zone = "Asia/Kathmandu"
    ann.contact.save()
    press(ann_client)
    assert shown() == dt.datetime(2030, 1, 11, 3, 15, tzinfo=dt.UTC)


def test_one_comes_back_to_where_one_was_but_not_to_strangers(client: Client, moved: None) -> None:
    assert press(client, next="/_mailbox/?to=ann").headers["Location"] == "/_mailbox/?to=ann"
    assert press(client, next="https://evil.example/").headers["Location"] == "/"


def test_production_has_no_such_clock(client: Client, settings: Any) -> None:
    settings.CLOCK_FILE = None
    assert press(client).status_code == 404


def test_looking_moves_nothing(client: Client, moved: None) -> None:
    assert client.get(reverse("practice_clock")).status_code == 405
    assert START - clock.now() < dt.timedelta(seconds=2)
