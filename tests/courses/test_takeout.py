"""The students as files: whole, plain for spreadsheets, in pieces however many they are."""

import csv
import datetime as dt
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import roles
from accounts.models import User
from courses import access, progress, takeout
from courses.models import Course, Enrolment
from coursesite.lib import spreadsheet
from coursesite.lib.desk_log import Kind
from mailing.models import Contact
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
URL = "/desk/courses/enrolment/takeout/"
JOINED = "2026-11-20T15:00:00+00:00"


@pytest.fixture
def course(ann: User, ben: User, now: dt.datetime) -> Course:
    """Ann has done the first lesson and looked at the second; Ben is out again."""
    made = factories.small_course(days=(0, 0, 1))
    first, second, _ = made.lessons.all()
    anns = access.grant(user=ann, course=made, source="order-line:17", now=now).enrolment
    progress.seen(enrolment=anns, lesson=first, now=now)
    progress.complete(enrolment=anns, lesson=first, now=now)
    progress.seen(enrolment=anns, lesson=second, now=now)
    bens = access.grant(user=ben, course=made, source="manual:1", now=now).enrolment
    access.end_all(enrolment=bens, reason="asked for it", now=now, actor=None)  # type: ignore[arg-type]
    return made


def table(write: Callable[..., int], **how: Any) -> list[dict[str, str]]:
    into = io.BytesIO()
    count = write(into, **how)
    data = into.getvalue()
    assert data.startswith(spreadsheet.MARK)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == count
    return rows


def test_one_row_for_each_student(course: Course) -> None:
    ann, ben = table(takeout.students)
    assert ann == {
        "name": "Ann", "address": "ann@example.org", "course": "knots", "joined": JOINED,
        "time_zone": "America/New_York", "has_access": "yes", "came_by": "order-line", "lessons_done": "1",
        "lessons_published": "3", "finished": "", "last_seen": JOINED, "last_lesson": "1.2",
    }  # fmt: skip
    assert (ben["has_access"], ben["came_by"], ben["last_lesson"]) == ("no", "manual", "")


def test_one_row_for_each_lesson_opened(course: Course) -> None:
    rows = table(takeout.lessons)
    assert [(row["address"], row["lesson"], row["done"]) for row in rows] == [
        ("ann@example.org", "1.1", JOINED), ("ann@example.org", "1.2", ""),
    ]  # fmt: skip


def test_both_as_json(course: Course) -> None:
    into = io.BytesIO()
    assert takeout.both(into) == 2
    ann, ben = json.loads(into.getvalue())
    assert (ann["has_access"], ann["joined"], ann["finished"]) == (True, JOINED, None)
    assert [(one["lesson"], one["done"]) for one in ann["lessons"]] == [("1.1", JOINED), ("1.2", None)]
    assert ben["lessons"] == []
    empty = io.BytesIO()
    assert takeout.both(empty, course=factories.course("other")) == 0
    assert json.loads(empty.getvalue()) == []


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", " =1", "\u00a0@x"]
)
def test_a_name_is_no_formula(name: str, course: Course) -> None:
    Contact.objects.filter(email="ann@example.org").update(name=name)
    for write in (takeout.students, takeout.lessons):
        assert table(write)[0]["name"] == f"'{name}"


@pytest.mark.parametrize("name", ["Ann, “the” one", 'a"b', "Zoë 日本", "line\nbreak", "a=b", "", "O'Neill"])
def test_an_odd_name_comes_through(name: str, course: Course) -> None:
    Contact.objects.filter(email="ann@example.org").update(name=name)
    assert table(takeout.students)[0]["name"] == name


def more(course: Course, word: str, number: int, now: dt.datetime) -> None:
    contacts = Contact.objects.bulk_create(
        Contact(email=email, email_key=email, time_zone="UTC", created_at=now)
        for email in (f"{word}{one}@example.org" for one in range(number))
    )
    users = User.objects.bulk_create(User(email=one.email, contact=one, date_joined=now) for one in contacts)
    Enrolment.objects.bulk_create(
        Enrolment(user=one, course=course, joined_at=now, time_zone="UTC") for one in users
    )


def test_more_students_cost_no_more_queries_and_no_more_memory(course: Course, now: dt.datetime) -> None:
    def cost() -> tuple[int, int]:
        tracemalloc.start()
        with Path("/dev/null").open("wb") as into:
            takeout.students(into)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        with CaptureQueriesContext(connection) as asked:
            takeout.students(io.BytesIO())
        return len(asked), peak

    cost()
    few = cost()
    more(course, "s", takeout.A_TIME - 2, now)
    assert cost()[0] == few[0]
    more(course, "t", takeout.A_TIME, now)
    two_pieces = cost()
    more(course, "u", takeout.A_TIME * 3, now)
    assert cost()[1] < two_pieces[1] * 1.3


def test_the_desk_hands_it_out_and_writes_that_down(course: Course, ines_client: Client) -> None:
    assert ines_client.get(URL).status_code == 200
    answer: Any = ines_client.post(URL, {"kind": "lessons", "course": course.pk})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="lessons-knots-2026-11-20.csv"'
    assert b"".join(answer.streaming_content).count(b"ann@example.org") == 2
    line = LogEntry.objects.get()
    words = "Took the students of Knots In Your Back Gone out as a file: One row for each lesson a student opened (CSV)"
    assert (line.action_flag, line.change_message) == (Kind.EXPORT, f"{words}, 2 rows.")
    assert ines_client.post(URL, {"kind": "secrets"}).status_code == 200
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(("role", "status"), [(roles.OWNER, 200), (roles.COACH, 200), (roles.ASSISTANT, 403)])
def test_who_may(role: str, status: int, course: Course) -> None:
    roles.prepare()
    hal = factories.user("hal@example.org", is_staff=True)
    hal.groups.add(Group.objects.get(name=role))
    assert signed_in(hal).get(URL).status_code == status
