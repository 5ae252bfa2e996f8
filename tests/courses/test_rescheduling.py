"""Before a lesson gets another rule: whom it touches, by the code that does it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses import access, progress, release, rescheduling
from courses.models import Course, Enrolment, Lesson, Opening
from courses.rescheduling import Touched
from courses.rules import Rule
from mailing.models import Sequence, Step
from tests import factories
from tests.courses import letters
from tests.courses.conftest import show
from tests.courses.test_admin import form

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def knots(now: dt.datetime) -> Course:
    course = factories.small_course(days=(0, 5))
    letters.write("course", Sequence.Kind.DRIP, 0, 5, now=now)
    Step.objects.filter(key="course-2").update(subject_of="1.2")
    return course


@pytest.fixture
def seats(knots: Course, now: dt.datetime) -> list[Enrolment]:
    """Who joined 10, 4, 3 and 0 days ago; the last one has lost access, and one has begun the lesson by hand."""
    made = []
    for number, days in enumerate((10, 4, 3, 0, 0)):
        user = factories.user(f"s{number}@example.org")
        made.append(access.grant(user=user, course=knots, source="free", now=now - days * DAY).enrolment)
    access.end_all(enrolment=made[4], reason="refund", now=now)
    return made


def second() -> Lesson:
    return Lesson.objects.select_related("course").get(position=2)


def test_whom_another_rule_touches(seats: list[Enrolment], now: dt.datetime) -> None:
    def touched(rule: Rule) -> Touched:
        return rescheduling.impact(lesson=second(), rule=rule, now=now)

    # who joined 4 days ago on a Monday waits for Saturday
    assert touched(Rule(days=5)) == Touched(stays=1, same=3)
    assert touched(Rule(days=7)) == Touched(stays=1, later=3, letters=(("course 2", 3),))
    assert touched(Rule(days=4)) == Touched(stays=1, now=1, earlier=2)
    assert touched(Rule()) == Touched(stays=1, now=3)
    first = Lesson.objects.get(position=1)
    progress.complete(enrolment=seats[3], lesson=first, now=now)
    after = touched(Rule(after_lesson=first.pk))
    assert after == Touched(stays=1, now=1, waits=2, letters=(("course 2", 2),))


def test_the_sheet_tells_what_then_happens(seats: list[Enrolment], now: dt.datetime) -> None:
    for rule in (Rule(days=7), Rule(days=2), Rule(at=now + 3 * DAY), Rule()):
        told = rescheduling.impact(lesson=second(), rule=rule, now=now)
        Lesson.objects.filter(pk=second().pk).update(release_days=5, release_at=None)
        kept = release.reschedule(lesson=second(), rule=rule, now=now)
        assert kept == told.stays
        mine = Enrolment.objects.with_access().select_related("user__contact")
        is_open = [release.is_open(second(), one, now=now) for one in mine]
        assert sum(is_open) == told.stays + told.now
        Opening.objects.all().delete()
        Lesson.objects.filter(pk=second().pk).update(release_days=5, release_at=None)


def test_the_lesson_is_saved_and_its_rule_asked_about(
    seats: list[Enrolment], ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    one = second()
    response = ines_client.post(
        f"/desk/courses/lesson/{one.pk}/change/", form(one, title="Mended", release_days=7)
    )
    assert response.status_code == 302
    assert (second().title, second().release_days) == ("Mended", 5)
    sheet = str(response.headers["Location"])
    page = ines_client.get(sheet).content.decode()
    assert "<strong>Now:</strong> Opens on day 5." in page
    assert "<strong>Then:</strong> Opens on day 7." in page
    assert "<li>1 student: open already, and it stays open.</li>" in page
    assert "<li>3 students: it opens later.</li>" in page
    assert "<li>The letter “course 2” comes at another time for 3 students.</li>" in page
    assert second().release_days == 5
    sure = {"release_days": "7", "release_at": "", "after": "", "release_by": "last", "sure": "yes"}
    assert ines_client.post(sheet.partition("?")[0], sure).status_code == 302
    assert second().release_days == 7
    assert ines_client.post(sheet.partition("?")[0], sure).status_code == 302
    assert Opening.objects.count() == 1


def test_a_rule_that_touches_nobody_is_saved_at_once(
    knots: Course, ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    ines_client.post(f"/desk/courses/lesson/{second().pk}/change/", form(second(), release_days=7))
    assert second().release_days == 7


def test_a_draft_is_open_for_nobody_whatever_rule_it_had(
    seats: list[Enrolment], ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    Lesson.objects.filter(pk=second().pk).update(status="draft", release_days=0)
    draft = {"status": "draft", "release_days": 5}
    address = f"/desk/courses/lesson/{second().pk}"
    response = ines_client.post(f"{address}/change/", form(second(), **draft), follow=True)
    assert second().release_days == 5
    assert "stays open" not in "".join(str(one) for one in response.context["messages"])
    sheet = ines_client.post(f"{address}/opens/", {"release_days": "9"}).content.decode()
    assert "Students cannot see this lesson yet, so nobody is touched." in sheet
    ines_client.post(f"{address}/change/", form(second(), status="published"))
    assert not Opening.objects.exists()
    assert [release.is_open(second(), one, now=now) for one in seats[:4]] == [True, False, False, False]


def test_a_lesson_taken_back_and_published_again_is_open_for_whom_it_was(
    seats: list[Enrolment], ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    address = f"/desk/courses/lesson/{second().pk}/change/"
    ines_client.post(address, form(second(), status="draft"))
    ines_client.post(address, form(second(), status="draft", release_days=30))
    ines_client.post(address, form(second(), status="published"))
    assert second().release_days == 30
    assert [release.is_open(second(), one, now=now) for one in seats[:4]] == [True, False, False, False]


def test_the_page_of_the_rule_alone(seats: list[Enrolment], ines_client: Client, now: dt.datetime) -> None:
    show(now)
    address = f"/desk/courses/lesson/{second().pk}/opens/"
    assert "Look whom this touches" in ines_client.get(address).content.decode()
    response = ines_client.post(address, {"release_days": "5", "after": f"lesson:{second().pk}"})
    assert list(response.context["form"].errors) == ["after"]
    assert "Whom this touches" in ines_client.post(address, {"release_days": "3"}).content.decode()
    assert second().release_days == 5


def test_a_rule_that_somebody_gave_meanwhile_is_looked_at_first(
    seats: list[Enrolment], ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    address = f"/desk/courses/lesson/{second().pk}/opens/"
    kept = dict(ines_client.post(address, {"release_days": "3"}).context["kept"])
    Lesson.objects.filter(pk=second().pk).update(release_days=9)
    answer = ines_client.post(address, kept)
    assert "Somebody gave it another rule meanwhile." in answer.content.decode()
    assert second().release_days == 9
    assert ines_client.post(address, dict(answer.context["kept"])).status_code == 302
    assert second().release_days == 3


@pytest.mark.parametrize("year", ["0206", "9999"])
def test_a_slip_in_the_year_is_told(seats: list[Enrolment], ines_client: Client, year: str) -> None:
    address = f"/desk/courses/lesson/{second().pk}/opens/"
    answer = ines_client.post(address, {"release_days": "", "release_at": f"{year}-12-31T23:00"})
    assert answer.context["form"].errors == {"release_at": ["Write a year between 2000 and 2100."]}


@pytest.mark.parametrize("size", [1, 30])
def test_the_sheet_costs_the_same_for_many(
    ann: User, now: dt.datetime, size: int, django_assert_num_queries: Any
) -> None:
    course = factories.small_course(days=(0, 5))
    for number in range(size):
        user = factories.user(f"s{number}@example.org")
        access.grant(user=user, course=course, source="free", now=now)
    lesson = second()
    with django_assert_num_queries(6):
        rescheduling.impact(lesson=lesson, rule=Rule(days=7), now=now)
