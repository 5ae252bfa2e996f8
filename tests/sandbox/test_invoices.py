"""What is asked for each month: payments that fail, are made by hand, are given back or need not be made."""

from typing import Any

import pytest
import stripe

from sandbox import passing
from sandbox.ids import Ids
from sandbox.models import Event
from tests.sandbox.conftest import in_threads
from tests.sandbox.monthly import (
    DAY,
    GOOD,
    LATER_DECLINED,
    begun,
    charged,
    give,
    item,
    kinds,
    moment,
    statuses,
)

Stripe = stripe.StripeClient


def test_a_failed_payment_is_tried_again_after_1_3_and_5_days_and_then_left(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    before = len(kinds())
    now = item(subscription).current_period_end
    tries = []
    for days in (0, 1, 3, 5):
        now += days * DAY
        settings.SANDBOX_NOW = now
        invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
        tries.append((invoice.status, invoice.attempt_count, invoice.next_payment_attempt))
    first = item(subscription).current_period_end
    assert tries == [
        ("open", 1, first + 1 * DAY),
        ("open", 2, first + 4 * DAY),
        ("open", 3, first + 9 * DAY),
        ("open", 4, None),
    ]
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    assert charged() == [True, False, False, False, False]
    failed = ["payment_intent.payment_failed", "invoice.payment_failed"]
    assert kinds(after=before) == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        *failed,
        "customer.subscription.updated",
        *failed * 3,
    ]
    updated = Event.objects.filter(type="customer.subscription.updated").latest("number").body["data"]
    assert (updated["previous_attributes"], updated["object"]["status"]) == ({"status": "active"}, "past_due")


def test_paying_by_hand_is_refused_while_the_card_is_and_stays_on_record(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    pay_invoice = client_of_stripe.v1.invoices.pay
    for replayed in (False, True):
        with pytest.raises(stripe.CardError) as refused:
            pay_invoice(invoice.id, options={"idempotency_key": "pay-1"})
        assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
        assert refused.value.json_body["error"]["decline_code"] == "generic_decline"
        assert ("Idempotent-Replayed" in (refused.value.headers or {})) is replayed
    again = client_of_stripe.v1.invoices.retrieve(invoice.id)
    assert (again.status, again.attempt_count) == ("open", 1)
    assert again.next_payment_attempt == invoice.next_payment_attempt
    assert charged() == [True, False, False]
    assert kinds()[-2:] == ["payment_intent.payment_failed", "invoice.payment_failed"]


def test_a_good_card_pays_what_is_open_and_the_subscription_runs_again(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription, other = begun(client_of_stripe, LATER_DECLINED), begun(client_of_stripe)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    update = client_of_stripe.v1.subscriptions.update
    with pytest.raises(stripe.InvalidRequestError) as refused:
        update(subscription.id, {"default_payment_method": str(other.default_payment_method)})
    assert refused.value.param == "default_payment_method"
    card = give(subscription, GOOD)
    update(subscription.id, {"default_payment_method": card})
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    paid = client_of_stripe.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_remaining, paid.next_payment_attempt) == ("paid", 0, None)
    again = client_of_stripe.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["default_payment_method", "latest_invoice.payments"]}
    )
    assert again.status == "active"
    assert isinstance(again.default_payment_method, stripe.PaymentMethod)
    assert again.default_payment_method.id == card
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client_of_stripe.v1.invoices.pay(invoice.id)
    assert charged() == [True, True, False, True, True]


def test_another_card_of_the_customer_can_be_named_for_one_payment(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    old = str(subscription.default_payment_method)
    card = give(subscription, GOOD)
    client_of_stripe.v1.subscriptions.update(subscription.id, {"default_payment_method": old})
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    assert client_of_stripe.v1.invoices.pay(invoice.id, {"payment_method": card}).status == "paid"
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).default_payment_method == old


def test_a_later_payment_does_not_hide_that_an_older_one_is_open(
    client_of_stripe: Stripe, settings: Any
) -> None:
    """The latest invoice says how the subscription stands (billing/subscriptions/overview, past_due)."""
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end + 20 * DAY
    client_of_stripe.v1.subscriptions.retrieve(subscription.id)
    give(subscription, GOOD)
    settings.SANDBOX_NOW = moment("2027-03-15T08:00:00")
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert statuses(client_of_stripe, subscription) == [("paid", 1), ("open", 4), ("paid", 1)]


def test_a_void_invoice_is_owed_by_nobody(client_of_stripe: Stripe, settings: Any) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    void = client_of_stripe.v1.invoices.void_invoice(invoice.id)
    assert (void.status, void.next_payment_attempt) == ("void", None)
    payment = client_of_stripe.v1.invoice_payments.list(
        {"invoice": invoice.id, "expand": ["data.payment.payment_intent"]}
    ).data[0]
    assert isinstance(payment.payment.payment_intent, stripe.PaymentIntent)
    assert (payment.status, payment.payment.payment_intent.status) == ("canceled", "canceled")
    for call in (client_of_stripe.v1.invoices.pay, client_of_stripe.v1.invoices.void_invoice):
        with pytest.raises(stripe.InvalidRequestError):
            call(invoice.id)
    settings.SANDBOX_NOW += 10 * DAY
    assert statuses(client_of_stripe, subscription) == [("paid", 1), ("void", 1)]
    assert "invoice.voided" in kinds()


def test_one_instalment_is_given_back(client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe)
    payments = client_of_stripe.v1.invoice_payments.list({"invoice": str(subscription.latest_invoice)})
    intent = str(payments.data[0].payment.payment_intent)
    by_intent = client_of_stripe.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent}, "status": "paid"}
    )
    assert [one.invoice for one in by_intent.data] == [subscription.latest_invoice]
    refund = client_of_stripe.v1.refunds.create({"payment_intent": intent})
    assert (refund.amount, refund.payment_intent) == (5200, intent)
    assert client_of_stripe.v1.invoices.retrieve(str(subscription.latest_invoice)).status == "paid"


def test_a_group_inside_an_object_is_expanded_too(client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe)
    invoice = client_of_stripe.v1.invoices.retrieve(
        str(subscription.latest_invoice),
        {"expand": ["parent.subscription_details.subscription", "payments.data.payment.payment_intent"]},
    )
    assert invoice.parent is not None and invoice.parent.subscription_details is not None
    assert isinstance(invoice.parent.subscription_details.subscription, stripe.Subscription)
    assert invoice.payments is not None
    assert isinstance(invoice.payments.data[0].payment.payment_intent, stripe.PaymentIntent)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client_of_stripe.v1.invoices.retrieve(
            invoice.id, {"expand": ["parent.subscription_details.metadata"]}
        )


@pytest.mark.django_db(transaction=True)
def test_hands_and_the_clock_at_once_pay_one_invoice_once(
    transactional_db: None, client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    give(subscription, GOOD)
    settings.SANDBOX_NOW += DAY

    def hand() -> int:
        passing.bring(ids=Ids(), now=settings.SANDBOX_NOW)
        try:
            return client_of_stripe.v1.invoices.pay(invoice.id).status == "paid"
        except stripe.InvalidRequestError:  # somebody else was faster
            return 0

    assert sum(in_threads(6, hand)) <= 1
    assert charged() == [True, False, True]
    assert Event.objects.filter(type="invoice.paid", body__data__object__id=invoice.id).count() == 1
