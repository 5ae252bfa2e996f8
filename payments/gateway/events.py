"""Webhooks: whose they are, and which ids they name."""

import datetime as dt
import json
import re

import stripe
from django.conf import settings

from payments import stubs

OLDEST_SIGNATURE = 300  # seconds, into the past and into the future
LARGEST_BODY = 1_000_000  # bytes


class BadEventError(Exception):
    """A webhook that is not from the gateway, or that nobody can read.

    The message says why, without its body; `reason` is a word of Refusal.Reason.
    """

    reason = "unreadable"


class UnsignedError(BadEventError):
    reason = "signature"


class OffClockError(BadEventError):
    reason = "clock"


class TooLargeError(BadEventError):
    reason = "too_large"


def verify_event(body: bytes, header: str, *, now: dt.datetime) -> stubs.EventStub:
    """Whose ids a webhook names, once its signature and its age (300 s, both ways) hold.

    Raises BadEventError, TooLargeError.
    """
    if len(body) > LARGEST_BODY:
        raise TooLargeError("larger than 1 MB")
    stamp = re.search(r"(?:^|,)t=(\d{1,12})(?:,|$)", header)
    if stamp is None:
        raise UnsignedError("no timestamp in the signature")
    if not any(_is_signed(body, header, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        raise UnsignedError("no matching signature")
    apart = int(stamp[1]) - now.timestamp()
    if abs(apart) > OLDEST_SIGNATURE:
        raise OffClockError(
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
