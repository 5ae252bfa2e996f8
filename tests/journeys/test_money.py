"""What money does after and instead of one card: debits, months, gifts, codes, refunds, disputes; in real processes.

Each person is new, so that all share one site. Time passes by its clock alone, which only goes forward.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import PHONE, Pages
from tests.journeys.desk import Coach, World
from tests.journeys.keyboard import Typist
from tests.journeys.walker import COURSE, PAYS, Walker

pytestmark = pytest.mark.browser
PAYS_LATE, REFUSED_LATE = "AT32 1904 3002 3547 3204", "AT05 1904 3002 3547 3205"
MONTHLY = "Three monthly payments"


@pytest.fixture
def world(pages: Pages) -> World:
    return World(pages, size=PHONE)


@pytest.fixture
def coach(pages: Pages) -> Coach:
    return Coach(pages, size=PHONE)


@pytest.fixture
def euros(coach: Coach) -> Iterator[None]:
    """Bank debits are in euros, so the coach sells in euros for a while."""
    coach.sells_in("eur")
    yield
    coach.sells_in("usd")


@pytest.mark.usefixtures("euros")
def test_a_debit_is_waited_for_and_arrives(pages: Pages, world: World) -> None:
    she = Typist(pages, "dora@example.org", size=PHONE)
    she.asks_axe = True
    she.orders(button="149 EUR")
    she.pays_by_debit(PAYS_LATE)
    expect(she.page.locator("h1")).to_have_text("Your bank is confirming")
    she.is_well_made()
    assert "Your course is ready to open" not in she.mails()
    world.moves_the_clock_by("3 minutes")
    she.press("Look again")
    she.shows_that_the_address_is_hers()
    she.stands_in("welcome")
    she.reads_mail("Your receipt")


@pytest.mark.usefixtures("euros")
def test_a_debit_that_fails_and_another_try_by_card(pages: Pages, world: World) -> None:
    he = Walker(pages, "emil@example.org", size=PHONE)
    he.orders(button="149 EUR")
    he.pays_by_debit(REFUSED_LATE)
    expect(he.page.locator("h1")).to_have_text("Your bank is confirming")
    he.is_well_made()
    world.moves_the_clock_by("3 minutes")
    he.press("Look again")
    expect(he.page.locator("h1")).to_have_text("Nothing was charged")
    expect(he.page.get_by_role("alert")).to_contain_text("There was not enough money")
    he.is_well_made()
    he.reads_mail("Your payment didn’t go through")
    he.follows_the_button_of_the_letter()
    he.is_well_made()
    he.press("Try again|Go on paying")
    he.pays(PAYS)
    he.shows_that_the_address_is_hers()
    he.stands_in("welcome")


def test_three_monthly_payments_and_then_no_more(pages: Pages, world: World) -> None:
    she = Typist(pages, "mona@example.org", size=PHONE)
    she.asks_axe = True
    she.orders(how=MONTHLY, button="52 USD")
    she.pays(PAYS)
    she.shows_that_the_address_is_hers()
    she.stands_in("welcome")
    she.comes_to_see("/orders/", "52 USD of 156 USD paid so far")
    expect(she.page.locator("main ol li")).to_have_count(3)
    expect(she.page.locator("main ol li", has_text="Comes on ")).to_have_count(2)
    for paid in ("104 USD of 156 USD paid so far", "All payments are made. Nothing more is taken."):
        world.moves_the_clock_by("1 month")
        she.comes_to_see("/orders/", paid)
    she.reads_mail("Payment 3 of 3 has arrived")
    world.moves_the_clock_by("1 month")
    expect(world.payments_of(she.email)).to_have_count(3)
    she.comes_to_see("/orders/", "All payments are made. Nothing more is taken.")
    she.press("Go to my course")
    she.page.wait_for_url("**/lessons/**")


def test_a_gift_goes_by_mail_from_one_browser_to_another(pages: Pages) -> None:
    giver = Walker(pages, "gina@example.org", size=PHONE)
    giver.gives_to("Gus", "gus@example.org")
    giver.pays(PAYS)
    expect(giver.page.locator("main")).to_contain_text("I’ve written to gus@example.org.")
    giver.is_well_made()

    reader = Walker(pages, "gus@example.org", size=PHONE, dark=True)
    reader.reads_mail("A gift from Gina Long")
    reader.follows_the_button_of_the_letter()
    expect(reader.page.locator("h1")).to_have_text("A gift for Gus")
    reader.is_well_made()
    reader.write("Your email address", reader.email)
    reader.press("Send me a sign-in code")
    reader.write("Code", reader.newest_code())
    reader.press("Go on")
    reader.is_well_made()
    reader.press("Open my gift")
    reader.stands_in("welcome")
    giver.page.reload()
    expect(giver.page.locator("h1")).to_have_text("Your gift has been opened")
    giver.is_well_made()
    giver.reads_mail("Your gift has been opened")


def test_a_code_takes_a_part_off_or_all_of_it(pages: Pages, coach: Coach) -> None:
    coach.makes_a_coupon("SPRING10", 10)
    coach.makes_a_coupon("ALLOFIT", 100)

    she = Walker(pages, "cora@example.org", size=PHONE)
    she.orders(code="spring-10", button="134.10 USD")
    she.pays(PAYS)
    she.shows_that_the_address_is_hers()
    she.stands_in("welcome")
    she.comes_to_see("/orders/", "134.10 USD")
    she.press("^Open ?receipt")
    expect(she.page.locator("main")).to_contain_text("SPRING10")
    expect(she.page.locator("main")).to_contain_text("14.90 USD")
    she.is_well_made()

    he = Walker(pages, "carl@example.org", size=PHONE)
    he.orders(code="all of it", button="Start now, it’s free")
    he.shows_that_the_address_is_hers("Thank you")
    he.stands_in("welcome")
    he.comes_to_see("/orders/", "Nothing was paid")


def test_money_given_back_ends_access_and_what_was_done_is_there_again(pages: Pages, coach: Coach) -> None:
    she = Walker(pages, "rita@example.org", size=PHONE)
    she.orders()
    she.pays(PAYS)
    she.shows_that_the_address_is_hers()
    she.stands_in("welcome")
    she.marks_it_done()
    lesson = she.page.url

    coach.gives_the_money_back_to(she.email)
    she.comes_to_see("/orders/", "What you did in the course is kept.")
    she.reads_mail("Your money is on its way back")
    she.page.goto(lesson)
    she.is_well_made()
    expect(she.page.get_by_role("button", name="Mark done")).to_have_count(0)
    she.orders(signed_in=True)
    she.pays(PAYS)
    she.page.wait_for_url("**/lessons/**")
    she.page.goto("/learn/")
    assert she.state_of("Welcome").startswith("Done ")


def test_while_a_bank_looks_into_it_the_course_rests(pages: Pages, world: World, coach: Coach) -> None:
    he = Walker(pages, "dino@example.org", size=PHONE)
    he.orders()
    he.pays(PAYS)
    he.shows_that_the_address_is_hers()
    he.stands_in("welcome")

    world.lets_happen("The buyer disputes it", to=he.email)
    he.comes_to_see("/orders/", "A bank is looking into this payment")
    he.comes_to_see(f"/courses/{COURSE}/", "A bank is looking into the payment.")
    coach.opens_the_order_of(he.email)
    expect(coach.page.locator("main")).to_contain_text("the bank took the money for now and wants an answer")
    world.lets_happen("Answer with evidence", to=he.email)
    world.lets_happen("Decide: won", to=he.email)
    he.comes_to_see("/learn/", "Welcome")
    coach.opens_the_order_of(he.email)
    expect(coach.page.locator("main")).to_contain_text("decided for us, the money is back")
