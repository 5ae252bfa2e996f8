"""The player and the student's page in a real Chromium, with and without JavaScript."""

import datetime as dt
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from courses import access, progress
from courses.models import CheckAnswer, Course, Enrolment, Lesson, LessonProgress
from tests import browser, factories
from tests.courses.conftest import ANSWERS, show

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LONG = "\n\n".join(f"Paragraph {number}. " + "Words to read. " * 40 for number in range(30))
FIRST = "/courses/knots/lessons/lesson-1-1/"


@pytest.fixture
def knots(transactional_db: None, now: dt.datetime) -> Course:
    show(now)
    made = factories.small_course(days=(0, 0, 3))
    lesson = Lesson.objects.get(position=1)
    lesson.body = f"{LONG}\n\n::check 1\n"
    lesson.save()
    answers = [{**one, "text": str(one["text"]).format(n=1)} for one in ANSWERS]
    lesson.checks.create(position=1, question="True?", why="Because.", answers=answers)
    return made


@pytest.fixture
def ann(knots: Course, now: dt.datetime) -> User:
    user = factories.user("ann@example.org", name="Ann")
    access.grant(user=user, course=knots, source="free", now=now)
    return user


def step() -> LessonProgress:
    return LessonProgress.objects.get(lesson__position=1)


def kept(page: Any, percent: range) -> bool:
    """Waits for the heartbeat's request to have been stored."""
    for _ in range(50):
        found = LessonProgress.objects.filter(lesson__position=1).first()
        if found and found.read_percent in percent:
            return True
        page.wait_for_timeout(100)
    return False


def test_the_place_is_kept_when_the_page_is_left_and_offered_again(browser_page: Any, ann: User) -> None:
    page = browser_page(size=browser.PHONE, user=ann)
    page.goto(FIRST)
    assert kept(page, range(1)), "opening a lesson begins it"
    page.evaluate("window.scrollTo(0, document.querySelector('[data-text]').scrollHeight / 2)")
    page.wait_for_timeout(200)
    page.goto("/learn/")
    assert kept(page, range(40, 61))

    page.goto(FIRST)
    offer = page.get_by_role("link", name="Carry on where you were")
    offer.click()
    page.wait_for_timeout(600)
    assert page.evaluate("window.scrollY") > 1000
    expect(offer).to_be_hidden()


def test_coming_back_without_scrolling_keeps_the_place(
    browser_page: Any, ann: User, now: dt.datetime
) -> None:
    seat = Enrolment.objects.get()
    progress.remember(enrolment=seat, lesson=Lesson.objects.get(position=1), read_percent=50, now=now)
    page = browser_page(user=ann)
    page.goto(FIRST)
    page.wait_for_timeout(500)
    page.goto("/learn/")
    page.wait_for_timeout(500)
    assert step().read_percent == 50


def test_done_moves_the_bar_and_the_list_in_place_and_undo_moves_it_back(
    browser_page: Any, ann: User
) -> None:
    page = browser_page(user=ann)
    page.goto(FIRST)
    page.get_by_role("button", name="Mark done").click()
    page.locator("#lesson-list .here", has_text="Done").wait_for()
    page.get_by_text("This knot has come undone.").wait_for()
    expect(page.get_by_text("1 of 3 lessons done.")).to_be_visible()
    assert page.evaluate("document.activeElement.textContent.trim()") == "Undo"
    assert step().done_at is not None

    page.keyboard.press("Enter")
    page.get_by_role("button", name="Mark done").wait_for()
    page.locator("#lesson-list .here", has_text="Done").wait_for(state="detached")
    expect(page.get_by_text("0 of 3 lessons done.")).to_be_visible()
    assert step().done_at is None


def test_an_answer_is_explained_in_place(browser_page: Any, ann: User) -> None:
    page = browser_page(user=ann)
    page.goto(FIRST)
    page.get_by_label("canarywrong1").check()
    page.get_by_role("button", name="Check my answer").click()
    page.get_by_text("Not quite. The answer is: canaryright1").wait_for()
    page.get_by_label("canaryright1").check()
    page.get_by_role("button", name="Check again").click()
    page.get_by_text("That’s right.").wait_for()
    assert CheckAnswer.objects.get().chosen == 1
    expect(page).to_have_url(re.compile(re.escape(FIRST) + "$"))


def test_all_of_it_works_without_javascript(browser_page: Any, ann: User) -> None:
    page = browser_page(size=browser.PHONE, user=ann, javascript=False)
    page.goto("/learn/")
    page.get_by_role("link", name="Begin").click()
    page.get_by_label("canaryright1").check()
    page.get_by_role("button", name="Check my answer").click()
    expect(page.get_by_text("That’s right.")).to_be_visible()
    page.get_by_role("button", name="Mark done").click()
    expect(page).to_have_url(re.compile(re.escape("/courses/knots/lessons/lesson-1-2/") + "$"))
    page.get_by_role("button", name="Mark done").click()
    expect(page).to_have_url(re.compile(re.escape("/learn/") + "$"))
    expect(page.get_by_text("That is all that is open today.")).to_be_visible()


def test_the_zone_of_the_browser_is_offered_and_confirmed(browser_page: Any, ann: User) -> None:
    ann.contact.time_zone_confirmed, ann.contact.time_zone = False, "Europe/Berlin"
    ann.contact.save()
    page = browser_page(user=ann)
    page.goto("/learn/")
    expect(page.get_by_text("Do you live by the clocks of America / New York?")).to_be_visible()
    page.get_by_role("button", name="Yes, that’s me").click()
    page.get_by_role("heading", name="Your lessons").wait_for()
    ann.contact.refresh_from_db()
    assert (ann.contact.time_zone, ann.contact.time_zone_confirmed) == ("America/New_York", True)


@pytest.mark.anywhere
def test_pages_of_the_course_are_sound(browser_page: Any, ann: User) -> None:
    page = browser_page(user=ann)
    found = []
    for turn, path in enumerate(("/learn/", FIRST, "/courses/knots/lessons/lesson-1-3/")):
        page.goto(path)
        found += [f"{path} {fault}" for fault in browser.faults(page, browser.two_looks(turn))]
    assert found == []


@pytest.mark.anywhere
def test_the_page_before_the_door_is_sound(browser_page: Any, knots: Course) -> None:
    page = browser_page()
    page.goto(FIRST)
    assert browser.faults(page, browser.two_looks(0)) == []
