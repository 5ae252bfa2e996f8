"""All lessons and letters on one page: who joined when gets what when, by the clock they live by."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses import access, looking, timetable
from courses.models import Course, Enrolment, Lesson
from courses.rules import Rule
from mailing.models import Sequence, Step
from tests import factories
from tests.courses import letters
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def knots(now: dt.datetime) -> Course:
    """Lessons at once, on day 1, and after the first; letters about them on days 0, 0 and 1, and one on day 3."""
    course = factories.small_course(days=(0, 2, 0))
    letters.write("course", Sequence.Kind.DRIP, 0, 1, 3, now=now)
    for number in (1, 2):
        Step.objects.filter(key=f"course-{number}").update(subject_of=f"1.{number}")
    return course


def table(look: looking.Look) -> list[tuple[str, str]]:
    return [(f"{one.at:%m-%d %H}" if one.at else "?", one.title) for one in timetable.of(look)]


def test_a_made_up_students_table(knots: Course, now: dt.datetime) -> None:
    who = looking.MadeUp(now, "Europe/Berlin")
    look = looking.as_nobody(knots, who, moment=now)
    assert table(look) == [
        ("11-20 15", "1.1 Lesson 1.1"),
        ("11-20 15", "1.3 Lesson 1.3"),
        ("11-20 15", "course 1"),
        ("11-22 08", "1.2 Lesson 1.2"),
        ("11-22 08", "course 2"),  # of day 1, but its lesson opens on day 2
        ("11-23 08", "course 3"),
    ]


def test_what_waits_for_something_to_be_done_stands_at_the_end(knots: Course, now: dt.datetime) -> None:
    second = Lesson.objects.get(position=2)
    second.rule = Rule(after_lesson=Lesson.objects.get(position=1).pk)
    second.save()
    look = looking.as_nobody(knots, looking.MadeUp(now, "Europe/Berlin"), moment=now)
    assert table(look)[-3:] == [("?", "1.2 Lesson 1.2"), ("?", "course 2"), ("?", "course 3")]


def test_the_table_of_somebody_made_up_is_what_a_student_then_gets(
    knots: Course, ann: User, now: dt.datetime
) -> None:
    look = looking.as_nobody(knots, looking.MadeUp(now, "America/New_York"), moment=now)
    told = [(when, title) for when, title in table(look) if title.startswith("course")]
    access.grant(user=ann, course=knots, source="free", now=now)
    letters.live(now, days=6)
    assert letters.sent("ann@example.org") == told


def test_a_real_students_table_holds_what_went_and_what_will(
    knots: Course, ann: User, now: dt.datetime
) -> None:
    seat = access.grant(user=ann, course=knots, source="free", now=now).enrolment
    letters.live(now, days=1)
    mine = Enrolment.objects.select_related("course", "user__contact").get(pk=seat.pk)
    found = timetable.of(looking.as_student(mine, moment=now + DAY))
    assert [
        (f"{one.at:%m-%d %H}", one.title, one.is_past) for one in found if one.at and one.kind == "letter"
    ] == [
        ("11-20 15", "course 1", True),
        ("11-22 14", "course 2", False),
        ("11-23 14", "course 3", False),
    ]


def test_the_page_tells_the_zone(knots: Course, ann: User, ines_client: Client, now: dt.datetime) -> None:
    show(now)
    address = f"/desk/courses/course/{knots.pk}/schedule/"
    assert "For somebody who joined on Friday, November 20, 10:00 in New York." in (
        ines_client.get(address).content.decode()
    )
    page = ines_client.get(address, {"joined": "2026-11-20", "zone": "Europe/Berlin"}).content.decode()
    assert "Sunday, November 22, 9:00 in Berlin (Sunday, November 22, 3:00 in New York)" in page
    access.grant(user=ann, course=knots, source="free", now=now)
    assert (
        "For ann@example.org who joined"
        in ines_client.get(address, {"student": "ann@example.org"}).content.decode()
    )
    response = ines_client.get(address, {"joined": "2026-11-20", "zone": "Mars"})
    assert list(response.context["form"].errors) == ["zone"]


@pytest.mark.parametrize("size", [1, 40])
def test_the_page_costs_the_same_for_a_long_course(
    ines_client: Client, now: dt.datetime, size: int, django_assert_max_num_queries: Any
) -> None:
    show(now)
    course = factories.small_course(slug="big", days=tuple(range(size)))
    letters.write("course", Sequence.Kind.DRIP, *range(size), now=now)
    with django_assert_max_num_queries(10):
        assert ines_client.get(f"/desk/courses/course/{course.pk}/schedule/").status_code == 200
