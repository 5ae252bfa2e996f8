"""What a doctor asks: is the key right, where do events go."""

from typing import Any

import stripe

Stripe = stripe.StripeClient


def test_the_balance_says_that_the_key_works_and_that_nothing_is_live(client_of_stripe: Stripe) -> None:
    balance = client_of_stripe.v1.balance.retrieve()
    assert (balance.object, balance.livemode, balance.available[0].amount) == ("balance", False, 0)


def test_the_endpoint_is_what_the_settings_say(client_of_stripe: Stripe, settings: Any) -> None:
    (endpoint,) = client_of_stripe.v1.webhook_endpoints.list().data
    assert (endpoint.url, endpoint.enabled_events, endpoint.api_version, endpoint.status) == (
        "http://127.0.0.1:1/hook/",
        ["*"],
        None,
        "enabled",
    )
    settings.SANDBOX_WEBHOOK_EVENTS = ["checkout.session.completed"]
    settings.SANDBOX_WEBHOOK_API_VERSION = "2025-01-27.acacia"
    (endpoint,) = client_of_stripe.v1.webhook_endpoints.list().data
    assert (endpoint.enabled_events, endpoint.api_version) == (
        ["checkout.session.completed"],
        "2025-01-27.acacia",
    )


def test_without_an_address_there_is_no_endpoint(client_of_stripe: Stripe, settings: Any) -> None:
    settings.SANDBOX_WEBHOOK_URL = ""
    assert client_of_stripe.v1.webhook_endpoints.list().data == []
