"""The pages of releasing, of one schedule, of the team and of a course as a file, without one complaint."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload

from accounts import invitations, roles
from accounts.models import User
from courses.models import Course, Enrolment, Lesson
from tests import factories
from tests.browser import ALL_LOOKS, faults
from tests.courses import parcels

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]
RULE = "release_days=30&release_at=&after=&release_by=last"
Steps = list[tuple[str, Callable[[Any], object]]]


def pressed(words: str) -> Callable[[Any], object]:
    def press(page: Any) -> None:
        with page.expect_navigation():
            page.locator("main").get_by_role("button", name=words).click()

    return press


def brings(data: bytes) -> Callable[[Any], object]:
    def bring(page: Any) -> None:
        file: FilePayload = {"name": "knots.zip", "mimeType": "application/zip", "buffer": data}
        page.locator("main input[type=file]").set_input_files(file)
        page.locator("main .submit-row .default").click()
        page.wait_for_url("**/parcel/plan/")

    return bring


def shifted(page: Any) -> None:
    page.get_by_label("Days").first.fill("3")
    pressed("Move it")(page)


def stays(page: Any) -> None:
    """The page as it opens."""


@pytest.fixture
def steps(seat: Enrolment, knots: Course, ines: User, at: dt.datetime) -> Steps:
    Lesson.objects.filter(position=2).update(release_days=5)
    roles.prepare()
    invitations.invite(email="asked@example.org", role=roles.ASSISTANT, by=ines, now=at)
    factories.user("helper@example.org", is_staff=True)
    lesson, one = Lesson.objects.get(position=2), f"/desk/courses/enrolment/{seat.pk}/schedule/"
    return [
        (f"/desk/courses/lesson/{lesson.pk}/opens/", stays),
        (f"/desk/courses/lesson/{lesson.pk}/opens/?{RULE}", stays),
        (f"/desk/courses/course/{knots.pk}/schedule/", stays),
        (f"/desk/courses/course/{knots.pk}/schedule/", pressed("Show it")),
        (f"/desk/courses/course/{knots.pk}/look/", stays),
        (one, stays),
        (one, shifted),
        (one, pressed("Pause it")),
        (one, pressed("Open everything")),
        ("/desk/accounts/user/team/", stays),
        ("/desk/courses/course/parcel/", stays),
        ("/desk/courses/course/parcel/", brings(parcels.of(knots))),
    ]


def test_no_page_of_releasing_gives_cause_to_complain(browser_page: Any, steps: Steps, ines: User) -> None:
    page = browser_page(user=ines)
    found = []
    for address, does in steps:
        page.goto(address)
        does(page)
        found += [f"{address} {fault}" for fault in faults(page, ALL_LOOKS)]
    assert found == []
