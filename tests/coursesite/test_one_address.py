"""Who opens the site at another of its names is led to the one that cookies, letters and payments use."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def names(settings: Any) -> None:
    settings.SITE_URL = "https://example.org"
    settings.OWN_HOSTS = settings.ALLOWED_HOSTS = ["example.org", "www.example.org", "127.0.0.1", "[::1]"]
    settings.SECURE_SSL_REDIRECT = False


@pytest.mark.parametrize("name", ["www.example.org", "127.0.0.1", "[::1]", "WWW.example.org"])
def test_a_page_opened_at_another_name_leads_to_the_same_page_at_ours(client: Client, name: str) -> None:
    answer = client.get("/search/?q=a%20b&page=2", headers={"host": name})
    assert (answer.status_code, answer["Location"]) == (302, "https://example.org/search/?q=a%20b&page=2")


def test_our_own_name_stays(client: Client) -> None:
    assert client.get("/", headers={"host": "example.org"}).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/health/live/", 200), ("/health/ready/", 503)])
def test_a_probe_is_answered_where_it_knocks(client: Client, path: str, status: int) -> None:
    """Ready it is not, because nothing ticks here."""
    assert client.get(path, headers={"host": "127.0.0.1"}).status_code == status


def test_what_is_sent_is_never_led_away(client: Client) -> None:
    assert client.post("/stripe/webhook/", headers={"host": "127.0.0.1"}).status_code == 400


def test_another_port_is_left_alone_for_nobody_knows_what_is_behind_ours(client: Client) -> None:
    assert client.get("/", headers={"host": "127.0.0.1:9000"}).status_code == 200


def test_a_name_that_is_not_ours_is_refused_as_ever(client: Client) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_site_that_has_no_address_yet_leads_nowhere(client: Client, settings: Any) -> None:
    settings.SITE_URL = ""
    assert client.get("/", headers={"host": "127.0.0.1"}).status_code == 200
