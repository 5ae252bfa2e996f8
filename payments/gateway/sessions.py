"""Checkout Sessions: the pay pages."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import stripe
from django.conf import settings

from payments import stubs
from payments.gateway import money
from payments.gateway.client import Plain, client
from payments.gateway.facts import Session, Wish

EXPAND = ["payment_intent.latest_charge"]


def create_session(wish: Wish, *, idempotency_key: str) -> Session:
    """Open a Session, or give the one that this key opened before. Raises DownError, RefusedError."""
    marks = {"attempt": str(wish.attempt_key), "site": settings.SITE_URL}
    params: Any = {
        "mode": "subscription" if wish.monthly else "payment",
        "ui_mode": "hosted_page",
        "allowed_payment_method_types": _methods(wish),
        "customer_email": wish.email,
        "client_reference_id": wish.reference,
        "line_items": [_line(line, wish) for line in wish.lines],
        "metadata": marks,
        "subscription_data" if wish.monthly else "payment_intent_data": {"metadata": marks},
        "success_url": wish.success_url,
        "cancel_url": wish.cancel_url,
        "expires_at": int(wish.expires_at.timestamp()),
        "expand": EXPAND,
    }
    if wish.tax != "included":
        params["automatic_tax"] = {"enabled": True}
    with Plain():
        return _facts(
            client().v1.checkout.sessions.create(params, options={"idempotency_key": idempotency_key})
        )


def _methods(wish: Wish) -> list[str]:
    """Bank debits are in euros and slow: not for other currencies, and not for monthly payments."""
    chosen = settings.STRIPE_PAYMENT_METHODS
    return [one for one in chosen if one != "sepa_debit" or (wish.currency == "eur" and not wish.monthly)]


def _line(line: tuple[str, str, int], wish: Wish) -> dict[str, Any]:
    title, about, amount = line
    price: dict[str, Any] = {
        "currency": wish.currency,
        "unit_amount": amount,
        "tax_behavior": "exclusive" if wish.tax == "added" else "inclusive",
        "product_data": {"name": title, **({"description": about} if about else {})},
    }
    if wish.monthly:
        price["recurring"] = {"interval": "month", "interval_count": 1}
    return {"quantity": 1, "price_data": price}


def read_session(session_id: str) -> Session:
    """The Session with its money as it is now. Raises DownError, MissingError, RefusedError."""
    with Plain():
        return _facts(client().v1.checkout.sessions.retrieve(session_id, {"expand": EXPAND}))


def list_sessions(*, since: dt.datetime) -> Iterator[Session]:
    """All Sessions opened since then, newest first, also those of other sites on the same account.

    Raises as above.
    """
    params: Any = {
        "created": {"gte": int(since.timestamp())},
        "limit": 100,
        "expand": [f"data.{path}" for path in EXPAND],
    }
    with Plain():
        for found in client().v1.checkout.sessions.list(params).auto_paging_iter():
            yield _facts(found)


def expire_session(session_id: str) -> None:
    """Close an open Session. Raises RefusedError when it is not open any more, DownError."""
    with Plain():
        client().v1.checkout.sessions.expire(session_id)


def _facts(found: stripe.checkout.Session) -> Session:
    intent = found.payment_intent if isinstance(found.payment_intent, stripe.PaymentIntent) else None
    marks = found.metadata.to_dict() if found.metadata else {}
    subscription = found.subscription
    return Session(
        id=found.id,
        status=found.status or "",
        payment_status=found.payment_status,
        amount_subtotal=found.amount_subtotal or 0,
        amount_total=found.amount_total or 0,
        tax_minor=found.total_details.amount_tax if found.total_details else 0,
        tax_status=(found.automatic_tax.status or "") if found.automatic_tax.enabled else "",
        currency=(found.currency or "").lower(),
        livemode=found.livemode,
        attempt_key=stubs.key_in(marks, "attempt"),
        is_ours=bool(stubs.key_in(marks, "attempt")) and marks.get("site") == settings.SITE_URL,
        money=money.facts(intent) if intent else None,
        subscription_id=subscription
        if isinstance(subscription, str)
        else (subscription.id if subscription else ""),
        url=found.url or "",
        expires_at=dt.datetime.fromtimestamp(found.expires_at, dt.UTC),
    )
