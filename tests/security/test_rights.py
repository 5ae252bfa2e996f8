"""A form changes what it shows and nothing else (AC-7); nobody comes into a course but by one of three doors (AC-6)."""

import datetime as dt
import json
import time
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import access
from courses.models import Course, Enrolment, Grant
from payments.models import Claim, Order, Payment
from tests import factories
from tests.conftest import signed_in
from tests.payments import shop
from tests.payments.world import World
from tests.test_routes import ROUTES

pytestmark = pytest.mark.django_db
OURS = ("accounts", "courses", "payments", "mailing", "auth", "account", "mfa")
# What the forms are there to write: everything else must be as it was.
THEIR_OWN = {
    "accounts:profile": {"mailing.contact", "mailing.consent"},
    "accounts:profile_zone": {"mailing.contact"},
    "mailing:preferences": {"mailing.consent"},
    "mailing:stop": {"mailing.consent"},
    "courses:done": {"courses.lessonprogress"},
    "courses:check": {"courses.checkanswer"},
    "courses:position": {"courses.lessonprogress"},
}
NOTED = {"last_lesson", "last_seen_at", "completed_at"}  # an enrolment's bookkeeping; no form asks for it
FORMS = [
    "accounts:profile", "accounts:profile_zone", "accounts:show", "payments:buy", "payments:correct",
    "payments:resume", "payments:enter", "payments:take", "mailing:preferences", "mailing:stop", "courses:done",
    "courses:check", "courses:position", "account_login", "account_signup", "account_request_login_code",
    "account_email", "account_set_password", "account_change_password", "account_reset_password",
    "mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "usersessions_list",
]  # fmt: skip


def everything() -> dict[str, dict[str, Any]]:
    """Every row of ours: {"app.model:pk": fields}."""
    rows: dict[str, dict[str, Any]] = {}
    for model in apps.get_models():
        if model._meta.app_label in OURS and model._meta.label_lower != "auth.permission":
            for row in json.loads(serializers.serialize("json", model._default_manager.all())):
                kept = {name: value for name, value in row["fields"].items() if name not in NOTED}
                rows[f"{row['model']}:{row['pk']}"] = kept
    return rows


def greedy(target: User) -> dict[str, str]:
    """Every field of every model of ours, with what a thief would write there; and what the forms themselves ask."""
    wish: dict[str, str] = {}
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.fields:
            wish |= {field.name: "1", field.attname: "1"}
    wish |= {"is_staff": "on", "is_superuser": "on", "price_minor": "1", "amount_minor": "1", "state": "paid"}
    wish |= {
        "user": str(target.pk),
        "user_id": str(target.pk),
        "contact": str(target.contact_id),
        "status": "draft",
    }
    wish |= {"paid_at": "2020-01-01", "verified": "on", "primary": "on", "slug": "stolen", "next": "/learn/"}
    wish |= {
        "password": "a quiet blue kettle",
        "password1": "a quiet blue kettle",
        "groups": "1",
        "code": "AAAA-AAAA",
    }
    form = {"name": "Changed", "time_zone": "Europe/Berlin", "lesson_letters": "on", "lessons": "on"}
    form |= {
        "check": "1",
        "answer": "0",
        "percent": "50",
        "seconds": "5",
        "sent": "yes",
        "agreed": "on",
        "at_once": "on",
        "action_add": "yes",
    }
    return {**wish, **form, "email": "thief@example.org", "login": "thief@example.org"}


def freshly_signed_in(user: User) -> Client:
    """Past the question whether it is they, so that the form itself is tried."""
    client = signed_in(user)
    session = client.session
    record = {"method": "code", "email": user.email, "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    assert client.get(reverse("account_set_password")).status_code == 200
    return client


def test_the_wish_list_names_what_would_hurt(ann: User) -> None:
    wishes = set(greedy(ann))
    assert {"is_staff", "user", "price_minor", "paid_at", "state", "slug", "verified", "source"} <= wishes


@pytest.mark.parametrize("who", ["ann", "ben"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_writes_its_own_fields_only(
    name: str, who: str, house: dict[str, str], ann: User, ben: User, ines: User
) -> None:
    user, other = (ann, ines) if who == "ann" else (ben, ann)
    url = reverse(name, args=[house.get(arg, arg) for arg in ROUTES[name][0].args])
    client = freshly_signed_in(user)
    before = everything()
    client.post(url, greedy(other))
    after = everything()
    changed = {key.split(":")[0] for key in before if after.get(key) != before[key]}
    assert changed - THEIR_OWN.get(name, set()) == set()
    own_contact = f"mailing.contact:{ann.contact_id if name.startswith('mailing') else user.contact_id}"
    assert {key for key in before if key.startswith("mailing.contact:") and after[key] != before[key]} <= {
        own_contact
    }
    if name in ("accounts:profile", "accounts:profile_zone"):
        fields = {f for f in before[own_contact] if after[own_contact][f] != before[own_contact][f]}
        assert fields <= {"name", "time_zone", "time_zone_confirmed"}
        assert fields != set()  # so the form was taken, and the rest of it ignored


@pytest.mark.parametrize("who", ["ann", "ben"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_gives_nobody_a_right(
    name: str, who: str, house: dict[str, str], ann: User, ben: User, ines: User
) -> None:
    user, other = (ann, ines) if who == "ann" else (ben, ann)
    url = reverse(name, args=[house.get(arg, arg) for arg in ROUTES[name][0].args])
    freshly_signed_in(user).post(url, greedy(other))
    assert list(User.objects.filter(is_staff=True)) == [ines]
    assert list(Grant.objects.values_list("enrolment__user__email", flat=True)) == [ann.email]
    assert (Payment.objects.count(), Claim.objects.count()) == (0, 0)
    assert set(Order.objects.values_list("amount_minor", "state")) <= {
        (14900, "created"),
        (14900, "open"),
        (14900, "pending"),
    }


def test_a_student_s_form_writes_for_that_student_alone(house: dict[str, str], ann: User, ben: User) -> None:
    course = Course.objects.get(slug="knots")
    access.grant(user=ben, course=course, source="manual:1", now=factories.JOINED)
    anns = access.of(ann, course)
    assert anns is not None
    values = {"enrolment": str(anns.pk), "enrolment_id": str(anns.pk), "user": str(ann.pk)}
    signed_in(ben).post(reverse("courses:done", args=["knots", "lesson-1-1"]), values)
    signed_in(ben).post(
        reverse("courses:position", args=["knots", "lesson-1-1"]), {**values, "percent": "80", "seconds": "9"}
    )
    assert list(anns.progress.values_list("done_at", "read_percent")) == []


# ---- AC-6: no way in but payment, the coach, or a free course ----
def nobody_is_in() -> bool:
    return not Grant.objects.exists() and not Enrolment.objects.exists()


def bought(client: Client, course: Course) -> Order:
    form = {"sent": "yes", "agreed": "on", "at_once": "on", "email": "ann@example.org"}
    answer = client.post(reverse("payments:buy", args=[course.slug]), form)
    assert answer.status_code == 303
    return Order.objects.latest("created_at")


def knock_everywhere(client: Client, order: Order, course: Course, session: str) -> None:
    """Every address that has to do with an order or a course, in an order that nobody meant."""
    lesson = [course.slug, "lesson-1-1"]
    wish = {"paid": "1", "state": "paid", "free": "1", "payment_status": "paid", "amount": "0", "done": "yes"}
    for name in ("return", "status", "cancelled", "receipt"):
        client.get(reverse(f"payments:{name}", args=[order.key]), {"session_id": session, **wish})
        client.get(reverse(f"payments:{name}", args=[order.key]), {**wish, "redirect_status": "succeeded"})
        client.get(reverse(f"payments:{name}", args=[uuid.uuid4()]), {"session_id": session})
    for name in ("take", "enter", "correct", "resume"):
        client.post(reverse(f"payments:{name}", args=[order.key]), wish)
    for token in ("x", str(order.key), session, str(order.pk)):
        client.get(reverse("payments:claim", args=[token]))
        client.post(reverse("payments:claim", args=[token]), wish)
    for name in ("done", "check", "position"):
        client.post(reverse(f"courses:{name}", args=lesson), {**wish, "check": "1", "answer": "0"})
    client.get(reverse("courses:lesson", args=lesson))
    client.get(reverse("courses:carry_on", args=[course.slug]))
    client.post(reverse("courses:course", args=[course.slug]), wish)
    client.post(
        reverse("payments:buy", args=[course.slug]),
        {"sent": "yes", "agreed": "on", "at_once": "on", "price_minor": "0", **wish},
    )


@pytest.mark.parametrize("who", ["guest", "ann", "ben"])
def test_no_call_out_of_order_lets_anybody_in(who: str, world: World, ann: User, ben: User) -> None:
    course = factories.small_course()
    client = {"guest": Client(), "ann": signed_in(ann), "ben": signed_in(ben)}[who]
    order = bought(client, course)
    session = order.attempts.get().session_id
    knock_everywhere(client, order, course, session)
    knock_everywhere(signed_in(ann), order, course, session)
    assert nobody_is_in()
    assert (Payment.objects.count(), Claim.objects.count()) == (0, 0)


@pytest.mark.parametrize("header", [None, "", "t=1,v1=00", "FORGED"])
def test_an_event_that_the_gateway_did_not_sign_lets_nobody_in(
    header: str | None, world: World, ann: User, now: dt.datetime
) -> None:
    course = factories.small_course()
    order = bought(signed_in(ann), course)
    paid = {"id": order.attempts.get().session_id, "object": "checkout.session", "payment_status": "paid",
            "amount_total": 14900, "currency": "usd", "metadata": {}}  # fmt: skip
    body = world.text(world.event(data={"object": paid}))
    sent = world.sign(body, secret="whsec_of_somebody_else") if header == "FORGED" else header
    assert world.post_raw(body.encode(), sent) == 400
    # Signed by the gateway's own key but not true: it is a hint, and the gateway says the order is not paid.
    world.post_raw(body.encode(), world.sign(body))
    from payments import tasks

    tasks.work_inbox()
    assert nobody_is_in()


def test_somebody_else_s_payment_lets_nobody_else_in(world: World, ann: User, ben: User) -> None:
    course = factories.small_course()
    anns = bought(signed_in(ann), course)
    bens = bought(signed_in(ben), course)
    world.pay(anns.attempts.get().session_id)
    client = signed_in(ben)
    knock_everywhere(client, bens, course, anns.attempts.get().session_id)
    knock_everywhere(client, anns, course, anns.attempts.get().session_id)
    assert {email for email, _ in shop.grants()} <= {ann.email}


def test_the_three_doors_are_open(world: World, ann: User, ben: User, ines: User, now: dt.datetime) -> None:
    course = factories.small_course()
    order = bought(signed_in(ann), course)
    world.pay(order.attempts.get().session_id)
    signed_in(ann).get(reverse("payments:return", args=[order.key]))
    access.grant_by_hand(user=ben, course=course, reason="a gift", now=now, actor=ines)
    free = factories.course("free", price_minor=0)
    signed_in(ines).post(
        reverse("payments:buy", args=[free.slug]), {"sent": "yes", "agreed": "on", "at_once": "on"}
    )
    assert sorted(email for email, _ in shop.grants()) == [ann.email, ben.email, ines.email]
