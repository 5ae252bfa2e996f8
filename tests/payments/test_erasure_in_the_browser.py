"""Somebody deletes their account, and the owner removes a person: looked at in a real browser."""

import datetime as dt
import time
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from courses.models import Course
from tests.browser import ALL_LOOKS, PHONE, faults
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def show_anew(page: Any, user: User) -> None:
    """The code was typed in this browser a moment ago."""
    [key] = [one["value"] for one in page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME]
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key=key)
    session["account_authentication_methods"] = [
        {"method": "code", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def test_an_account_is_deleted(
    browser_page: Any, world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    shop.paid_order(course, world, user=ann, now=now)
    page = browser_page(size=PHONE, user=ann)
    show_anew(page, ann)
    page.goto(reverse("accounts:profile"))
    page.get_by_role("link", name="Delete my account").click()
    expect(page.get_by_role("heading", name="Delete my account")).to_be_visible()
    found = faults(page, ALL_LOOKS)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Tick this box to say that you mean it.").first).to_be_visible()
    found += faults(page, ALL_LOOKS[:2])
    assert found == []
    page.get_by_label("I know that this can’t be undone").check()
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    assert faults(page, ALL_LOOKS[:2]) == []
    assert User.objects.filter(email="ann@example.org").count() == 0


def test_the_owner_removes_a_person_without_javascript(
    browser_page: Any, world: World, course: Course, ann: User, ines: User, now: dt.datetime
) -> None:
    shop.paid_order(course, world, user=ann, now=now)
    place = reverse("admin:payments_order_erase", args=[ann.contact.pk])
    looked = browser_page(user=ines)
    show_anew(looked, ines)
    looked.goto(place)
    assert faults(looked, ALL_LOOKS) == []
    page = browser_page(user=ines, javascript=False)
    show_anew(page, ines)
    page.goto(reverse("admin:mailing_contact_letters", args=[ann.contact.pk]))
    page.get_by_role("link", name="Remove this person’s data …").click()
    page.get_by_label("To go on, type the address").fill("ben@example.org")
    page.get_by_role("button", name="Remove this person’s data").click()
    expect(page.get_by_text("This is not the address.")).to_be_visible()
    page.get_by_label("To go on, type the address").fill("ann@example.org")
    page.get_by_role("button", name="Remove this person’s data").click()
    expect(page.get_by_text("The person’s data was removed.")).to_be_visible()
    assert User.objects.filter(email="ann@example.org").count() == 0
