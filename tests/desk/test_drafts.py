"""What is typed at the desk survives an ended session, a lost connection and a closed tab, until it is saved."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts.models import User
from courses.models import Course, Lesson, Module
from tests.browser import PHONE, axe, overflows, session_of
from tests.desk.test_fields import change

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]
SLOW = 40_000  # ms; a busy machine takes its time to load a form with many scripts


@pytest.fixture
def lesson(knots: Course) -> Lesson:
    return Lesson.objects.get(position=2)


@pytest.fixture
def module(knots: Course) -> Module:
    """Its form is a small one."""
    return Module.objects.get()


def patient(page: Any) -> Any:
    page.set_default_timeout(SLOW)
    return page


def sign_in_again(page: Any, user: User) -> None:
    """As after the sign-in page: a new session, and another token."""
    page.context.clear_cookies()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session_of(user)}
    page.context.add_cookies([{**cookie, "url": page.evaluate("location.origin")}])


def save(page: Any) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def saved(page: Any) -> None:
    expect(page.get_by_text("was changed successfully")).to_be_visible(timeout=SLOW)


def test_a_session_that_ends_between_typing_and_saving_takes_nothing(
    browser_page: Any, lesson: Lesson, ines: User
) -> None:
    page = patient(browser_page(user=ines, size=PHONE))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(change(lesson))
    page.locator("#id_goal").fill("Typed and not saved.")
    page.get_by_role("button", name="Add another Self-check question").click()
    page.locator("#id_checks-0-question").fill("Is it kept?")
    expect(page.get_by_text("Not saved yet. Kept on this device at")).to_be_visible(timeout=SLOW)
    Session.objects.all().delete()
    save(page)
    expect(page.get_by_text("You are not signed in any more, so nothing was sent.")).to_be_visible(
        timeout=SLOW
    )
    expect(page.locator("#id_goal")).to_have_value("Typed and not saved.")
    assert axe(page) == []
    page.goto(change(lesson))
    expect(page).to_have_url(re.compile("/login/"), timeout=SLOW)
    sign_in_again(page, ines)
    page.goto(change(lesson))
    expect(page.get_by_role("heading", name="You have unsaved text from")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".draft-offer dl").get_by_text("Typed and not saved.")).to_be_visible(timeout=SLOW)
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("#id_goal")).to_have_value("Typed and not saved.")
    expect(page.locator("#id_checks-0-question")).to_have_value("Is it kept?")
    page.locator("#id_checks-0-why").fill("Because.")
    page.locator("#id_checks-0-answers").fill("* Yes\nNo")
    page.locator("#id_checks-0-position").fill("1")
    save(page)
    saved(page)
    lesson.refresh_from_db()
    assert (lesson.goal, lesson.checks.get().question) == ("Typed and not saved.", "Is it kept?")
    page.goto(change(lesson))
    expect(page.locator("#id_title")).to_be_visible(timeout=SLOW)
    expect(page.locator(".draft-offer")).to_have_count(0)


def test_who_signs_in_elsewhere_goes_on_in_the_same_page(
    browser_page: Any, module: Module, ines: User
) -> None:
    page = patient(browser_page(user=ines))
    page.goto(change(module))
    page.locator("#id_title").fill("Long thought about")
    Session.objects.all().delete()
    save(page)
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible(timeout=SLOW)
    sign_in_again(page, ines)
    save(page)
    saved(page)
    module.refresh_from_db()
    assert module.title == "Long thought about"


def test_without_a_connection_nothing_is_sent_and_nothing_lost(
    browser_page: Any, module: Module, ines: User
) -> None:
    page = patient(browser_page(user=ines))
    page.goto(change(module))
    page.locator("#id_title").fill("On the train")
    page.context.set_offline(True)
    save(page)
    expect(page.get_by_text("The site cannot be reached, so nothing was sent.")).to_be_visible(timeout=SLOW)
    page.context.set_offline(False)
    browser_page.noise.clear()  # Chromium says that it is offline
    save(page)
    saved(page)
    module.refresh_from_db()
    assert module.title == "On the train"


def test_a_closed_tab_is_offered_and_thrown_away_on_demand(
    browser_page: Any, module: Module, ines: User
) -> None:
    page = patient(browser_page(user=ines))
    page.goto(change(module))
    page.locator("#id_title").fill("Half a thought")
    expect(page.get_by_text("Not saved yet. Kept on this device at")).to_be_visible(timeout=SLOW)
    page.close()
    page = patient(page.context.new_page())
    Module.objects.filter(pk=module.pk).update(title="Somebody else's")
    page.goto(change(module))
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Saved now (changed since you typed):")).to_be_visible(timeout=SLOW)
    expect(page.locator("#id_title")).to_have_value("Somebody else's")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Thrown away.")).to_be_visible(timeout=SLOW)
    page.reload()
    expect(page.locator("#id_title")).to_be_visible(timeout=SLOW)
    expect(page.locator(".draft-offer")).to_have_count(0)


def test_signing_out_asks_and_leaves_nothing_behind(browser_page: Any, module: Module, ines: User) -> None:
    page = patient(browser_page(user=ines))
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(change(module))
    page.locator("#id_title").fill("Half a thought")
    expect(page.get_by_text("Not saved yet. Kept on this device at")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"^(?!.*/desk/)"), timeout=SLOW)
    assert asked == ["confirm"]
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('desk-draft:'))") == []


def test_a_fault_in_a_form_keeps_the_draft(browser_page: Any, module: Module, ines: User) -> None:
    page = patient(browser_page(user=ines))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(change(module))
    page.locator("#id_title").fill("")
    page.locator("#id_summary").fill("A goal")
    save(page)
    expect(page.get_by_text("This field is required.", exact=True)).to_be_visible(timeout=SLOW)
    page.goto("/desk/")
    page.goto(change(module))
    expect(page.get_by_role("heading", name="You have unsaved text from").first).to_be_visible(timeout=SLOW)
    page.locator("#id_title").fill("Half a thought")
    expect(page.get_by_text("Not saved yet. Kept on this device at")).to_be_visible(timeout=SLOW)
    page.goto("/desk/")
    page.goto(change(module))
    expect(page.get_by_role("heading", name=": “Half a thought”").first).to_be_visible(timeout=SLOW)
