"""Every page a visitor or student meets, on the running site: axe and console are silent, nothing overflows."""

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import PHONE, Pages, faults, two_looks
from tests.journeys.walker import COURSE, PAYS, Walker

pytestmark = [pytest.mark.browser, pytest.mark.anywhere]
LESSONS = f"/courses/{COURSE}/lessons"
PUBLIC = [
    "/", "/courses/", f"/courses/{COURSE}/", f"{LESSONS}/what-a-knot-is/", f"{LESSONS}/welcome/",
    f"{LESSONS}/what-a-knot-is/materials/sore-spot-map/", "/safety/", "/terms/", "/privacy/", "/coach/",
    f"/buy/{COURSE}/", f"/buy/{COURSE}/gift/", "/gifts/",
    "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/no-such-page/",
    "/_mailbox/", "/_look/page/500/",
]  # fmt: skip
STUDENT = [
    "/learn/", "/", "/orders/", f"/buy/{COURSE}/", "/accounts/profile/",
    "/accounts/email/", "/accounts/password/set/", "/accounts/2fa/", "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/", "/accounts/sessions/", "/accounts/logout/",
]  # fmt: skip


@pytest.fixture
def student(pages: Pages) -> Any:
    """Somebody who has just bought the course; returns a page of their browser.

    Not the practice student: where others have moved the clock before, everything is open to her.
    """

    def made(**how: Any) -> Any:
        she = Walker(pages, f"student-{uuid.uuid4().hex[:8]}@example.org", **how)
        she.orders()
        she.pays(PAYS)
        she.shows_that_the_address_is_hers()
        she.stands_in("welcome")
        return she.page

    return made


def faults_of(page: Any, paths: list[str]) -> list[str]:
    found = []
    for turn, path in enumerate(paths):
        page.goto(path)
        found += [f"{path} {fault}" for fault in faults(page, two_looks(turn))]
    return found


def test_public_pages(pages: Pages) -> None:
    assert faults_of(pages(), PUBLIC) == []


def test_student_pages(student: Any) -> None:
    page = student()
    page.goto(f"{LESSONS}/ease-the-front/")
    assert re.search("opens .* 9:00 in New York", page.inner_text("main"))
    assert faults_of(page, [*STUDENT, f"{LESSONS}/ease-the-front/"]) == []


def test_every_lesson(student: Any) -> None:
    """Seven weeks later all lessons are open."""
    page = student()
    for _ in range(49):
        page.goto("/_mailbox/")
        page.get_by_role("button", name=re.compile("tomorrow")).click()
    page.goto("/learn/")
    lessons = [link.get_attribute("href") for link in page.locator(".outline a.row").all()]
    assert len(lessons) == 34
    assert faults_of(page, [*lessons, f"/courses/{COURSE}/exercises/e14/"]) == []


def test_a_page_to_fill_in_is_printed_alone(pages: Pages) -> None:
    """Without bar and links, so that most fit on one sheet of paper; what must be said stays."""
    page = pages()
    page.goto(f"{LESSONS}/what-a-knot-is/materials/sore-spot-map/")
    page.emulate_media(media="print")
    expect(page.locator(".topbar")).to_be_hidden()
    expect(page.locator(".foot ul")).to_be_hidden()
    expect(page.locator(".foot p")).to_be_visible()


def test_a_lesson_is_light(pages: Pages) -> None:
    """HTML, styles and scripts of a lesson take less than 60 kB on the wire when seen for the first time."""
    page = pages(size=PHONE)
    page.goto(f"{LESSONS}/what-a-knot-is/")
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate("""[
        ...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')
    ].map(e => [new URL(e.name).pathname, e.transferSize])""")
    words = {path: size for path, size in sizes if not re.search(r"\.(svg|png|ico|jpg|webp)$", path)}
    assert any(path.endswith(".css") for path in words)
    assert sum(words.values()) < 60_000, words
    assert len(sizes) <= 25
