"""The practice payment in a real browser: by keyboard, without JavaScript, on small screens, read by axe."""

from typing import Any

import pytest
import stripe
from playwright.sync_api import expect

from sandbox import aftermath, clock, doors
from sandbox.ids import Ids
from sandbox.models import Fault, Object
from tests.browser import DESKTOP, PHONE, axe, overflows
from tests.sandbox.conftest import debit, euros, pay, session_params

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GATEWAY = stripe.StripeClient("sk_test_sandbox_tests", http_client=doors.Client())


@pytest.fixture
def opened(live_server: Any, settings: Any, transactional_db: None) -> stripe.checkout.Session:
    settings.SITE_URL = live_server.url
    settings.SANDBOX_WEBHOOK_URL = ""
    here = f"{live_server.url}/_sandbox/pay/"
    return GATEWAY.v1.checkout.sessions.create(
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
    expect(page.locator("h1")).to_have_text("This is already paid")
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


def test_a_debit_by_keyboard_without_javascript_then_the_owner_lets_the_bank_pay(
    browser_page: Any, live_server: Any, opened: stripe.checkout.Session
) -> None:
    here = f"{live_server.url}/_sandbox/pay/"
    session = GATEWAY.v1.checkout.sessions.create(euros(success_url=here + "{CHECKOUT_SESSION_ID}/?paid=1"))
    page = browser_page(size=PHONE, javascript=False)
    page.goto(session.url)
    page.get_by_role("link", name="Bank account").press("Enter")
    page.locator("[name=email]").focus()
    for text in ("ann@example.org", "AT32 1904 3002 3547 3204", "Ann Miller"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?paid=1")
    expect(page.locator("h1")).to_have_text("Your bank is confirming")
    page.get_by_role("link", name="Owner’s view").press("Enter")
    page.get_by_role("button", name="The bank pays now").press("Enter")
    page.get_by_text("Done. The shop is told in a moment.").wait_for()
    expect(page.locator("h2 .badge")).to_have_text("Paid")
    assert Object.objects.get(key=session.id).body["payment_status"] == "paid"


SIZES = [(PHONE, True), (PHONE, False), (DESKTOP, True), (DESKTOP, False), ((320, 700), False)]


@pytest.mark.parametrize(("size", "dark"), SIZES)
def test_the_owner_s_view_is_clean_for_axe_and_fits(
    browser_page: Any,
    live_server: Any,
    opened: stripe.checkout.Session,
    settings: Any,
    size: tuple[int, int],
    dark: bool,
) -> None:
    settings.SANDBOX_WEBHOOK_URL = f"{live_server.url}/nowhere/"
    now = clock.now()
    debit(GATEWAY.v1.checkout.sessions.create(euros()).id, "AT321904300235473204", now=now)
    for number in ("4000000000000002", "4242424242424242"):
        pay(opened.id, number, now=now)
    charge = Object.objects.filter(type="charge", body__paid=True).get().key
    GATEWAY.v1.refunds.create({"charge": charge, "amount": 100})
    aftermath.dispute(key=charge, reason="general", inquiry=True, ids=Ids(), now=now)
    Fault.objects.create(kind=Fault.Kind.DELAY, seconds=30)
    page = browser_page(size=size, dark=dark)
    for path in ("", "events/", "troubles/"):
        page.goto(f"/_sandbox/{path}")
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        assert (path, axe(page), overflows(page)) == (path, [], False)


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESKTOP, False), ((320, 700), False)])
def test_the_debit_page_and_the_page_of_nothing_to_pay_are_clean_for_axe_and_fit(
    browser_page: Any, opened: stripe.checkout.Session, size: tuple[int, int], dark: bool
) -> None:
    page = browser_page(size=size, dark=dark)
    page.goto(f"{GATEWAY.v1.checkout.sessions.create(euros()).url}?by=sepa_debit")
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Pay").click()
    page.locator(".errors").wait_for()
    assert (axe(page), overflows(page)) == ([], False)
    free = session_params()
    free["line_items"][0]["price_data"]["unit_amount"] = 0
    page.goto(GATEWAY.v1.checkout.sessions.create(free).url)
    assert (page.locator("h1").inner_text(), axe(page), overflows(page)) == ("Nothing to pay", [], False)
