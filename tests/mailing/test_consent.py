import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from mailing import consent
from mailing.models import Consent, Contact, Letter
from tests.mailing import scene

pytestmark = pytest.mark.django_db
LESSONS = Consent.Purpose.LESSONS


@pytest.fixture
def stranger() -> Client:
    """A mail program: no cookie, no token against forgery, not signed in."""
    return Client(enforce_csrf_checks=True)


def stop_url(who: Contact) -> str:
    return reverse("mailing:stop", args=[consent.token(who)])


def test_lesson_letters_are_on_until_turned_off(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    assert consent.may_send(contact=ann, kind=Letter.Kind.LESSON) == ""
    first = consent.withdraw(contact=ann, purpose=LESSONS, source="test", now=now)
    again = consent.withdraw(contact=ann, purpose=LESSONS, source="test", now=now + dt.timedelta(days=1))
    assert (first.pk, again.changed_at) == (again.pk, now)
    assert consent.may_send(contact=ann, kind=Letter.Kind.LESSON) == consent.UNSUBSCRIBED
    assert consent.may_send(contact=ann, kind=Letter.Kind.ACCOUNT) == ""
    for _ in range(2):
        consent.give(contact=ann, purpose=LESSONS, source="test", now=now)
    assert consent.may_send(contact=ann, kind=Letter.Kind.LESSON) == ""


def test_the_token_says_nothing_and_cannot_be_changed(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    token = consent.token(ann)
    assert "ann" not in token
    assert consent.contact_of(token) == ann
    assert consent.contact_of(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert consent.contact_of("") is None


def test_looking_a_hundred_times_changes_nothing(now: dt.datetime, stranger: Client) -> None:
    ann = scene.contact(now=now)
    for _ in range(100):
        assert stranger.get(stop_url(ann)).status_code == 200
    assert stranger.head(stop_url(ann)).status_code == 200
    assert consent.wants_lessons(ann)
    assert Consent.objects.count() == 0


def test_one_click_unsubscribes_without_cookie_login_or_redirect(now: dt.datetime, stranger: Client) -> None:
    ann = scene.contact(now=now)
    for _ in range(2):
        answer = stranger.post(
            stop_url(ann), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert not consent.wants_lessons(ann)


def test_the_button_on_the_page_does_the_same(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    page = client.post(stop_url(ann), {"stop": "1"})
    assert "Lesson letters are off" in page.content.decode()
    assert "Receipts and sign-in codes still come" in page.content.decode()
    assert not consent.wants_lessons(ann)


def test_a_foreign_token_is_not_found(stranger: Client) -> None:
    for name in ("mailing:stop", "mailing:preferences"):
        for ask in (stranger.get, stranger.post):
            answer = ask(reverse(name, args=["nothing-of-ours"]))
            assert answer.status_code in {403, 404}
    assert Consent.objects.count() == 0


def test_the_preferences_turn_lessons_off_and_on(now: dt.datetime, client: Client) -> None:
    ann = scene.contact(now=now)
    page = reverse("mailing:preferences", args=[consent.token(ann)])
    assert 'name="lessons"' in client.get(page).content.decode()
    for wish, wanted in (({}, False), ({}, False), ({"lessons": "on"}, True)):
        assert client.post(page, wish).headers["Location"] == page
        assert consent.wants_lessons(ann) is wanted


@pytest.mark.parametrize("letters", [1, 3])
def test_the_pages_cost_the_same_however_many_letters_there_were(
    now: dt.datetime, client: Client, letters: int, django_assert_num_queries: object
) -> None:
    ann = scene.contact(now=now)
    for number in range(letters):
        scene.code(who=ann, now=now, key=str(number))
    with django_assert_num_queries(3):  # type: ignore[operator]
        client.get(reverse("mailing:preferences", args=[consent.token(ann)]))
