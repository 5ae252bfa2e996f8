"""Settings of the till that would lose money or take it to the wrong place, with what to do about each."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from payments import gateway

Finding = tuple[bool, str, str]  # wrong?, what is wrong, what to do


def findings() -> Iterator[Finding]:
    key, secrets = settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS
    yield (
        key.startswith("pk_"),
        "STRIPE_SECRET_KEY is a publishable key.",
        "Copy the secret key (sk_… or rk_…) instead.",
    )
    yield (
        gateway.is_live() and bool(settings.STRIPE_API_BASE or settings.STRIPE_HTTP_CLIENT),
        "A live key would be sent to an address that is not Stripe's.",
        "Unset STRIPE_API_BASE, or use a practice key.",
    )
    yield (
        any(not secret.startswith("whsec_") for secret in secrets),
        "STRIPE_WEBHOOK_SECRETS holds something that is no signing secret.",
        "Each begins with whsec_; two of them are separated by a comma while one replaces the other.",
    )
    yield (
        gateway.is_live() and not secrets,
        "A live key and no webhook secret: paid orders would wait for reconciliation.",
        "Add an endpoint for /stripe/webhook/ in Stripe's dashboard and copy its signing secret.",
    )


@register
def the_till_is_sound(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Errors for each of the findings. What concerns practice payments stands elsewhere."""
    found: list[CheckMessage] = [
        Error(what, hint=todo, id=f"payments.E{number:03d}")
        for number, (wrong, what, todo) in enumerate(findings(), 1)
        if wrong
    ]
    practice = settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_"))
    if settings.IS_PRODUCTION and practice:
        todo = "Set STRIPE_SECRET_KEY to the live key when you want to sell."
        found.append(
            Warning("This site is in production and takes practice money.", hint=todo, id="payments.W001")
        )
    return found
