"""Monthly payments: a subscription that is told when to end, and its invoices."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import stripe

from payments.gateway.client import Plain, client
from payments.gateway.facts import Invoice, Subscription, moment

ENDED = ("canceled", "incomplete_expired")


def read_subscription(subscription_id: str) -> Subscription:
    """The subscription as it is now. Raises DownError, MissingError, RefusedError."""
    with Plain():
        return _facts(client().v1.subscriptions.retrieve(subscription_id))


def end_subscription(subscription_id: str, *, at: dt.datetime) -> Subscription:
    """Have the gateway itself stop at that moment. The second call says the same again. Raises as above."""
    params: Any = {"cancel_at": int(at.timestamp()), "proration_behavior": "none"}
    with Plain():
        return _facts(client().v1.subscriptions.update(subscription_id, params))


def cancel_subscription(subscription_id: str) -> None:
    """Stop at once: nothing more is charged, nothing is prorated. One that has ended already is as good.

    Raises DownError, RefusedError.
    """
    with Plain():
        if client().v1.subscriptions.retrieve(subscription_id).status not in ENDED:
            client().v1.subscriptions.cancel(subscription_id)


def list_invoices(subscription_id: str) -> Iterator[Invoice]:
    """All invoices of a subscription, newest first. Raises DownError, RefusedError."""
    params: Any = {"subscription": subscription_id, "limit": 100, "expand": ["data.payments"]}
    with Plain():
        for found in client().v1.invoices.list(params).auto_paging_iter():
            yield _invoice(found)


def use_newest_card(subscription_id: str, *, customer_id: str) -> str:
    """Have the subscription pay with the card its customer gave last; returns that card, empty if none came since.

    Checkout ties the first card to the subscription, and a card changed later is the customer's: the subscription
    must be told. The second call finds it told. Raises DownError, RefusedError.
    """
    with Plain():
        chosen = client().v1.customers.retrieve(customer_id).invoice_settings
        card = _id(chosen.default_payment_method) if chosen else ""
        told = client().v1.subscriptions.retrieve(subscription_id)
        if card and told.status not in ENDED and _id(told.default_payment_method) != card:
            client().v1.subscriptions.update(subscription_id, {"default_payment_method": card})
    return card


def _id(method: str | stripe.PaymentMethod | None) -> str:
    return method if isinstance(method, str) else (method.id if method else "")


def pay_invoice(invoice_id: str, *, card: str = "") -> None:
    """Charge a late invoice now, with `card` or else the one on file. One that is paid is as good.

    Raises RefusedError (with `code`), DownError.
    """
    params: Any = {"payment_method": card} if card else {}
    with Plain():
        if client().v1.invoices.retrieve(invoice_id).status == "open":
            client().v1.invoices.pay(invoice_id, params)


def void_invoice(invoice_id: str) -> None:
    """Give up an invoice that will not be paid. One that is not open is as good. Raises as above."""
    with Plain():
        if client().v1.invoices.retrieve(invoice_id).status == "open":
            client().v1.invoices.void_invoice(invoice_id)


def card_page(*, customer_id: str, back_url: str, done_url: str) -> str:
    """The address of a page on which the customer changes the card; a bearer's secret, made per click, never kept.

    It leads to `done_url` once the card is changed, and to `back_url` from whoever thinks better of it.
    Raises DownError, RefusedError.
    """
    params: Any = {
        "customer": customer_id,
        "return_url": back_url,
        "flow_data": {
            "type": "payment_method_update",
            "after_completion": {"type": "redirect", "redirect": {"return_url": done_url}},
        },
    }
    with Plain():
        return str(client().v1.billing_portal.sessions.create(params).url)


def _facts(found: stripe.Subscription) -> Subscription:
    return Subscription(
        id=found.id,
        status=found.status,
        customer_id=found.customer if isinstance(found.customer, str) else found.customer.id,
        anchor_at=dt.datetime.fromtimestamp(found.billing_cycle_anchor, dt.UTC),
        ends_at=moment(found.cancel_at),
        ended_at=moment(found.ended_at),
        livemode=found.livemode,
    )


def _invoice(found: stripe.Invoice) -> Invoice:
    payments = found.payments.data if found.payments else []
    intents = [one.payment.payment_intent for one in payments if one.payment.type == "payment_intent"]
    return Invoice(
        id=found.id or "",
        status=found.status or "",
        attempted=found.attempted,
        amount_due=found.amount_due,
        amount_paid=found.amount_paid,
        currency=found.currency.lower(),
        created_at=dt.datetime.fromtimestamp(found.created, dt.UTC),
        payment_intent_ids=tuple(one if isinstance(one, str) else one.id for one in intents if one),
        next_try_at=moment(found.next_payment_attempt),
    )
