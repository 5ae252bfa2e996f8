"""Somebody is forgotten altogether: at the desk, by themselves, and once more after a restored backup. Scenario 57."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.db.models import CASCADE, SET_NULL
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, User
from courses import progress
from courses.models import Course, Enrolment, LessonProgress
from coursesite.lib import desk_log
from mailing import consent, contacts, drip, erased, outbox, suppression
from mailing.models import Consent, Contact, Letter, Run
from payments import erasure, gifts
from payments.models import Entry, Gift, Order, Receipt
from tests import factories
from tests.conftest import signed_in
from tests.desk import money
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
ANN = "ann@example.org"
KEPT = {"payments_receipt"}  # papers as they were issued, for the books
OUTSIDE = "sandbox_"  # plays the payment company


def mentions(*texts: str) -> list[str]:
    """Every table in which a text still stands, those of the payment company aside."""
    found = set()
    tables = [one for one in connection.introspection.table_names() if not one.startswith(OUTSIDE)]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            rows = [str(row).lower() for row in cursor.fetchall()]
            if any(text.lower() in row for row in rows for text in texts):
                found.add(table)
    return sorted(found)


@pytest.fixture
def life(world: World, course: Course, ann: User, ben: User, ines: User, now: dt.datetime) -> Order:
    """Ann bought, learned, got letters, opened a gift of Ben's, and was spoken of at the desk."""
    contacts.update(contact=ann.contact, name="Annabella", time_zone="Europe/Berlin", now=now)
    order = shop.paid_order(course, world, user=ann, now=now)
    lesson = course.lessons.order_by("position")[0]
    enrolment = Enrolment.objects.get(user=ann)
    progress.seen(enrolment=enrolment, lesson=lesson, now=now)
    another = factories.small_course(slug="another")
    wish = gifts.Wish(giver_name="Ben", recipient_name="Annabella", message="For you", recipient_email=ANN)
    bens = shop.paid_order(another, world, user=ben, now=now, gift=wish)
    gifts.redeem(code=bens.gift.code, user=ann, now=now)
    consent.give(
        contact=ann.contact, purpose=Consent.Purpose.NEWS, source="x", now=now, ip="192.0.2.7", browser="Fx"
    )
    suppression.put(email=ANN, scope="sequences", reason="complaint", now=now)
    drip.plan(now=now)
    outbox.deliver(now=now)
    desk_log.record(actor=ines, kind=desk_log.Kind.DID, words=f"Wrote to {ANN}", now=now, about=ann.contact)
    signed_in(ann).get("/learn/")
    return order


def test_57_nothing_says_who_it_was_but_the_papers(
    life: Order, ann: User, ines: User, now: dt.datetime
) -> None:
    pk, letters, lines = (
        ann.contact.pk,
        Letter.objects.filter(sent_at__isnull=False).count(),
        LogEntry.objects.count(),
    )
    assert {"accounts_user", "mailing_contact", "django_admin_log", "payments_entry"} <= set(mentions(ANN))
    erasure.erase(contact=ann.contact, now=now, actor=ines)
    assert mentions(ANN, "annabella", "192.0.2.7", "europe/berlin") == ["payments_receipt"]
    assert (User.objects.filter(email=ANN).count(), Enrolment.objects.filter(user=ann).count()) == (0, 0)
    assert LessonProgress.objects.count() == 0
    assert Receipt.objects.filter(content__buyer=ANN).count() == 1
    assert Letter.objects.filter(sent_at__isnull=False).count() == letters
    assert LogEntry.objects.count() == lines + 1
    assert suppression.standing(ANN) == {"sequences": "complaint"}
    assert Contact.objects.get(pk=pk).email == f"erased-{pk}@erased.invalid"
    assert Run.objects.filter(contact=pk, state="active").count() == 0
    life.refresh_from_db()
    assert (life.state, life.user) == (Order.State.PAID, None)


def test_57_the_second_call_changes_nothing(life: Order, ann: User, ines: User, now: dt.datetime) -> None:
    contact = ann.contact
    erasure.erase(contact=contact, now=now)
    before = everything()
    contact.refresh_from_db()
    erasure.erase(contact=contact, now=now)
    assert everything() == before


def everything() -> dict[str, list[Any]]:
    models = [
        one
        for one in apps.get_models()
        if one._meta.app_label in ("accounts", "courses", "mailing", "payments")
    ]
    return {one._meta.label: list(one._default_manager.order_by("pk").values()) for one in models}


def test_57_what_others_gave_stays_booked_and_serves_nobody(
    life: Order, ann: User, ben: User, now: dt.datetime
) -> None:
    erasure.erase(contact=ann.contact, now=now)
    gift = Gift.objects.get()
    assert (gift.state, gift.redeemed_by, gift.recipient_name, gift.giver_name) == (
        "revoked",
        None,
        "",
        "Ben",
    )
    assert [says for says in Entry.objects.values_list("says", flat=True) if "Gift opened" in says] == [
        "Gift opened by (removed)"
    ]
    assert Order.objects.get(user=ben).state == Order.State.PAID


def test_57_a_reader_without_account(now: dt.datetime, world: World) -> None:
    reader = contacts.of("reader@example.org", now=now)
    consent.give(contact=reader, purpose=Consent.Purpose.MINICOURSE, source="x", now=now)
    assert erasure.goes(reader) == ["The name, the address and the time zone, everywhere."]
    erasure.erase(contact=reader, now=now)
    assert mentions("reader@example.org") == []


def test_57_a_guest_who_bought(world: World, course: Course, now: dt.datetime) -> None:
    order = shop.paid_order(course, world, email="guest@example.org", now=now)
    erasure.erase(contact=order.contact, now=now)
    assert mentions("guest@example.org") == ["payments_receipt"]


def test_57_who_was_asked_to_the_desk(ann: User, ines: User, now: dt.datetime) -> None:
    Invitation.objects.create(
        email=ANN, role="assistant", token_hash="x", invited_by=ines, created_at=now, expires_at=now
    )
    erasure.erase(contact=ann.contact, now=now)
    assert mentions(ANN) == []


def test_57_another_address_that_ends_alike_is_left_alone(
    ann: User, ines: User, now: dt.datetime, world: World
) -> None:
    longer = contacts.of("joann@example.org", now=now)
    desk_log.record(
        actor=ines, kind=desk_log.Kind.DID, words="Wrote to joann@example.org", now=now, about=longer
    )
    erasure.erase(contact=ann.contact, now=now)
    assert (
        LogEntry.objects.get(object_repr="joann@example.org").change_message == "Wrote to joann@example.org"
    )


def test_57_with_the_gateway_silent_it_is_said_and_goes_on_later(
    life: Order, ann: User, world: World, now: dt.datetime, course: Course
) -> None:
    shop.begin(factories.small_course(slug="third"), user=ann, now=now)  # a pay page stands open
    client = shown_anew(ann)
    world.cut_off()
    answer = client.post(reverse("payments:leave"), {"sure": "on"})
    assert (answer.status_code, User.objects.filter(email=ANN).count()) == (422, 1)
    assert "doesn’t answer now" in answer.content.decode()
    world.reconnect()
    assert client.post(reverse("payments:leave"), {"sure": "on"}).status_code == 302
    assert mentions(ANN) == ["payments_receipt"]


def test_everything_that_points_to_a_person_is_thought_of() -> None:
    """Accounts and enrolments are deleted, and what goes with them by itself is no matter; contacts are emptied and
    stay. Another relation belongs into `erasure` first, and then into this list."""
    found = set()
    for model in (User, Contact, Enrolment):
        for relation in model._meta.get_fields(include_hidden=True):
            if not relation.auto_created or relation.concrete:
                continue
            field, goes = relation.field, getattr(relation, "on_delete", None)  # type: ignore[union-attr]
            if model is Contact or goes not in (CASCADE, SET_NULL):
                found.add(f"{field.model._meta.label}.{field.name}")
    assert found == THOUGHT_OF


THOUGHT_OF = {
    "accounts.User.contact", "courses.Enrolment.user", "courses.Grant.enrolment", "mailing.Consent.contact",
    "mailing.Contact.merged_into", "mailing.Letter.contact", "mailing.Run.contact", "payments.Claim.claimed_by",
    "payments.CouponHold.user", "payments.Gift.recipient", "payments.Gift.redeemed_by", "payments.Order.contact",
    "payments.Order.user",
}  # fmt: skip


# ---- by themselves ----
def shown_anew(user: User) -> Client:
    """Signed in, and the code was typed a moment ago."""
    return money.fresh(signed_in(user), user)


def test_it_is_asked_only_of_who_shows_anew_that_it_is_they(life: Order, ann_client: Client) -> None:
    answer = ann_client.get(reverse("payments:leave"))
    assert answer.status_code == 302 and reverse("accounts:show") in answer.headers["Location"]
    assert ann_client.post(reverse("payments:leave"), {"sure": "on"}).status_code == 302
    assert User.objects.filter(email=ANN).count() == 1


def test_the_page_says_what_goes_and_what_stays_and_removes_nothing_unasked(
    life: Order, ann: User, now: dt.datetime
) -> None:
    client = shown_anew(ann)
    page = client.get(reverse("payments:leave")).content.decode()
    assert f"Order {life.number} (Paid) stays in the books" in page
    assert "nobody can sign in with it any more" in page
    for word in ("Your name, your address", "Your access to “", "What was written to you", "If your address"):
        assert word in page
    assert "What was written to them, and every letter that still waits." in erasure.goes(ann.contact)
    answer = client.post(reverse("payments:leave"))
    assert (answer.status_code, "Tick this box" in answer.content.decode()) == (422, True)
    assert User.objects.filter(email=ANN).count() == 1


def test_who_deletes_the_account_is_signed_out_everywhere(life: Order, ann: User, now: dt.datetime) -> None:
    elsewhere, client = signed_in(ann), shown_anew(ann)
    assert elsewhere.get("/learn/").status_code == 200
    answer = client.post(reverse("payments:leave"), {"sure": "on"}, follow=True)
    assert "Your account is deleted" in answer.content.decode()
    assert [one.get("/learn/").status_code for one in (elsewhere, client)] == [302, 302]
    assert mentions(ANN) == ["payments_receipt"]


def test_who_works_at_the_desk_cannot_delete_themselves(ines: User, world: World, now: dt.datetime) -> None:
    client = shown_anew(ines)
    assert "The owner has to take that away first." in client.get(reverse("payments:leave")).content.decode()
    client.post(reverse("payments:leave"), {"sure": "on"})
    with pytest.raises(erasure.AtTheDesk):
        erasure.erase(contact=ines.contact, now=now)
    assert User.objects.filter(email=ines.email).count() == 1


# ---- at the desk ----
def test_the_owner_removes_a_person_at_the_desk(life: Order, ann: User, ines: User, now: dt.datetime) -> None:
    page = reverse("admin:payments_order_erase", args=[ann.contact.pk])
    assert signed_in(ines).get(page).status_code == 302  # shows anew that it is she
    client = shown_anew(ines)
    assert "Order" in client.get(page).content.decode()
    wrong = client.post(page, {"address": "ben@example.org"})
    assert "This is not the address." in wrong.content.decode()
    assert User.objects.filter(email=ANN).count() == 1
    for _ in range(2):
        client.post(page, {"address": "Ann@example.org"})
    assert mentions(ANN) == ["payments_receipt"]
    assert LogEntry.objects.filter(change_message="Removed a person’s data.", user=ines).count() == 1


def test_nobody_else_may(ann: User, ann_client: Client, now: dt.datetime) -> None:
    page = reverse("admin:payments_order_erase", args=[ann.contact.pk])
    helper = factories.user("hal@example.org", is_staff=True)
    assert Client().get(page).status_code == 302
    assert ann_client.get(page, follow=True).status_code == 403
    assert {
        shown_anew(helper).get(page).status_code,
        shown_anew(helper).post(page).status_code,
    } == {403}


# ---- after a restore ----
def test_r23_who_was_removed_is_removed_again_after_a_restore(
    ann: User, ben: User, world: World, now: dt.datetime
) -> None:
    for user in (ann, ben):
        Contact.objects.filter(pk=user.contact.pk).update(created_at=now)
    later = now + dt.timedelta(days=1)
    erasure.erase(contact=ann.contact, now=later)
    assert "ann" not in erased.file().read_text()
    assert erased.back() == []
    old = contacts.of(ANN, now=now)  # as the backup knows it
    out = StringIO()
    call_command("erase_again", stdout=out)
    assert out.getvalue().startswith("1 in the database") and Contact.objects.filter(email=ANN).exists()
    for _ in range(2):
        call_command("erase_again", "--yes", stdout=out)
    old.refresh_from_db()
    assert (old.email, mentions(ANN)) == (f"erased-{old.pk}@erased.invalid", [])


def test_r23_who_came_back_by_their_own_wish_stays(ann: User, world: World, now: dt.datetime) -> None:
    erasure.erase(contact=ann.contact, now=now)
    contacts.of(ANN, now=now + dt.timedelta(hours=1))
    assert erased.back() == []
    assert [erased.remember(ANN, now=now) for _ in range(2)] == [False, False]
