"""Nobody gets a course by a trick, nobody pays twice unseen, and no key is ever guessed. Numbers as in the list."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from coursesite.lib import money
from payments import checkout, claims, gateway, ordering, settlement, standing
from payments.models import Attempt, Order
from sandbox.models import Object
from tests import factories
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def back(client: Client, attempt: Attempt, session_id: str | None) -> int:
    url = reverse("payments:return", args=[attempt.order.key])
    return client.get(url, {"session_id": session_id or ""}).status_code


def sessions() -> int:
    return Object.objects.filter(type="checkout.session").count()


def test_29_a_tampered_or_foreign_session_id_shows_nothing_and_does_nothing(
    world: World,
    course: Course,
    ann: User,
    ben: User,
    ann_client: Client,
    ben_client: Client,
    now: dt.datetime,
) -> None:
    anns, bens = shop.begin(course, user=ann, now=now), shop.begin(course, user=ben, now=now)
    world.pay(anns.session_id or "")
    tampered = [bens.session_id, "cs_test_made_up", (anns.session_id or "")[:-1], "x" * 5000, "\x00"]
    assert [back(ann_client, anns, one) for one in tampered] == [404] * 5
    assert back(ben_client, anns, anns.session_id) == 404
    assert back(Client(), anns, anns.session_id) == 404
    assert (shop.grants(), shop.letters()) == ([], [])


def test_30_a_bookmarked_success_page_has_no_second_effect(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    assert [back(ann_client, attempt, attempt.session_id) for _ in range(3)] == [302, 302, 302]
    assert back(ann_client, attempt, "{CHECKOUT_SESSION_ID}") == 404
    assert (shop.grants(), shop.letters()) == ([("ann@example.org", "active")], ["receipt"])


def test_30_a_success_page_opened_without_paying_gives_nothing(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    assert back(ann_client, attempt, attempt.session_id) == 200
    assert (shop.state(attempt), shop.grants()) == (Order.State.OPEN, [])


def test_31_a_session_paid_for_another_order_goes_to_review(
    world: World, ann: User, now: dt.datetime
) -> None:
    cheap, dear = (
        factories.small_course(slug=slug, price_minor=price) for slug, price in (("a", 100), ("b", 14900))
    )
    first, second = shop.begin(cheap, user=ann, now=now), shop.begin(dear, user=ann, now=now)
    paid = first.session_id or ""
    world.pay(paid)
    Attempt.objects.filter(pk=first.pk).update(session_id=None, state=Attempt.State.UNKNOWN)
    Attempt.objects.filter(pk=second.pk).update(session_id=paid)
    order = settlement.settle(attempt=second, now=now)
    second.refresh_from_db()
    assert (order.state, second.mismatch, shop.grants()) == (
        Order.State.REVIEW,
        "belongs to another order",
        [],
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount_total", 100), ("currency", "jpy"), ("livemode", True), ("amount_total", 99900)],
)
def test_32_a_payment_that_does_not_match_goes_to_review_and_the_buyer_is_told_so(
    world: World,
    course: Course,
    ann: User,
    ann_client: Client,
    now: dt.datetime,
    field: str,
    value: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    world.change(attempt.session_id or "", **{field: value})
    page = ann_client.get(reverse("payments:return", args=[attempt.order.key]))
    assert "having a look at your payment" in page.content.decode()
    assert (shop.state(attempt), shop.grants(), shop.letters()) == (Order.State.REVIEW, [], [])
    assert "needs a look" in caplog.text


def test_32_a_price_shown_in_the_buyers_own_currency_trips_nothing(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    world.change(
        attempt.session_id or "",
        presentment_details={"presentment_amount": 13700, "presentment_currency": "eur"},
    )
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.PAID


def test_33_a_price_that_changes_meanwhile_holds_for_the_open_page_and_not_for_a_new_one(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    old = shop.begin(course, user=ann, now=now)
    Course.objects.update(price_minor=19900)
    course.refresh_from_db()
    assert gateway.read_session(old.session_id or "").amount_total == 14900
    new = shop.begin(course, user=ann, now=now + MINUTE)
    old.refresh_from_db()
    assert (old.state, new.order.amount_minor) == (Attempt.State.EXPIRED, 19900)
    assert gateway.read_session(old.session_id or "").status == "expired"


def test_33_who_pays_the_old_price_in_time_has_paid(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    Course.objects.update(price_minor=19900)
    world.pay(attempt.session_id or "")
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.PAID


def test_33_a_payment_that_was_faster_than_the_new_order_is_found(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    old = shop.begin(course, user=ann, now=now)
    Course.objects.update(price_minor=19900)
    course.refresh_from_db()
    world.pay(old.session_id or "")
    with pytest.raises(checkout.AlreadyPaidError):
        shop.begin(course, user=ann, now=now + MINUTE)
    assert (shop.grants(), sessions()) == ([("ann@example.org", "active")], 1)


def test_36_a_total_of_nothing_needs_no_gateway(world: World, ann: User, now: dt.datetime) -> None:
    world.cut_off()
    free = factories.small_course(price_minor=0)
    shopper = ordering.Shopper(email=ann.email, user=ann)
    started = checkout.start(course=free, shopper=shopper, now=now)
    assert (started.url, started.order.state, started.order.paid_at) == ("", Order.State.PAID, now)
    assert settlement.settle_free(order=started.order, now=now + MINUTE).paid_at == now
    with pytest.raises(checkout.AlreadyInError):
        checkout.start(course=free, shopper=shopper, now=now)
    assert shop.grants() == [("ann@example.org", "active")]


def test_36_a_session_with_nothing_to_pay_counts_as_paid(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    session = gateway.read_session(attempt.session_id or "")
    values = {
        **vars(session),
        "status": "complete",
        "payment_status": "no_payment_required",
        "amount_subtotal": 0,
        "amount_total": 0,
    }
    free = gateway.Session(**values)
    attempt.order.amount_minor = 0
    assert standing.attempt_state(free) == Attempt.State.PAID
    assert standing.mismatch(free, attempt=attempt, order=attempt.order) == ""


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [("jpy", 14900, "14,900 JPY"), ("kwd", 14900, "14.900 KWD"), ("usd", 14950, "149.50 USD")],
)
def test_37_currencies_with_no_or_three_decimals_are_whole_minor_units_all_the_way(
    world: World, ann: User, now: dt.datetime, currency: str, minor: int, text: str
) -> None:
    course = factories.small_course(price_minor=minor, currency=currency)
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    order = settlement.settle(attempt=attempt, now=now)
    assert (order.state, order.amount_minor, attempt.payments.get().captured_minor) == (
        Order.State.PAID,
        minor,
        minor,
    )
    assert money.amount_text(order.amount_minor, order.currency) == text


def test_56_an_address_typed_at_the_gateway_changes_nothing_about_whose_order_it_is(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    """The gateway is given the address and keeps it fixed; even another one there would not move the order."""
    attempt = shop.begin(course, user=ann, now=now)
    assert world.session(attempt.session_id or "")["customer_email"] == "ann@example.org"
    world.pay(attempt.session_id or "")
    details = world.session(attempt.session_id or "")["customer_details"]
    world.change(attempt.session_id or "", customer_details={**details, "email": "mallory@example.org"})
    order = settlement.settle(attempt=attempt, now=now)
    assert (order.state, order.email, shop.grants()) == (
        Order.State.PAID,
        "ann@example.org",
        [("ann@example.org", "active")],
    )


def test_56_a_guests_order_waits_for_the_address_given_here_and_not_for_one_typed_there(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, email="ann@example.org", now=now)
    world.pay(attempt.session_id or "")
    details = world.session(attempt.session_id or "")["customer_details"]
    world.change(attempt.session_id or "", customer_details={**details, "email": ben.email})
    settlement.settle(attempt=attempt, now=now)
    assert claims.waiting_for(ben.email) == []
    assert [claim.order.email for claim in claims.waiting_for("ann@example.org")] == ["ann@example.org"]
