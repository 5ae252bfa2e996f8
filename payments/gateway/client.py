"""The client of Stripe's SDK as our settings want it, and its errors in our words."""

import functools
import re
from typing import Any

import stripe
from django.conf import settings
from django.utils.module_loading import import_string

RETRIES = 1
CONNECT_SECONDS = 5


class DownError(Exception):
    """No answer, or "later": the same call with the same key may be made again."""


class RefusedError(Exception):
    """The gateway understood and said no: a mistake of ours, or of the settings, or a card that was declined.

    `code` is the gateway's word for it.
    """

    def __init__(self, said: str = "", *, code: str = "") -> None:
        super().__init__(said)
        self.code = code


class MissingError(RefusedError):
    """The gateway knows no such object."""


class Plain:
    """Inside, the SDK's errors become ours. What they quote of the request stays behind."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, stripe.StripeError):
            return
        said = f"{type(error).__name__} {error.http_status or ''} {error.code or ''} {error.request_id or ''}".strip()
        if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or _is_later(error):
            raise DownError(said) from None
        code = str(getattr(error, "decline_code", None) or error.code or "")
        if error.code == "resource_missing":
            raise MissingError(said, code=code) from None
        raise RefusedError(said, code=code) from None


def _is_later(error: stripe.StripeError) -> bool:
    return error.http_status == 409 or (error.http_status or 500) >= 500


def is_live() -> bool:
    """Does the key in the settings move real money?"""
    return bool(re.match(r"(sk|rk)_live_", settings.STRIPE_SECRET_KEY))


def client() -> stripe.StripeClient:
    """Stripe's SDK, as the settings say where and with which key."""
    return _made(
        settings.STRIPE_SECRET_KEY,
        settings.STRIPE_API_BASE,
        settings.STRIPE_HTTP_CLIENT,
        settings.STRIPE_TIMEOUT_SECONDS,
    )


@functools.lru_cache(maxsize=8)
def _made(key: str, base: str, door: str, timeout: int) -> stripe.StripeClient:
    http = import_string(door)() if door else stripe.RequestsClient(timeout=(CONNECT_SECONDS, timeout))
    address: Any = {"api": base} if base else None
    return stripe.StripeClient(key, base_addresses=address, http_client=http, max_network_retries=RETRIES)
