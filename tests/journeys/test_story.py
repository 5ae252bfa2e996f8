"""The first day of a stranger, from the sales page to the first drip letter and out again, through real processes."""

import re
from typing import Any

import pytest

from tests.browser import DESKTOP, PHONE, Pages
from tests.journeys.walker import ASKS_THE_BANK, DECLINED, PAYS, Walker

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("email", "how"),
    [
        ("vera@example.org", {"size": DESKTOP}),
        ("paul@example.org", {"size": PHONE, "dark": True}),
        ("nora@example.org", {"size": PHONE, "javascript": False}),
    ],
    ids=["desktop", "phone at night", "without JavaScript"],
)
def test_the_whole_story(pages: Pages, email: str, how: dict[str, Any]) -> None:
    she = Walker(pages, email, **how)
    she.looks_at_the_course()
    she.orders()
    she.pays(ASKS_THE_BANK)
    she.says_yes_to_the_bank()
    she.shows_that_the_address_is_hers()

    she.stands_in("welcome")
    she.is_well_made()
    she.marks_it_done()
    she.page.goto("/learn/")
    assert she.state_of("Welcome").startswith("Done ")
    assert she.state_of("Safety first") == "New"
    assert re.fullmatch(r"Opens \w{3} \w{3} \d+, 9:00 your time", she.state_of("Hurt, harm"))
    she.is_well_made()

    she.moves_the_clock_to_tomorrow_morning()
    she.reads_mail("So what is that thing?")
    she.follows_the_button_of_the_letter()
    she.stands_in("what-a-knot-is")
    she.is_well_made()
    assert she.page.get_by_role("heading", level=1).inner_text() == "What a knot is"

    she.reads_mail("So what is that thing?")
    stop = she.letter_link("Stop")
    she.page.goto(stop)
    she.is_well_made()
    she.page.get_by_role("button", name=re.compile("[Ss]top")).first.click()
    she.page.goto("/accounts/profile/")
    assert not she.page.get_by_label(re.compile("Write to me when a lesson opens")).is_checked()
    she.is_well_made()

    before = she.mails()
    for _ in range(2):  # the letter of day 3 would come now
        she.moves_the_clock_to_tomorrow_morning()
    she.page.goto("/learn/")
    assert she.state_of("Hurt, harm") == "New"
    assert she.mails() == before


def test_a_declined_card_and_another_try(pages: Pages) -> None:
    he = Walker(pages, "tom@example.org", size=PHONE)
    he.orders()
    he.pays(DECLINED)
    he.is_well_made()
    assert "Nothing was charged" in he.page.inner_text("main")
    he.page.get_by_label("Card number").fill("")
    he.pays(PAYS)
    he.shows_that_the_address_is_hers()
    he.stands_in("welcome")


def test_going_back_and_coming_again(pages: Pages) -> None:
    """Cancelled on the pay page: nothing is lost, one tap leads on."""
    he = Walker(pages, "ida@example.org")
    he.orders()
    he.page.get_by_role("link", name=re.compile("[Bb]ack")).first.click()
    he.is_well_made()
    assert "Nothing was charged" in he.page.inner_text("main")
    he.page.get_by_role("button", name=re.compile("pay|Pay")).first.click()
    he.pays(PAYS)
    assert he.page.inner_text("h1") == "Paid, thank you"


def test_who_is_signed_in_stands_in_the_first_lesson_right_after_paying(pages: Pages) -> None:
    she = Walker(pages, "lou@example.org")
    she.page.goto("/accounts/signup/")
    she.page.get_by_label("Email").fill(she.email)
    she.page.get_by_role("button", name="Send me a code").click()
    she.page.get_by_label("Code").fill(she.newest_code("Is this your address?"))
    she.page.get_by_role("button", name="Go on").click()
    she.page.wait_for_url("**/learn/")
    she.is_well_made()
    she.page.goto("/")
    she.presses_buy()
    she.page.get_by_role("checkbox").check()
    she.page.get_by_role("button", name=re.compile("149 USD")).click()
    she.pays(PAYS)
    she.stands_in("welcome")


def test_by_keyboard_alone(pages: Pages) -> None:
    """From the sales page to a finished lesson with Tab, Space and Enter; the focus is always to be seen."""
    she = Walker(pages, "kay@example.org")
    page = she.page
    page.goto("/")
    press_to(page, "Buy the course for 149 USD")
    tab_to(page, "Email")
    page.keyboard.type(she.email)
    tab_to(page, "I’ve read")
    page.keyboard.press("Space")
    press_to(page, "149 USD")
    for label, text in (
        ("Card number", PAYS), ("Expires", "08 / 39"), ("Security code", "123"), ("Name on the card", "Kay Long")
    ):  # fmt: skip
        tab_to(page, label)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/**")
    press_to(page, "Send me the code")
    tab_to(page, "Code")
    page.keyboard.type(she.newest_code())
    page.keyboard.press("Enter")
    she.stands_in("welcome")
    press_to(page, "Mark done", leads_on=False)
    page.get_by_role("button", name="Undo").wait_for()


def tab_to(page: Any, label: str, most: int = 80) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if label in page.evaluate(FOCUSED_NAME):
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    raise AssertionError(f"{label!r} cannot be reached by Tab on {page.url}")


def press_to(page: Any, label: str, *, leads_on: bool = True) -> None:
    tab_to(page, label)
    if not leads_on:
        page.keyboard.press("Enter")
        return
    with page.expect_navigation():
        page.keyboard.press("Enter")


FOCUSED_NAME = """(() => {
  const e = document.activeElement;
  return [...[...(e.labels || [])].map(l => l.innerText), e.innerText || '', e.ariaLabel || ''].join(' ');
})()"""
