"""Every answer carries the policy and the headers (HD-1, HD-2); odd methods and unknown hosts are refused (HD-3)."""

import asyncio
import re
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse
from django.utils.http import parse_http_date

from accounts.models import User
from coursesite import limits
from coursesite.urls import urlpatterns as ours
from tests.conftest import signed_in
from tests.test_routes import ROUTES, Row, desk_urls

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NONE_OF = {"default-src", "base-uri", "object-src", "frame-ancestors"}


def policy(answer: Any) -> dict[str, list[str]]:
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (part.split() for part in parts) if words}


def assert_guarded(answer: Any) -> None:
    told = policy(answer)
    assert {name: told.get(name) for name in NONE_OF} == {name: ["'none'"] for name in NONE_OF}
    assert [word for words in told.values() for word in words if "unsafe" in word or "*" in word] == []
    assert told["script-src"] == ["'self'"]
    assert told["form-action"][0] == "'self'"
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert parse_http_date(answer.headers["Date"]) > 0


@pytest.mark.parametrize(
    ("name", "row"), [pytest.param(name, row, id=name) for name, rows in ROUTES.items() for row in rows]
)
def test_every_route_s_answer_carries_them(
    name: str, row: Row, house: dict[str, str], ann: User, ines: User
) -> None:
    url = reverse(name, args=[house.get(arg, arg) for arg in row.args])
    for client in (Client(), signed_in(ann), signed_in(ines)):
        assert_guarded(client.get(url))
        assert_guarded(client.post(url))


@pytest.mark.parametrize(
    "url",
    [*desk_urls(), "/no-such-page/", "/static/no-such-file.css", "/static/css/base.css", "/desk/nothing/"],
)
def test_desk_and_missing_pages_carry_them(url: str, ines: User) -> None:
    assert_guarded(signed_in(ines).get(url))
    assert_guarded(Client().get(url))


def test_a_refused_form_and_a_refused_host_carry_them() -> None:
    refused = Client(enforce_csrf_checks=True).post(reverse("account_login"))
    assert refused.status_code == 403
    assert_guarded(refused)
    foreign = Client(HTTP_HOST="evil.example").get("/")
    assert foreign.status_code == 400
    assert_guarded(foreign)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [path("broken/", broken), *ours]


@override_settings(ROOT_URLCONF="tests.security.test_headers")
def test_a_broken_page_carries_them_and_says_nothing_of_what_broke() -> None:
    answer = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    assert "on purpose" not in answer.content.decode()
    assert_guarded(answer)


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "localhost.evil.example", "a b"])
def test_an_unknown_host_is_refused(host: str) -> None:
    assert Client(HTTP_HOST=host).get(reverse("account_login")).status_code == 400
    assert (
        Client(HTTP_X_FORWARDED_HOST=host).get(reverse("account_login")).status_code == 200
    )  # not looked at


def test_no_version_is_told(ann: User) -> None:
    answer = signed_in(ann).get(reverse("accounts:profile"))
    assert {"Server", "X-Powered-By"} & set(answer.headers) == set()
    assert re.findall(r"[Dd]jango|uvicorn", answer.content.decode()) == []


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "get"])
def test_methods_nobody_needs_are_refused_before_django(method: str) -> None:
    sent: list[Any] = []

    async def never(*args: Any) -> None:
        raise AssertionError("reached the application")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/", "headers": []}
    asyncio.run(limits.Limits(never)(scope, never, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 405
    told = dict(sent[0]["headers"])
    assert told[b"content-security-policy"] == b"default-src 'none'; frame-ancestors 'none'"
    assert told[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE"])
def test_our_own_views_refuse_them_too(method: str, house: dict[str, str], ann: User) -> None:
    client = signed_in(ann)
    own = [
        name for name in ROUTES if name.partition(":")[0] in {"courses", "payments", "mailing", "accounts"}
    ]
    own += ["live", "ready", "robots", "sitemap", "favicon"]
    taken = [
        name
        for name in own
        if client.generic(
            method, reverse(name, args=[house.get(arg, arg) for arg in ROUTES[name][0].args])
        ).status_code
        not in (404, 405)
    ]
    assert taken == []


@pytest.mark.parametrize(
    "name", ["accounts:profile", "courses:learn", "payments:orders", "usersessions_list"]
)
def test_what_is_somebody_s_own_is_kept_by_no_cache(name: str, ann: User) -> None:
    assert "no-store" in signed_in(ann).get(reverse(name))["Cache-Control"]
