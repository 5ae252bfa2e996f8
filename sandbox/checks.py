"""Contradictions that must not start: practice payments beside real money."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from sandbox.front import KEY


@register
def practice_stays_practice(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An Error for the stand-in with a key that is not its own, and for it in production without a yes."""
    if not getattr(settings, "SANDBOX_ENABLED", False):
        return []
    found: list[CheckMessage] = []
    if not getattr(settings, "STRIPE_SECRET_KEY", "").startswith(KEY):
        found.append(
            Error(
                "The practice payments are on, and STRIPE_SECRET_KEY is not a practice key.",
                hint=f"Set SANDBOX_ENABLED off to take real money, or use a key that begins with {KEY}.",
                id="sandbox.E001",
            )
        )
    if getattr(settings, "IS_PRODUCTION", False) and not getattr(settings, "SANDBOX_ALLOWED", False):
        found.append(
            Error(
                "The practice payments are on in production: anybody could get a course without paying.",
                hint="Set STRIPE_SECRET_KEY to a key of Stripe, or SANDBOX_ALLOWED=1 on a site for practice.",
                id="sandbox.E002",
            )
        )
    return found
