"""The log of the desk: what is pressed stands there, and nobody takes it out again."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles
from accounts.models import User
from courses.models import Course, Enrolment
from coursesite.lib import desk_log
from coursesite.lib.desk_log import Kind
from mailing.models import Sequence

pytestmark = pytest.mark.django_db
LIST = "/desk/admin/logentry/"


def lines() -> list[tuple[int, str, str]]:
    found = LogEntry.objects.order_by("pk")
    return [(line.action_flag, line.get_change_message(), line.object_repr) for line in found]


def test_a_line_says_who_did_what_to_what_and_when(ines: User, knots: Course, now: dt.datetime) -> None:
    for _ in range(2):
        desk_log.record(actor=ines, kind=Kind.EXPORT, words="Took out the course.", about=knots, now=now)
    line = LogEntry.objects.first()
    assert line is not None
    assert (line.user, line.action_time, line.get_edited_object()) == (ines, now, knots)
    assert lines() == [(Kind.EXPORT, "Took out the course.", "Knots In Your Back Gone")] * 2


def test_words_that_look_like_json_are_words(ines: User, now: dt.datetime) -> None:
    desk_log.record(actor=ines, kind=Kind.DID, words="[1, 2] ] of them", now=now)
    assert lines() == [(Kind.DID, "1, 2] ] of them", "")]


def test_what_is_pressed_is_written_down(seat: Enrolment, ines_client: Client) -> None:
    sequence = Sequence.objects.get(slug="course")
    pause = reverse("admin:mailing_sequence_pause", args=[sequence.pk])
    ines_client.get(pause)
    assert lines() == []
    ines_client.post(pause)
    assert lines() == [(Kind.LETTERS, "Paused. Nothing of it goes out.", "Letters of the course")]


def test_an_action_on_a_ticked_row_names_it_and_the_page_that_only_asks_leaves_no_line(
    seat: Enrolment, ines_client: Client
) -> None:
    url = reverse("admin:courses_enrolment_changelist")
    form = {"action": "end_access", "_selected_action": str(seat.pk)}
    ines_client.post(url, form)
    assert lines() == []
    ines_client.post(url, {**form, "apply": "yes", "reason": "asked for it"})
    assert lines() == [(Kind.ACCESS, "End access: done for 1.", str(seat))]


def test_a_form_of_the_admin_is_written_down_once(knots: Course, ines_client: Client) -> None:
    module = knots.modules.get()
    form = {"course": knots.pk, "position": "1", "title": "New", "slug": "new", "key": "m1", "summary": ""}
    ines_client.post(f"/desk/courses/module/{module.pk}/change/", form)
    assert [(kind, about) for kind, _, about in lines()] == [(Kind.CHANGED, "1. New")]


@pytest.mark.parametrize("who", ["owner", "superuser"])
def test_nobody_changes_or_deletes_a_line(
    who: str, ines: User, ines_client: Client, now: dt.datetime
) -> None:
    if who == "owner":
        roles.prepare()
        ines.is_superuser = False
        ines.save()
        ines.groups.set([roles.Group.objects.get(name=roles.OWNER)])
    line = desk_log.record(actor=ines, kind=Kind.DID, words="Did it.", now=now)
    assert ines_client.get(LIST).status_code == 200
    assert ines_client.get(f"{LIST}{line.pk}/change/").status_code == 200
    assert ines_client.get(f"{LIST}add/").status_code == 403
    assert ines_client.post(f"{LIST}{line.pk}/change/", {"change_message": "x"}).status_code == 403
    assert ines_client.post(f"{LIST}{line.pk}/delete/", {"post": "yes"}).status_code == 403
    ines_client.post(LIST, {"action": "delete_selected", "_selected_action": str(line.pk), "post": "yes"})
    assert lines() == [(Kind.DID, "Did it.", "")]


def test_the_log_is_found_by_person_kind_day_and_words(
    ines: User, ben: User, ines_client: Client, knots: Course, now: dt.datetime
) -> None:
    desk_log.record(actor=ines, kind=Kind.EXPORT, words="Took out the course.", about=knots, now=now)
    desk_log.record(actor=ben, kind=Kind.MONEY, words="Gave 10 back.", now=now - dt.timedelta(days=40))

    def shown(**query: Any) -> list[str]:
        return [str(line.change_message) for line in ines_client.get(LIST, query).context["cl"].result_list]

    assert shown() == ["Gave 10 back.", "Took out the course."]
    assert shown(person=ben.pk) == shown(kind=Kind.MONEY.value) == shown(q="ben@") == ["Gave 10 back."]
    assert (
        shown(q="knots") == shown(action_time__year=2026, action_time__month=11) == ["Took out the course."]
    )
    assert shown(kind="nonsense", person="x") == shown()


def test_the_log_costs_the_same_with_one_line_and_with_many(
    ines: User, ben: User, ines_client: Client, knots: Course, now: dt.datetime
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            ines_client.get(LIST)
        return len(asked)

    desk_log.record(actor=ines, kind=Kind.DID, words="One.", about=knots, now=now)
    cost()
    few = cost()
    for actor in (ines, ben):
        for one in knots.lessons.all():
            desk_log.record(actor=actor, kind=Kind.DID, words="More.", about=one, now=now)
    assert (cost(), few <= 12) == (few, True)
