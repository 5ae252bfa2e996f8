"""What the stand-in imitates, asked of Stripe itself: `STRIPE_TEST_KEY=sk_test_... make live-check`.

NOT YET RUN: nobody who worked on this had a test key. Without a key it asks the stand-in's HTTP door at LIVE_CHECK_BASE
(a running practice site) the same questions, which shows only that the questions can be asked. Needs a test key, makes
test objects in that account, moves no money. Each line says what held and what did not.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import stripe


def opens_and_expires(client: stripe.StripeClient) -> None:
    """A page opens with the parameters that our gateway sends, and can be closed once."""
    key = f"live-check-{time.time_ns()}"
    first = client.v1.checkout.sessions.create(wish(), {"idempotency_key": key})
    assert (first.status, first.payment_status, first.amount_total) == ("open", "unpaid", 14900)
    assert first.payment_intent is None
    second = client.v1.checkout.sessions.create(wish(expires_at=first.expires_at), {"idempotency_key": key})
    assert second.id == first.id, "the same key gave another Session"
    assert client.v1.checkout.sessions.expire(first.id).status == "expired"
    refused(lambda: client.v1.checkout.sessions.expire(first.id))


def same_key_other_wishes(client: stripe.StripeClient) -> None:
    key = f"live-check-{time.time_ns()}"
    client.v1.checkout.sessions.create(wish(), {"idempotency_key": key})
    other = wish()
    other["line_items"][0]["price_data"]["unit_amount"] = 100
    refused(
        lambda: client.v1.checkout.sessions.create(other, {"idempotency_key": key}), stripe.IdempotencyError
    )


def monthly_without_an_end(client: stripe.StripeClient) -> None:
    """A subscription's page takes no end: it must be told afterwards."""
    monthly = wish(mode="subscription")
    monthly["line_items"][0]["price_data"]["recurring"] = {"interval": "month"}
    assert client.v1.checkout.sessions.create(monthly).mode == "subscription"
    refused(lambda: client.v1.checkout.sessions.create({**monthly, "subscription_data": {"cancel_at": 1}}))


def old_words_are_refused(client: stripe.StripeClient) -> None:
    refused(lambda: client.v1.checkout.sessions.create(wish(ui_mode="hosted")))
    refused(lambda: client.v1.checkout.sessions.create(wish(payment_method_types=["card"])))


def account(client: stripe.StripeClient) -> None:
    """What the doctor reads: mode, clock, endpoints."""
    balance = client.v1.balance.retrieve()
    assert balance.livemode is False
    assert balance.last_response is not None and balance.last_response.headers.get("Date")
    client.v1.webhook_endpoints.list({"limit": 1})
    client.v1.refunds.list({"created": {"gte": 1}, "limit": 1})
    client.v1.disputes.list({"created": {"gte": 1}, "limit": 1})


def wish(**more: Any) -> Any:
    price = {
        "currency": "usd",
        "unit_amount": 14900,
        "tax_behavior": "inclusive",
        "product_data": {"name": "Check"},
    }
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": "https://example.org/thanks/?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://example.org/",
        "customer_email": "ann@example.org",
        "line_items": [{"quantity": 1, "price_data": price}],
        "expires_at": int(time.time()) // 60 * 60 + 40 * 60,
    } | more


def refused(work: Callable[[], Any], kind: type[Exception] = stripe.InvalidRequestError) -> None:
    try:
        work()
    except kind:
        return
    raise AssertionError("was not refused")


CHECKS = (opens_and_expires, same_key_other_wishes, monthly_without_an_end, old_words_are_refused, account)


def main() -> int:
    key, base = os.environ.get("STRIPE_TEST_KEY", ""), os.environ.get("LIVE_CHECK_BASE", "")
    if not key.startswith(("sk_test_", "rk_test_")):
        print("Set STRIPE_TEST_KEY to a test key (sk_test_… or rk_test_…); a live key is never used.")
        return 2
    client = stripe.StripeClient(key, base_addresses={"api": base} if base else None)
    failed = 0
    for check in CHECKS:
        try:
            check(client)
        except (AssertionError, stripe.StripeError) as error:
            failed += 1
            print(f"DIFFERS  {check.__name__}: {error}")
        else:
            print(f"holds    {check.__name__}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
