import datetime as dt
import re
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.text import capfirst

from accounts.models import User
from mailing import drip, outbox, suppression
from mailing.admin import person
from mailing.models import Contact, Letter, Run, Sequence, Step, StepRevision, Suppression
from tests.mailing import scene

pytestmark = pytest.mark.django_db
PAGES = ["sequence", "step", "steprevision", "letter", "run", "contact", "consent", "suppression"]


def sent_lesson(now: dt.datetime) -> Letter:
    scene.sequence(0, 1, now=now)
    scene.run(who=scene.contact("reader@example.org", now=now), now=now)
    drip.plan(now=now)
    outbox.deliver(now=now)
    return Letter.objects.get()


def step_form(step: Step, **changes: Any) -> dict[str, Any]:
    assert step.revision is not None
    values = {
        "position": step.position,
        "day": step.day,
        "subject_of": step.subject_of,
        "subject": step.revision.subject,
        "preheader": step.revision.preheader,
        "body": step.revision.body,
    }
    return {**values, **changes}


@pytest.mark.parametrize("page", PAGES)
def test_every_list_and_row_can_be_looked_at(page: str, now: dt.datetime, ines_client: Client) -> None:
    sent_lesson(now)
    answer = ines_client.get(reverse(f"admin:mailing_{page}_changelist"))
    assert answer.status_code == 200
    model = next(m for m in admin.site._registry if m._meta.label_lower == f"mailing.{page}")
    for row in model._default_manager.all()[:1]:
        assert ines_client.get(reverse(f"admin:mailing_{page}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_who_does_not_teach_sees_none_of_it(page: str, now: dt.datetime, ben_client: Client) -> None:
    answer = ben_client.get(reverse(f"admin:mailing_{page}_changelist"))
    assert answer.status_code in {302, 403, 404}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("letter", 7), ("run", 7), ("step", 7), ("contact", 6)])
def test_lists_cost_the_same_with_one_row_and_three(
    page: str, queries: int, rows: int, now: dt.datetime, ines_client: Client, django_assert_num_queries: Any
) -> None:
    scene.sequence(*range(rows), now=now)
    for number in range(rows):
        scene.run(who=scene.contact(f"p{number}@example.org", now=now), now=now, source=f"enrolment:{number}")
    drip.plan(now=now)
    with django_assert_num_queries(queries):
        ines_client.get(reverse(f"admin:mailing_{page}_changelist"))


def test_editing_a_letter_publishes_a_revision_and_touches_no_row_of_the_ledger(
    now: dt.datetime, ines_client: Client
) -> None:
    letter = sent_lesson(now)
    step = Step.objects.get(key="a1")
    page = reverse("admin:mailing_step_change", args=[step.pk])
    ines_client.post(page, step_form(step, subject="Better words"))
    ines_client.post(page, step_form(step, subject="Better words"))
    step.refresh_from_db()
    assert step.revision is not None
    assert (step.revision.subject, step.revision.number) == ("Better words", 2)
    letter.refresh_from_db()
    assert letter.revision.subject == "Letter 1"
    assert (StepRevision.objects.filter(step=step).count(), Letter.objects.count()) == (2, 1)


def test_a_text_that_would_fail_is_refused_at_the_desk(now: dt.datetime, ines_client: Client) -> None:
    scene.sequence(0, now=now)
    step = Step.objects.get()
    answer = ines_client.post(
        reverse("admin:mailing_step_change", args=[step.pk]),
        step_form(step, body="Hello {nobody}\n\n{button:Go}"),
    )
    assert "Unknown placeholder: nobody" in answer.content.decode()
    assert StepRevision.objects.count() == 1


def test_a_new_letter_can_be_written_at_the_desk(now: dt.datetime, ines_client: Client) -> None:
    course = scene.sequence(0, now=now)
    form = step_form(Step.objects.get(), sequence=course.pk, key="extra", position=9, day=9, subject="Extra")
    assert ines_client.post(reverse("admin:mailing_step_add"), form).status_code == 302
    assert [str(step.revision) for step in course.steps.all()] == [
        "course/a1 revision 1",
        "course/extra revision 1",
    ]


def test_the_preview_shows_the_letter_under_a_policy_of_its_own(
    now: dt.datetime, ines_client: Client
) -> None:
    scene.sequence(0, now=now)
    page = reverse("admin:mailing_step_preview", args=[Step.objects.get().pk])
    answer = ines_client.get(page)
    assert "Hello Ann," in answer.content.decode()
    assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    assert Client().get(page).status_code == 302


def test_letters_are_found_by_address_and_by_subject(now: dt.datetime, ines_client: Client) -> None:
    sent_lesson(now)
    page = reverse("admin:mailing_letter_changelist")
    for words, found in (
        ("reader@example", "1 letter"),
        ("Letter 1", "1 letter"),
        ("nobody", "Nothing here fits"),
    ):
        assert found in ines_client.get(page, {"q": words}).content.decode()


@pytest.mark.parametrize("state", Letter.State)
def test_letters_are_filtered_by_the_word_of_their_mark(
    state: Letter.State, now: dt.datetime, ines_client: Client
) -> None:
    letter, page = sent_lesson(now), reverse("admin:mailing_letter_changelist")
    Letter.objects.update(state=state)
    word = filter_word(ines_client, page, state)
    assert f"</svg>{word}</span>" in ines_client.get(page).content.decode()
    assert filter_word(ines_client, f"{page}?_facets=True", state) == f"{word} (1)"
    for lookup in ("state__exact", "state__in", "state"):
        assert letter.contact.email in ines_client.get(f"{page}?{lookup}={state}").content.decode()


@pytest.mark.parametrize("state", Run.State)
def test_people_on_the_way_are_filtered_by_the_word_of_their_state(
    state: Run.State, now: dt.datetime, ines_client: Client
) -> None:
    letter, page = sent_lesson(now), reverse("admin:mailing_run_changelist")
    Run.objects.update(state=state)
    assert filter_word(ines_client, page, state) == capfirst(person.run_says(Run.objects.get()))
    for lookup in ("state__exact", "state"):
        assert letter.contact.email in ines_client.get(f"{page}?{lookup}={state}").content.decode()


def filter_word(client: Client, page: str, state: str) -> str:
    """What the filter calls a state."""
    [word] = re.findall(rf'state__exact={state}">([^<]+)</a>', client.get(page).content.decode())
    return str(word).strip()


def test_a_code_is_never_shown(now: dt.datetime, ines_client: Client) -> None:
    letter = scene.code(who=scene.contact("reader@example.org", now=now), now=now)
    page = ines_client.get(reverse("admin:mailing_letter_change", args=[letter.pk]))
    assert "ABC-DEF" not in page.content.decode()


def test_the_ledger_cannot_be_written_to(now: dt.datetime, ines_client: Client) -> None:
    letter = sent_lesson(now)
    for name in ("change", "delete"):
        page = reverse(f"admin:mailing_letter_{name}", args=[letter.pk])
        assert ines_client.post(page, {"state": "queued", "post": "yes"}).status_code == 403
    letter.refresh_from_db()
    assert letter.state == Letter.State.SENT


def act(client: Client, page: str, action: str, pk: object) -> None:
    address = reverse(f"admin:mailing_{page}_changelist")
    assert client.post(address, {"action": action, "_selected_action": [str(pk)]}).status_code == 302


def test_the_actions_of_the_desk(now: dt.datetime, ines_client: Client) -> None:
    letter = sent_lesson(now)
    Letter.objects.filter(pk=letter.pk).update(state=Letter.State.UNKNOWN)
    act(ines_client, "letter", "send_again", letter.pk)
    letter.refresh_from_db()
    assert letter.state == Letter.State.QUEUED
    act(ines_client, "run", "stop", letter.run_id)
    assert Run.objects.get().state == Run.State.CANCELLED
    step = Step.objects.get(key="a2")
    for action, gone in (("archive", True), ("restore", False)):
        page = reverse(f"admin:mailing_step_{action}", args=[step.pk])
        assert ines_client.post(page, {"_sure": "yes"}).status_code == 302
        step.refresh_from_db()
        assert (step.archived_at is not None) is gone


def test_an_address_is_put_on_the_list_and_taken_off(now: dt.datetime, ines_client: Client) -> None:
    form = {"email": "Reader@Example.org", "scope": "all", "reason": "manual"}
    for said in ("is on the list now", "stands on the list already"):
        page = ines_client.post(reverse("admin:mailing_suppression_add"), form, follow=True).content.decode()
        assert f"Reader@Example.org {said}. Not sent there: everything." in page
    put = Suppression.objects.get()
    seen = ines_client.get(reverse("admin:mailing_suppression_change", args=[put.pk])).content.decode()
    assert "Only a hash of the address is kept." in seen
    assert put.address_hash[:12] in seen
    assert put.address_hash == suppression.hash_of("reader@example.org")
    found = ines_client.get(reverse("admin:mailing_suppression_changelist"), {"q": "READER@example.org"})
    assert "1 address not written to" in found.content.decode()
    assert "reader@example" not in found.content.decode().partition("searchbar")[2].partition("</form>")[2]
    act(ines_client, "suppression", "lift", put.pk)
    put.refresh_from_db()
    assert put.lifted_at is not None


def test_a_zone_set_at_the_desk_moves_the_morning_and_a_bad_one_is_refused(
    now: dt.datetime, ines_client: Client
) -> None:
    sent_lesson(now)
    contact = Contact.objects.get(email="reader@example.org")
    page = reverse("admin:mailing_contact_change", args=[contact.pk])
    for zone in ("Mars/Olympus", ""):
        assert ines_client.post(page, {"name": "Lee", "time_zone": zone}).status_code == 200
        contact.refresh_from_db()
        assert (contact.name, contact.time_zone) == ("Ann", "America/New_York")
    ines_client.post(page, {"name": "Lee", "time_zone": "Europe/Berlin"})
    contact.refresh_from_db()
    assert (contact.name, contact.time_zone) == ("Lee", "Europe/Berlin")
    assert Run.objects.get().next_due_at == dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)


def test_a_sequence_is_paused_at_the_desk(now: dt.datetime, ines_client: Client) -> None:
    course = scene.sequence(0, now=now)
    form = {"title": "Course", "send_at": "08:00", "days": list("1234567")}
    ines_client.post(reverse("admin:mailing_sequence_change", args=[course.pk]), form)
    ines_client.post(reverse("admin:mailing_sequence_pause", args=[course.pk]))
    course.refresh_from_db()
    assert (course.state, course.send_at) == (Sequence.State.PAUSED, dt.time(8))


def test_the_ledgers_list_goes_along_its_index(ines: User, now: dt.datetime) -> None:
    """Of many letters the page reads only its hundred, and nothing else asks for the dates of all."""
    scene.code(who=scene.contact(now=now), now=now)
    request = RequestFactory().get("/")
    request.user = ines
    page = admin.site.get_model_admin(Letter).get_changelist_instance(request)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # so few rows are sorted otherwise
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
    assert "letters_newest_first" in page.queryset[:100].explain()
    assert page.date_hierarchy is None
