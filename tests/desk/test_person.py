"""One person on one page, and a letter to them alone."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles
from accounts.models import User
from courses import access, people, progress
from courses.models import Course, Enrolment, Lesson
from mailing import consent, outbox, personal, suppression
from mailing.models import Consent, Contact, Letter, Step, Suppression
from tests import factories
from tests.conftest import signed_in
from tests.mailing import scene
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
KEY = uuid.UUID(int=7)
WORDS = {"subject": "How is your back?", "body": "Hello {first_name},\n\nhow does it go?"}


def place(user: User) -> str:
    return reverse("admin:courses_enrolment_person", args=[user.contact_id])


def body(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def everything(_: str) -> bool:
    return True


@pytest.fixture
def assistant(db: None) -> Client:
    roles.prepare()
    user = factories.user("hal@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.ASSISTANT))
    return signed_in(user)


def test_one_page_tells_of_lessons_letters_money_and_access(
    world: World, knots: Course, ann: User, ines_client: Client, at: dt.datetime
) -> None:
    order = shop.paid_order(knots, world, now=at, user=ann)
    seat = Enrolment.objects.get(user=ann)
    progress.complete(enrolment=seat, lesson=Lesson.objects.get(position=1), now=at + dt.timedelta(hours=1))
    page = body(ines_client, place(ann))
    for words in (
        "1 of 2 lessons done", "Began “Lesson 1.1”", "Did “Lesson 1.1”", "149 USD came",
        f"Order {order.number}: Knots In Your Back Gone for 149 USD.", "Let in to Knots In Your Back Gone",
        "The account was made",
    ):  # fmt: skip
        assert words in page
    assert (
        page.partition("</h1>")[2].count("ann@example.org") <= 3
    )  # once to be read; twice in addresses of links


def test_the_timeline_shows_one_kind_when_asked(knots: Course, seat: Enrolment, ines_client: Client) -> None:
    user = seat.user
    found = people.story(user.contact, user, steps=[], may=everything, only="access")
    assert [entry.says for entry in found] == ["Let in to Knots In Your Back Gone"]
    assert {entry.kind.word for entry in people.story(user.contact, user, steps=[], may=everything)} == {
        "access", "letters", "account"
    }  # fmt: skip
    page = body(ines_client, f"{place(user)}?show=lessons")
    assert "Nothing yet." in page


def test_an_assistant_sees_the_person_and_no_money(
    world: World, knots: Course, ann: User, assistant: Client, at: dt.datetime
) -> None:
    shop.paid_order(knots, world, now=at, user=ann)
    page = body(assistant, place(ann))
    assert "Let in to Knots In Your Back Gone" in page
    for word in ("USD", "Order ", "Their orders", "Money"):
        assert word not in page.partition("<h1>")[2]


def test_a_guest_who_only_paid_has_a_page_too(
    world: World, knots: Course, ines_client: Client, at: dt.datetime
) -> None:
    shop.paid_order(knots, world, now=at, email="guest@example.org")
    contact = Contact.objects.get(email="guest@example.org")
    page = body(ines_client, reverse("admin:courses_enrolment_person", args=[contact.pk]))
    assert "They have not been in any course yet." in page
    assert "149 USD came" in page


def test_whoever_became_one_with_another_leads_there(ann: User, ben: User, ines_client: Client) -> None:
    Contact.objects.filter(pk=ben.contact_id).update(merged_into=ann.contact)
    assert ines_client.get(place(ben)).headers["Location"] == place(ann)


@pytest.mark.parametrize(
    "name", ["admin:courses_enrolment_person", "admin:mailing_contact_write", "admin:mailing_contact_merge"]
)
def test_strangers_and_students_see_no_page_of_a_person(name: str, ann: User, ben: User) -> None:
    url = reverse(name, args=[ann.contact_id])
    assert Client().get(url).status_code == 302
    assert signed_in(ben).get(url, follow=True).status_code == 403
    clerk = signed_in(factories.user("clerk@example.org", is_staff=True))
    assert clerk.get(url).status_code == 403


def test_a_page_of_a_person_costs_the_same_for_much(
    world: World, knots: Course, seat: Enrolment, ines_client: Client, at: dt.datetime
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            body(ines_client, place(seat.user))
        return len(queries)

    shop.paid_order(factories.course("other"), world, now=at, user=seat.user)
    progress.seen(enrolment=seat, lesson=Lesson.objects.get(position=1), now=at)
    cost()
    one = cost()
    assert one <= 23  # and two for the rights of whoever is no superuser
    progress.complete(enrolment=seat, lesson=Lesson.objects.get(position=2), now=at)
    for number in (1, 2):
        shop.paid_order(factories.course(f"c{number}"), world, now=at, user=seat.user, tab=f"tab{number}")
        scene.receipt(who=seat.user.contact, now=at, key=f"r{number}")
    assert cost() == one


def test_the_list_leads_to_the_person(seat: Enrolment, ines_client: Client) -> None:
    assert f'href="{place(seat.user)}' in body(ines_client, "/desk/courses/enrolment/")


# ---- writing to one person ----
def test_a_letter_to_one_person_is_looked_at_and_then_sent_once(
    ann: User, ines_client: Client, service_letters: None, at: dt.datetime
) -> None:
    url = reverse("admin:mailing_contact_write", args=[ann.contact_id])
    assert "Look at it first" in body(ines_client, url)
    words = {**WORDS, "key": str(KEY)}
    page = ines_client.post(url, {**words, "do": "look"}).content.decode()
    assert "Hello Ann," in page
    assert "Send it to ann@example.org" in page
    assert Letter.objects.count() == 0
    for _ in range(2):
        assert ines_client.post(url, {**words, "do": "send"}).status_code == 302
    letter = Letter.objects.get()
    assert (letter.contact, letter.state, letter.reason) == (
        ann.contact, Letter.State.QUEUED, "Written by ines@example.org."
    )  # fmt: skip
    assert Step.objects.filter(sequence__slug=personal.SLUG).count() == 1
    outbox.deliver(now=at + dt.timedelta(minutes=1))  # the clock ran on
    [mail] = scene.mails()
    assert (mail["Subject"], mail["To"]) == ("How is your back?", "ann@example.org")
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Hello Ann,\n\nhow does it go?" in text.get_content()


def test_words_mended_after_sending_are_not_lost_and_go_as_a_second_letter(
    ann: User, ines_client: Client, service_letters: None, at: dt.datetime
) -> None:
    """Back to the page that was sent, a date mended, sent once more: the page still has the key of the first."""
    url = reverse("admin:mailing_contact_write", args=[ann.contact_id])
    words = {
        "subject": "How is your back?",
        "body": "Hello,\r\n\r\non Monday.",
        "key": str(KEY),
        "do": "send",
    }
    for _ in range(2):
        assert ines_client.post(url, words).status_code == 302
    page = ines_client.post(url, words | {"body": "Hello,\r\n\r\non Tuesday."}).content.decode()
    assert "press once more" in page
    assert "on Tuesday." in page
    assert str(KEY) not in page
    assert Letter.objects.count() == 1
    fresh = page.partition('name="key" value="')[2].partition('"')[0]
    assert (
        ines_client.post(url, words | {"body": "Hello,\r\n\r\non Tuesday.", "key": fresh}).status_code == 302
    )
    texts = Letter.objects.order_by("created_at").values_list("revision__body", flat=True)
    assert ["Monday" in one for one in texts] == [True, False]


def test_the_verb_twice_writes_one_letter(ann: User, now: dt.datetime) -> None:
    first = personal.write(contact=ann.contact, key=KEY, by="ines", now=now, **WORDS)
    assert personal.write(contact=ann.contact, key=KEY, by="ines", now=now, **WORDS) == first


def test_at_night_it_waits_for_the_morning(ann: User, now: dt.datetime) -> None:
    night = now + dt.timedelta(hours=13)  # 23:00 in New York
    letter = personal.write(contact=ann.contact, key=KEY, by="ines", now=night, **WORDS)
    assert letter.not_before == dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("scope", [Suppression.Scope.ALL, Suppression.Scope.SEQUENCES])
def test_who_is_not_to_be_written_to_is_not_and_the_words_stay(
    ann: User, ines_client: Client, now: dt.datetime, scope: Any
) -> None:
    suppression.put(email=ann.email, scope=scope, reason=Suppression.Reason.HARD_BOUNCE, now=now)
    reason = personal.why_not(ann.contact, now=now)
    assert reason
    url = reverse("admin:mailing_contact_write", args=[ann.contact_id])
    assert reason in body(ines_client, url)
    page = ines_client.post(url, {**WORDS, "key": str(KEY), "do": "send"}).content.decode()
    assert page.count(reason) == 2
    assert "how does it go?" in page
    assert Letter.objects.count() == 0


def test_whoever_turned_lesson_letters_off_gets_none(ann: User, now: dt.datetime) -> None:
    consent.withdraw(contact=ann.contact, purpose=Consent.Purpose.LESSONS, source="link", now=now)
    with pytest.raises(personal.Unwanted, match="They turned lesson letters off"):
        personal.write(contact=ann.contact, key=KEY, by="ines", now=now, **WORDS)
    assert Step.objects.filter(sequence__slug=personal.SLUG).count() == 0


def test_words_that_cannot_go_are_told_at_the_field(ann: User, ines_client: Client) -> None:
    url = reverse("admin:mailing_contact_write", args=[ann.contact_id])
    answer: Any = ines_client.post(
        url, {"subject": "Hi", "body": "Dear {nobody}", "key": str(KEY), "do": "look"}
    )
    assert answer.context["form"].errors["body"] == ["Unknown placeholder: nobody"]
    assert "Dear {nobody}" in answer.content.decode()


def test_access_by_hand_begins_with_the_address_filled_in(seat: Enrolment, ines_client: Client) -> None:
    assert 'value="ann@example.org"' in body(
        ines_client, "/desk/courses/enrolment/join/?email=ann@example.org"
    )
    sam = factories.user("sam+knots@example.org")
    link = re.search(r'/desk/courses/enrolment/join/\?[^"]+', body(ines_client, place(sam)))
    assert link and 'value="sam+knots@example.org"' in body(ines_client, link[0])
    access.end_all(enrolment=seat, reason="x", now=seat.joined_at)
    assert "Let in again …" in body(ines_client, place(seat.user))
