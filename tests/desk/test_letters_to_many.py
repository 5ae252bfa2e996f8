"""Letters to many at the desk: to a few first, to the others after a press; what came back; who missed it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailing import evidence, pauses
from mailing.models import Broadcast, Letter
from tests.desk import letters
from tests.mailing import test_broadcasts

pytestmark = pytest.mark.django_db  # Ines is one of the readers
MINUTES = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def wire(settings: Any, at: dt.datetime) -> None:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"


def url(page: str, *args: Any) -> str:
    return reverse(f"admin:mailing_broadcast_{page}", args=args)


def says(client: Client, place: str, press: dict[str, str] | None = None) -> str:
    """The words of a page, or of the page after a press."""
    answer = client.get(place) if press is None else client.post(place, press, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_form_says_how_many_an_audience_has_now(at: dt.datetime, ines_client: Client) -> None:
    test_broadcasts.people(2, now=at)
    page = says(ines_client, url("add"))
    assert "All students: 3 now" in page and "Who wants news: 0 now" in page


def test_half_of_the_readers_is_no_trial(at: dt.datetime, ines_client: Client) -> None:
    many = letters.to_many(now=at, audience="students")
    test_broadcasts.people(99, now=at)
    assert "picked by chance" not in says(ines_client, url("send", many.pk))
    test_broadcasts.people(1, now=at, since=99)
    assert "50 of them, picked by chance" in says(ines_client, url("send", many.pk))


def test_the_first_get_it_and_the_others_after_a_press(at: dt.datetime, ines_client: Client) -> None:
    many = letters.to_many(now=at, audience="students")
    sheet = url("sheet", many.pk)
    test_broadcasts.people(100, now=at)
    page = says(ines_client, url("send", many.pk), {"first": "50"})
    assert "It goes to 50 people in ten minutes." in page
    assert "50 of them get it first, the others when you say so." in page
    test_broadcasts.run_out(at + 11 * MINUTES)
    complained(Letter.objects.order_by("contact")[0], at)
    page = says(ines_client, sheet)
    assert "The first 50 have it" in page and "Send it to the other 51" in page
    assert "Of 50 letters sent, 1 was called spam." in page
    assert "It goes to the other 51 in ten minutes." in says(ines_client, sheet, {"do": "on"})
    assert "It goes to 51 more" in says(ines_client, sheet)
    assert "Undone. Nobody more gets it." in says(ines_client, sheet, {"do": "undo"})
    assert "It was stopped" in says(ines_client, sheet, {"do": "stop"})
    assert "It was over already." in says(ines_client, sheet, {"do": "stop"})
    assert Letter.objects.count() == 50


def test_who_missed_it_gets_it_after_ten_minutes(at: dt.datetime, ines_client: Client) -> None:
    many = letters.to_many(now=at, audience="students")
    test_broadcasts.people(2, now=at)
    says(ines_client, url("send", many.pk), {})
    test_broadcasts.run_out(at + 11 * MINUTES)
    test_broadcasts.people(1, now=at, since=2)
    page = says(ines_client, url("sheet", many.pk), {"do": "missing"})
    assert "It goes to 1 person who missed it in ten minutes." in page
    assert "It goes to 1 more" in page
    assert "Undone. Nobody more gets it." in says(ines_client, url("sheet", many.pk), {"do": "undo"})
    many.refresh_from_db()
    assert (many.state, Letter.objects.count()) == (Broadcast.State.DONE, 3)


def test_what_was_stopped_before_anybody_got_it_is_stopped_again_when_undone(
    at: dt.datetime, ines_client: Client
) -> None:
    many = letters.to_many(now=at, audience="students")
    sheet = url("sheet", many.pk)
    test_broadcasts.people(1, now=at)
    says(ines_client, url("send", many.pk), {})
    Broadcast.objects.update(state=Broadcast.State.SENDING)  # and no tick came yet
    says(ines_client, sheet, {"do": "stop"})
    says(ines_client, sheet, {"do": "missing"})
    page = says(ines_client, sheet, {"do": "undo"})
    assert "Undone. Nobody more gets it." in page and "It was stopped" in page


def test_who_rests_gets_it_later_unless_it_is_stopped_for_them(at: dt.datetime, ines_client: Client) -> None:
    many = letters.to_many(now=at, audience="students")
    [one] = test_broadcasts.people(1, now=at)
    says(ines_client, url("send", many.pk), {})
    test_broadcasts.run_out(at + 9 * MINUTES)
    pauses.pause(contact=one, until=pauses.OPEN_END, now=at)
    test_broadcasts.run_out(at + 11 * MINUTES)
    page = says(ines_client, url("sheet", many.pk))
    assert "It is sent" in page and "The letters of 1 person rest" in page
    assert "It was stopped" in says(ines_client, url("sheet", many.pk), {"do": "stop"})
    states = sorted(Letter.objects.values_list("state", flat=True))
    assert states == [Letter.State.CANCELLED, Letter.State.SENT]


def complained(letter: Letter, at: dt.datetime) -> None:
    evidence.note(
        provider="p", type="complained", at=at, now=at, letter_id=str(letter.pk), recipient=letter.address
    )


def test_the_list_says_where_it_was_that_late_when_they_were_written(
    at: dt.datetime, ines_client: Client
) -> None:
    letters.to_many(now=at)
    assert "Friday, November 20, 2026, 10:00 in New York</td>" in says(ines_client, url("changelist"))


def test_one_button_saves_it_and_the_way_there_has_the_name_of_the_page(
    at: dt.datetime, ines_client: Client
) -> None:
    assert ">Write a letter to many</a>" in says(ines_client, url("changelist"))
    add, change = (says(ines_client, one) for one in (url("add"), url("change", letters.to_many(now=at).pk)))
    assert "<h1>Write a letter to many</h1>" in add and "Write a letter to many" not in change
    for page in (add, change):
        assert 'name="_save"' in page and "_addanother" not in page and "_continue" not in page


@pytest.mark.parametrize(
    ("state", "word"), [("draft", "Not sent"), ("held", "Goes out soon"), ("sending", "Going out")]
)
def test_it_stands_the_same_on_the_overview_as_on_its_sheet(
    state: str, word: str, at: dt.datetime, ines_client: Client
) -> None:
    many = letters.to_many(now=at)
    Broadcast.objects.update(state=state, hold_until=at)
    for page in (reverse("admin:mailing_letter_overview"), url("sheet", many.pk)):
        assert f"</svg>{word}</span>" in says(ines_client, page)
