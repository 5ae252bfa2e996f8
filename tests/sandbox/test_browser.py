"""The practice payment in a real browser: by keyboard, without JavaScript, on small screens, read by axe."""

from typing import Any

import pytest
import stripe

from sandbox import doors
from sandbox.models import Object
from tests.browser import DESKTOP, PHONE, axe, overflows
from tests.sandbox.conftest import session_params

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(live_server: Any, settings: Any, transactional_db: None) -> stripe.checkout.Session:
    settings.SITE_URL = live_server.url
    settings.SANDBOX_WEBHOOK_URL = ""
    gateway = stripe.StripeClient("sk_test_sandbox_tests", http_client=doors.Client())
    here = f"{live_server.url}/_sandbox/pay/"
    return gateway.v1.checkout.sessions.create(
        session_params(success_url=here + "{CHECKOUT_SESSION_ID}/?paid=1", cancel_url=here)
    )


def type_card(page: Any, number: str) -> None:
    """By keyboard alone: from the first field to the button."""
    page.locator("[name=email]").focus()
    for text in ("ann@example.org", number, "08 / 29", "123", "Ann Miller"):
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_a_declined_card_then_the_bank_step_by_keyboard_without_javascript(
    browser_page: Any, opened: stripe.checkout.Session
) -> None:
    page = browser_page(size=PHONE, javascript=False)
    page.goto(opened.url)
    type_card(page, "4000000000000002")
    assert page.locator(".errors").inner_text().startswith("There is a problem")
    type_card(page, "4000002500003155")
    page.wait_for_url("**/verify/")
    page.get_by_role("button", name="Pass").press("Enter")
    page.wait_for_url("**/?paid=1")
    assert page.locator("h1").inner_text() == "This is already paid"
    assert Object.objects.filter(type="charge", body__paid=True).count() == 1


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESKTOP, False), ((320, 700), False)])
def test_every_page_of_the_payment_is_clean_for_axe_and_fits(
    browser_page: Any, opened: stripe.checkout.Session, size: tuple[int, int], dark: bool
) -> None:
    page = browser_page(size=size, dark=dark)
    page.goto(opened.url)
    assert (axe(page), overflows(page)) == ([], False)
    type_card(page, "4000000000000002")
    page.locator(".errors").wait_for()
    assert (axe(page), overflows(page)) == ([], False)
    type_card(page, "4000002500003155")
    page.wait_for_url("**/verify/")
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Pass").click()
    page.wait_for_url("**/?paid=1")
    assert (axe(page), overflows(page)) == ([], False)
