"""Looking as a student: the very pages they get, nothing recorded, only for who teaches."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from courses import access, looking, progress
from courses.models import Course, Enrolment, Lesson, LessonProgress
from courses.rules import Rule
from tests import conftest, factories
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MADE_UP = {"joined": "2026-11-20", "zone": "Europe/Berlin", "done": "0", "on": "2026-11-23", "at": "08:59"}


def enter(client: Client, course: Course, **fields: str) -> str:
    """The address of the look that the form leads to."""
    response = client.post(f"/desk/courses/course/{course.pk}/look/", fields)
    assert response.status_code == 302, response.context["form"].errors
    return str(response.headers["Location"])


def inside(address: str) -> str:
    return address[: address.index("/", len("/as-student/")) + 1]


def main(page: str, prefix: str = "/") -> str:
    """What a page says, its addresses as the student has them."""
    found = re.search(r"<main.*</main>", page.replace(prefix, "/"), re.DOTALL)
    assert found
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", found.group())


def test_the_students_own_page_to_the_letter(
    seat: Enrolment, full: Course, ann_client: Client, ines_client: Client, at: dt.datetime
) -> None:
    waits = Lesson.objects.get(position=3)
    waits.rule = Rule(days=3, after_lesson=Lesson.objects.get(position=2).pk)
    waits.save()
    progress.complete(enrolment=seat, lesson=Lesson.objects.get(position=1), now=at)
    for moment, on, hour in ((at + HOUR, "2026-11-20", "11:00"), (at + 9 * DAY, "2026-11-29", "10:00")):
        prefix = inside(enter(ines_client, full, student="ANN@example.org", on=on, at=hour))
        show(moment)
        for path in ("learn/", "courses/knots/lessons/lesson-1-3/"):
            theirs = ann_client.get(f"/{path}").content.decode()
            looked = ines_client.get(f"{prefix}{path}").content.decode()
            assert main(looked, prefix) == main(theirs)


def test_a_lesson_is_read_and_nothing_can_be_pressed(
    seat: Enrolment, full: Course, ines_client: Client
) -> None:
    before = list(Enrolment.objects.values())
    start = enter(
        ines_client, full, student="ann@example.org", lesson="lesson-1-2", on="2026-11-20", at="11:00"
    )
    page = ines_client.get(start).content.decode()
    assert "canarybody2" in page
    assert "You see this as Ann (ann@example.org)" in page
    assert "Friday, November 20, 11:00 in New York" in page
    assert "Only the student can press this." in page
    assert "Only the student can answer this." in page
    assert "data-position-url" not in page
    for path in ("", "done/", "check/", "position/"):
        assert ines_client.post(f"{start}{path}", {"done": "yes"}).status_code == 405
    assert LessonProgress.objects.count() == 0
    assert list(Enrolment.objects.values()) == before


def test_every_link_stays_inside(seat: Enrolment, full: Course, ines_client: Client) -> None:
    start = enter(ines_client, full, student="ann@example.org", on="2026-11-20", at="11:00")
    prefix = inside(start)
    links = set(re.findall(r'href="(/[^"]*)"', ines_client.get(start).content.decode()))
    out = {link for link in links if not link.startswith((prefix, "/static/"))}
    assert {link.partition("?")[0] for link in out} == {
        f"/desk/courses/course/{full.pk}/look/",
        f"/desk/courses/course/{full.pk}/change/",
    }
    lesson = f"{prefix}courses/knots/lessons/lesson-1-2/"
    assert b"canaryvideo2" in b"".join(ines_client.get(f"{lesson}video/"))  # type: ignore[arg-type]
    assert "canarysheet2" in ines_client.get(f"{lesson}materials/sheet/").content.decode()
    assert b"canaryfile2" in b"".join(ines_client.get(f"{lesson}materials/file/file/"))  # type: ignore[arg-type]
    assert "canaryname2" in ines_client.get(f"{prefix}courses/knots/exercises/e02/").content.decode()
    assert ines_client.get(f"{prefix}learn/knots/continue/").status_code == 302
    outside = ines_client.get(f"{prefix}account/")
    assert (outside.status_code, "isn’t part of the look" in outside.content.decode()) == (404, True)
    assert ines_client.get(f"{prefix}no/such/").status_code == 404


@pytest.mark.parametrize(("at_hour", "status"), [("08:59", 403), ("09:00", 200)])
def test_a_made_up_student_lives_by_their_own_morning(
    full: Course, ines_client: Client, at: dt.datetime, at_hour: str, status: int
) -> None:
    address = enter(ines_client, full, **{**MADE_UP, "at": at_hour}, lesson="lesson-1-3")
    page = ines_client.get(address)
    assert page.status_code == status
    assert "a made-up student who joined on November 20" in page.content.decode()
    assert User.objects.count() == 1


def test_a_made_up_student_has_done_the_first_lessons(
    full: Course, ines_client: Client, at: dt.datetime
) -> None:
    third = Lesson.objects.get(position=3)
    third.rule = Rule(after_lesson=Lesson.objects.get(position=2).pk)
    third.save()
    for number, status in (("1", 403), ("2", 200)):
        address = enter(ines_client, full, **{**MADE_UP, "done": number}, lesson="lesson-1-3")
        assert ines_client.get(address).status_code == status


def test_drafts_are_shown_as_once_published(full: Course, ines_client: Client, at: dt.datetime) -> None:
    address = enter(ines_client, full, **MADE_UP, lesson="lesson-1-4")
    assert ines_client.get(address).status_code == 404
    address = enter(ines_client, full, **MADE_UP, lesson="lesson-1-4", drafts="on")
    page = ines_client.get(address).content.decode()
    assert "canarybody4" in page
    assert "Drafts are shown as if published." in page
    assert "canarybody6" not in ines_client.get(address.replace("1-4", "1-6")).content.decode()  # archived


def test_whose_access_ended_sees_what_they_see(
    seat: Enrolment, full: Course, ann_client: Client, ines_client: Client, at: dt.datetime
) -> None:
    access.end_all(enrolment=seat, reason="refund", now=at)
    address = enter(
        ines_client, full, student="ann@example.org", lesson="lesson-1-2", on="2026-11-20", at="11:00"
    )
    page = ines_client.get(address)
    assert page.status_code == 403
    assert "They have no access." in page.content.decode()
    theirs = ann_client.get("/courses/knots/lessons/lesson-1-2/").content.decode()
    assert main(page.content.decode(), inside(address)) == main(theirs)


def test_looking_as_a_real_student_is_written_down(
    seat: Enrolment, full: Course, ines_client: Client
) -> None:
    enter(ines_client, full, **MADE_UP)
    assert LogEntry.objects.count() == 0
    enter(ines_client, full, student="ann@example.org", on="2026-11-20", at="11:00")
    entry = LogEntry.objects.get()
    assert (entry.user.pk, entry.object_id) == (User.objects.get(email="ines@example.org").pk, str(seat.pk))
    assert entry.change_message == (
        "Saw Knots In Your Back Gone as this student, on Friday, November 20, 11:00 in New York."
    )


def test_the_form_is_filled_from_its_address(seat: Enrolment, full: Course, ines_client: Client) -> None:
    page = ines_client.get(
        f"/desk/courses/course/{full.pk}/look/", {"student": str(seat.pk)}
    ).content.decode()
    assert 'value="ann@example.org"' in page
    page = ines_client.get(f"/desk/courses/course/{full.pk}/look/", {"lesson": "lesson-1-2"}).content.decode()
    assert "See “Lesson 1.2” as a student" in page


def test_nobody_else_looks(
    seat: Enrolment, full: Course, ines: User, ines_client: Client, ann_client: Client
) -> None:
    address = enter(ines_client, full, student="ann@example.org", on="2026-11-20", at="11:00")
    other = conftest.signed_in(factories.user("ed@example.org", is_staff=True, is_superuser=True))
    clerk = conftest.signed_in(factories.user("clerk@example.org", is_staff=True))
    assert [one.get(address).status_code for one in (Client(), ann_client, other, clerk)] == [
        302,
        404,
        404,
        404,
    ]
    assert clerk.get(f"/desk/courses/course/{full.pk}/look/").status_code == 403
    assert ines_client.get(address.replace("/as-student/", "/as-student/x")).status_code == 404
    ines.is_staff = False
    ines.save()
    assert ines_client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"student": "ben@example.org", "on": "2026-11-20", "at": "11:00"}, ["student"]),
        ({"on": "2026-11-20", "at": "11:00"}, ["joined", "zone"]),
        ({**MADE_UP, "zone": "Mars/Crater"}, ["zone"]),
        ({**MADE_UP, "on": "soon"}, ["on"]),
        ({**MADE_UP, "on": "9999-12-31", "joined": "0001-01-01"}, ["joined", "on"]),
        ({**MADE_UP, "done": "-1"}, ["done"]),
    ],
)
def test_faults_stand_at_the_field(
    full: Course, ben: User, ines_client: Client, fields: dict[str, str], faults: list[str]
) -> None:
    response = ines_client.post(f"/desk/courses/course/{full.pk}/look/", fields)
    assert list(response.context["form"].errors) == faults


@pytest.mark.parametrize("size", [1, 30])
def test_a_look_costs_the_same_for_a_long_course(
    ann: User, now: dt.datetime, size: int, django_assert_num_queries: Any
) -> None:
    course = factories.small_course(slug="big", days=tuple(range(size)))
    seat = access.grant(user=ann, course=course, source="free", now=now).enrolment
    seat = Enrolment.objects.select_related("course", "user__contact").get(pk=seat.pk)
    with django_assert_num_queries(2):
        looking.outline(looking.as_student(seat, moment=now))
