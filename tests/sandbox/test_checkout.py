from typing import Any

import pytest
import stripe

from sandbox import checkout
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Object
from tests.sandbox.conftest import NOW, pay, session_params

Stripe = stripe.StripeClient


def kinds() -> list[str]:
    return list(Event.objects.order_by("number").values_list("type", flat=True))


def opened(gateway: Stripe, **more: object) -> stripe.checkout.Session:
    return gateway.v1.checkout.sessions.create(session_params(**more))


def read(gateway: Stripe, key: str) -> stripe.checkout.Session:
    return gateway.v1.checkout.sessions.retrieve(key, {"expand": ["payment_intent.latest_charge"]})


def test_a_new_session_is_open_and_unpaid_with_the_price_in_minor_units(client_of_stripe: Stripe) -> None:
    session = opened(client_of_stripe, metadata={"order": "7"}, client_reference_id="7")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.amount_subtotal, session.currency) == (14900, 14900, "usd")
    assert (session.created, session.expires_at) == (NOW, NOW + 86400)
    assert session.metadata is not None and session.metadata["order"] == "7"
    assert session.url == f"https://practice.example/_sandbox/pay/{session.id}/"
    assert session.livemode is False
    assert kinds() == []


def test_a_good_card_pays_once_with_one_charge_and_three_events(client_of_stripe: Stripe) -> None:
    session = opened(client_of_stripe, payment_intent_data={"metadata": {"order": "7"}})
    pay(session.id)
    session = read(client_of_stripe, session.id)
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received, intent.metadata["order"]) == ("succeeded", 14900, "7")
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.paid, charge.status, charge.amount_captured) == (True, "succeeded", 14900)
    assert kinds() == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_a_second_payment_of_one_session_is_refused_and_takes_no_money(client_of_stripe: Stripe) -> None:
    session = opened(client_of_stripe)
    pay(session.id)
    with pytest.raises(Refused):
        pay(session.id)
    assert Object.objects.filter(type="charge").count() == 1


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
    ],
)
def test_a_declined_card_leaves_the_session_open_for_another(
    client_of_stripe: Stripe, number: str, code: str, decline_code: str | None
) -> None:
    session = opened(client_of_stripe)
    pay(session.id, number)
    session = read(client_of_stripe, session.id)
    assert (session.status, session.payment_status) == ("open", "unpaid")
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent) and isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == code
    assert intent.last_payment_error.to_dict().get("decline_code") == decline_code
    assert (intent.latest_charge.paid, intent.latest_charge.amount_captured) == (False, 0)
    assert kinds() == ["payment_intent.payment_failed"]
    pay(session.id)
    again = read(client_of_stripe, session.id)
    assert isinstance(again.payment_intent, stripe.PaymentIntent)
    assert (again.status, again.payment_intent.id) == ("complete", intent.id)


@pytest.mark.parametrize("number", ["4000002500003155", "4000000000003220"])
def test_a_card_with_a_bank_step_pays_after_it_is_passed(client_of_stripe: Stripe, number: str) -> None:
    session = opened(client_of_stripe)
    pay(session.id, number)
    waiting = read(client_of_stripe, session.id).payment_intent
    assert isinstance(waiting, stripe.PaymentIntent) and waiting.next_action is not None
    assert waiting.status == "requires_action"
    assert waiting.next_action.redirect_to_url is not None
    assert (
        waiting.next_action.redirect_to_url.url
        == f"https://practice.example/_sandbox/pay/{session.id}/verify/"
    )
    assert kinds() == []
    assert checkout.answer(key=session.id, passed=True, ids=Ids(), now=NOW)["status"] == "complete"
    with pytest.raises(Refused):
        checkout.answer(key=session.id, passed=True, ids=Ids(), now=NOW)
    assert Object.objects.filter(type="charge").count() == 1


def test_a_failed_bank_step_charges_nothing_and_says_why(client_of_stripe: Stripe) -> None:
    session = opened(client_of_stripe)
    pay(session.id, "4000002500003155")
    checkout.answer(key=session.id, passed=False, ids=Ids(), now=NOW)
    intent = read(client_of_stripe, session.id).payment_intent
    assert isinstance(intent, stripe.PaymentIntent) and intent.last_payment_error is not None
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)


def test_a_card_declined_after_the_bank_step_charges_nothing(client_of_stripe: Stripe) -> None:
    session = opened(client_of_stripe)
    pay(session.id, "4000008400001629")
    checkout.answer(key=session.id, passed=True, ids=Ids(), now=NOW)
    intent = read(client_of_stripe, session.id).payment_intent
    assert isinstance(intent, stripe.PaymentIntent) and intent.last_payment_error is not None
    assert intent.last_payment_error.code == "card_declined"
    assert kinds() == ["payment_intent.payment_failed"]


def test_a_session_past_its_time_is_expired_when_read_and_cannot_be_paid(
    client_of_stripe: Stripe, settings: Any
) -> None:
    session = opened(client_of_stripe, expires_at=NOW + 1800)
    settings.SANDBOX_NOW = NOW + 1799
    assert read(client_of_stripe, session.id).status == "open"
    settings.SANDBOX_NOW = NOW + 1800
    with pytest.raises(Refused):
        pay(session.id, now=NOW + 1800)
    expired = read(client_of_stripe, session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert kinds() == ["checkout.session.expired"]


def test_a_sweep_expires_all_that_are_due_once(client_of_stripe: Stripe) -> None:
    opened(client_of_stripe, expires_at=NOW + 1800)
    opened(client_of_stripe, expires_at=NOW + 3600)
    assert checkout.sweep(ids=Ids(), now=NOW + 1800) == 1
    assert checkout.sweep(ids=Ids(), now=NOW + 1800) == 0


def test_an_expired_session_is_not_expired_twice(client_of_stripe: Stripe) -> None:
    session = opened(client_of_stripe)
    pay(session.id, "4000000000000002")
    assert client_of_stripe.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        client_of_stripe.v1.checkout.sessions.expire(session.id)
    intent = read(client_of_stripe, session.id).payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.status == "canceled"
    assert kinds() == ["payment_intent.payment_failed", "checkout.session.expired"]


@pytest.mark.parametrize("seconds", [1799, 86401])
def test_a_lifetime_stripe_does_not_allow_is_refused(client_of_stripe: Stripe, seconds: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        opened(client_of_stripe, expires_at=NOW + seconds)
    assert refused.value.param == "expires_at"


def test_no_card_number_is_in_any_row(client_of_stripe: Stripe) -> None:
    session = opened(client_of_stripe)
    pay(session.id, "4000002500003155")
    checkout.answer(key=session.id, passed=True, ids=Ids(), now=NOW)
    rows = [*Object.objects.values_list("body", "private"), *Event.objects.values_list("body")]
    assert rows != []
    assert [row for row in rows if "4000002500003155" in repr(row)] == []
