"""The till in a real browser: by keyboard, without JavaScript, on a phone, and what axe says of each page."""

from typing import Any

import pytest
from playwright.sync_api import expect

from courses.models import Course
from mailing.models import Letter
from payments.models import Attempt, Order
from tests.browser import PHONE
from tests.payments.browsing import BROWSER, code, pay, sound
from tests.payments.world import GOOD, POOR

pytestmark = BROWSER


@pytest.mark.parametrize(("javascript", "dark"), [(True, True), (False, False)])
def test_a_guest_is_declined_tries_again_pays_and_stands_in_the_course(
    browser_page: Any, course: Course, javascript: bool, dark: bool
) -> None:
    page = browser_page(size=PHONE, javascript=javascript, dark=dark)
    page.goto(f"/buy/{course.slug}/")
    page.get_by_role("button", name="Go on to pay 149 USD").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("[name=email]", "ann@example.org")
    page.check("[name=agreed]")
    page.check("[name=at_once]")
    page.get_by_role("button", name="Go on to pay 149 USD").click()
    pay(page, POOR)
    page.get_by_role("link", name="Back without paying").click()
    expect(page.get_by_text("There was not enough money on the card or account.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    pay(page, GOOD)
    expect(page.get_by_role("heading", name="Paid, thank you")).to_be_visible()
    page.get_by_role("button", name="Send me the code").click()
    page.fill("[name=code]", code(page))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/lessons/**")
    assert Order.objects.get().user is not None


def test_each_page_of_the_till_is_sound_for_axe_on_a_phone(browser_page: Any, course: Course) -> None:
    page = browser_page(size=(320, 640))
    page.goto(f"/buy/{course.slug}/")
    sound(page)
    page.get_by_role("button", name="Go on to pay 149 USD").click()
    sound(page)
    page.fill("[name=email]", "ann@example.org")
    page.check("[name=agreed]")
    page.check("[name=at_once]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/_sandbox/**")
    order = Attempt.objects.get().order
    page.goto(f"/orders/{order.key}/cancelled/")
    sound(page)
    page.get_by_role("button", name="Go on paying").click()
    pay(page, GOOD)
    page.get_by_text("Is the address wrong?").click()
    sound(page)
    page.get_by_role("link", name="Open receipt P2026-00001").click()
    sound(page)
    page.goto(Letter.objects.get(revision__step__key="open-your-course").context["button_url"])
    sound(page)
    page.get_by_role("button", name="Open my course").click()
    page.fill("[name=code]", code(page))
    page.get_by_role("button", name="Go on").click()
    page.goto("/orders/")
    sound(page)


def test_the_waiting_page_goes_on_by_itself_when_the_answer_comes(
    browser_page: Any, course: Course, settings: Any
) -> None:
    page = browser_page()
    page.goto(f"/buy/{course.slug}/")
    page.fill("[name=email]", "ann@example.org")
    page.check("[name=agreed]")
    page.check("[name=at_once]")
    page.get_by_role("button", name="Go on to pay 149 USD").click()
    page.wait_for_url("**/_sandbox/**")
    settings.STRIPE_HTTP_CLIENT, settings.STRIPE_API_BASE = "", "http://127.0.0.1:9"
    pay(page, GOOD)
    expect(page.get_by_role("heading", name="Finishing your payment")).to_be_visible()
    sound(page)
    settings.STRIPE_HTTP_CLIENT, settings.STRIPE_API_BASE = "sandbox.doors.Client", ""
    page.get_by_role("heading", name="Paid, thank you").wait_for(timeout=20_000)
