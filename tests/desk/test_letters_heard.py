"""What mail servers said, in words a coach reads; a sequence that paused itself says why, wherever it is shown."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from mailing import alarm, evidence, publish
from mailing.models import Contact, Letter, Sequence
from tests.desk.test_letters import says, url
from tests.mailing import scene
from tests.mailing.test_evidence import sent

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
WHY = "4 of 50 letters went to addresses that do not exist."


@pytest.fixture(autouse=True)
def guard(settings: Any) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


def told(letter: Letter, type: str, *, at: dt.datetime, code: str = "", text: str = "") -> None:
    evidence.note(provider="smtp", type=type, at=at, now=at, letter_id=letter.pk, code=code, text=text)


def test_a_full_mailbox_and_the_next_try_in_words(at: dt.datetime, ines_client: Client) -> None:
    letter = sent("a", now=at, state="queued", attempts=1, sent_at=None, who=scene.contact(now=at))
    told(letter, "deferred", at=at, code="4.2.2", text="452 4.2.2 over quota")
    Letter.objects.filter(pk=letter.pk).update(not_before=at + 24 * HOUR)
    for page in (url("contact_letters", letter.contact_id), url("letter_change", letter.pk)):
        shown = says(ines_client, page)
        assert (
            "Friday, November 20, 10:00 in New York: their mail server did not take it yet. The mailbox is full. "
            "Its own words: “452 4.2.2 over quota”" in shown
        )
        assert "After 1 try it is tried again Saturday, November 21, 10:00 in New York." in shown


def test_the_moment_is_theirs_and_the_coachs(at: dt.datetime, ines_client: Client) -> None:
    letter = sent("a", now=at, who=scene.contact(now=at, zone="Europe/Berlin"))
    told(letter, "bounced", at=at, code="5.1.1", text="no <b>such</b> user")
    told(letter, "complained", at=at + HOUR)
    page = says(ines_client, url("contact_letters", letter.contact_id))
    assert (
        "Friday, November 20, 16:00 in Berlin (Friday, November 20, 10:00 in New York): it came back. There is no "
        "such address. Its own words: “no &lt;b&gt;such&lt;/b&gt; user”" in page
    )
    assert "they called it spam. Only receipts and sign-in codes go to this address now." in page


def test_a_letter_of_which_nothing_was_heard_says_so(at: dt.datetime, ines_client: Client) -> None:
    letter = sent("a", now=at)
    assert "nothing but the answer above" in says(ines_client, url("letter_change", letter.pk))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_persons_page_costs_the_same_however_much_was_heard(
    rows: int, at: dt.datetime, ines_client: Client, django_assert_num_queries: Any
) -> None:
    who = scene.contact(now=at)
    for number in range(rows):
        letter = sent(f"l{number}", now=at, who=who)
        for hour in range(rows):
            told(letter, "deferred", at=at + hour * HOUR, code="4.2.1")
    with django_assert_num_queries(13):
        ines_client.get(url("contact_letters", who.pk))


def test_a_server_that_says_the_same_all_day_is_not_heard_out(at: dt.datetime, ines_client: Client) -> None:
    letter = sent("a", now=at)
    for minute in range(40):
        told(
            letter, "deferred", at=at + minute * dt.timedelta(minutes=1), code="4.2.1", text=f"try {minute}."
        )
    page = says(ines_client, url("contact_letters", letter.contact_id))
    assert page.count("their mail server did not take it yet") == 12
    assert "try 39." in page and "try 27." not in page


def test_no_page_speaks_of_her(at: dt.datetime, ines_client: Client) -> None:
    course = scene.sequence(0, 1, now=at)
    who = scene.contact(now=at)
    scene.run(who=who, now=at)
    for page in (
        url("contact_letters", who.pk),
        url("contact_change", who.pk),
        url("sequence_letters", course.pk),
        url("sequence_pause", course.pk),
        url("letter_hold"),
    ):
        words = says(ines_client, page).replace(">", "> ").lower().split()
        assert not {"she", "her", "hers"} & set(words), page


# ---- a sequence that paused itself ----
@pytest.fixture
def stopped(at: dt.datetime) -> Sequence:
    course = scene.sequence(0, 1, now=at)
    scene.run(who=scene.contact(now=at), now=at)
    Sequence.objects.update(state="paused", paused_reason=WHY, paused_itself_at=at)
    course.refresh_from_db()
    return course


def test_why_it_paused_itself_stands_wherever_it_is_shown(
    stopped: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    says_so = f"It paused itself Friday, November 20, 10:00 in New York: {WHY}"
    wake = url("sequence_wake", stopped.pk)
    who = Contact.objects.get(email="ann@example.org")
    for page in (url("sequence_letters", stopped.pk), url("letter_overview")):
        shown = says(ines_client, page)
        assert says_so in shown and f'href="{wake}"' in shown
    assert says_so in says(ines_client, wake)
    assert says_so in says(ines_client, url("contact_letters", who.pk))
    assert WHY in says(ines_client, url("sequence_changelist"))


def test_awake_again_it_says_nothing_of_it_also_when_paused_by_hand(
    stopped: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    for _ in range(2):
        ines_client.post(url("sequence_wake", stopped.pk))
    stopped.refresh_from_db()
    assert (stopped.state, stopped.paused_reason) == ("live", "")
    ines_client.post(url("sequence_pause", stopped.pk))
    assert "It paused itself" not in says(ines_client, url("sequence_letters", stopped.pk))


def test_a_new_hour_keeps_the_reason_while_it_is_paused(stopped: Sequence, at: dt.datetime) -> None:
    publish.change_sequence(
        sequence=stopped, title="course", state="paused", send_at=dt.time(8), now=at + HOUR
    )
    assert (stopped.paused_reason, alarm.WEEK) == (WHY, dt.timedelta(days=7))
