"""Webhooks over real HTTP, to a small server of the test's own."""

from typing import Any

import pytest
import stripe

from sandbox import sender, tasks
from sandbox.errors import Refused
from sandbox.models import Delivery, Event, Fault, Object
from tests.sandbox.conftest import NOW, SECRET, in_threads, pay, session_params
from tests.sandbox.shop import Shop

Stripe = stripe.StripeClient


def paid(gateway: Stripe) -> None:
    pay(gateway.v1.checkout.sessions.create(session_params()).id)


def test_events_arrive_signed_in_order_and_once(client_of_stripe: Stripe, shop: Shop) -> None:
    paid(client_of_stripe)
    assert sender.deliver_due(now=NOW) == 3
    assert shop.kinds == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    for headers, body in shop.got:
        stripe.WebhookSignature.verify_header(body, headers["stripe-signature"], SECRET)
        assert headers["stripe-signature"].startswith(f"t={NOW},v1=")
        assert headers["user-agent"] == "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
    assert sender.deliver_due(now=NOW) == 0
    assert len(client_of_stripe.v1.events.list({"delivery_success": True}).data) == 3


def test_what_fails_comes_again_after_growing_waits_for_three_days(
    client_of_stripe: Stripe, shop: Shop
) -> None:
    paid(client_of_stripe)
    Delivery.objects.exclude(event__type="checkout.session.completed").delete()
    shop.status = 500
    now, waits = NOW, []
    while (delivery := Delivery.objects.get()).state == Delivery.State.WAITING:
        waits.append(delivery.next_attempt_at - now)
        now = delivery.next_attempt_at
        assert sender.deliver_due(now=now) == 0
    assert waits == sorted(waits)
    assert waits[:3] == [0, 60, 300]
    assert (delivery.state, delivery.answer, now - NOW <= 3 * 86400) == ("given up", "500", True)
    assert len(shop.got) == delivery.attempts == len(waits)
    assert len({headers["stripe-signature"] for headers, _ in shop.got}) == len(waits)  # each signed anew


def test_any_2xx_is_an_arrival_and_a_redirect_is_none(client_of_stripe: Stripe, shop: Shop) -> None:
    paid(client_of_stripe)
    shop.status = 302
    assert sender.deliver_due(now=NOW) == 0
    assert len(shop.got) == 3
    shop.status = 204
    assert sender.deliver_due(now=NOW + 60) == 3


def test_a_shop_that_is_down_costs_nothing_but_time(client_of_stripe: Stripe, settings: Any) -> None:
    settings.SANDBOX_WEBHOOK_SECRET = SECRET
    paid(client_of_stripe)
    assert sender.deliver_due(now=NOW) == 0
    assert set(Delivery.objects.values_list("state", "attempts")) == {("waiting", 1)}


def test_without_an_address_nothing_is_queued(client_of_stripe: Stripe, settings: Any) -> None:
    settings.SANDBOX_WEBHOOK_URL = ""
    paid(client_of_stripe)
    assert (Event.objects.count(), Delivery.objects.count(), sender.deliver_due(now=NOW)) == (3, 0, 0)


def test_sessions_expire_by_the_sender_alone(client_of_stripe: Stripe, shop: Shop) -> None:
    client_of_stripe.v1.checkout.sessions.create(session_params(expires_at=NOW + 1800))
    assert sender.deliver_due(now=NOW + 1799) == 0
    assert sender.deliver_due(now=NOW + 1800) == 1
    assert shop.kinds == ["checkout.session.expired"]


def test_the_task_rings_the_sender_by_the_sandbox_clock(client_of_stripe: Stripe, shop: Shop) -> None:
    paid(client_of_stripe)
    assert tasks.deliver() == 3
    assert tasks.deliver() == 0


def test_a_planned_fault_drops_doubles_or_delays_one_event(client_of_stripe: Stripe, shop: Shop) -> None:
    Fault.objects.create(kind=Fault.Kind.DROP, match="charge.succeeded")
    Fault.objects.create(kind=Fault.Kind.DUPLICATE, match="payment_intent.succeeded")
    Fault.objects.create(kind=Fault.Kind.DELAY, match="checkout.session.completed", seconds=30)
    paid(client_of_stripe)
    assert sender.deliver_due(now=NOW) == 2
    assert shop.kinds == ["payment_intent.succeeded"] * 2
    assert sender.deliver_due(now=NOW + 30) == 1
    assert shop.kinds[2:] == ["checkout.session.completed"]
    shop.got.clear()
    paid(client_of_stripe)
    assert sender.deliver_due(now=NOW + 30) == 3


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_event_once(
    transactional_db: None, client_of_stripe: Stripe, shop: Shop
) -> None:
    paid(client_of_stripe)
    assert sum(in_threads(4, lambda: sender.deliver_due(now=NOW))) == 3
    assert len(shop.got) == 3


@pytest.mark.django_db(transaction=True)
def test_sixteen_hands_on_one_session_pay_it_once(transactional_db: None, client_of_stripe: Stripe) -> None:
    key = client_of_stripe.v1.checkout.sessions.create(session_params()).id

    def hand() -> int:
        try:
            return int(pay(key)["payment_status"] == "paid")
        except Refused:
            return 0

    assert sum(in_threads(16, hand)) == 1
    assert Object.objects.filter(type="charge").count() == 1
    assert Event.objects.filter(type="checkout.session.completed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_refunds_of_one_payment_give_it_back_once(
    transactional_db: None, client_of_stripe: Stripe
) -> None:
    paid(client_of_stripe)
    intent = Object.objects.get(type="payment_intent").key

    def hand() -> int:
        try:
            return client_of_stripe.v1.refunds.create({"payment_intent": intent}).amount
        except stripe.InvalidRequestError:
            return 0

    assert sum(in_threads(16, hand)) == 14900
