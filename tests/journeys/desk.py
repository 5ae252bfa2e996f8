"""The other side of the story: the coach at the desk, and the world outside the shop, played in the owner's view."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser import Pages
from tests.journeys.walker import Walker

SIGNED_IN: dict[str, list[Any]] = {}  # cookies, by the site they are of


class World(Walker):
    """Banks, payment company and calendar of the practice site; whoever plays them is not signed in."""

    def __init__(self, pages: Pages, **how: Any) -> None:
        super().__init__(pages, "nobody@example.org", **how)

    def moves_the_clock_by(self, span: str) -> None:
        self.page.goto("/_sandbox/")
        self.press(f"{span}$")
        expect(self.page.get_by_role("status")).to_contain_text("The clock now shows")
        self.is_well_made()

    def lets_happen(self, words: str, *, to: str) -> None:
        """Press a button of the newest payment of an address; where it is folded away, unfold it first."""
        self.page.goto("/_sandbox/")
        payment = self.payments_of(to).first
        button = payment.get_by_role("button", name=re.compile(words))
        expect(button.or_(payment.locator("summary")).first).to_be_visible()
        if not button.is_visible():
            payment.locator("summary").click()
        button.click()
        expect(self.page.get_by_role("status")).to_contain_text("Done.")
        self.is_well_made()

    def payments_of(self, email: str) -> Any:
        return self.page.locator("main .desk-list > li", has_text=email)


class Coach(Walker):
    """Ines, whom the practice site has from the beginning. She signs in once a site: codes are counted."""

    def __init__(self, pages: Pages, **how: Any) -> None:
        super().__init__(pages, "ines@example.org", **how)
        if pages.url in SIGNED_IN:
            self.page.context.add_cookies(SIGNED_IN[pages.url])
            return
        self.signs_in()
        SIGNED_IN[pages.url] = self.page.context.cookies()

    def makes_a_coupon(self, code: str, percent: int) -> None:
        self.page.goto("/desk/payments/coupon/add/")
        self.is_well_made()
        self.page.get_by_label("Code").fill(code)
        self.page.get_by_label("Percent").fill(str(percent))
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.get_by_text("was added successfully")).to_be_visible()
        self.is_well_made()

    def sells_in(self, currency: str) -> None:
        self.page.goto("/desk/courses/course/")
        self.page.locator("#result_list tbody a", has_text="Knots In Your Back Gone").first.click()
        self.page.get_by_label("Currency").fill(currency)
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.get_by_text("was changed successfully")).to_be_visible()

    def opens_the_order_of(self, email: str) -> None:
        self.page.goto(f"/desk/payments/order/?q={email}")
        self.is_well_made()
        self.page.locator("#result_list tbody th a").first.click()
        expect(self.page.locator("h1").last).to_contain_text("Order ")
        self.is_well_made()

    def gives_the_money_back_to(self, email: str) -> None:
        self.opens_the_order_of(email)
        self.press("Give money back")
        self.shows_anew_that_it_is_she_if_asked()
        self.is_well_made()
        self.page.get_by_label("Reason").fill("Asked for it")
        self.press("Go on")
        expect(self.page.locator("main")).to_contain_text("access to Knots In Your Back Gone ends today")
        self.is_well_made()
        self.press("^Give back ")
        expect(self.page.get_by_text("was given back.").first).to_be_visible()
        self.is_well_made()

    def shows_anew_that_it_is_she_if_asked(self) -> None:
        """Not within five minutes after she signed in."""
        title = self.page.locator("h1").last
        expect(title).to_have_text(re.compile("^Show that it is you|^Give money back"))
        if "Show" in title.inner_text():
            self.is_well_made()
            self.press("^Send me a code")
            self.write("Code", self.newest_code())
            self.press("^Go on")
