"""Every form needs the token that its page gave out (SE-5); four doors are for machines that have none."""

from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.test_routes import ROUTES, Row, desk_urls

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db]
FOR_MACHINES = {"mailing:stop", "mailing:provider_events", "payments:webhook", "sandbox:api"}


@pytest.fixture
def strict(ines: User) -> Client:
    """The one with the most rights: what is refused to her is refused for the token alone."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ines)
    return client


def routes() -> list[Any]:
    return [pytest.param(name, rows[0], id=name) for name, rows in ROUTES.items()]


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(("name", "row"), routes())
def test_a_post_without_token_is_refused(
    name: str, row: Row, signed_in: bool, house: dict[str, str], strict: Client
) -> None:
    client = strict if signed_in else Client(enforce_csrf_checks=True)
    url = reverse(name, args=[house.get(arg, arg) for arg in row.args])
    answer = client.post(url, {"email": "a@example.org", "name": "x"})
    assert is_csrf_refusal(answer) == (name not in FOR_MACHINES)


def is_csrf_refusal(answer: Any) -> bool:
    names = [template.name for template in answer.templates]
    return answer.status_code == 403 and "403_csrf.html" in names


@pytest.mark.parametrize("url", desk_urls())
def test_the_desk_refuses_a_post_without_token(url: str, strict: Client) -> None:
    assert is_csrf_refusal(strict.post(url, {"title": "x"}))


@pytest.mark.parametrize("token", ["", "x", "x" * 32, "x" * 64])
def test_a_token_of_ones_own_making_is_refused(token: str, strict: Client, ines: User) -> None:
    form = {"name": "Changed", "time_zone": "Europe/Berlin", "csrfmiddlewaretoken": token}
    assert is_csrf_refusal(strict.post(reverse("accounts:profile"), form))
    ines.contact.refresh_from_db()
    assert ines.contact.name == "Ines"


def test_the_page_s_own_token_is_taken(strict: Client, ines: User) -> None:
    strict.get(reverse("accounts:profile"))
    token = strict.cookies[site.CSRF_COOKIE_NAME].value
    form = {"name": "Changed", "time_zone": "Europe/Berlin", "csrfmiddlewaretoken": token}
    assert strict.post(reverse("accounts:profile"), form).status_code == 302
    ines.contact.refresh_from_db()
    assert ines.contact.name == "Changed"


def test_a_foreign_origin_is_refused_even_with_the_token(strict: Client) -> None:
    strict.get(reverse("accounts:profile"))
    token = strict.cookies[site.CSRF_COOKIE_NAME].value
    form = {"name": "Changed", "time_zone": "Europe/Berlin", "csrfmiddlewaretoken": token}
    answer = strict.post(reverse("accounts:profile"), form, HTTP_ORIGIN="https://evil.example")
    assert is_csrf_refusal(answer)
