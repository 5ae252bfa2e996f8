"""AC-2, AC-3: what is locked is seen nowhere, by nobody without the right, on any surface."""

import datetime as dt
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from courses import access
from courses.models import Course, Enrolment
from tests import conftest, factories
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
DAYS = dt.timedelta(days=1)

LESSON_SURFACES = [
    "", "materials/sheet/", "materials/file/file/", "materials/sheet/file/", "materials/file/", "video/", "captions/"
]  # fmt: skip
OTHER_SURFACES = ["/", "/courses/", "/courses/knots/", "/sitemap.xml", "/learn/", "/learn/knots/continue/"]


def surfaces() -> list[str]:
    lessons = [f"/courses/knots/lessons/lesson-1-{n}/{end}" for n in range(1, 7) for end in LESSON_SURFACES]
    return lessons + [f"/courses/knots/exercises/e0{n}/" for n in range(1, 7)] + OTHER_SURFACES


def canaries(client: Client) -> set[str]:
    """Every canary word on any surface, for this reader, GET and POST."""
    found: set[str] = set()
    for path in surfaces():
        response = client.get(path)
        body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
        found |= set(re.findall(r"canary[a-z]+\d", body.decode(errors="replace") + str(response.headers)))
    for number in range(1, 7):
        address = f"/courses/knots/lessons/lesson-1-{number}/check/"
        for headers in ({}, {"HX-Request": "true"}):
            body = client.post(address, {"check": "1", "answer": "0"}, headers=headers).content
            found |= set(re.findall(r"canary[a-z]+\d", body.decode()))
    return found


WORDS = {
    f"canary{kind}"
    for kind in (
        "body", "summary", "transcript", "source", "video", "captions", "question", "why", "wrong", "right", "sheet",
        "file", "name", "step", "drawing",
    )
}  # fmt: skip


def words(*numbers: int) -> set[str]:
    return {f"{word}{number}" for word in WORDS for number in numbers}


def test_a_visitor_sees_the_free_lesson_and_nothing_else(full: Course, at: dt.datetime) -> None:
    assert canaries(Client()) == words(1)


def test_a_user_without_access_sees_the_free_lesson_and_nothing_else(
    full: Course, ben_client: Client, at: dt.datetime
) -> None:
    assert canaries(ben_client) == words(1)


def test_a_student_of_another_course_sees_the_free_lesson_and_nothing_else(
    full: Course, ben: User, ben_client: Client, at: dt.datetime
) -> None:
    access.grant(user=ben, course=factories.small_course(slug="other"), source="free", now=at)
    assert canaries(ben_client) == words(1)


def test_a_student_too_early_sees_what_is_open_and_nothing_else(seat: Enrolment, ann_client: Client) -> None:
    assert canaries(ann_client) == words(1, 2)


def test_a_student_in_time_sees_what_has_opened(seat: Enrolment, ann_client: Client, at: dt.datetime) -> None:
    show(at + 3 * DAYS)
    assert canaries(ann_client) == words(1, 2, 3)


def test_a_student_whose_access_ended_sees_the_free_lesson_and_nothing_else(
    seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    access.end(grant=seat.grants.get(), reason="refunded", now=at)
    assert canaries(ann_client) == words(1)


def test_a_suspended_student_sees_the_free_lesson_and_nothing_else(
    seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    access.suspend(grant=seat.grants.get(), reason="disputed", now=at)
    assert canaries(ann_client) == words(1)


def test_staff_without_the_right_to_read_lessons_see_no_more_than_anybody(
    full: Course, at: dt.datetime
) -> None:
    clerk = factories.user("clerk@example.org", is_staff=True)
    assert canaries(conftest.signed_in(clerk)) == words(1)


def test_the_teacher_sees_no_more_than_anybody_until_a_second_factor_is_there(
    full: Course, ines: User, ines_client: Client, at: dt.datetime, settings: Any
) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    assert canaries(ines_client) == words(1)
    Authenticator.objects.create(user=ines, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    assert "canarybody4" in canaries(ines_client)


def test_the_teacher_sees_every_lesson_drafts_too(full: Course, ines_client: Client, at: dt.datetime) -> None:
    seen = canaries(ines_client)
    assert {f"canarybody{n}" for n in range(1, 7)} <= seen


def test_a_drafted_course_shows_nothing(full: Course, at: dt.datetime) -> None:
    full.status = Course.Status.DRAFT
    full.save()
    assert canaries(Client()) == set()


def test_an_archived_course_stays_with_those_who_have_it(
    seat: Enrolment, full: Course, ann_client: Client, ben_client: Client
) -> None:
    full.status = Course.Status.ARCHIVED
    full.save()
    assert canaries(ben_client) == set()
    assert canaries(ann_client) == words(1, 2)
