from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import ALL_LOOKS, PHONE, faults, two_looks

pytestmark = [pytest.mark.browser, pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]
COMPONENTS = ["/_look/", "/_look/sales/", "/_look/lesson/"]
WHOLE = [f"/_look/page/{name}/" for name in ("400", "403", "403_csrf", "404", "500", "courses", "plain")]
WHOLE += ["/_look/drawings/", "/_look/drawings/?theme=dark&size=160"]


@pytest.mark.parametrize("path", COMPONENTS)
def test_every_state_of_every_component_is_sound(browser_page: Any, path: str) -> None:
    page = browser_page()
    page.goto(path)
    assert faults(page, ALL_LOOKS) == []


def test_whole_pages_are_sound(browser_page: Any) -> None:
    page = browser_page()
    found = []
    for turn, path in enumerate(WHOLE):
        page.goto(path)
        found += [f"{path} {fault}" for fault in faults(page, two_looks(turn))]
    assert found == []


def test_a_lesson_weighs_little_and_asks_for_few_files(browser_page: Any) -> None:
    page = browser_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/_look/lesson/", wait_until="networkidle")
    assert len(asked) <= 15, asked


def test_after_a_failed_form_the_cursor_stands_on_the_list_of_faults(browser_page: Any) -> None:
    page = browser_page()
    page.goto("/_look/")
    assert page.evaluate("document.activeElement.matches('[data-errors]')")


def test_every_button_is_large_enough_for_a_thumb(browser_page: Any) -> None:
    page = browser_page(size=PHONE)
    page.goto("/_look/")
    heights = page.evaluate(
        "[...document.querySelectorAll('.button')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 48


def test_the_price_bar_waits_until_the_first_screen_has_gone(browser_page: Any) -> None:
    page = browser_page(size=PHONE)
    page.goto("/_look/sales/")
    bar = page.locator(".buybar")
    assert bar.bounding_box()["y"] > 844
    page.evaluate("scrollTo({top: 1200, behavior: 'instant'})")
    assert bar.bounding_box()["y"] < 844


def test_the_price_bar_steps_aside_for_the_price_box(browser_page: Any) -> None:
    page = browser_page(size=PHONE)
    page.goto("/_look/sales/")
    page.locator(".price").scroll_into_view_if_needed()
    page.locator(".buybar").wait_for(state="hidden")
    expect(page.locator(".buybar")).to_be_hidden()


def test_the_keyboard_reaches_the_main_part_first(browser_page: Any) -> None:
    page = browser_page()
    page.goto("/_look/sales/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the main part"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
