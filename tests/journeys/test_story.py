"""The first day of a stranger, from the sales page to the first drip letter and out again, through real processes."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import DESKTOP, PHONE, Pages
from tests.journeys.keyboard import Typist
from tests.journeys.walker import ASKS_THE_BANK, DECLINED, PAYS, Walker

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("who", "email", "how"),
    [
        (Walker, "vera@example.org", {"size": DESKTOP}),
        (Walker, "paul@example.org", {"size": PHONE, "dark": True}),
        (Walker, "nora@example.org", {"size": PHONE, "javascript": False}),
        (Typist, "kay@example.org", {"size": DESKTOP}),
    ],
    ids=["desktop", "phone at night", "without JavaScript", "by keyboard alone"],
)
def test_the_whole_story(pages: Pages, who: type[Walker], email: str, how: dict[str, Any]) -> None:
    she = who(pages, email, **how)
    she.looks_at_the_course()
    she.orders()
    she.pays(ASKS_THE_BANK)
    she.says_yes_to_the_bank()
    she.shows_that_the_address_is_hers()

    she.stands_in("welcome")
    she.is_well_made()
    she.answers_a_question("What is a fair goal", "Fewer and shorter flare-ups")
    she.marks_it_done()
    she.press("Back to my page")
    assert she.state_of("Welcome").startswith("Done ")
    assert she.state_of("Safety first") == "New"
    assert re.fullmatch(r"Opens \w{3} \w{3} \d+, 9:00 in New York", she.state_of("Hurt, harm"))
    she.is_well_made()

    she.moves_the_clock_to_tomorrow_morning()
    she.reads_mail("So what is that thing?")
    she.follows_the_button_of_the_letter()
    she.stands_in("what-a-knot-is")
    she.is_well_made()
    expect(she.page.get_by_role("heading", level=1)).to_have_text("What a knot is")

    she.reads_mail("So what is that thing?")
    she.stops_the_letters()
    she.press("Choose which letters you get")
    expect(she.page.get_by_label("Lesson letters")).not_to_be_checked()
    she.is_well_made()
    she.page.goto("/accounts/profile/")
    expect(she.page.get_by_label("Write to me when a lesson opens")).not_to_be_checked()
    she.is_well_made()

    before = she.mails()
    assert "So what is that thing?" in before
    for _ in range(2):  # the letter of day 3 would come now
        she.moves_the_clock_to_tomorrow_morning()
    she.page.goto("/learn/")
    assert she.state_of("Hurt, harm") == "New"
    # Reminders after quiet days are another kind, which she did not turn off.
    assert [mail for mail in she.mails() if mail != "A two-minute version"] == before


def test_a_declined_card_and_another_try(pages: Pages) -> None:
    he = Walker(pages, "tom@example.org", size=PHONE)
    he.orders()
    he.pays(DECLINED)
    he.is_well_made()
    expect(he.page.locator("main")).to_contain_text("Nothing was charged")
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
    expect(he.page.locator("main")).to_contain_text("Nothing was charged")
    he.page.get_by_role("button", name=re.compile("pay|Pay")).first.click()
    he.pays(PAYS)
    expect(he.page.locator("h1")).to_have_text("Paid, thank you")


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
    she.press("Buy the course for 149 USD")
    she.tick("I’ve read")
    she.tick("Let me in right away")
    she.page.get_by_role("button", name=re.compile("149 USD")).click()
    she.pays(PAYS)
    she.stands_in("welcome")
