"""The desk makes two people on the list one: found, said before, done once."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import access, minicourse
from courses.models import Course
from mailing import contacts, drip, farewell, outbox, suppression, unions
from mailing.models import Contact, Letter, Run
from tests import factories
from tests.conftest import signed_in
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def place(contact: Contact, other: Contact | None = None) -> str:
    page = reverse("admin:mailing_contact_merge", args=[contact.pk])
    return f"{page}?other={other.pk}" if other else page


def body(client: Client, page: str, press: dict[str, str] | None = None) -> str:
    answer = client.get(page, follow=True) if press is None else client.post(page, press, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_other_is_found_by_address_or_name(ann: User, at: dt.datetime, ines_client: Client) -> None:
    visitor = scene.contact("visitor@example.org", now=at)
    assert place(visitor) in body(ines_client, reverse("admin:mailing_contact_letters", args=[visitor.pk]))
    for asked in (ann.email[:5].upper(), ann.contact.name):
        page = body(ines_client, f"{place(visitor)}?q={asked}")
        assert f"?other={ann.contact_id}" in page and f"?other={visitor.pk}" not in page
    assert "Nobody else has “zzz”" in body(ines_client, f"{place(visitor)}?q=zzz")


def test_letters_go_to_the_address_of_the_account(at: dt.datetime, ines_client: Client) -> None:
    visitor = contacts.of("visitor@example.org", now=at)
    cem = factories.user("cem@example.org")
    page = place(visitor, cem.contact)
    said = body(ines_client, page)
    assert "Letters go to cem@example.org, with which they sign in." in said
    assert "Which address do they read?" not in said
    assert "They are one person now. Letters go to cem@example.org." in body(ines_client, page, {})
    cem = User.objects.get(pk=cem.pk)
    assert (cem.contact_id, cem.contact.email) == (visitor.pk, "cem@example.org")
    assert ines_client.post(page, {}).status_code == 404  # pressed twice


@pytest.mark.parametrize("number", [0, 1])
def test_of_two_visitors_the_coach_picks_the_address(
    at: dt.datetime, ines_client: Client, number: int, settings: object
) -> None:
    pair = [scene.contact(f"{name}@example.org", now=at) for name in ("typo", "right")]
    page = place(pair[0], pair[1])
    assert "Which address do they read?" in body(ines_client, page)
    assert "is not one of the available choices" in body(ines_client, page, {"email": "x@example.org"})
    body(ines_client, page, {"email": pair[number].email})
    kept = Contact.objects.get(merged_into=None, email__in=[one.email for one in pair])
    assert (kept.pk, kept.email) == (pair[0].pk, pair[number].email)


def test_two_accounts_stay_two(ann: User, ben: User, at: dt.datetime, ines_client: Client) -> None:
    page = place(ann.contact, ben.contact)
    for press in (None, {"email": ann.email}):
        assert "Two accounts cannot become one" in body(ines_client, page, press)
    assert not Contact.objects.exclude(merged_into=None).exists()


def test_an_assistant_makes_nobody_one(ann: User, at: dt.datetime) -> None:
    visitor = contacts.of("visitor@example.org", now=at)
    clerk = factories.user("clerk@example.org", is_staff=True)
    clerk.user_permissions.set(
        Permission.objects.filter(
            codename__in=["view_contact", "change_contact"], content_type__app_label="mailing"
        )
    )
    for page in (place(visitor), place(visitor, ann.contact)):
        assert signed_in(clerk).post(page, {}).status_code == 403
    assert Contact.objects.filter(pk=visitor.pk, merged_into=None).exists()


@pytest.mark.parametrize("other", ["", "0", "999999999", "99999999999999999999", "x", "1.5"])
def test_somebody_who_is_not_there(at: dt.datetime, ines_client: Client, other: str) -> None:
    visitor = contacts.of("visitor@example.org", now=at)
    answer = ines_client.post(f"{place(visitor)}?other={other}", {})
    assert answer.status_code in (200, 404)
    assert Contact.objects.filter(pk=visitor.pk, merged_into=None).exists()


def test_nobody_becomes_one_with_somebody_whose_data_was_removed(
    at: dt.datetime, ines_client: Client
) -> None:
    reader, gone = (scene.contact(f"{name}@example.org", now=at) for name in ("reader", "gone"))
    gone = farewell.erase(contact=gone, now=at)
    assert place(gone) not in body(ines_client, reverse("admin:mailing_contact_letters", args=[gone.pk]))
    assert "Nobody else has “erased”" in body(ines_client, f"{place(reader)}?q=erased")
    for page in (place(reader, gone), place(gone, reader)):
        assert ines_client.post(page, {"email": reader.email}).status_code == 404
    assert not suppression.of(reader.email).exists()


def test_with_the_right_address_held_letters_go_on(
    at: dt.datetime, ines_client: Client, settings: object
) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"  # type: ignore[attr-defined]
    typo, right = (contacts.of(f"{name}@example.org", now=at) for name in ("typo", "right"))
    scene.sequence(0, 1, now=at)
    scene.run(who=typo, now=at)
    suppression.put(email=typo.email, scope="all", reason="hard", now=at)
    assert Run.objects.get().state == Run.State.HELD
    body(ines_client, place(typo, right), {"email": right.email})
    drip.plan(now=at)
    outbox.deliver(now=at)
    assert Letter.objects.get().address == right.email


def test_a_visitor_who_became_a_student_gets_no_more_free_letters(
    ann: User, knots: Course, now: dt.datetime
) -> None:
    visitor = contacts.of("visitor@example.org", now=now)
    assert minicourse.students([visitor.pk]) == set()
    access.grant(user=ann, course=knots, source="gift", now=now)
    unions.merge(one=ann.contact, other=visitor, now=now)
    assert minicourse.students([visitor.pk, ann.contact_id]) == {visitor.pk, ann.contact_id}


def test_what_does_not_arrive_has_no_button_to_send_it_again(at: dt.datetime, ines_client: Client) -> None:
    reader = scene.contact(now=at)
    letter = scene.receipt(who=reader, now=at, key="r")
    Letter.objects.update(state=Letter.State.FAILED, reason="The mail server answered 550 5.1.1")
    page = reverse("admin:mailing_contact_letters", args=[reader.pk])
    button = f"Send again: {letter.revision.subject}"
    group = reverse("admin:mailing_letter_again")
    asked = f"{group}?state=failed&kind=receipt&reason=The mail server answered 550 5.1.1"
    assert button in body(ines_client, page)
    assert "of them go" not in body(ines_client, asked)
    suppression.put(email=reader.email, scope="all", reason="hard", now=at)
    said = body(ines_client, page)
    assert button not in said
    assert "Mail to this address does not arrive</strong> (address does not exist)" in said
    assert "1 of them goes to an address where mail does not arrive" in body(ines_client, asked)
