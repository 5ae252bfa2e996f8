"""The look beside a letter's form, in a real browser: on a phone and a desktop, with and without JavaScript."""

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from mailing.models import Sequence, Step
from tests.browser import DESKTOP, PHONE, axe, faults, overflows, two_looks
from tests.mailing import scene

LIGHT, DARK = "rgb(240, 239, 230)", "rgb(19, 26, 42)"
pytestmark = [pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def course(settings: Any, at: dt.datetime) -> Sequence:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()
    return scene.sequence(0, 1, now=at)


def test_the_letter_is_written_anew_beside_the_form_while_somebody_types(
    browser_page: Any, course: Sequence, ines: User
) -> None:
    step = Step.objects.get(key="a2")
    page = browser_page(user=ines)
    page.goto(f"/desk/mailing/step/{step.pk}/change/")
    letter = page.frame_locator(".letter-pane iframe")
    expect(letter.get_by_text("it is open.")).to_be_visible()
    expect(letter.locator("body")).to_have_css("background-color", LIGHT)
    page.get_by_label("Subject").fill("New words")
    page.get_by_label("Body").fill("Hello {first_name},\n\nread [this](/lesson).\n\n{button:Go on}\n")
    expect(letter.get_by_role("link", name="Go on")).to_be_visible()
    expect(page.locator(".letter-pane .inbox-line")).to_contain_text("New words")
    expect(page.get_by_text("The link to /lesson is broken")).to_be_visible()
    page.get_by_role("group", name="Light").get_by_role("button", name="Dark").click()
    expect(letter.locator("body")).to_have_css("background-color", DARK)
    page.get_by_role("button", name="Desktop").click()
    page.get_by_text("As plain text").click()
    expect(page.locator(".letter-pane pre")).to_contain_text("Go on:")
    assert axe(page) == []
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Look at it before saving").click()
    opened.value.get_by_text("Nothing of this is saved.").wait_for()
    assert faults(opened.value, two_looks(1)) == []
    step.refresh_from_db()
    assert step.revision is not None and step.revision.number == 1
    page.get_by_label("Body").fill("Hello {first_name}.\n\n{button:Go on}\n")
    page.get_by_label("Subject").press("Enter")  # saves, as in every form of the desk
    page.get_by_text("Saved: New words").wait_for()


@pytest.mark.parametrize(("size", "javascript"), [(PHONE, True), (DESKTOP, False)])
def test_a_test_of_unsaved_words_keeps_what_was_typed(
    browser_page: Any, course: Sequence, ines: User, size: Any, javascript: bool
) -> None:
    page = browser_page(size=size, user=ines, javascript=javascript)
    page.goto(f"/desk/mailing/step/add/?sequence={course.pk}")
    page.get_by_label("Subject").fill("Unsaved")
    page.get_by_label("Body").fill("Hello.\n\n{button:Go on}\n")
    if javascript:
        page.get_by_role("button", name="Send this to me as a test").click()
        expect(page.get_by_text("Look into the mailbox of ines@example.org.")).to_be_visible()
        assert overflows(page) is False
    else:
        with page.expect_popup() as opened:
            page.get_by_role("button", name="Send this to me as a test").click()
        opened.value.get_by_text("Look into the mailbox of ines@example.org.").wait_for()
    expect(page.get_by_label("Subject")).to_have_value("Unsaved")
    assert scene.got() == ["[TEST] Unsaved"]
    assert Step.objects.count() == 2
