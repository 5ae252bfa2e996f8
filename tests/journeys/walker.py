"""One person on the way through the whole site, in one browser; each method is a step of the story."""

import re
import time
from typing import Any

from playwright.sync_api import expect

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
        expect(self.page.locator("main")).to_contain_text("results vary")

    def orders(
        self, *, how: str = "", code: str = "", signed_in: bool = False, button: str = "149 USD"
    ) -> None:
        """From the sales page to the page that takes the payment. `how` to pay, if not all at once; a `code`."""
        self.page.goto("/")
        self.press("^(Buy the course|Come back) for 149 ")
        if code:
            self.press("I have a code", stays=True)
            self.write("Your code", code)
            self.press("Use the code")
            expect(self.page.get_by_text("Your code works")).to_be_visible()
        if how:
            self.choose("How would you like to pay", how)
            expect(self.page.locator("#pay")).to_contain_text(button)
        if not signed_in:
            self.write("Email", self.email)
        self.tick("I’ve read")
        if self.page.get_by_label("Let me in right away").count():
            self.tick("Let me in right away")
        self.is_well_made()
        self.press(f"{button}( today)?$")

    def pays(self, card: str) -> None:
        self.is_well_made()
        assert self.page.get_by_label("Card number").count(), self.page.inner_text("main")
        self.write("Card number", card)
        self.write("Expires", "08 / 39")
        self.write("Security code", "123")
        self.write("Name on the card", "Vera Long")
        self.press("^Pay")

    def pays_by_debit(self, iban: str) -> None:
        self.is_well_made()
        self.press("Bank account")
        self.is_well_made()
        self.write("IBAN", iban)
        self.write("Name of the account", "Vera Long")
        self.press("^Pay")

    def says_yes_to_the_bank(self) -> None:
        self.is_well_made()
        self.press("^Pass")

    def gives_to(self, name: str, email: str) -> None:
        """Buy the course for somebody who shall get it by mail."""
        self.page.goto(f"/buy/{COURSE}/gift/")
        self.write("Your email address", self.email)
        self.write("Your name", "Gina Long")
        self.write("Their name", name)
        self.write("A few words from you", "Shall we try this together?")
        self.choose("How does it get to them", "You write to them")
        self.write("Their email address", email)
        self.tick("I’ve read")
        self.is_well_made()
        self.press("Go on to pay")

    def shows_that_the_address_is_hers(self, thanks: str = "Paid, thank you") -> None:
        expect(self.page.locator("h1")).to_have_text(thanks)
        self.is_well_made()
        self.press("Send me the code")
        self.is_well_made()
        self.write("Code", self.newest_code())
        self.press("Go on")

    def signs_in(self) -> None:
        self.page.goto("/accounts/login/")
        self.write("Email", self.email)
        self.press("Send me a code")
        self.write("Code", self.newest_code())
        self.press("Go on")
        self.page.wait_for_url("**/learn/**")

    def comes_to_see(self, path: str, words: str, *, seconds: int = 30) -> None:
        """Look at a page again and again until it says so: a webhook is on its way, the worker has its turn."""
        for _ in range(seconds * 2):
            self.page.goto(path)
            if words in " ".join(self.page.locator("main").inner_text().split()):
                break
            time.sleep(0.5)
        expect(self.page.locator("main")).to_contain_text(words)
        self.is_well_made()

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
        return [text.strip() for text in self.post.locator("main ol.mails b").all_inner_texts()]

    def follows_the_button_of_the_letter(self) -> None:
        frame = self.post.frame_locator("iframe")
        self.page.goto(frame.locator("a.button").first.get_attribute("href"))

    def stops_the_letters(self) -> None:
        """By the link at the end of the letter that is open; the page it leads to asks once."""
        link = self.post.frame_locator("iframe").get_by_role("link", name="Stop").first
        self.page.goto(link.get_attribute("href"))
        self.is_well_made()
        self.press("Stop lesson letters")
        expect(self.page.locator("h1")).to_have_text("Lesson letters are off")
        self.is_well_made()

    def moves_the_clock_to_tomorrow_morning(self) -> None:
        self.post.goto("/_mailbox/")
        self.post.get_by_role("button", name=re.compile("tomorrow")).click()

    def stands_in(self, lesson: str) -> None:
        self.page.wait_for_url(f"**/courses/{COURSE}/lessons/{lesson}/**")

    def answers_a_question(self, question: str, answer: str) -> None:
        self.choose(question, answer)
        self.press("Check my answer", stays=self.javascript)
        self.page.get_by_role("status").get_by_text("That’s right.").wait_for()

    def marks_it_done(self) -> None:
        self.press("Mark done", stays=self.javascript)
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

    # ---- her hands; who has no mouse has others (keyboard.py) ----
    def press(self, words: str, *, stays: bool = False) -> None:
        """A button, a link or what unfolds something; a new page comes, unless it `stays`."""
        name = re.compile(words)
        found = self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name))
        found.or_(self.page.locator("summary", has_text=name)).first.click()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label).check()

    def choose(self, question: str, answer: str) -> None:
        self.page.get_by_role("group", name=question).get_by_label(answer).check()
