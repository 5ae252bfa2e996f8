"""New objects in Stripe's wire shape, filled in from `blanks/`. Amounts are minor units."""

import functools
import json
import pathlib
from typing import Any

from sandbox.errors import Json

API_VERSION = "2026-10-28.endive"
BLANKS = pathlib.Path(__file__).parent / "blanks"


@functools.cache
def _text(kind: str) -> str:
    return (BLANKS / f"{kind}.json").read_text(encoding="utf-8")


def blank(kind: str, **fields: Any) -> Json:
    """A new object of this kind with some fields filled. KeyError for a field its blank does not have."""
    body: Json = json.loads(_text(kind))
    for name, value in fields.items():
        body[name]  # a misspelt field is our own mistake: fail here
        body[name] = value
    return body


def session(
    *, key: str, amount: int, currency: str, params: Json, url: str, now: int, expires_at: int
) -> Json:
    """An open Checkout Session for a hosted page. `params` are the decoded ones of the create call."""
    email = params.get("customer_email")
    same = {name: params[name] for name in SAME_IN_SESSION if name in params}
    return blank("checkout.session", **same) | {
        "id": key,
        "amount_subtotal": amount,
        "amount_total": amount,
        "created": now,
        "currency": currency,
        "customer_details": customer_details(email=email) if email else None,
        "expires_at": expires_at,
        "payment_status": "unpaid" if amount else "no_payment_required",
        "url": url,
    }


SAME_IN_SESSION = (
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "customer_creation",
    "customer_email",
    "locale",
    "metadata",
    "mode",
    "submit_type",
    "success_url",
)


def customer_details(*, email: str | None, name: str | None = None) -> Json:
    """Who pays. Before the payment only a given address is known."""
    return {
        "address": address() if name else None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none" if name else None,
        "tax_ids": [] if name else None,
    }


def address() -> Json:
    return dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def line_item(*, key: str, price: Json, description: str, quantity: int, metadata: Json) -> Json:
    total = price["unit_amount"] * quantity
    return blank(
        "item",
        id=key,
        amount_subtotal=total,
        amount_total=total,
        currency=price["currency"],
        description=description,
        metadata=metadata,
        price=price,
        quantity=quantity,
    )


def price(
    *,
    key: str,
    product: str,
    currency: str,
    unit_amount: int,
    tax_behavior: str,
    now: int,
    recurring: Json | None = None,
) -> Json:
    """A price made with its line. `recurring` says how often it is paid: interval and interval_count."""
    if recurring:
        rest: Json = {"meter": None, "trial_period_days": None, "usage_type": "licensed"}
        recurring = {"interval_count": 1} | recurring | rest
    return blank(
        "price",
        id=key,
        created=now,
        currency=currency,
        product=product,
        recurring=recurring,
        tax_behavior=tax_behavior,
        type="recurring" if recurring else "one_time",
        unit_amount=unit_amount,
        unit_amount_decimal=str(unit_amount),
    )


def payment_intent(*, key: str, secret: str, amount: int, currency: str, data: Json, now: int) -> Json:
    """A PaymentIntent that waits for a card. `data` is the Session's `payment_intent_data`."""
    return blank(
        "payment_intent",
        id=key,
        amount=amount,
        client_secret=f"{key}_secret_{secret}",
        created=now,
        currency=currency,
        **data,
    )


def payment_method(
    *, key: str, last4: str, brand: str, expiry: tuple[int, int], billing: Json, now: int
) -> Json:
    """A card as it is kept: brand, last four digits and expiry (month, year)."""
    body = blank("payment_method", id=key, billing_details=billing, created=now)
    body["card"] |= {
        "brand": brand,
        "display_brand": brand,
        "exp_month": expiry[0],
        "exp_year": expiry[1],
        "last4": last4,
        "networks": {"available": [brand], "preferred": None},
    }
    return body


def billing_details(*, email: str, name: str) -> Json:
    return {"address": address(), "email": email, "name": name, "phone": None, "tax_id": None}


def charge(*, key: str, intent: Json, method: Json, secure: Json | None, now: int) -> Json:
    """A charge that succeeded. `secure` tells of a card's 3-D Secure step, if there was one."""
    body = blank(
        "charge",
        id=key,
        amount=intent["amount"],
        amount_captured=intent["amount"],
        billing_details=method["billing_details"],
        created=now,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        metadata=intent["metadata"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        receipt_email=intent["receipt_email"],
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
    )
    if method["type"] != "card":
        return body
    paper = body["payment_method_details"]["card"]
    paper |= {name: value for name, value in method["card"].items() if name in paper}
    paper |= {
        "amount_authorized": intent["amount"],
        "network": method["card"]["brand"],
        "three_d_secure": secure,
    }
    paper["overcapture"]["maximum_amount_capturable"] = intent["amount"]
    return body


def refund(*, key: str, charge: Json, amount: int, params: Json, now: int) -> Json:
    """A refund to a card, done."""
    return blank(
        "refund",
        id=key,
        amount=amount,
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        metadata=params.get("metadata", {}),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
    )


def event(
    *, key: str, kind: str, body: Json, before: Json | None, request: Json, waiting: int, now: int
) -> Json:
    """A snapshot event: `body` as it was then; `before` holds the former values of what changed."""
    data: Json = {"object": body} if before is None else {"object": body, "previous_attributes": before}
    return blank(
        "event", id=key, created=now, data=data, pending_webhooks=waiting, request=request, type=kind
    )


def listing(*, url: str, data: list[Json], has_more: bool) -> Json:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
