"""Somebody is let in and out by hand, on the real pages, with a reason that stays."""

from typing import Any

import pytest

from accounts.models import User
from courses import access
from courses.models import Course, Enrolment, Grant
from mailing.models import Run
from tests.browser import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
NEEDED = "This field is required."


def grants() -> list[tuple[str, str, str, str]]:
    return [
        (str(one.enrolment.user), one.state, one.reason, str(one.actor))
        for one in Grant.objects.order_by("pk")
    ]


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_somebody_is_let_in_with_a_reason(
    browser_page: Any, knots: Course, service_letters: None, ines: User
) -> None:
    page, twin = (browser_page(user=ines, size=PHONE) for _ in range(2))
    twin.goto("/desk/courses/enrolment/join/")
    twin.get_by_label("Email address").fill("new@example.org")
    twin.get_by_label("Course").select_option(label=str(knots))
    twin.get_by_label("Reason").fill("Pressed twice")
    page.goto("/desk/courses/enrolment/")
    page.get_by_role("link", name="Let somebody in by hand").click()
    page.get_by_label("Email address").fill("new@example.org")
    page.get_by_label("Course").select_option(label=str(knots))
    press(page, "Let in")
    page.get_by_text(NEEDED).wait_for()
    assert page.get_by_label("Email address").input_value() == "new@example.org"
    assert grants() == []
    page.get_by_label("Reason").fill("Won the raffle")
    press(page, "Let in")
    page.get_by_text("Let in: new@example.org. The welcome letter is on its way.").wait_for()
    assert grants() == [("new@example.org", "active", "Won the raffle", "ines@example.org")]

    press(twin, "Let in")
    twin.get_by_text("Nothing was changed: new@example.org is in this course already.").wait_for()
    assert len(grants()) == 1
    assert Run.objects.filter(sequence__slug="course").count() == 1


def test_access_ends_and_comes_back_with_a_reason(
    browser_page: Any, knots: Course, seat: Enrolment, ann: User, ines: User
) -> None:
    page, twin = (browser_page(user=ines) for _ in range(2))
    for one in (twin, page):
        one.goto(f"/desk/courses/enrolment/{seat.pk}/change/")
        press(one, "End access …")
    press(page, "End access")
    page.get_by_text(NEEDED).wait_for()
    assert access.of(ann, knots) == seat
    page.get_by_label("Reason").fill("Asked for it")
    press(page, "End access")
    page.get_by_text("End access: done for 1.").wait_for()
    assert access.of(ann, knots) is None
    assert grants() == [("ann@example.org", "ended", "Asked for it", "ines@example.org")]

    twin.get_by_label("Reason").fill("Pressed twice")
    press(twin, "End access")
    twin.get_by_text("End access: done for 1.").wait_for()
    assert grants() == [("ann@example.org", "ended", "Asked for it", "ines@example.org")]

    page.goto(f"/desk/courses/enrolment/{seat.pk}/change/")
    press(page, "Let in again …")
    page.get_by_label("Reason").fill("A mistake")
    press(page, "Let in by hand")
    page.get_by_text("Let in by hand: done for 1.").wait_for()
    assert access.of(ann, knots) == seat
    assert grants()[1:] == [("ann@example.org", "active", "A mistake", "ines@example.org")]


def test_typed_words_are_not_left_behind_without_a_question(
    browser_page: Any, knots: Course, ines: User
) -> None:
    page = browser_page(user=ines)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    address = f"/desk/courses/module/{knots.modules.all()[0].pk}/change/"
    page.goto(address)
    page.get_by_label("Title").click()
    page.goto("/desk/")
    assert asked == []
    page.goto(address)
    page.get_by_label("Title").fill("Half a thought")
    page.goto("/desk/")
    assert asked == ["beforeunload"]
    page.goto(address)
    page.get_by_label("Title").fill("A whole thought")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    assert asked == ["beforeunload"]
