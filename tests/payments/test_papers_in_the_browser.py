"""A paper in a real browser: by axe, on a phone, and as it comes out of a printer."""

import datetime as dt
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from courses.models import Course
from payments import settlement
from payments.models import Order
from tests.browser import DESKTOP, PHONE, overflows
from tests.payments import shop
from tests.payments.browsing import BROWSER, sound
from tests.payments.world import World

pytestmark = BROWSER
SHEETS = {"A4": 794, "Letter": 816}  # width in CSS pixels


@pytest.fixture
def order(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    """Paid, and a part given back."""
    order = shop.paid_order(course, world, user=ann, now=now)
    world.refund(order.attempts.get(), 5000)
    return settlement.settle(attempt=order.attempts.get(), now=now)


def paths(order: Order) -> list[str]:
    papers = [f"/orders/{order.key}/papers/{one.number}/" for one in order.receipts.order_by("serial")]
    return [f"/orders/{order.key}/receipt/", *papers]


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESKTOP, False), ((320, 640), False)])
def test_papers_are_sound_on_every_screen(
    browser_page: Any, order: Order, ann: User, size: tuple[int, int], dark: bool
) -> None:
    page = browser_page(size=size, user=ann, dark=dark)
    for path in paths(order):
        page.goto(path)
        sound(page)


def test_from_the_orders_page_to_a_note_and_back_by_keyboard(
    browser_page: Any, order: Order, ann: User
) -> None:
    page = browser_page(user=ann)
    page.goto(paths(order)[0])
    page.get_by_role("link", name=re.compile("^See it ?: refund note")).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Refund note")).to_be_visible()
    page.get_by_role("link", name=re.compile("^All papers")).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Papers of order"))).to_be_visible()


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_paper_prints_on_one_sheet_in_ink_without_buttons(
    browser_page: Any, order: Order, ann: User, sheet: str
) -> None:
    page = browser_page(size=(SHEETS[sheet], 1000), user=ann, dark=True)
    page.goto(paths(order)[1])
    page.emulate_media(media="print")
    shown = page.evaluate(
        "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color"
    )
    assert shown == "rgb(255, 255, 255)rgb(0, 0, 0)"
    for gone in (
        page.get_by_role("link", name="Open as PDF"),
        page.locator(".topbar"),
        page.locator(".foot"),
    ):
        expect(gone).to_be_hidden()
    for kept in ("Practice purchase: no real money moved.", "1 Practice Street, Anytown", "Bought by"):
        expect(page.get_by_text(kept).first).to_be_visible()
    assert not overflows(page)
    file = page.pdf(format=sheet, margin=dict.fromkeys(("top", "right", "bottom", "left"), "15mm"))
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", file)) == 1
