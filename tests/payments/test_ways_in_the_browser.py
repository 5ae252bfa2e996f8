"""Choosing before paying, in a real browser: what a changed choice shows, by keyboard, without JavaScript, for axe."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import Course, Price
from payments import again, settlement
from payments.models import Attempt, Coupon, Order
from tests import factories
from tests.browser import ALL_LOOKS, PHONE, faults
from tests.payments import shop
from tests.payments.browsing import BROWSER
from tests.payments.world import World

pytestmark = BROWSER
DAY = dt.timedelta(days=1)


@pytest.fixture
def course(db: None, now: dt.datetime) -> Course:
    """On sale, with a second way to pay and codes."""
    made = factories.small_course(sale_minor=9900, sale_from=now - DAY, sale_until=now + DAY, refund_days=30)
    made.sections.create(key="price", position=1, heading="One course, no hurry")
    Price.objects.create(
        course=made, key="three", title="Three monthly payments", payments=3, amount_minor=5200,
        note="For whoever would rather not pay at once.",
    )  # fmt: skip
    for code, percent in (("SPRING10", 10), ("ALL", 100)):
        Coupon.objects.create(code=code, percent=percent, created_at=now)
    return made


def main_button(page: Any) -> str:
    text: str = page.locator("#pay button").inner_text()
    return text


def test_a_changed_choice_shows_what_it_costs_and_loses_nothing_typed(
    browser_page: Any, course: Course
) -> None:
    page = browser_page(size=PHONE)
    page.goto("/buy/knots/")
    assert main_button(page) == "Go on to pay 99 USD"
    page.fill("[name=email]", "ann@example.org")
    page.check("[name=may_remind]")
    page.get_by_label("Three monthly payments").check()
    page.get_by_role("button", name="Go on to pay 52 USD today").wait_for()
    expect(page.locator("#order").get_by_text("January 20, 2027")).to_be_visible()
    assert page.input_value("[name=email]") == "ann@example.org" and page.is_checked("[name=may_remind]")
    assert page.evaluate("document.activeElement.value") == "three"
    page.check("[name=agreed]")
    page.check("[name=at_once]")
    page.get_by_role("button", name="Go on to pay 52 USD today").click()
    page.wait_for_url("**/_sandbox/**")
    assert Order.objects.get().instalments == 3


def test_without_javascript_a_button_shows_it_and_nobody_pays_unseen(
    browser_page: Any, course: Course
) -> None:
    page = browser_page(javascript=False)
    page.goto("/buy/knots/")
    page.fill("[name=email]", "ann@example.org")
    page.get_by_label("Three monthly payments").check()
    page.get_by_role("button", name="Show what I pay").click()
    assert main_button(page) == "Go on to pay 52 USD today"
    page.get_by_label("All at once").check()
    page.check("[name=agreed]")
    page.check("[name=at_once]")
    page.get_by_role("button", name="Go on to pay 52 USD today").click()
    expect(page.get_by_text("Please look once more")).to_be_visible()
    page.get_by_role("button", name="Go on to pay 99 USD").click()
    page.wait_for_url("**/_sandbox/**")
    assert Order.objects.get().amount_minor == 9900


def test_by_keyboard_enter_is_the_main_button_and_a_code_is_used_with_its_own(
    browser_page: Any, course: Course
) -> None:
    page = browser_page()
    page.goto("/buy/knots/")
    page.focus("[name=email]")
    page.keyboard.type("ann@example.org")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()  # the boxes are not ticked: it was the main button
    page.get_by_text("I have a code").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("spring-10")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert main_button(page) == "Go on to pay 89.10 USD"
    expect(page.get_by_text("Your code works")).to_be_visible()
    assert page.input_value("[name=email]") == "ann@example.org"


def test_each_page_before_paying_is_sound_for_axe(browser_page: Any, course: Course, world: World) -> None:
    page = browser_page()
    for path in ("/courses/knots/", "/courses/", "/buy/knots/?price=three", "/buy/knots/?code=all"):
        page.goto(path)
        assert faults(page, ALL_LOOKS) == []
    page.goto("/buy/knots/?code=nonsense")
    page.locator("#pay button").click()
    page.get_by_role("alert").wait_for()
    assert faults(page, ALL_LOOKS) == []


def test_the_pages_of_a_letters_link_are_sound_for_axe(
    browser_page: Any, course: Course, world: World, now: dt.datetime
) -> None:
    attempt = shop.begin(course, now=now, code="SPRING10")
    world.at(attempt.expires_at)
    settlement.settle(attempt=attempt, now=world.now)
    page = browser_page()
    page.goto(reverse("payments:again", args=[again.token(attempt.order)]))
    assert faults(page, ALL_LOOKS) == []
    Coupon.objects.filter(code="SPRING10").update(most=0)
    page.get_by_role("button", name="Go on paying").click()
    page.get_by_text("others have used your code up").wait_for()
    assert faults(page, ALL_LOOKS) == []
    page.get_by_role("link", name="See the price").click()
    assert main_button(page) == "Go on to pay 99 USD"
    assert Attempt.objects.count() == 1
