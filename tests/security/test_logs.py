"""The log of refused and broken requests: no address, token, code, cookie or body, and one line each (LG-3)."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, re_path, reverse

from accounts.models import User
from coursesite import limits
from coursesite.lib import logs
from coursesite.urls import urlpatterns as ours
from mailing import consent
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
CANARIES = ["canary@example.org", "KJH4-RRTZ", "canary-in-the-body", "canary-cookie"]
BODY = {"email": CANARIES[0], "code": CANARIES[1], "password": CANARIES[2], "name": CANARIES[2]}


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the console handler would print, in the site's own format."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Line())
    roots = [logging.getLogger(), logging.getLogger("django"), logging.getLogger("django.server")]
    logging.getLogger().addHandler(handler)
    yield stream
    for root in roots:
        root.removeHandler(handler)


def lines(log: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def assert_quiet(log: StringIO, *more: str) -> None:
    assert [word for word in (*CANARIES, *more) if word in log.getvalue()] == []


def browser(**extra: Any) -> Client:
    client = Client(raise_request_exception=False, **extra)
    client.cookies["session"] = CANARIES[3]
    return client


def test_a_refused_host_is_one_line(log: StringIO) -> None:
    client = browser(HTTP_HOST="evil.example")
    assert client.post(f"{reverse('account_login')}?email=canary@example.org", BODY).status_code == 400
    assert [line["from"] for line in lines(log)] == ["django.security.DisallowedHost"]
    assert_quiet(log)


def test_a_missing_csrf_token_is_one_line(log: StringIO) -> None:
    client = browser(enforce_csrf_checks=True)
    assert client.post(f"{reverse('account_login')}?email=canary@example.org", BODY).status_code == 403
    assert [line["from"] for line in lines(log)] == ["django.security.csrf"]
    assert_quiet(log)


def test_a_body_too_large_is_not_told(log: StringIO) -> None:
    answer = browser().post(reverse("account_login"), {**BODY, "more": "canary-in-the-body" * 80_000})
    assert answer.status_code in (400, 413)
    assert lines(log) != []
    assert_quiet(log)


def test_a_body_that_is_refused_before_django_is_not_told(log: StringIO) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"canary-in-the-body" * 80_000, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(limits.Limits(app)(scope, receive, send))
    assert sent[0]["status"] == 413
    assert log.getvalue() == ""


@pytest.mark.parametrize("name", ["mailing:stop", "mailing:preferences", "payments:claim"])
def test_the_token_of_a_letter_s_link_is_not_told(name: str, log: StringIO, ann: User) -> None:
    token = consent.token(ann.contact)
    browser().get(reverse(name, args=[f"{token}x"]))
    browser(enforce_csrf_checks=True).post(reverse(name, args=[token]), BODY)
    assert lines(log) != []
    assert_quiet(log, token, token.rpartition(":")[2], token[:-4])


@pytest.mark.parametrize("break_", ["%0a", "%0d%0a", "%0d", "%e2%80%a8", "%c2%85"])
def test_a_line_break_in_a_path_writes_no_line_of_its_own(break_: str, log: StringIO) -> None:
    browser().get(f"/nothing{break_}{{%22level%22:%22error%22,%22says%22:%22forged%22}}")
    said = log.getvalue()
    assert len(said.splitlines()) == 1
    assert lines(log)[0]["from"] == "django.request"
    assert lines(log)[0]["says"].startswith("Not Found: /nothing")


def test_a_wrong_code_and_a_wrong_password_are_not_told(log: StringIO, ann: User) -> None:
    client = browser()
    client.post(reverse("account_request_login_code"), {"email": "canary@example.org"})
    client.post(reverse("account_confirm_login_code"), {"code": CANARIES[1]})
    client.post(reverse("account_login"), {"login": "canary@example.org", "password": CANARIES[2]})
    signed_in(ann).get(reverse("account_set_password"))
    assert_quiet(log)


@login_not_required
def broken(request: HttpRequest, token: str = "") -> HttpResponse:
    raise RuntimeError(
        f"Key (email)=({request.POST.get('email')}) already exists, code {request.POST.get('code')}"
    )


urlpatterns = [path("broken/", broken), re_path("^broken/(?P<token>.+)/$", broken), *ours]


@override_settings(ROOT_URLCONF="tests.security.test_logs")
def test_a_broken_page_tells_where_it_broke_but_not_about_whom(log: StringIO) -> None:
    client = browser()
    assert client.post("/broken/", BODY).status_code == 500
    line = lines(log)[-1]
    assert (line["level"], line["says"]) == ("error", "Internal Server Error: /broken/")
    assert "test_logs.py" in line["trace"]
    assert_quiet(log)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Not Found: /courses/knots-in-your-back-gone/lessons/2-what-a-knot-is-made-of/", True),
        ("Webhook refused: The signature is older than five minutes.", True),
        ("Webhook evt_1OabcDEF0123456789xyzKLM given up after 5 tries", True),
        ("/static/img/rope/small-1a2b3c4d5e6f7890.svg", True),
        ("mailing.tasks.tick[10 letters] took 12.5 seconds", True),
        ("Not Found: /claims/Zk3rB1x9QkXv0bXyq2mYtqk1J8sY0v3rTq5pYw2aXc4/", False),
        ("Not Found: /letters/stop/17:1tYxQz:dGhpcyBpcyBhIHNpZ25hdHVyZQ/", False),
        ("Not Found: /letters/stop/MjAwMw.without_a_digit_OKGjHztjDGCpiUo/", False),
        ("sk_live_51Habc0123456789ABCDEF is not a key", False),
        ("nobody told ann+test@mail.example.co.uk", False),
        ("the code KJH4-RRTZ", False),
    ],
)
def test_what_is_hidden(said: str, kept: bool) -> None:
    assert (logs.hide(said) == said) == kept


@pytest.mark.parametrize("piece", ["a", "/", "/A1", "a@", "@a.", "A1B2-", "a.a@a."])
def test_hiding_takes_no_time_even_of_the_longest_path(piece: str) -> None:
    begun = time.perf_counter()
    logs.hide(piece * (60_000 // len(piece)))
    assert time.perf_counter() - begun < 1
