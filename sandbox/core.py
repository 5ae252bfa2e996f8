"""What Stripe does with a payment, as pure functions: wire objects in, a Change out. `now`: seconds, UTC."""

from dataclasses import dataclass, field
from typing import Any

from sandbox import rules, shapes
from sandbox.cards import REASONS, Card
from sandbox.errors import Json, Refused
from sandbox.ids import Ids

SOON, LATE = (
    3,
    180,
)  # seconds until what comes "immediately", or "after three minutes" (docs.stripe.com/testing)


@dataclass(frozen=True)
class News:
    """One event to come: its type, the object as it is now, and the former values of what changed."""

    kind: str
    body: Json
    before: Json | None = None


@dataclass(frozen=True)
class Turn:
    """What time will bring to an object: a word for it, and the moment."""

    what: str
    at: int


@dataclass
class Change:
    """Objects to store, and what to tell the world about them, in this order.

    `turns`: what time will bring to some of the objects, by id; None where nothing more is to come.
    """

    objects: list[Json] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    turns: dict[str, Turn | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Payer:
    """What the buyer typed, without the number of card or account."""

    email: str
    name: str
    expiry: tuple[int, int] = (0, 0)  # month, year of a card


def open_session(*, params: Json, page: str, ids: Ids, now: int) -> tuple[Json, list[Json]]:
    """A new Session and its line items. `page` is the pay page's address with `{id}` in it.

    Refused for a lifetime or an address Stripe would not allow, for mixed currencies and for no lines.
    """
    expires_at = params.get("expires_at", now + rules.LONGEST)
    rules.check(params, lifetime=expires_at - now)
    lines = [_line(params=line, ids=ids, now=now) for line in params["line_items"]]
    currencies = {line["currency"] for line in lines}
    if len(currencies) != 1:
        raise Refused("All line items must have the same currency.", param="line_items")
    key = ids.make("cs_test_", length=58)
    currency = currencies.pop()
    methods = rules.methods(params, currency=currency)
    session = shapes.session(
        key=key,
        amount=sum(line["amount_total"] for line in lines),
        currency=currency,
        params=params,
        url=page.format(id=key),
        now=now,
        expires_at=expires_at,
    )
    return session | {"payment_method_types": methods}, lines


def _line(*, params: Json, ids: Ids, now: int) -> Json:
    data = params["price_data"]
    price = shapes.price(
        key=ids.make("price_"),
        product=ids.make("prod_", length=14),
        currency=data["currency"].lower(),
        unit_amount=data["unit_amount"],
        tax_behavior=data.get("tax_behavior", "unspecified"),
        recurring=data.get("recurring"),
        now=now,
    )
    return shapes.line_item(
        key=ids.make("li_"),
        price=price,
        description=data["product_data"]["name"],
        quantity=params["quantity"],
        metadata=params.get("metadata", {}),
    )


def is_over(session: Json, *, now: int) -> bool:
    """Whether an open Session's time is up, though nobody may have noted it yet."""
    return bool(session["status"] == "open" and session["expires_at"] <= now)


def expire(*, session: Json, intent: Json | None, now: int) -> Change:
    """Close an open Session for good. Refused unless it is open."""
    if session["status"] != "open":
        raise Refused(
            f'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    session = session | {"status": "expired", "url": None}
    change = Change([session], [News("checkout.session.expired", session)], {session["id"]: None})
    if intent:
        ended = {
            "status": "canceled",
            "canceled_at": now,
            "cancellation_reason": "expired",
            "next_action": None,
        }
        change.objects.append(intent | ended)
    return change


def try_card(
    *, session: Json, intent: Json | None, data: Json, card: Card, payer: Payer, step: str, ids: Ids, now: int
) -> Change:
    """The buyer presses pay: money, a refusal, or a 3-D Secure step at the address `step`.

    `intent` is the one of an earlier try, if any; `data` the Session's `payment_intent_data`.
    """
    rules.check_open(session, method="card")
    intent = intent or intent_of(session, data=data, ids=ids, now=now)
    billing = shapes.billing_details(email=payer.email, name=payer.name)
    method = shapes.payment_method(
        key=ids.make("pm_"), last4=card.last4, brand=card.brand, expiry=payer.expiry, billing=billing, now=now
    )
    session = session | {
        "payment_intent": intent["id"],
        "customer_details": shapes.customer_details(email=payer.email, name=payer.name),
    }
    if card.challenge:
        waiting = {"type": "redirect_to_url", "redirect_to_url": {"url": step, "return_url": session["url"]}}
        intent = intent | {
            "status": "requires_action",
            "payment_method": method["id"],
            "next_action": waiting,
            "last_payment_error": None,
        }
        return Change([session, intent, method])
    return _ask_bank(session=session, intent=intent, method=method, card=card, secure=None, ids=ids, now=now)


def take_free(*, session: Json, payer: Payer) -> Change:
    """The buyer completes a Session that costs nothing: there is no PaymentIntent. Refused if it costs."""
    rules.check_open(session, method=None)
    session = session | {
        "customer_details": shapes.customer_details(email=payer.email, name=payer.name or None),
        "status": "complete",
        "url": None,
    }
    return Change([session], [News("checkout.session.completed", session)], {session["id"]: None})


def intent_of(session: Json, *, data: Json, ids: Ids, now: int) -> Json:
    """The new PaymentIntent of a Session. `data` is the Session's `payment_intent_data`."""
    intent = shapes.payment_intent(
        key=ids.make("pi_"),
        secret=ids.make(""),
        amount=session["amount_total"],
        currency=session["currency"],
        data=data,
        now=now,
    )
    return intent | {"payment_method_types": session["payment_method_types"]}


def answer_challenge(
    *, session: Json, intent: Json, method: Json, card: Card, passed: bool, ids: Ids, now: int
) -> Change:
    """The buyer comes back from the 3-D Secure step. Refused when no step was asked for."""
    if session["status"] != "open" or intent["status"] != "requires_action":
        raise Refused(
            "This PaymentIntent does not wait for authentication.", code="payment_intent_unexpected_state"
        )
    if not passed:
        error = _error(
            reason="authentication_failure", code="payment_intent_authentication_failure", method=method
        )
        intent = _refused(intent, error)
        return Change([session, intent, method], [News("payment_intent.payment_failed", intent)])
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    return _ask_bank(
        session=session, intent=intent, method=method, card=card, secure=secure, ids=ids, now=now
    )


def _ask_bank(
    *, session: Json, intent: Json, method: Json, card: Card, secure: Json | None, ids: Ids, now: int
) -> Change:
    intent, charge = charge_card(intent=intent, method=method, card=card, secure=secure, ids=ids, now=now)
    if not charge["paid"]:
        return Change([session, intent, method, charge], [News("payment_intent.payment_failed", intent)])
    session = session | {"payment_status": "paid", "status": "complete", "url": None}
    return Change(
        [session, intent, method, charge],
        [
            News("charge.succeeded", charge),
            News("payment_intent.succeeded", intent),
            News("checkout.session.completed", session),
        ],
        {session["id"]: None} | ({charge["id"]: Turn("dispute", now + SOON)} if card.disputed else {}),
    )


def charge_card(
    *, intent: Json, method: Json, card: Card, secure: Json | None, ids: Ids, now: int
) -> tuple[Json, Json]:
    """The bank is asked: the PaymentIntent after its answer, and the charge, which is paid or failed."""
    charge = shapes.charge(key=ids.make("ch_"), intent=intent, method=method, secure=secure, now=now)
    intent = intent | {"latest_charge": charge["id"]}
    if card.code:
        error = card_error(card=card, method=method) | {"charge": charge["id"]}
        return _refused(intent, error), _declined(charge=charge, card=card)
    paid = {
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "next_action": None,
        "payment_method": method["id"],
        "status": "succeeded",
    }
    return intent | paid, charge


def _declined(*, charge: Json, card: Card) -> Json:
    """The charge that did not come about. Of money it holds none."""
    outcome: dict[str, Any] = charge["outcome"] | {
        "network_status": "declined_by_network",
        "reason": card.decline_code,
        "seller_message": "The bank did not accept the payment.",
        "type": "issuer_declined",
    }
    return charge | {
        "amount_captured": 0,
        "captured": False,
        "failure_code": card.code,
        "failure_message": REASONS[card.decline_code].message,
        "outcome": outcome,
        "paid": False,
        "status": "failed",
    }


def card_error(*, card: Card, method: Json) -> Json:
    """Why the bank refuses a card."""
    error = _error(reason=card.decline_code, code=card.code, method=method)
    return error | ({"decline_code": card.decline_code} if card.code == "card_declined" else {})


def _error(*, reason: str, code: str, method: Json) -> Json:
    return {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": REASONS[reason].message,
        "payment_method": method,
        "type": "card_error",
    }


def _refused(intent: Json, error: Json) -> Json:
    """The PaymentIntent once more without a card, and with the reason."""
    return intent | {
        "last_payment_error": error,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }


def relabel(*, body: Json, metadata: dict[str, str]) -> Json:
    """The object with its metadata merged as Stripe does it: an empty value takes a key away."""
    merged = body["metadata"] | metadata
    return body | {"metadata": {name: value for name, value in merged.items() if value != ""}}
