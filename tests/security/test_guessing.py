"""Who guesses gets nowhere, and learns nothing about who is here (AU-2, AU-3, AU-4, AU-7)."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings as site
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from mailing.models import Letter
from tests import factories
from tests.accounts.test_takeover import code_for, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]
PASSWORD = "a quiet blue kettle"
TIMINGS, CLOSE_ENOUGH = 30, 0.02  # seconds between the medians


@pytest.fixture
def with_password(ann: User) -> User:
    ann.set_password(PASSWORD)
    ann.save()
    return ann


def enters(client: Client, email: str, password: str) -> bool:
    client.post(reverse("account_login"), {"login": email, "password": password})
    return "_auth_user_id" in client.session


def test_the_right_password_enters(with_password: User) -> None:
    assert enters(Client(), with_password.email, PASSWORD)


def test_after_five_wrong_passwords_the_right_one_is_refused_too(with_password: User) -> None:
    """Each guess from a browser and an address of its own: what counts is the account, in the shared cache."""
    for number in range(5):
        assert not enters(Client(REMOTE_ADDR=f"203.0.113.{number}"), with_password.email, f"wrong {number}")
    assert not enters(Client(REMOTE_ADDR="203.0.113.99"), with_password.email, PASSWORD)
    assert site.CACHES["default"]["BACKEND"].rpartition(".")[2] in {"DatabaseCache", "RedisCache"}  # shared
    cache.clear()  # five minutes later
    assert enters(Client(REMOTE_ADDR="203.0.113.99"), with_password.email, PASSWORD)


def test_a_code_is_a_way_in_while_passwords_are_refused(with_password: User, settings: Any) -> None:
    """So a stranger who guesses cannot lock the owner out."""
    for number in range(6):
        enters(Client(), with_password.email, f"wrong {number}")
    client = Client()
    sign_in(client, with_password.email, settings)
    assert "_auth_user_id" in client.session


def test_many_accounts_from_one_address_are_capped_too() -> None:
    refused = [
        Client()
        .post(reverse("account_login"), {"login": f"p{number}@example.org", "password": "x"})
        .status_code
        for number in range(12)
    ]
    said = Client().post(reverse("account_login"), {"login": "p99@example.org", "password": "x"})
    assert refused[0] == 200
    assert "too many" in said.content.decode()


def letters_asked_for(addresses: list[dict[str, str]]) -> int:
    """How many sign-in codes these clients get, each asking for another account."""
    for number, address in enumerate(addresses):
        factories.user(f"p{number}@example.org")
        Client(**address).post(reverse("account_request_login_code"), {"email": f"p{number}@example.org"})
    return Letter.objects.count()


def test_a_forged_forwarding_header_changes_nothing_without_a_proxy() -> None:
    asked = letters_asked_for([{"HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"} for number in range(14)])
    assert asked == 10  # all of them came from one address, and ten a minute is the limit


def test_behind_one_proxy_each_client_has_a_limit_of_its_own(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    two = [{"HTTP_X_FORWARDED_FOR": f"198.51.100.{number % 2}"} for number in range(16)]
    assert letters_asked_for(two) == 16


def test_behind_one_proxy_what_the_client_wrote_itself_is_not_believed(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    forged = [{"HTTP_X_FORWARDED_FOR": f"192.0.2.{number}, 198.51.100.1"} for number in range(14)]
    assert letters_asked_for(forged) == 10


def test_a_used_code_works_for_nobody_again(ann: User, settings: Any) -> None:
    client, second = Client(), Client()
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    code = code_for(ann.email, settings)
    before = client.cookies.copy()
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert "_auth_user_id" not in client.session
    second.cookies = before  # the browser as it was before the code was typed
    second.post(reverse("account_confirm_login_code"), {"code": code})
    assert "_auth_user_id" not in second.session


def test_a_new_code_kills_the_one_before(ann: User, settings: Any) -> None:
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    old = code_for(ann.email, settings)
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    client.post(reverse("account_confirm_login_code"), {"code": old})
    assert "_auth_user_id" not in client.session


def test_a_code_dies_of_age(ann: User, settings: Any) -> None:
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    session = client.session
    state = session["account_login"]["state"]["stages"]["login_by_code"]["data"]
    state["at"] -= settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT + 1
    session.save()
    client.post(reverse("account_confirm_login_code"), {"code": code_for(ann.email, settings)})
    assert "_auth_user_id" not in client.session


def queries_of(url: str, values: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as asked:
        Client().post(url, values)
    return len(asked)


@pytest.mark.parametrize("route", ["account_request_login_code", "account_login", "buy"])
def test_a_stranger_s_address_is_as_much_work_as_a_known_one(route: str) -> None:
    """Seconds are compared by `make bench`; here it is what is asked of the database that must not tell."""
    course = factories.small_course()
    for number in range(3):
        factories.user(f"known{number}@example.org")
    url = reverse("payments:buy", args=[course.slug]) if route == "buy" else reverse(route)
    field = "login" if route == "account_login" else "email"
    work = {
        kind: queries_of(url, {field: f"{kind}2@example.org", "agreed": "on", "at_once": "on"})
        for kind in ("warm", "known", "unknown")
    }
    # An unknown address has a contact made for its letter; that savepoint and insert is all.
    assert abs(work["known"] - work["unknown"]) <= 5, work


def medians(ask: Callable[[str], None], timings: int = TIMINGS) -> tuple[float, float]:
    """Seconds that known and unknown addresses take, asked for by turns so that a busy machine slows both alike."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(timings + 2):
        for kind, times in took.items():
            cache.clear()
            begun = time.perf_counter()
            ask(f"{kind}{number}@example.org")
            times.append(time.perf_counter() - begun)
    known, unknown = (statistics.median(times[2:]) for times in took.values())
    return known, unknown


@pytest.fixture
def thirty_known() -> None:
    for number in range(TIMINGS + 2):
        factories.user(f"known{number}@example.org")


@pytest.mark.benchmark
@pytest.mark.usefixtures("thirty_known")
def test_asking_for_a_code_takes_as_long_for_a_stranger() -> None:
    def ask(email: str) -> None:
        assert Client().post(reverse("account_request_login_code"), {"email": email}).status_code == 302

    known, unknown = medians(ask)
    assert abs(known - unknown) < CLOSE_ENOUGH


@pytest.mark.benchmark
@pytest.mark.parametrize("password", [PASSWORD, None])
@pytest.mark.usefixtures("thirty_known")
def test_a_wrong_password_takes_as_long_for_a_stranger(password: str | None) -> None:
    """Hashing takes long, so an account without password must hash as well as an unknown one does."""
    for user in User.objects.filter(email__startswith="known")[:12]:
        user.set_password(password)
        user.save()
    known_ones = iter(User.objects.filter(email__startswith="known").values_list("email", flat=True))

    def ask(email: str) -> None:
        login = next(known_ones) if email.startswith("known") else email
        answer = Client().post(reverse("account_login"), {"login": login, "password": "wrong"})
        assert answer.status_code == 200

    known, unknown = medians(ask, timings=10)
    assert abs(known - unknown) < min(known, unknown) / 2  # not hashing would be the greater part of it


@pytest.mark.benchmark
@pytest.mark.usefixtures("thirty_known")
def test_buying_takes_as_long_for_a_stranger() -> None:
    course: Course = factories.small_course()

    def ask(email: str) -> None:
        url = reverse("payments:buy", args=[course.slug])
        answer = Client().post(url, {"email": email, "agreed": "on", "at_once": "on"})
        assert answer.status_code == 303

    known, unknown = medians(ask)
    assert abs(known - unknown) < CLOSE_ENOUGH


def test_an_authenticator_s_code_works_once(ann: User, settings: Any) -> None:
    secret = "A" * 32
    TOTP.activate(ann, secret)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, ann.email, settings)  # the second step is still to come
        assert "_auth_user_id" not in client.session
        client.post(reverse("mfa_authenticate"), {"code": code})
    assert "_auth_user_id" in first.session
    assert "_auth_user_id" not in second.session
