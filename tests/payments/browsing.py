"""What the pages about money are asked in a real browser, and the steps that many ways through them share."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from mailing.models import Letter
from tests.browser import PHONE, axe, faults, overflows

BROWSER = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("same_address"),
]


def sound(page: Any) -> None:
    """As it stands: no axe violation, nothing scrolls sideways."""
    assert axe(page) == []
    assert not overflows(page)


def sound_day_and_night(page: Any) -> None:
    """On a phone, light and dark, and on the narrowest one nothing scrolls sideways. The size stays as it was."""
    size = page.viewport_size
    assert faults(page, [(PHONE, "light"), (PHONE, "dark")]) == []
    page.set_viewport_size(size)


def pay(page: Any, number: str) -> None:
    for name, value in (("number", number), ("expiry", "08/29"), ("code", "123"), ("name", "Ann Miller")):
        page.fill(f"[name={name}]", value)
    with page.expect_navigation():  # else a click on what is still there would cut the payment off
        page.get_by_role("button", name=re.compile("^Pay")).click()


def code(page: Any) -> str:
    expect(page.locator("[name=code]")).to_be_visible()  # else the code may not be written yet
    return str(Letter.objects.filter(revision__step__key="sign-in-code").latest("created_at").context["code"])
