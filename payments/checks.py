"""Settings of the till that would lose money or take it to the wrong place, with what to do about each."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from payments import gateway
from payments.models import Order

Finding = tuple[bool, str, str]  # wrong?, what is wrong, what to do
METHODS = {"card", "sepa_debit"}
A_PERCENT, ALL = 100, 10_000  # in hundredths of a percent


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
    yield from _of_ways_and_tax()


def _of_ways_and_tax() -> Iterator[Finding]:
    methods = set(settings.STRIPE_PAYMENT_METHODS)
    yield (
        not methods or bool(methods - METHODS),
        "STRIPE_PAYMENT_METHODS names something that the till does not know, or nothing.",
        "Say card, or card,sepa_debit.",
    )
    yield (
        settings.STRIPE_TAX not in Order.Tax.values,
        f"STRIPE_TAX={settings.STRIPE_TAX!r} is not a way to count tax.",
        "Say included (your own rate, or none), counted or added (by Stripe Tax).",
    )
    yield (
        not 0 <= settings.VAT_RATE_POINTS < ALL,
        f"VAT_RATE_POINTS={settings.VAT_RATE_POINTS} is not a rate of tax.",
        "It counts hundredths of a percent: 1900 is 19 %, 0 is none.",
    )
    yield (
        settings.STRIPE_TAX in (Order.Tax.COUNTED, Order.Tax.ADDED) and settings.VAT_RATE_POINTS != 0,
        "Both STRIPE_TAX and VAT_RATE_POINTS say how much tax there is.",
        "Unset VAT_RATE_POINTS when Stripe counts the tax, or set STRIPE_TAX=included.",
    )


def doubts() -> Iterator[Finding]:
    """What may be meant, and most likely is not."""
    practice = settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_"))
    yield (
        settings.IS_PRODUCTION and practice,
        "This site is in production and takes practice money.",
        "Set STRIPE_SECRET_KEY to the live key when you want to sell.",
    )
    yield (
        0 < settings.VAT_RATE_POINTS < A_PERCENT,
        f"VAT_RATE_POINTS={settings.VAT_RATE_POINTS} is less than one percent.",
        "It counts hundredths of a percent: 19 % is 1900.",
    )
    taxed = settings.VAT_RATE_POINTS or settings.STRIPE_TAX != Order.Tax.INCLUDED
    yield (
        settings.IS_PRODUCTION and bool(taxed) and not (settings.SELLER_VAT_ID or settings.SELLER_TAX_NUMBER),
        "Receipts show tax and no number of the seller's.",
        "Set SELLER_VAT_ID or SELLER_TAX_NUMBER: most tax offices ask for one.",
    )


@register
def the_till_is_sound(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Errors for each of the findings, warnings for each of the doubts."""
    errors = [
        Error(what, hint=todo, id=f"payments.E{number:03d}")
        for number, (wrong, what, todo) in enumerate(findings(), 1)
        if wrong
    ]
    warnings = [
        Warning(what, hint=todo, id=f"payments.W{number:03d}")
        for number, (odd, what, todo) in enumerate(doubts(), 1)
        if odd
    ]
    return [*errors, *warnings]
