"""A letter is kept without being sent, changed while people wait for it, and looked at as somebody."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailing import drip, outbox, publish
from mailing.models import Letter, Run, Sequence, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WORDS = {
    "subject": "Ready soon",
    "preheader": "",
    "body": "Hello.\n\n{button:Open the lesson}\n",
    "subject_of": "1.9",
}


@pytest.fixture
def course(settings: Any, at: dt.datetime) -> Sequence:
    """Two people got the first of two letters and wait for the second."""
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    settings.LETTER_LESSONS = "tests.desk.test_letters_kept.no_lessons"
    scene.answers.clear()
    made = scene.sequence(0, 4, now=at)
    for number in range(2):
        scene.run(who=scene.contact(f"p{number}@example.org", now=at), now=at, source=f"enrolment:{number}")
    drip.plan(now=at)
    outbox.deliver(now=at)
    return made


def no_lessons(sequence: str) -> list[str]:
    """Stands where courses stands: every lesson is there."""
    return []


def url(page: str, *args: Any) -> str:
    return reverse(f"admin:mailing_{page}", args=args)


def says(client: Client, place: str, press: dict[str, Any] | None = None) -> str:
    answer = client.get(place) if press is None else client.post(place, press, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_letter_kept_without_sending_goes_to_nobody_before_it_is_put_in(
    course: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    page = says(ines_client, url("step_add"), {**WORDS, "sequence": course.pk, "day": "2", "_keep_out": "1"})
    assert "It is not in use: nobody gets it before you put it in." in page
    assert "Not in use" in page and "Put it in …" in page
    step = Step.objects.get(key="ready-soon")
    assert step.archived_at is not None and step.revision is not None
    assert set(Run.objects.values_list("next_step__key", flat=True)) == {"a2"}
    says(
        ines_client,
        url("step_change", step.pk),
        {**WORDS, "sequence": course.pk, "day": "2", "position": "1.5"},
    )
    step.refresh_from_db()
    assert step.archived_at is not None  # changed, and still kept
    page = says(ines_client, url("step_restore", step.pk))
    assert "Put in: " in page and "Whom this touches" in page
    says(ines_client, url("step_restore", step.pk), {"_sure": "yes"})
    assert set(Run.objects.values_list("next_step__key", flat=True)) == {"ready-soon"}
    drip.plan(now=at + 2 * DAY)
    outbox.deliver(now=at + 2 * DAY)
    assert scene.got().count("Ready soon") == 2


def test_to_keep_a_letter_twice_is_to_keep_it_once(course: Sequence, at: dt.datetime) -> None:
    texts = {name: WORDS[name] for name in ("subject", "preheader", "body", "subject_of")}
    for _ in range(2):
        publish.step(sequence=course, key="x", day=2, position=9, now=at, is_in=False, **texts)
    step = Step.objects.get(key="x")
    assert step.archived_at == at
    assert publish.restore(step=step, now=at)
    publish.step(sequence=course, key="x", day=2, position=9, now=at, is_in=False, **texts)
    step.refresh_from_db()
    assert step.archived_at is None  # what is in use stays in use


def test_who_waits_for_a_letter_is_told_beside_the_form_and_after(
    course: Sequence, ines_client: Client
) -> None:
    step = Step.objects.get(key="a2")
    page = url("step_change", step.pk)
    assert "2 people wait for this letter and will read what you save." in says(ines_client, page)
    assert "wait for this letter" not in says(ines_client, url("step_change", Step.objects.get(key="a1").pk))
    words = {**WORDS, "subject_of": "1.2", "day": "4", "position": step.position, "sequence": course.pk}
    said = says(ines_client, page, words)
    assert "Published as wording 2: 2 people who wait for it will read this." in said
    assert "Saved: Ready soon" in said and "course/a2" not in said.partition("</h1>")[0]


def test_of_a_first_wording_no_earlier_one_is_offered(course: Sequence, ines_client: Client) -> None:
    said = says(ines_client, url("step_add"), {**WORDS, "sequence": course.pk, "day": "2", "_sure": "yes"})
    look = url("step_look", Step.objects.get(key="ready-soon").pk)
    assert f'Published. <a href="{look}">Look at it</a></li>' in said


@pytest.mark.parametrize(
    ("kind", "anchor", "label"),
    [
        ("drip", "start", "Days after joining"),
        ("nudge", "start", "Quiet days before it"),
        ("completion", "start", "Days after finishing"),
        ("drip", "previous", "Days after the letter before"),
    ],
)
def test_a_form_says_what_its_days_count_from(
    course: Sequence, ines_client: Client, kind: str, anchor: str, label: str
) -> None:
    Sequence.objects.update(kind=kind, anchor=anchor)
    assert f"{label}:" in says(ines_client, url("step_change", Step.objects.get(key="a2").pk))
    assert f"{label}:" in says(ines_client, f"{url('step_add')}?sequence={course.pk}")


@pytest.mark.parametrize("word", ["x", "0", "99999999999999999999"])
def test_a_form_for_a_sequence_that_is_not_there(course: Sequence, ines_client: Client, word: str) -> None:
    assert "Write a letter" in says(ines_client, f"{url('step_add')}?sequence={word}")


def test_for_whom_a_letter_is_stands_in_words(course: Sequence, ines_client: Client) -> None:
    Step.objects.filter(key="a2").update(condition="minerals")
    Step.objects.filter(key="a1").update(condition="moonlight")
    page = says(ines_client, url("sequence_letters", course.pk))
    assert "only for whom the cause finder points to minerals; nobody can answer it yet" in page
    assert "only for “moonlight”, which the site does not know: nobody gets it" in page


def test_what_comes_next_stands_beside_the_look_as_somebody(course: Sequence, ines_client: Client) -> None:
    step, reader = Step.objects.get(key="a1"), Letter.objects.order_by("contact").first()
    assert reader is not None
    page = f"{url('step_look', step.pk)}?width=phone&light=dark&pictures=off"
    found = says(ines_client, f"{page}&who=p0")
    place = f"?width=phone&amp;light=dark&amp;pictures=off&amp;contact={reader.contact_id}"
    assert f'href="{place}"' in found
    shown = says(ines_client, f"{page}&contact={reader.contact_id}")
    assert "<strong>Letter 2</strong>" in shown
    answer = ines_client.post(
        url("step_test", step.pk), {"contact": reader.contact_id, "width": "phone", "light": "dark"}
    )
    assert answer.headers["Location"].endswith(
        f"?width=phone&light=dark&pictures=on&contact={reader.contact_id}"
    )


def test_faults_of_the_whole_form_are_not_announced_with_an_empty_list(
    course: Sequence, ines_client: Client
) -> None:
    page = says(
        ines_client, url("step_add"), {**WORDS, "body": "{nobody}", "sequence": course.pk, "day": "2"}
    )
    assert "Please mend what stands below." in page and "Please mend:" not in page
    assert "Please mend:" in says(
        ines_client, url("step_add"), {**WORDS, "subject": "", "sequence": course.pk}
    )
