"""The desk switches letters on for those who are there already, and reaches those who had passed a new one."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from mailing import drip, outbox, switching
from mailing.models import Contact, Letter, Run, Sequence, Step, Wave
from tests import factories
from tests.conftest import signed_in
from tests.desk.test_letters import form, says, url
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def everybody(*, sequence: Sequence, now: dt.datetime) -> list[switching.Person]:
    """Stands where courses stands."""
    return [
        switching.Person(one, f"enrolment:{one.pk}")
        for one in Contact.objects.filter(name="Ann").order_by("pk")
    ]


@pytest.fixture(autouse=True)
def floor_above(settings: Any) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    settings.LETTER_CANDIDATES = "tests.desk.test_letters_begin.everybody"
    scene.answers.clear()


@pytest.fixture
def late(at: dt.datetime) -> Sequence:
    """Not started; three people are there."""
    for number in range(3):
        scene.contact(f"p{number}@example.org", now=at)
    return scene.sequence(0, 2, now=at, slug="late", state=Sequence.State.DRAFT)


def test_45_it_is_shown_before_and_happens_once(late: Sequence, at: dt.datetime, ines_client: Client) -> None:
    page = url("sequence_begin", late.pk)
    assert f'href="{page}"' in says(ines_client, url("sequence_letters", late.pk))
    assert "3 people could be sent through these letters. None of them has begun." in says(ines_client, page)
    shown = says(ines_client, f"{page}?how=spread&days=3")
    assert (
        "3 people begin with the first letter, between Saturday, November 21 and Monday, November 23" in shown
    )
    assert "Sunday, November 22: 1" in shown
    assert (Run.objects.count(), Wave.objects.count()) == (0, 0)
    for _ in range(2):
        ines_client.post(page, {"how": "spread", "days": "3"})
    late.refresh_from_db()
    assert (late.state, Run.objects.count(), Wave.objects.get().begun_by) == ("live", 3, "ines@example.org")
    again = says(ines_client, page)
    assert "Left out: on the way already" in again
    assert "Nobody is left to begin" in again and "Begin for them too" not in again


def test_45_called_back_at_the_desk(late: Sequence, at: dt.datetime, ines_client: Client) -> None:
    page = url("sequence_begin", late.pk)
    ines_client.post(page, {"how": "now", "days": ""})
    assert "Call back the 3 who got nothing yet" in says(ines_client, page)
    for _ in range(2):
        ines_client.post(page, {"do": "call-back", "wave": Wave.objects.get().pk})
    late.refresh_from_db()
    assert (late.state, set(Run.objects.values_list("state", flat=True))) == ("draft", {"cancelled"})
    assert "Called back by ines@example.org" in says(ines_client, page)
    assert ines_client.post(page, {"do": "call-back", "wave": "999"}).status_code == 404
    assert ines_client.post(page, {"do": "call-back", "wave": "x"}).status_code == 404


def test_45_only_new_people_leaves_the_others_in_peace(late: Sequence, ines_client: Client) -> None:
    page = url("sequence_begin", late.pk)
    assert "Nobody who is there already gets any of it." in says(ines_client, f"{page}?how=only+new")
    ines_client.post(page, {"how": "only new"})
    late.refresh_from_db()
    assert (late.state, Run.objects.count()) == ("live", 0)
    assert "Leave them in peace" not in says(ines_client, page)  # it writes already


def test_45_above_fifty_people_the_number_is_typed(
    late: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    for number in range(3, 60):
        scene.contact(f"p{number}@example.org", now=at)
    page = url("sequence_begin", late.pk)
    for typed, begun in (("", 0), ("59", 0), ("60", 60)):
        ines_client.post(page, {"how": "now", "_number": typed})
        assert Run.objects.count() == begun


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("how=spread&days=", "Say over how many days"),
        ("how=spread&days=61", "less than or equal to 60"),
        ("how=spread&days=x", "Enter a whole number."),
        ("how=never&days=1", "Select a valid choice."),
    ],
)
def test_45_nonsense_is_told_at_the_field(
    query: str, fault: str, late: Sequence, ines_client: Client
) -> None:
    page = url("sequence_begin", late.pk)
    assert fault in says(ines_client, f"{page}?{query}")
    ines_client.post(page, dict(part.split("=") for part in query.split("&")))
    assert (Run.objects.count(), Wave.objects.count()) == (0, 0)


def test_45_without_a_letter_there_is_nothing_to_begin(at: dt.datetime, ines_client: Client) -> None:
    empty = scene.sequence(now=at, slug="empty", state=Sequence.State.DRAFT)
    page = url("sequence_begin", empty.pk)
    assert "There is no letter in this sequence yet." in says(ines_client, page)
    ines_client.post(page, {"how": "now"})
    assert Wave.objects.count() == 0
    service = scene.sequence(0, now=at, slug="own", kind=Sequence.Kind.SERVICE)
    assert ines_client.get(url("sequence_begin", service.pk)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_45_the_page_costs_the_same_however_many_there_are(
    rows: int, at: dt.datetime, ines_client: Client, django_assert_num_queries: Any
) -> None:
    late = scene.sequence(0, now=at, slug="late")
    page = url("sequence_begin", late.pk)
    for number in range(rows):
        for one in range(rows):
            scene.contact(f"p{number}-{one}@example.org", now=at)
        ines_client.post(page, {"how": "now"})
    for number in range(rows):
        scene.contact(f"new{number}@example.org", now=at)
    with django_assert_num_queries(19):
        ines_client.get(f"{page}?how=now")


# ---- those who had passed ----
@pytest.fixture
def course(at: dt.datetime) -> Sequence:
    """One person is through with two letters."""
    made = scene.sequence(1, 2, now=at - 5 * DAY)
    scene.run(who=scene.contact(now=at - 5 * DAY), now=at - 5 * DAY)
    for days in range(5, 0, -1):
        drip.plan(now=at - days * DAY)
        outbox.deliver(now=at - days * DAY)
    assert len(scene.got()) == 2
    return made


def put_in(course: Sequence, client: Client) -> Step:
    words = {"subject": "Between", "preheader": "", "body": scene.BODY}
    place = {"sequence": course.pk, "key": "between", "position": "1.5", "day": "2", "subject_of": ""}
    answer = client.post(url("step_add"), {**words, **place, "_sure": "yes"}, follow=True)
    step = Step.objects.get(key="between")
    assert "1 person is past its place and get nothing of it" in " ".join(answer.content.decode().split())
    assert url("step_reach", step.pk) in answer.content.decode()
    return step


def test_46_a_new_letter_is_offered_to_those_who_had_passed(
    course: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    step = put_in(course, ines_client)
    page = url("step_reach", step.pk)
    assert "Send it to the 1 who had passed it" in says(ines_client, url("step_change", step.pk))
    assert "It goes on Saturday, November 21." in says(ines_client, page)
    assert Letter.objects.filter(revision__step=step).count() == 0
    for _ in range(2):
        ines_client.post(page, {"days": "1"})
    assert "1 letter waits for its morning." in says(ines_client, page)
    drip.plan(now=at + DAY)
    outbox.deliver(now=at + DAY)
    assert scene.got()[2:] == ["Between"]
    assert "Nobody is past this letter" in says(ines_client, page)
    assert "who had passed it" not in says(ines_client, url("step_change", step.pk))


def test_46_it_can_be_called_back(course: Sequence, at: dt.datetime, ines_client: Client) -> None:
    step = put_in(course, ines_client)
    page = url("step_reach", step.pk)
    ines_client.post(page, {"days": "1"})
    for _ in range(2):
        ines_client.post(page, {"do": "call-back"})
    outbox.deliver(now=at + DAY)
    assert len(scene.got()) == 2
    assert "Less" not in says(ines_client, f"{page}?days=0")
    assert "greater than or equal to 1" in says(ines_client, f"{page}?days=0")


def test_both_pages_are_for_who_may_change_letters(course: Sequence, ann_client: Client) -> None:
    helper = signed_in(factories.user("hal@example.org", is_staff=True))
    step = Step.objects.get(key="a1")
    for page in (url("sequence_begin", course.pk), url("step_reach", step.pk)):
        assert Client().get(page).status_code == 302
        assert ann_client.get(page, follow=True).status_code == 403
        assert {helper.get(page).status_code, helper.post(page).status_code} == {403}


def test_a_letter_taken_out_reaches_nobody(course: Sequence, ines_client: Client) -> None:
    step = Step.objects.get(key="a1")
    ines_client.post(url("step_archive", step.pk), {"_sure": "yes"})
    assert ines_client.get(url("step_reach", step.pk)).status_code == 404
    assert form(Step.objects.get(key="a2"))["day"] == 2
