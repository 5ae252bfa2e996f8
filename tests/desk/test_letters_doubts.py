"""Before a letter is saved it is tried on real people; what is worth a second look is said and holds nothing back."""

import datetime as dt
import socket
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from mailing import guards
from mailing.models import Broadcast, Sequence, Step, StepRevision
from tests.mailing import scene

pytestmark = pytest.mark.django_db
LONG = "A subject that no inbox shows to its end, because it goes on and on"
LESSON = "About {lesson_title}.\n\n{button:Go}\n"


@pytest.fixture(autouse=True)
def guard(settings: Any) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


@pytest.fixture
def step(at: dt.datetime) -> Step:
    course = scene.sequence(0, now=at)
    scene.run(who=scene.contact(now=at), now=at)
    return Step.objects.get(sequence=course)


def says(client: Client, page: str, words: dict[str, Any]) -> str:
    answer = client.post(page, words, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def words(step: Step, **changes: Any) -> dict[str, Any]:
    text = {"subject": "A letter", "preheader": "More of it", "body": scene.BODY}
    return {**text, "position": step.position, "day": step.day, "subject_of": step.subject_of, **changes}


def test_48_it_is_not_saved_while_it_cannot_be_written_for_somebody(step: Step, ines_client: Client) -> None:
    page = reverse("admin:mailing_step_change", args=[step.pk])
    scene.answers[""] = guards.Send({"course_title": "Knots"})
    about_nothing = words(step, body=LESSON, subject_of="")
    said = "It cannot be written for ann@example.org: nobody fills lesson_title."
    assert said in says(ines_client, page, about_nothing)
    assert StepRevision.objects.count() == 1
    live = reverse(
        "admin:mailing_step_unsaved"
    )  # there nobody is asked about, because it is drawn while one types
    assert said not in says(ines_client, f"{live}?of={step.sequence_id}", about_nothing)
    assert "Published as wording 2" in says(ines_client, page, words(step, body=LESSON))


def test_what_is_worth_a_second_look_is_said_beside_the_text_and_after_saving(
    step: Step, ines_client: Client
) -> None:
    said = f"The subject has {len(LONG)} characters. Many inboxes show no more than 60."
    live = f"{reverse('admin:mailing_step_unsaved')}?of={step.sequence_id}"
    page = says(ines_client, live, words(step, subject=LONG))
    assert f"Worth a second look:</p><ul><li>{said}</li></ul>" in page
    assert "Worth a second look" not in says(ines_client, live, words(step))
    change = reverse("admin:mailing_step_change", args=[step.pk])
    page = says(ines_client, change, words(step, subject=LONG))
    assert "Published as wording 2" in page and f"Worth a second look: {said}" in page
    assert "Worth a second look" not in says(ines_client, change, words(step))
    new = words(step, subject=LONG, sequence=step.sequence_id, key="", position="", _sure="yes")
    assert f"Worth a second look: {said}" in says(ines_client, reverse("admin:mailing_step_add"), new)


def test_links_are_asked_after_saving_where_they_may_be(
    step: Step, ines_client: Client, settings: Any
) -> None:
    linked = words(step, body="[there](https://127.0.0.1/x)\n\n{button:Go}\n")
    page = reverse("admin:mailing_step_change", args=[step.pk])
    said = "The link to https://127.0.0.1/x: It leads into a private network."
    settings.CHECK_LINKS = False  # the default of embedded mode only
    assert said not in says(ines_client, page, linked)
    settings.CHECK_LINKS = True
    assert said in says(ines_client, page, linked)
    live = f"{reverse('admin:mailing_step_unsaved')}?of={step.sequence_id}"
    assert said not in says(ines_client, live, linked)
    assert said not in says(ines_client, page, {**linked, "subject": ""})  # it was not saved


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_other_sites_are_asked(
    step: Step, ines_client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHECK_LINKS = True
    ours, locked = connections["default"], list[bool]()

    def getaddrinfo(*args: Any, **kwargs: Any) -> list[Any]:
        locked.append(ours.in_atomic_block)
        return []

    page = reverse("admin:mailing_step_change", args=[step.pk])
    linked = words(step, body="[there](https://example.org/x)\n\n{button:Go}\n")
    ines_client.get(page)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert "The link to https://example.org/x" in says(ines_client, page, linked)
    assert locked == [False]


def test_letters_to_many_too(at: dt.datetime, ines_client: Client, settings: Any) -> None:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"
    scene.contact(now=at)
    text = {"subject": "A day off", "preheader": "", "body": "Words.", "title": "Off", "audience": "students"}
    page = says(ines_client, reverse("admin:mailing_broadcast_add"), text)
    assert Broadcast.objects.count() == 1 and Sequence.objects.count() == 1
    assert "Worth a second look: There is no preheader" in page
    assert "Worth a second look: There is no link or button in it: it leads nowhere." in page
