"""The lesson's form says in plain words when it opens, and refuses what nobody could ever open."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses import access, progress, release
from courses.models import Course, Enrolment, Lesson, Opening
from courses.rules import FIRST, Rule
from tests import factories
from tests.courses.test_admin import form

pytestmark = pytest.mark.django_db


@pytest.fixture
def knots() -> Course:
    return factories.small_course(days=(0, 1, 2))


def lesson(number: int) -> Lesson:
    return Lesson.objects.get(module__position=1, position=number)


def post(client: Client, number: int, **changes: Any) -> Any:
    one = lesson(number)
    return client.post(f"/desk/courses/lesson/{one.pk}/change/", form(one, **changes))


def test_a_rule_is_typed_in_plain_words(knots: Course, ines_client: Client) -> None:
    rule = {"release_days": 3, "release_at": "2026-12-01T09:00", "after": f"lesson:{lesson(1).pk}"}
    assert post(ines_client, 2, **rule, release_by="first").status_code == 302
    moment = dt.datetime(2026, 12, 1, 14, tzinfo=dt.UTC)
    assert lesson(2).rule == Rule(3, moment, after_lesson=lesson(1).pk, by=FIRST)
    page = ines_client.get(f"/desk/courses/lesson/{lesson(2).pk}/change/").content.decode()
    assert 'value="2026-12-01T09:00"' in page
    assert f'<option value="lesson:{lesson(1).pk}" selected>1.1 Lesson 1.1</option>' in page
    assert "New York time; the same moment for students everywhere." in page
    assert post(ines_client, 2, release_days="").status_code == 302
    assert lesson(2).rule == Rule()


def test_a_rule_may_wait_for_a_module(knots: Course, ines_client: Client) -> None:
    module = factories.module(knots, 2)
    factories.lesson(module, 1)
    assert post(ines_client, 2, release_days=0, after=f"module:{module.pk}").status_code == 302
    assert lesson(2).rule == Rule(after_module=module.pk)


def faults(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def test_lessons_never_wait_in_a_circle(knots: Course, ines_client: Client) -> None:
    post(ines_client, 2, after=f"lesson:{lesson(3).pk}")
    post(ines_client, 3, after=f"lesson:{lesson(1).pk}")
    response = post(ines_client, 1, after=f"lesson:{lesson(2).pk}")
    way = "Lesson 1.1, after Lesson 1.2, after Lesson 1.3, after Lesson 1.1"
    assert faults(response) == {"after": [f"They would wait for each other for ever: {way}."]}
    assert lesson(1).rule == Rule()


def test_a_move_into_a_module_makes_no_circle(knots: Course, ines_client: Client) -> None:
    second = factories.lesson(factories.module(knots, 2), 1)
    post(ines_client, 1, after=f"module:{second.module_id}")
    post(ines_client, 2, after=f"lesson:{lesson(1).pk}")
    response = post(ines_client, 2, module=second.module_id, after=f"lesson:{lesson(1).pk}")
    assert list(faults(response)) == ["after"]


@pytest.mark.parametrize("what", ["itself", "its module", "archived", "draft", "other course"])
def test_nothing_waits_for_what_nobody_can_do(knots: Course, ines_client: Client, what: str) -> None:
    target = lesson(3)
    after = {"itself": f"lesson:{lesson(2).pk}", "its module": f"module:{target.module_id}"}
    if what == "archived":
        Lesson.objects.filter(pk=target.pk).update(archived_at=factories.JOINED)
    elif what == "draft":
        Lesson.objects.filter(pk=target.pk).update(status=Lesson.Status.DRAFT)
    elif what == "other course":
        target = factories.lesson(factories.module(factories.course("other")), 1)
    assert "after" in faults(post(ines_client, 2, after=after.get(what, f"lesson:{target.pk}")))
    assert lesson(2).rule == Rule(1)


def test_what_was_archived_later_is_no_fault_of_who_mends_a_typo(knots: Course, ines_client: Client) -> None:
    first = lesson(1)
    post(ines_client, 2, after=f"lesson:{first.pk}")
    Lesson.objects.filter(pk=first.pk).update(archived_at=factories.JOINED)
    assert post(ines_client, 2, title="Mended", after=f"lesson:{first.pk}").status_code == 302
    assert lesson(2).title == "Mended"


@pytest.fixture
def later(knots: Course) -> Lesson:
    """It waits for the module of lesson 1."""
    made = factories.lesson(factories.module(knots, 2), 1)
    made.rule = Rule(after_module=lesson(1).module_id)
    made.save()
    return made


def did(user: User, *numbers: int, now: dt.datetime) -> Enrolment:
    """The seat of somebody who did these lessons."""
    seat = access.grant(user=user, course=lesson(1).course, source="free", now=now).enrolment
    for number in numbers:
        progress.complete(enrolment=seat, lesson=lesson(number), now=now)
    return seat


def test_a_lesson_brought_back_closes_nothing(
    later: Lesson, ann: User, ines_client: Client, now: dt.datetime
) -> None:
    """The desk archives lesson 3 and brings it back."""
    seat = did(ann, 1, 2, now=now)
    action = {"action": "archive", "_selected_action": [lesson(3).pk]}
    ines_client.post("/desk/courses/lesson/", action)
    assert release.is_open(later, seat, now=now)
    ines_client.post("/desk/courses/lesson/", {**action, "action": "restore"})
    assert release.is_open(later, seat, now=now)
    assert Opening.objects.get().lesson == later


def test_a_new_lesson_in_a_module_that_was_done_closes_nothing(
    later: Lesson, ann: User, ines_client: Client, now: dt.datetime
) -> None:
    seat = did(ann, 1, 2, 3, now=now)
    Opening.objects.all().delete()  # as of somebody who was done before these were written down with it
    fresh = form(lesson(1), key="1.4", slug="fresh", title="Fresh")
    assert ines_client.post("/desk/courses/lesson/add/", fresh).status_code == 302
    assert Lesson.objects.get(key="1.4").status == Lesson.Status.PUBLISHED
    assert release.is_open(later, seat, now=now)
