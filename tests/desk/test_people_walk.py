"""The coach's morning in a real browser, on a phone: a line put off, somebody looked at, many let in from a list."""

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from courses import progress
from courses.models import Enrolment, Grant, Lesson
from mailing import heartbeat
from tests.browser import PHONE, axe, overflows

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]


def test_the_coach_looks_after_her_students(
    browser_page: Any, seat: Enrolment, ines: User, at: dt.datetime
) -> None:
    long_ago = at - dt.timedelta(days=15)
    progress.seen(enrolment=seat, lesson=Lesson.objects.get(position=1), now=long_ago)
    heartbeat.beat(role=heartbeat.TICK, now=at)
    page = browser_page(user=ines, size=PHONE, dark=True)
    page.goto("/desk/")
    page.get_by_text("The same as a table").first.click()
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Not this week: Ann has gone quiet").click()
    expect(page.get_by_role("heading", name="Nothing needs you today")).to_be_visible()
    page.get_by_role("button", name="Show it again").click()
    page.get_by_role("link", name="See Ann").click()
    expect(page.get_by_role("heading", name="What happened, newest first")).to_be_visible()
    page.get_by_text("Lesson by lesson").click()
    assert (axe(page), overflows(page)) == ([], False)

    page.goto("/desk/courses/enrolment/")
    page.get_by_role("link", name="Let many in from a list").click()
    page.get_by_label("Or paste it here").fill("bo@example.org, Bo\nnonsense\n")
    page.get_by_label("Reason").fill("A workshop")
    page.get_by_role("button", name="Look at the list first").press("Enter")
    expect(page.get_by_text("This is no e-mail address.")).to_be_visible()
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Let 1 person in").press("Enter")
    expect(page.get_by_text("1 person is in now.")).to_be_visible()
    assert Grant.objects.get(enrolment__user__email="bo@example.org").reason == "A workshop"
