"""What the desk says after a press is so: also after the second press, for somebody who rests, while mail is held."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from coursesite.lib import clock
from mailing import broadcasts, byhand, evidence, funnel, pauses, publish, switches, unions
from mailing.models import Broadcast, Contact, Letter, Sequence, Step
from tests.desk.test_letters import url
from tests.mailing import scene
from tests.mailing.test_evidence import sent

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WORDS = {"subject": "How is your back?", "body": "Hello,\n\nhow does it go?\n"}


@pytest.fixture
def at(now: dt.datetime) -> dt.datetime:
    return clock.now()


def pressed(client: Client, address: str, **told: str) -> str:
    return client.post(address, told, follow=True).content.decode()


@pytest.fixture
def broadcast(ann: User, at: dt.datetime, settings: object) -> Broadcast:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"  # type: ignore[attr-defined]
    made = broadcasts.create(
        title="Day off",
        audience="students",
        subject="A day off",
        preheader="",
        body="Hello,\n\nno calls.\n",
        now=at,
    )
    broadcasts.send(broadcast=made, by="ines", now=at)
    return made


def test_undone_twice_is_undone(broadcast: Broadcast, ines_client: Client) -> None:
    sheet = reverse("admin:mailing_broadcast_sheet", args=[broadcast.pk])
    assert "Undone. Nobody got it" in pressed(ines_client, sheet, do="undo")
    assert "It was undone already." in pressed(ines_client, sheet, do="undo")


def test_to_the_missing_twice_is_on_its_way(
    broadcast: Broadcast, ines_client: Client, at: dt.datetime
) -> None:
    sheet = reverse("admin:mailing_broadcast_sheet", args=[broadcast.pk])
    broadcasts.stop(broadcast=broadcast, by="ines", now=at)
    assert "who missed it in ten minutes" in pressed(ines_client, sheet, do="missing")
    assert "It is on its way to them already." in pressed(ines_client, sheet, do="missing")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("rest", "Their letters rest until "),
        ("rest without end", "until somebody wakes them"),
        ("hold", "All mail is held at the moment"),
    ],
)
def test_a_letter_to_who_gets_none_now_says_so(
    ann: User, ines_client: Client, at: dt.datetime, what: str, says: str
) -> None:
    if what == "hold":
        switches.hold(by="ines", now=at)
    else:
        byhand.pause(contact=ann.contact, until=at + 20 * DAY if what == "rest" else pauses.OPEN_END, now=at)
    address = reverse("admin:mailing_contact_write", args=[ann.contact_id])
    assert says in pressed(ines_client, address, **WORDS, key=str(uuid.uuid4()), do="send")
    assert Letter.objects.filter(contact=ann.contact, state="queued").count() == 1


def test_who_became_one_with_another_leads_to_that_one(ines_client: Client, at: dt.datetime) -> None:
    stays, goes = scene.contact(now=at), scene.contact("second@example.org", now=at)
    unions.merge(one=stays, other=goes, now=at)
    for method in (ines_client.get, ines_client.post):
        answer = method(url("contact_letters", goes.pk), {"do": "pause", "until": "2027-01-31"})
        assert (answer.status_code, answer.headers["Location"]) == (302, url("contact_letters", stays.pk))
    assert (
        "moved.invalid" not in ines_client.get(reverse("admin:mailing_contact_changelist")).content.decode()
    )
    assert Contact.objects.filter(paused_until__isnull=False).count() == 0


def test_a_new_letter_is_offered_no_place_where_letters_begin_otherwise(
    ines_client: Client, at: dt.datetime
) -> None:
    scene.sequence(0, now=at)
    scene.sequence(0, now=at, slug="many", kind=Sequence.Kind.BROADCAST)
    form = ines_client.get(url("step_add")).context["adminform"].form
    assert [one.slug for one in form.fields["sequence"].queryset] == ["course"]


def test_an_earlier_wording_stays_the_one_looked_at(ines_client: Client, at: dt.datetime) -> None:
    course = scene.sequence(0, now=at)
    step = Step.objects.get()
    publish.step(
        sequence=course, key=step.key, subject="Brand new", preheader="", body=scene.BODY, day=0,
        subject_of="", position=step.position, now=at,
    )  # fmt: skip
    page = ines_client.get(url("step_look", step.pk), {"revision": "1", "light": "dark"}).content.decode()
    assert "Letter 1, an earlier wording" in page
    assert page.count('name="revision" value="1"') == 2
    test = ines_client.post(url("step_test", step.pk), {"revision": "1"})
    assert "revision=1" in test.headers["Location"]
    newest = ines_client.get(url("step_look", step.pk)).content.decode()
    assert ("earlier wording" in newest, newest.count('name="revision"')) == (False, 1)


def test_what_was_refused_at_once_is_not_counted_of_what_went(at: dt.datetime) -> None:
    for number, state in enumerate(("sent", "failed", "failed")):
        letter = sent(str(number), now=at, who=scene.contact(f"p{number}@example.org", now=at), state=state)
        evidence.note(
            provider="smtp", type="bounced", at=at, now=at, letter_id=letter.pk, code="5.1.1", text="gone"
        )
    echo = funnel.echo_of(Letter.objects.all(), of=1, off=0)
    assert (echo.of, echo.refused) == (1, 1)
