"""A gift from one browser to another: bought, passed on, opened; on a phone, by keyboard, without JavaScript."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from courses.models import Course, Grant
from mailing.models import Letter
from payments.models import Gift
from tests.browser import DESKTOP, PHONE
from tests.payments.browsing import BROWSER, code, pay, sound_day_and_night
from tests.payments.world import GOOD

pytestmark = BROWSER


def fill_in(page: Any) -> None:
    page.get_by_label("Your email address").fill("gina@example.org")
    page.get_by_label("Your name").fill("Gina Long")
    page.get_by_label("Their name").fill("Ben")
    page.get_by_label("A few words from you").fill("Dear Ben,\ntry this with me?")


def opens_it(page: Any, email: str = "ben@example.org") -> None:
    """Somebody new on the gift's page: address, code, the one button, lesson 1."""
    page.get_by_label("Your email address").fill(email)
    page.get_by_role("button", name="Send me a sign-in code").click()
    page.get_by_label("Code").fill(code(page))
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Open my gift").click()
    page.wait_for_url("**/lessons/lesson-1-1/")


@pytest.mark.parametrize("javascript", [True, False])
def test_57_one_browser_gives_and_another_opens_and_stands_in_lesson_1(
    browser_page: Any, course: Course, javascript: bool
) -> None:
    giver, reader = (browser_page(size=PHONE, javascript=javascript) for _ in range(2))
    giver.goto(f"/buy/{course.slug}/gift/")
    fill_in(giver)
    giver.get_by_role("button", name="Show it with my words").click()
    expect(giver.locator("#preview").get_by_text("From Gina Long")).to_be_visible()
    giver.get_by_role("button", name="Go on to pay 149 USD").click()  # the tick was forgotten
    expect(giver.get_by_role("alert")).to_be_visible()
    giver.check("[name=agreed]")
    giver.get_by_role("button", name="Go on to pay 149 USD").click()
    pay(giver, GOOD)
    shown = giver.locator("#code").inner_text()
    giver.reload()
    assert giver.locator("#code").inner_text() == shown == Gift.objects.get().code
    assert giver.get_by_role("button", name="Copy the code").is_visible() is javascript

    reader.goto("/gifts/")
    reader.get_by_label("The code").fill(shown.lower().replace("-", " "))
    reader.get_by_role("button", name="See my gift").click()
    expect(reader.get_by_role("heading", name="A gift for Ben")).to_be_visible()
    opens_it(reader)
    assert Grant.objects.get().source == f"gift:{Gift.objects.get().pk}"
    giver.reload()
    expect(giver.get_by_role("heading", name="Your gift has been opened")).to_be_visible()


def test_57_a_mailed_gift_is_opened_by_its_letter_after_a_scanner_looked(
    browser_page: Any, course: Course
) -> None:
    giver, scanner, reader = browser_page(size=DESKTOP), browser_page(), browser_page(size=PHONE, dark=True)
    giver.goto(f"/buy/{course.slug}/gift/")
    expect(giver.get_by_label("Their email address")).to_be_hidden()
    fill_in(giver)
    giver.get_by_text("You write to them").click()
    giver.get_by_label("Their email address").fill("ben@example.org")
    giver.locator("#preview").get_by_text("A letter called “A gift from Gina Long”").wait_for()
    giver.check("[name=agreed]")
    giver.get_by_role("button", name="Go on to pay 149 USD").click()
    pay(giver, GOOD)
    expect(giver.get_by_text("I’ve written to ben@example.org.")).to_be_visible()
    link = Letter.objects.get(revision__step__key="gift-for-you").context["button_url"]
    scanner.goto(link)
    reader.goto(link)
    opens_it(reader, "ben.other@example.org")


def test_57_all_of_it_goes_by_keyboard(browser_page: Any, course: Course) -> None:
    page = browser_page()
    page.goto(f"/buy/{course.slug}/gift/")
    page.get_by_label("Your email address").focus()
    for typed in ("gina@example.org", "Gina", "Ben", "Try this"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # "You write to them"
    page.keyboard.press("Tab")
    page.keyboard.type("ben@example.org")
    page.get_by_label(re.compile("I’ve read")).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/_sandbox/**")
    gift = Gift.objects.select_related("recipient").get()
    assert gift.recipient is not None
    assert (gift.giver_name, gift.recipient_name, gift.message, gift.recipient.email) == (
        "Gina",
        "Ben",
        "Try this",
        "ben@example.org",
    )


def test_each_page_of_a_gift_is_sound_for_axe(browser_page: Any, course: Course) -> None:
    page = browser_page(size=PHONE)
    page.goto(f"/buy/{course.slug}/gift/?code=NONE")
    sound_day_and_night(page)
    page.get_by_text("You write to them").click()
    page.get_by_role("button", name="Go on to pay 149 USD").click()
    sound_day_and_night(page)
    fill_in(page)
    page.get_by_label("Their email address").fill("ben@example.org")
    page.get_by_label("Your code").fill("")
    page.check("[name=agreed]")
    page.get_by_role("button", name="Go on to pay 149 USD").click()
    page.wait_for_url("**/_sandbox/**")
    order = Gift.objects.get().order
    page.goto(f"/orders/{order.key}/cancelled/")
    sound_day_and_night(page)
    page.get_by_role("button", name="Go on paying").click()
    pay(page, GOOD)
    page.get_by_text("Has it not arrived?").click()
    sound_day_and_night(page)
    page.get_by_role("link", name="Print a gift card").click()
    sound_day_and_night(page)
    reader = browser_page(size=PHONE)
    reader.goto("/gifts/")
    reader.get_by_label("The code").fill("nothing")
    reader.get_by_role("button", name="See my gift").click()
    sound_day_and_night(reader)
    for path in ("/gifts/nothing/", f"/gifts/{Gift.objects.get().code}/"):
        reader.goto(path)
        sound_day_and_night(reader)
    opens_it(reader)
    reader.goto(f"/gifts/{Gift.objects.get().code}/")
    sound_day_and_night(reader)
    page.goto(f"/gifts/{Gift.objects.get().code}/")
    sound_day_and_night(page)
