"""Nobody gets a course by a trick, nobody pays twice unseen, and no key is ever guessed. Numbers as in the list."""

import datetime as dt
import socket
import time
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import access
from courses.models import Course, Grant
from coursesite.lib import money
from payments import checkout, gateway, reconciliation, settlement, standing
from payments.models import Attempt, Order
from sandbox.models import IdempotencyKey, Object
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
    shopper = checkout.Shopper(email=ann.email, user=ann)
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
    assert (order.state, order.amount_minor, attempt.payment.captured_minor) == (
        Order.State.PAID,
        minor,
        minor,
    )
    assert money.amount_text(order.amount_minor, order.currency) == text


def test_38_two_tabs_lead_to_one_order_and_one_session(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    first, second = (shop.begin(course, user=ann, now=now) for _ in range(2))
    assert (first.pk, Order.objects.count(), sessions()) == (second.pk, 1, 1)


def test_38_two_tabs_of_a_guest_lead_to_one_order_too(world: World, course: Course, now: dt.datetime) -> None:
    first, second = (shop.begin(course, now=now) for _ in range(2))
    other_browser = shop.begin(course, now=now, tab="elsewhere")
    assert first.pk == second.pk != other_browser.pk


def test_38_a_second_payment_is_visible_and_gives_nothing_more(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    first, second = two_open_sessions(world, course, ann, now)
    for attempt in (first, second):
        world.pay(attempt.session_id or "")
        settlement.settle(attempt=attempt, now=now)
    assert (shop.state(first), shop.grants()) == (Order.State.OVERPAID, [("ann@example.org", "active")])
    assert shop.letters() == ["receipt"]
    second.refresh_from_db()
    world.refund(second)
    settlement.settle(attempt=second, now=now)
    assert (shop.state(first), shop.grants()) == (Order.State.PAID, [("ann@example.org", "active")])


def two_open_sessions(world: World, course: Course, ann: User, now: dt.datetime) -> tuple[Attempt, Attempt]:
    """Two pay pages for one order, as only an accident can make them."""
    first = shop.begin(course, user=ann, now=now)
    Attempt.objects.filter(pk=first.pk).update(state=Attempt.State.EXPIRED)
    second = shop.begin(course, user=ann, now=now)
    first.refresh_from_db()
    assert first.order_id == second.order_id and first.session_id != second.session_id
    return first, second


def test_39_an_expired_session_after_another_was_paid_changes_nothing(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    first, second = two_open_sessions(world, course, ann, now)
    world.pay(second.session_id or "")
    settlement.settle(attempt=second, now=now)
    gateway.expire_session(first.session_id or "")
    assert settlement.settle(attempt=first, now=now).state == Order.State.PAID
    assert shop.grants() == [("ann@example.org", "active")]


def test_39_after_its_time_ran_out_one_tap_opens_a_new_page_of_the_same_order(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    first = shop.begin(course, user=ann, now=now)
    world.at(now + 40 * MINUTE)
    page = ann_client.get(reverse("payments:cancelled", args=[first.order.key])).content.decode()
    assert "has closed" in page and shop.state(first) == Order.State.EXPIRED
    answer = ann_client.post(reverse("payments:resume", args=[first.order.key]))
    second = Attempt.objects.first()
    assert second is not None and (answer["Location"], second.order_id) == (second.url, first.order_id)
    assert (second.pk != first.pk, shop.state(first)) == (True, Order.State.OPEN)


def test_40_after_a_lost_answer_the_same_key_finds_the_same_session(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.trouble("timeout after create", times=2)
    with pytest.raises(checkout.GatewayTroubleError) as trouble:
        shop.begin(course, user=ann, now=now)
    attempt = trouble.value.order.attempts.get()
    key = attempt.idempotency_key
    assert (attempt.state, attempt.session_id, sessions()) == (Attempt.State.UNKNOWN, None, 1)
    again = shop.begin(course, user=ann, now=now + 2 * MINUTE)
    assert (again.pk, again.idempotency_key, again.state) == (attempt.pk, key, Attempt.State.OPEN)
    assert sessions() == 1


def test_40_a_session_whose_answer_was_lost_is_found_later_by_our_mark(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.trouble("timeout after create", times=2)
    with pytest.raises(checkout.GatewayTroubleError) as trouble:
        shop.begin(course, user=ann, now=now)
    world.at(now + 20 * MINUTE)  # too late for the same wish: the page would close too soon
    again = shop.begin(course, user=ann, now=world.now)
    assert (again.pk, again.state, sessions()) == (
        trouble.value.order.attempts.get().pk,
        Attempt.State.OPEN,
        1,
    )


def test_40_a_session_paid_though_we_never_learned_its_id_is_reconciled(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.trouble("timeout after create", times=2)
    with pytest.raises(checkout.GatewayTroubleError):
        shop.begin(course, user=ann, now=now)
    world.pay(Object.objects.get(type="checkout.session").key)
    assert reconciliation.reconcile(now=now + 10 * MINUTE) == 1
    assert shop.grants() == [("ann@example.org", "active")]


def test_41_a_new_key_is_taken_only_after_looking(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.cut_off()
    with pytest.raises(checkout.GatewayTroubleError) as trouble:
        shop.begin(course, user=ann, now=now)
    lost = trouble.value.order.attempts.get()
    IdempotencyKey.objects.create(  # the gateway keeps a 500 of its own under the key
        key=lost.idempotency_key, request="another", status=500, created=world.seconds
    )
    world.reconnect()
    world.at(now + 6 * MINUTE)
    new = shop.begin(course, user=ann, now=world.now)
    lost.refresh_from_db()
    assert (lost.state, new.state, sessions()) == (Attempt.State.NEVER_EXISTED, Attempt.State.OPEN, 1)
    assert new.idempotency_key != lost.idempotency_key


def test_41_the_same_key_with_other_wishes_is_our_mistake_and_said_aloud(
    world: World, course: Course, ann: User, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    Attempt.objects.filter(pk=attempt.pk).update(
        session_id=None, state=Attempt.State.UNKNOWN, expires_at=now + 50 * MINUTE
    )
    again = shop.begin(course, user=ann, now=now + MINUTE)
    assert "IdempotencyError" in caplog.text
    assert (again.pk, again.session_id, sessions()) == (attempt.pk, attempt.session_id, 1)


def test_42_a_gateway_that_never_answers_is_left_in_time(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        world.settings.STRIPE_HTTP_CLIENT = ""
        world.settings.STRIPE_API_BASE = f"http://127.0.0.1:{silent.getsockname()[1]}"
        world.settings.STRIPE_TIMEOUT_SECONDS = 1
        began = time.monotonic()
        with pytest.raises(checkout.GatewayTroubleError):
            shop.begin(course, user=ann, now=now)
    assert time.monotonic() - began < 6


def test_45_money_that_comes_after_the_time_ran_out_counts(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    Attempt.objects.update(state=Attempt.State.EXPIRED)
    Order.objects.update(state=Order.State.EXPIRED)
    assert settlement.settle(attempt=attempt, now=now + dt.timedelta(days=1)).state == Order.State.PAID


def test_45_money_for_a_course_no_longer_sold_is_looked_at(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    Course.objects.update(status=Course.Status.ARCHIVED)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.REVIEW
    attempt.refresh_from_db()
    world.refund(attempt)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.REFUNDED


def test_46_a_full_refund_in_the_dashboard_ends_access_and_a_partial_one_does_not(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    world.refund(attempt, 5000)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.PARTLY_REFUNDED
    receipt = ann_client.get(reverse("payments:receipt", args=[attempt.order.key])).content.decode()
    assert "Given back</dt><dd>50 USD" in receipt
    assert shop.grants() == [("ann@example.org", "active")]
    world.refund(attempt)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.REFUNDED
    assert (shop.grants(), shop.letters()) == ([("ann@example.org", "ended")], ["access-ended", "receipt"])


def test_52_one_access_by_two_orders_survives_the_refund_of_one(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    access.grant(user=ann, course=course, source="order-line:9999", now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    world.refund(attempt)
    settlement.settle(attempt=attempt, now=now)
    assert sorted(Grant.objects.values_list("state", flat=True)) == ["active", "ended"]
    assert access.of(ann, course) is not None


def test_52_who_is_in_is_told_so_before_paying(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    access.grant(user=ann, course=course, source="manual:1", now=now)
    with pytest.raises(checkout.AlreadyInError):
        shop.begin(course, user=ann, now=now)
    assert Order.objects.count() == 0


def test_an_order_of_a_stranger_is_nowhere_to_be_seen(
    world: World, course: Course, ann: User, ben_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    names = ("return", "status", "cancelled", "receipt", "resume", "enter", "take", "correct")
    answers = {}
    for client in (ben_client, Client()):
        for name in names:
            for key in (attempt.order.key, uuid.uuid4()):
                method = client.post if name in ("resume", "enter", "take", "correct") else client.get
                response = method(reverse(f"payments:{name}", args=[key]), {"email": "x@example.org"})
                answers.setdefault(name, set()).add(response.status_code)
    assert answers == {name: {404} for name in names} | {"take": {404, 302}}  # the login wall, for a visitor


def test_no_line_of_the_till_knows_the_practice_gateway() -> None:
    from pathlib import Path

    import payments

    files = Path(payments.__file__).parent.rglob("*.py")
    told = [file.name for file in files if "sandbox" in file.read_text() and file.name != "checks.py"]
    assert told == []


def test_stripe_is_imported_by_one_file_alone() -> None:
    from pathlib import Path

    import payments

    files = Path(payments.__file__).parent.rglob("*.py")
    assert [file.name for file in files if "import stripe" in file.read_text()] == ["gateway.py"]
