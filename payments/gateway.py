"""The only door to Stripe. Their objects go no further than this file; what leaves it are frozen facts of our own.

Live Stripe and the practice stand-in differ by settings alone: key, base address, HTTP client. Every call ends within
`STRIPE_TIMEOUT_SECONDS` per try. No call may be made while a database transaction is open.
"""

import datetime as dt
import functools
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import stripe
from django.conf import settings
from django.utils.module_loading import import_string

from payments import stubs

NAME = "stripe"
RETRIES = 1
CONNECT_SECONDS = 5
OLDEST_SIGNATURE = 300  # seconds, into the past and into the future
LARGEST_BODY = 1_000_000  # bytes
EXPAND = ["payment_intent.latest_charge"]


class DownError(Exception):
    """No answer, or "later": the same call with the same key may be made again."""


class RefusedError(Exception):
    """The gateway understood and said no: a mistake of ours, or of the settings."""


class MissingError(RefusedError):
    """The gateway knows no such object."""


class BadEventError(Exception):
    """A webhook that is not from the gateway, or that nobody can read.

    The message says why, without its body.
    """


class TooLargeError(BadEventError):
    pass


@dataclass(frozen=True)
class Session:
    """One Checkout Session as just read.

    Amounts in minor units; `attempt_key` is our own mark in its metadata.
    """

    id: str
    status: str  # open | complete | expired
    payment_status: str  # paid | unpaid | no_payment_required
    amount_total: int
    currency: str
    livemode: bool
    attempt_key: str
    is_ours: bool  # made by this very site, not by another one on the same account
    payment_intent_id: str
    intent_status: str
    captured_minor: int
    refunded_minor: int
    decline_code: str
    url: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class Wish:
    """What a new Session shall be. The same wish must be sent again with the same key."""

    attempt_key: uuid.UUID
    lines: tuple[tuple[str, str, int], ...]  # title, what it is, minor units
    currency: str
    email: str
    reference: str
    success_url: str
    cancel_url: str
    expires_at: dt.datetime


def is_live() -> bool:
    """Does the key in the settings move real money?"""
    return bool(re.match(r"(sk|rk)_live_", settings.STRIPE_SECRET_KEY))


def create_session(wish: Wish, *, idempotency_key: str) -> Session:
    """Open a Session, or give the one that this key opened before. Raises DownError, RefusedError."""
    params: Any = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "allowed_payment_method_types": ["card"],
        "customer_email": wish.email,
        "client_reference_id": wish.reference,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": wish.currency,
                    "unit_amount": amount,
                    "tax_behavior": "inclusive",
                    "product_data": {"name": title, **({"description": about} if about else {})},
                },
            }
            for title, about, amount in wish.lines
        ],
        "metadata": _marks(wish),
        "payment_intent_data": {"metadata": _marks(wish)},
        "success_url": wish.success_url,
        "cancel_url": wish.cancel_url,
        "expires_at": int(wish.expires_at.timestamp()),
        "expand": EXPAND,
    }
    with _Plain():
        return _facts(
            _client().v1.checkout.sessions.create(params, options={"idempotency_key": idempotency_key})
        )


def _marks(wish: Wish) -> dict[str, str]:
    return {"attempt": str(wish.attempt_key), "site": settings.SITE_URL}


def read_session(session_id: str) -> Session:
    """The Session with its money as it is now. Raises DownError, MissingError, RefusedError."""
    with _Plain():
        return _facts(_client().v1.checkout.sessions.retrieve(session_id, {"expand": EXPAND}))


def list_sessions(*, since: dt.datetime) -> Iterator[Session]:
    """All Sessions opened since then, newest first, also those of other sites on the same account.

    Raises as above.
    """
    params: Any = {
        "created": {"gte": int(since.timestamp())},
        "limit": 100,
        "expand": [f"data.{path}" for path in EXPAND],
    }
    with _Plain():
        for found in _client().v1.checkout.sessions.list(params).auto_paging_iter():
            yield _facts(found)


def expire_session(session_id: str) -> None:
    """Close an open Session. Raises RefusedError when it is not open any more, DownError."""
    with _Plain():
        _client().v1.checkout.sessions.expire(session_id)


def verify_event(body: bytes, header: str, *, now: dt.datetime) -> stubs.EventStub:
    """Whose ids a webhook names, once its signature and its age (300 s, both ways) hold.

    Raises BadEventError, TooLargeError.
    """
    if len(body) > LARGEST_BODY:
        raise TooLargeError("larger than 1 MB")
    stamp = re.search(r"(?:^|,)t=(\d{1,12})(?:,|$)", header)
    if stamp is None:
        raise BadEventError("no timestamp in the signature")
    if not any(_is_signed(body, header, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        raise BadEventError("no matching signature")
    apart = int(stamp[1]) - now.timestamp()
    if abs(apart) > OLDEST_SIGNATURE:
        raise BadEventError(
            f"signed {abs(apart):.0f} s {'ahead of' if apart > 0 else 'before'} our clock: check the clock"
        )
    try:
        return stubs.read(json.loads(body))
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise BadEventError("signed, but not an event") from error


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
        return False


def _facts(found: stripe.checkout.Session) -> Session:
    intent = found.payment_intent if isinstance(found.payment_intent, stripe.PaymentIntent) else None
    charge = intent.latest_charge if intent and isinstance(intent.latest_charge, stripe.Charge) else None
    error = intent.last_payment_error if intent else None
    marks = found.metadata.to_dict() if found.metadata else {}
    return Session(
        id=found.id,
        status=found.status or "",
        payment_status=found.payment_status,
        amount_total=found.amount_total or 0,
        currency=(found.currency or "").lower(),
        livemode=found.livemode,
        attempt_key=stubs.attempt_key(marks),
        is_ours=bool(stubs.attempt_key(marks)) and marks.get("site") == settings.SITE_URL,
        payment_intent_id=intent.id if intent else "",
        intent_status=intent.status if intent else "",
        captured_minor=intent.amount_received if intent else 0,
        refunded_minor=charge.amount_refunded if charge else 0,
        decline_code=(getattr(error, "decline_code", None) or getattr(error, "code", None) or "")
        if error
        else "",
        url=found.url or "",
        expires_at=dt.datetime.fromtimestamp(found.expires_at, dt.UTC),
    )


class _Plain:
    """Inside, the SDK's errors become ours. What they quote of the request stays behind."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, stripe.StripeError):
            return
        said = f"{type(error).__name__} {error.http_status or ''} {error.code or ''} {error.request_id or ''}".strip()
        if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or _is_later(error):
            raise DownError(said) from None
        if error.code == "resource_missing":
            raise MissingError(said) from None
        raise RefusedError(said) from None


def _is_later(error: stripe.StripeError) -> bool:
    return error.http_status == 409 or (error.http_status or 500) >= 500


def _client() -> stripe.StripeClient:
    return _made(
        settings.STRIPE_SECRET_KEY,
        settings.STRIPE_API_BASE,
        settings.STRIPE_HTTP_CLIENT,
        settings.STRIPE_TIMEOUT_SECONDS,
    )


@functools.lru_cache(maxsize=8)
def _made(key: str, base: str, client: str, timeout: int) -> stripe.StripeClient:
    http = import_string(client)() if client else stripe.RequestsClient(timeout=(CONNECT_SECONDS, timeout))
    address: Any = {"api": base} if base else None
    return stripe.StripeClient(key, base_addresses=address, http_client=http, max_network_retries=RETRIES)
