"""Which answers tell a browser that what it keeps of a form is saved."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course, Lesson
from tests.desk.test_fields import change, form

pytestmark = pytest.mark.django_db
NAME = "0123456789abcdef"


def taken(answer: Any) -> list[str]:
    return [name for name in answer.cookies if name.startswith("desk-saved-")]


def test_only_an_answer_that_took_it_says_so(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=2)
    address = change(lesson)
    data = {**form(ines_client, address), "_draft": NAME}
    assert taken(ines_client.post(address, {**data, "title": ""})) == []
    assert taken(ines_client.post(address, data)) == [f"desk-saved-{NAME}"]
    assert taken(ines_client.post(address, {**data, "_draft": "x; other=1"})) == []
    assert taken(Client().post(address, data)) == []
    outline = reverse("admin:courses_course_outline", args=[lesson.course_id])
    stale = {"seen": "old", "do": f"up:lesson:{lesson.pk}", "_draft": NAME}
    assert taken(ines_client.post(outline, stale)) == []


def test_the_pulse_is_for_who_sits_at_the_desk(ines: User, ines_client: Client, ann_client: Client) -> None:
    place = reverse("admin:pulse")
    assert ines_client.get(place).json()["user"] == str(ines.pk)
    assert (Client().get(place).status_code, ann_client.get(place).status_code) == (302, 302)
