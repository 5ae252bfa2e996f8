"""One person on the way through the whole site, in one browser; each method is a step of the story."""

import re
import time
from typing import Any

from tests.browser import PHONE, Pages, axe, overflows

USED: set[str] = set()  # mails whose code was typed: it works once, so the next one is another mail
COURSE = "knots-in-your-back-gone"
PAYS, ASKS_THE_BANK, DECLINED = "4242424242424242", "4000002500003155", "4000000000000002"


class Walker:
    def __init__(self, pages: Pages, email: str, **how: Any) -> None:
        self.email = email
        self.javascript = how.get("javascript", True)
        self.page = pages(**how)
        self.post = pages(size=PHONE)  # the mailbox, in a browser of its own
        self.post.set_extra_http_headers({})

    def looks_at_the_course(self) -> None:
        self.page.goto("/")
        self.is_well_made()
        assert "results vary" in self.page.inner_text("main")

    def orders(self) -> None:
        self.page.goto("/")
        self.presses_buy()
        self.page.get_by_label("Email").fill(self.email)
        self.page.get_by_role("checkbox").check()
        self.is_well_made()
        self.page.get_by_role("button", name=re.compile("149 USD")).click()

    def presses_buy(self) -> None:
        self.page.locator("a, button").filter(has_text="Buy the course for 149 USD").first.click()

    def pays(self, card: str) -> None:
        page = self.page
        self.is_well_made()
        assert page.get_by_label("Card number").count(), page.inner_text("main")
        page.get_by_label("Card number").fill(card)
        page.get_by_label("Expires").fill("08 / 39")
        page.get_by_label("Security code").fill("123")
        page.get_by_label("Name on the card").fill("Vera Long")
        page.get_by_role("button", name=re.compile("^Pay")).click()

    def says_yes_to_the_bank(self) -> None:
        self.is_well_made()
        self.page.get_by_role("button", name=re.compile("^Pass")).click()

    def shows_that_the_address_is_hers(self) -> None:
        page = self.page
        assert page.inner_text("h1") == "Paid, thank you"
        self.is_well_made()
        page.get_by_role("button", name="Send me the code").click()
        self.is_well_made()
        page.get_by_label("Code").fill(self.newest_code())
        page.get_by_role("button", name="Go on").click()

    def newest_code(self, subject: str = "Your sign-in code") -> str:
        self.reads_mail(subject, unused=True)
        text = self.post.frame_locator("iframe").locator("body").inner_text()
        found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", text)
        assert found, text
        return found[0]

    def reads_mail(self, subject: str, *, unused: bool = False, seconds: int = 20) -> None:
        """Open the newest mail with this subject to her address, waiting for it a little."""
        for _ in range(seconds * 2):
            self.post.goto(f"/_mailbox/?to={self.email}")
            mail = self.post.get_by_role("link", name=subject).first
            address = mail.get_attribute("href") if mail.count() else None
            if address and not (unused and address in USED):
                USED.update([address] if unused else [])
                mail.click()
                return
            time.sleep(0.5)
        raise AssertionError(f"No mail {subject!r} to {self.email}: {self.post.inner_text('main')}")

    def mails(self) -> list[str]:
        """Subjects of all mails to her, newest first."""
        self.post.goto(f"/_mailbox/?to={self.email}")
        return [text.strip() for text in self.post.locator("main ul.stack a").all_inner_texts()]

    def follows_the_button_of_the_letter(self) -> None:
        frame = self.post.frame_locator("iframe")
        self.page.goto(frame.locator("a.button").first.get_attribute("href"))

    def letter_link(self, words: str) -> str:
        href: str = (
            self.post.frame_locator("iframe").get_by_role("link", name=words).first.get_attribute("href")
        )
        return href

    def moves_the_clock_to_tomorrow_morning(self) -> None:
        self.post.goto("/_mailbox/")
        self.post.get_by_role("button", name=re.compile("tomorrow")).click()

    def stands_in(self, lesson: str) -> None:
        self.page.wait_for_url(f"**/courses/{COURSE}/lessons/{lesson}/**")

    def marks_it_done(self) -> None:
        self.page.get_by_role("button", name="Mark done").first.click()
        if self.javascript:
            self.page.get_by_role("button", name="Undo").wait_for()

    def state_of(self, title: str) -> str:
        """What the outline says of a lesson."""
        row = self.page.locator(".outline li", has_text=title).first
        return " ".join(row.locator(".state b").inner_text().split())

    def is_well_made(self) -> None:
        """No axe violation, no sideways scroll. (Console and policy noise is heard by Pages.)"""
        self.page.wait_for_load_state()
        if self.javascript:
            assert axe(self.page) == []
        assert not overflows(self.page)
