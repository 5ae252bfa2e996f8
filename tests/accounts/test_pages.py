"""The account pages that a walk through the site does not reach, in a real browser: legible, and not sideways."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import User
from tests.browser import PHONE, axe, overflows

pytestmark = [
    pytest.mark.browser,
    pytest.mark.anywhere,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_letters"),
]


def assert_well(page: Any, heading: str) -> None:
    assert page.locator("h1").inner_text() == heading
    assert axe(page) == []
    assert not overflows(page)


@pytest.mark.parametrize("dark", [False, True])
def test_showing_that_it_is_you(browser_page: Any, ann: User, dark: bool) -> None:
    page = browser_page(size=PHONE, user=ann, dark=dark)
    page.goto(reverse("account_set_password"))
    assert_well(page, "Show that it is you")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill("AAAA-AAAA")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("alert").wait_for()
    assert_well(page, "Show that it is you")


@pytest.mark.parametrize("dark", [False, True])
def test_with_a_second_factor(browser_page: Any, ann: User, dark: bool) -> None:
    Authenticator.objects.create(user=ann, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    page = browser_page(size=PHONE, user=ann, dark=dark)
    page.goto(reverse("mfa_index"))
    assert_well(page, "Passkeys and two-step sign-in")
    page.goto(reverse("account_email"))
    assert_well(page, "Show that it is you")
    page.goto(reverse("mfa_list_webauthn"))
    assert_well(page, "Your passkeys")


def test_with_a_password(browser_page: Any, ann: User) -> None:
    ann.set_password("a quiet blue kettle")
    ann.save()
    page = browser_page(size=PHONE, user=ann)
    page.goto(reverse("account_change_password"))
    assert_well(page, "Change your password")
    page.goto(reverse("account_email"))
    assert_well(page, "Show that it is you")
    page.get_by_label("Password").fill("a quiet blue kettle")
    page.get_by_role("button", name="Go on").click()
    assert_well(page, "Email address")
    page.goto(reverse("usersessions_list"))
    assert_well(page, "Where you’re signed in")
