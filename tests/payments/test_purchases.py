"""The purchases page: whose orders, in which words, at which cost; and the price box of whoever has trouble."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from courses import access
from courses.models import Course, Price
from payments import gifts, offers, refunds, settlement, withdrawals, words
from payments.models import Attempt, Order, Payment, Plan
from tests import factories
from tests.payments import shop
from tests.payments.world import DEBITED_LATE, World

pytestmark = pytest.mark.django_db
MOST_QUERIES = 8
ORDERS = "/orders/"


def text(client: Client) -> str:
    return client.get(ORDERS).content.decode()


def three(course: Course) -> Price:
    return Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5000)


# ---- whose ----
def test_a_guests_order_is_shown_to_whoever_proved_its_address_and_to_nobody_else(
    world: World, course: Course, ann_client: Client, ben_client: Client, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, email="Ann@Example.org", now=now)
    page = text(ann_client)
    assert f"Order {order.number}" in page and reverse("payments:take", args=[order.key]) in page
    assert "Nothing bought yet" in text(ben_client)


def test_an_address_that_was_not_proven_shows_nothing(world: World, course: Course, now: dt.datetime) -> None:
    """Somebody opened an account under Ann's address and never showed that it is theirs."""
    order = shop.paid_order(course, world, email="ann@example.org", now=now)
    intruder = Client()
    intruder.force_login(factories.user("ann@example.org", proven=False))
    assert "Nothing bought yet" in text(intruder)
    for name in ("return", "receipt", "withdraw"):
        assert intruder.get(reverse(f"payments:{name}", args=[order.key])).status_code == 404


def test_an_order_that_an_account_took_is_nobody_elses_whatever_its_address(
    world: World, course: Course, ben: User, ann_client: Client, ben_client: Client, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, email="ann@example.org", now=now)
    Order.objects.filter(pk=order.pk).update(user=ben)
    assert "Nothing bought yet" in text(ann_client)
    assert f"Order {order.number}" in text(ben_client)
    Order.objects.filter(pk=order.pk).update(user=None)


def test_papers_of_an_order_nobody_took_open_for_its_proven_address(
    world: World, course: Course, ann_client: Client, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, email="ann@example.org", now=now)
    refunds.give_back(payment=Payment.objects.get(), amount_minor=14900, actor=None, now=now)
    page = text(ann_client)
    for number in ("P2026-00001", "P2026-00002"):
        paper = reverse("payments:paper", args=[order.key, number])
        assert paper in page
        assert ann_client.get(paper).status_code == 200


def test_what_was_only_begun_is_not_a_purchase(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    shop.begin(course, user=ann, now=now)
    assert "Nothing bought yet" in text(ann_client)


def test_a_gift_stays_with_whoever_opened_it_when_its_giver_is_forgotten(
    world: World,
    course: Course,
    ben: User,
    ann_client: Client,
    ben_client: Client,
    ann: User,
    now: dt.datetime,
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now, gift=gifts.Wish(giver_name="Ann"))
    gifts.redeem(code=order.gift.code, user=ben, now=now)
    Order.objects.filter(pk=order.pk).update(forgotten_at=now)
    assert "From Ann" in text(ben_client)
    assert "Nothing bought yet" in text(ann_client)
    assert ann_client.get(reverse("payments:withdraw", args=[order.key])).status_code == 404


# ---- cost ----
@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_many(
    world: World, ann: User, ann_client: Client, now: dt.datetime, rows: int, django_assert_num_queries: Any
) -> None:
    """Plans, a withdrawal, a gift bought and a gift received among them."""
    for number in range(rows):
        course = factories.course(slug=f"course-{number}")
        order = shop.paid_order(course, world, user=ann, now=now, price=three(course))
        withdrawals.ask(order=order, note="", now=now)
        wish = gifts.Wish(giver_name="Ben")
        given = factories.course(slug=f"given-{number}")
        present = shop.paid_order(given, world, email="ben@example.org", now=now, gift=wish)
        gifts.redeem(code=present.gift.code, user=ann, now=now)
    with django_assert_num_queries(MOST_QUERIES):
        page = text(ann_client)
    assert page.count("Your monthly payments") == rows
    assert page.count("From Ben") == rows


# ---- words ----
def test_a_paid_order_leads_to_the_course_and_to_its_receipt(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now)
    page = text(ann_client)
    for word in (
        f"Order {order.number}, November 20, 2026. 149 USD.",
        reverse("courses:carry_on", args=[course.slug]),
        reverse("payments:paper", args=[order.key, "P2026-00001"]),
        "I want my money back",
        "Until December 20, 2026 you can have all of it back",
    ):
        assert word in page
    withdrawals.ask(order=order, note="", now=now)
    page = text(ann_client)
    assert "You asked for your money back on November 20, 2026" in page
    assert "I want my money back" not in page


def test_money_given_back_shows_its_note_and_that_access_has_ended(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    shop.paid_order(course, world, user=ann, now=now)
    refunds.give_back(payment=Payment.objects.get(), amount_minor=14900, actor=None, now=now)
    page = text(ann_client)
    for word in ("Refunded", "Refund note P2026-00002", words.EXPLAINED[Order.State.REFUNDED], words.KEPT):
        assert word in page
    assert "Your access has ended" in page and "Go to my course" not in page


def test_access_by_another_purchase_is_not_said_to_have_ended(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    shop.paid_order(course, world, user=ann, now=now)
    access.grant(user=ann, course=course, source="manual:1", now=now)
    refunds.give_back(payment=Payment.objects.get(), amount_minor=14900, actor=None, now=now)
    page = text(ann_client)
    assert "Go to my course" in page and "Your access has ended" not in page


def test_a_gift_shows_its_code_to_its_giver_and_the_course_to_whoever_opened_it(
    world: World,
    course: Course,
    ann: User,
    ben: User,
    ann_client: Client,
    ben_client: Client,
    now: dt.datetime,
) -> None:
    wish = gifts.Wish(giver_name="Ann", recipient_name="Ben")
    order = shop.paid_order(course, world, user=ann, now=now, gift=wish)
    page = text(ann_client)
    assert (
        "A gift for Ben, not opened yet" in page and reverse("payments:gift", args=[order.gift.code]) in page
    )
    gifts.redeem(code=order.gift.code, user=ben, now=now)
    page = text(ann_client)
    assert "A gift for Ben. It has been opened." in page and order.gift.code not in page
    page = text(ben_client)
    assert "From Ann" in page and reverse("courses:carry_on", args=[course.slug]) in page
    for private in (order.number, "149 USD", "ann@example.org", str(order.key)):
        assert private not in page


def test_a_gift_opened_by_its_own_giver_is_bought_and_received(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now, gift=gifts.Wish())
    gifts.redeem(code=order.gift.code, user=ann, now=now)
    page = text(ann_client)
    assert f"Order {order.number}" in page and "Opened on November 20, 2026" in page


def test_two_payments_for_one_order_and_a_payment_under_review_are_explained(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now)
    for state in (Order.State.OVERPAID, Order.State.REVIEW, Order.State.LOST, Order.State.PARTLY_REFUNDED):
        Order.objects.filter(pk=order.pk).update(state=state)
        order.refresh_from_db()
        assert words.explained(order) and words.explained(order) in text(ann_client)
    Order.objects.filter(pk=order.pk).update(state=Order.State.PAID)


def test_what_is_looked_at_is_a_course_for_oneself_or_a_gift() -> None:
    told = [words.explained(Order(state=Order.State.REVIEW, is_gift=gift)) for gift in (False, True)]
    assert ["either the course opens" in told[0], "either your gift is ready" in told[1]] == [True, True]


def test_every_state_has_a_badge() -> None:
    assert set(words.BADGES) == set(Order.State)


# ---- the price box ----
def offer(user: User | None, course: Course, client: Client) -> Any:
    request = RequestFactory().get("/")
    request.session, request.user = client.session, user or AnonymousUser()
    return offers.state(request, course, was_in=user is not None)


def test_the_price_box_tells_seconds_from_days(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    Course.objects.update(currency="eur")
    guest.post(
        reverse("payments:buy", args=[course.slug]),
        {"agreed": "on", "at_once": "on", "email": "ann@example.org"},
    )
    attempt = Attempt.objects.get()
    world.debit(attempt.session_id or "", DEBITED_LATE)
    settlement.settle(attempt=attempt, now=now)
    told = offer(None, course, guest)
    assert (told["state"], told["title"]) == ("pending", "Your bank is confirming")
    assert "several working days" in told["note"]


@pytest.mark.parametrize(
    ("plan", "state", "note"),
    [
        ("past_due", None, offers.LATE),
        ("defaulted", "rests", f"A monthly payment is overdue. {words.KEPT}"),
    ],
)
def test_the_price_box_tells_of_a_late_payment_and_never_sells_a_course_that_rests(
    world: World,
    course: Course,
    ann: User,
    guest: Client,
    now: dt.datetime,
    plan: str,
    state: str | None,
    note: str,
) -> None:
    shop.paid_order(course, world, user=ann, now=now, price=three(course))
    assert offer(ann, course, guest) is None
    Plan.objects.update(state=plan, late_since=now)
    told = offer(ann, course, guest)
    assert (told.get("state"), told["note"]) == (state, note)


def test_whoever_is_in_by_another_way_is_not_told_that_the_course_rests(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now)
    Order.objects.filter(pk=order.pk).update(disputed=True)
    page = ann_client.get(course.get_absolute_url()).content.decode()
    assert "Your course rests" not in page and "Continue: lesson" in page
    Order.objects.filter(pk=order.pk).update(disputed=False)
