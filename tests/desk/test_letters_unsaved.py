"""A letter is looked at, and tried out, before it is saved: by the sender's own code, and nothing is stored."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import serializers
from django.test import Client
from django.urls import reverse

from mailing.models import Letter, Sequence, Step, StepRevision
from tests import factories
from tests.conftest import signed_in
from tests.mailing import scene

pytestmark = pytest.mark.django_db
WORDS = {"subject": "Hello {first_name}", "preheader": "A look ahead", "body": scene.BODY}


@pytest.fixture(autouse=True)
def guard(settings: Any) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


@pytest.fixture
def course(at: dt.datetime) -> Sequence:
    return scene.sequence(0, 1, now=at)


def address(of: object = "") -> str:
    page = reverse("admin:mailing_step_unsaved")
    return f"{page}?of={of}" if of else page


def rows() -> list[str]:
    every = (Sequence, Step, StepRevision, Letter)
    return [serializers.serialize("json", model._default_manager.order_by("pk")) for model in every]


def test_a_letter_is_looked_at_before_it_is_saved_and_nothing_is_stored(
    course: Sequence, ines_client: Client
) -> None:
    before = rows()
    answer = ines_client.post(address(course.pk), WORDS)
    page = " ".join(answer.content.decode().split())
    assert "<strong>Hello Ann</strong>" in page
    assert '<span class="quiet">A look ahead</span>' in page
    assert "Open the lesson" in answer.context["html"] and "{" not in answer.context["look"].rendered.text
    assert answer.context["faults"] == []
    assert (rows(), scene.got()) == (before, [])


def test_what_keeps_it_from_being_saved_stands_beside_it(course: Sequence, ines_client: Client) -> None:
    broken = {**WORDS, "body": "Hello.\n\n[here](/lesson)\n\n{button:Go}\n"}
    page = ines_client.post(address(course.pk), broken).content.decode()
    assert "To be mended before it can be saved" in page
    assert "The link to /lesson is broken" in page and "<iframe" in page
    page = ines_client.post(address(course.pk), {**WORDS, "body": "{firstname}"}).content.decode()
    assert "The button is missing" in page and "<iframe" not in page


def test_before_a_word_is_written_nobody_is_scolded(course: Sequence, ines_client: Client) -> None:
    answer = ines_client.post(address(), {"subject": "", "preheader": "", "body": "", "sequence": ""})
    assert (answer.status_code, answer.context["faults"]) == (200, [])


def test_the_form_says_which_sequence(course: Sequence, ines_client: Client) -> None:
    words = {**WORDS, "body": "Hello {lesson_title}"}
    assert ines_client.post(address(), {**words, "sequence": course.pk}).context["faults"] != []
    assert ines_client.post(address(), {**words, "sequence": 999_999}).status_code == 404
    assert ines_client.post(address("x"), words).status_code == 404
    many = ines_client.post(address("many"), words).context["faults"]
    assert many == ["A letter to many knows no lesson_title."]


def test_dark_and_without_pictures(course: Sequence, ines_client: Client) -> None:
    words = {**WORDS, "body": "![A back](https://example.org/a.png)\n\n{button:Go}\n"}
    html = ines_client.post(address(course.pk), words).context["html"]
    dark = ines_client.post(address(course.pk), {**words, "light": "dark", "pictures": "off"}).context["html"]
    assert ("a.png" in html, "a.png" in dark, "@media all" in dark) == (True, False, True)


def test_its_styles_are_allowed_and_its_frame_stays_at_home(course: Sequence, ines_client: Client) -> None:
    for answer in (ines_client.get(address(course.pk)), ines_client.post(address(course.pk), WORDS)):
        policy = answer.headers["Content-Security-Policy"]
        assert "style-src 'self' 'unsafe-inline'" in policy and "frame-ancestors 'self'" in policy
        assert "script-src 'self';" in f"{policy};"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_unsaved_words_are_mailed_to_oneself_as_a_test(course: Sequence, ines_client: Client) -> None:
    before = rows()
    answer = ines_client.post(address(course.pk), {**WORDS, "do": "test"})
    assert "Look into the mailbox of ines@example.org." in answer.content.decode()
    [mail] = scene.mails()
    assert (mail["To"], mail["Subject"]) == ("ines@example.org", "[TEST] Hello Ann")
    assert "List-Unsubscribe" not in mail
    assert rows() == before


def test_a_test_comes_from_where_the_letter_will_come_from(
    course: Sequence, ines_client: Client, settings: Any
) -> None:
    settings.LETTERS_FROM_EMAIL = "Ines <letters@example.org>"
    assert ">Ines</b>" in ines_client.post(address(course.pk), {**WORDS, "do": "test"}).content.decode()
    assert scene.mails()[0]["From"] == "Ines <letters@example.org>"


def test_what_the_mail_server_answers_to_a_test_is_told_in_place(
    course: Sequence, ines_client: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.MAIL_ALLOW_LIST = ["@example.org"]
    page = ines_client.post(address(course.pk), {**WORDS, "do": "test"}).content.decode()
    assert "<strong>Not sent.</strong> The mail server was not there" in page
    page = ines_client.post(address(course.pk), {**WORDS, "body": "{nobody}", "do": "test"}).content.decode()
    assert "It cannot be written: nobody fills nobody." in page


def test_who_may_not_change_letters_sees_no_look_and_sends_no_test(course: Sequence) -> None:
    helper = factories.user("hal@example.org", is_staff=True)
    rights = Permission.objects.filter(content_type__app_label="mailing")
    helper.user_permissions.set(
        rights.filter(codename__in=["view_step", "view_broadcast", "change_broadcast"])
    )
    client = signed_in(helper)
    for do in ("", "test"):
        assert Client().post(address(course.pk), {**WORDS, "do": do}).status_code == 302
        assert client.post(address(course.pk), {**WORDS, "do": do}).status_code == 403
        assert client.post(address(), {**WORDS, "do": do}).status_code == 403
    assert client.post(address("many"), WORDS).status_code == 200
    assert scene.got() == []
    assert "data-letter" not in client.get(
        reverse("admin:mailing_step_change", args=[Step.objects.all()[0].pk])
    ).content.decode()  # fmt: skip
