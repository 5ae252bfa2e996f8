"""Each planned Fault: what it spoils, how often, and that afterwards all is well again."""

import json
from typing import Any

import pytest
import stripe
from django.test import Client
from django.utils.http import parse_http_date

from sandbox import doors, faults, sender
from sandbox.errors import Refused
from sandbox.models import Delivery, Event, Fault, IdempotencyKey, Object
from tests.sandbox.conftest import NOW, SECRET, pay, session_params
from tests.sandbox.shop import Shop

Stripe = stripe.StripeClient
Kind = Fault.Kind
ONCE: Any = {"idempotency_key": "attempt-1", "max_network_retries": 0}
SESSIONS = "/v1/checkout/sessions"


def paid(gateway: Stripe) -> str:
    key = gateway.v1.checkout.sessions.create(session_params()).id
    pay(key)
    return key


def valid(headers: dict[str, str], body: bytes) -> bool:
    """Whether the SDK takes the signature, as of now."""
    stamp, *signatures = headers["stripe-signature"].split(",")
    signed = f"{stamp.removeprefix('t=')}.".encode() + body
    good = stripe.WebhookSignature._compute_signature(signed.decode(), SECRET)
    return signatures == [f"v1={good}"]


def test_a_fault_strikes_what_it_is_meant_for_as_often_as_it_says(db: None) -> None:
    Fault.objects.create(kind=Kind.DROP, match="charge.dispute.*", times=2)
    Fault.objects.create(kind=Kind.DELAY, match="charge.succeeded")
    Fault.objects.create(kind=Kind.ERROR)

    def strikes(kind: Fault.Kind, *whats: str) -> list[bool]:
        return [faults.strike(kind=kind, what=what) is not None for what in whats]

    assert strikes(Kind.DROP, "charge.succeeded", "charge.dispute.created") == [False, True]
    assert strikes(Kind.DROP, "charge.dispute.closed", "charge.dispute.updated") == [True, False]
    assert strikes(Kind.DELAY, "charge.succeeded.x", "charge.succeeded", "charge.succeeded") == [
        False,
        True,
        False,
    ]
    assert strikes(Kind.ERROR, "/v1/refunds", "/v1/refunds") == [True, False]


def test_a_reordered_event_arrives_after_the_others(client_of_stripe: Stripe, shop: Shop) -> None:
    Fault.objects.create(kind=Kind.REORDER, match="charge.succeeded")
    paid(client_of_stripe)
    assert sender.deliver_due(now=NOW) == 3
    assert shop.kinds == ["payment_intent.succeeded", "checkout.session.completed", "charge.succeeded"]


def test_a_wrong_signature_is_wrong_once_and_right_when_it_comes_again(
    client_of_stripe: Stripe, shop: Shop
) -> None:
    Fault.objects.create(kind=Kind.WRONG_SIGNATURE, match="checkout.session.completed")
    paid(client_of_stripe)
    shop.status = 400
    sender.deliver_due(now=NOW)
    assert [valid(*got) for got in shop.got] == [True, True, False]
    sender.deliver_due(now=NOW + 60)
    assert [valid(*got) for got in shop.got[3:]] == [True, True, True]


@pytest.mark.parametrize(("seconds", "age"), [(0, 600), (301, 301)])
def test_an_old_timestamp_is_signed_rightly_and_too_old(
    client_of_stripe: Stripe, shop: Shop, seconds: int, age: int
) -> None:
    Fault.objects.create(kind=Kind.OLD_TIMESTAMP, match="charge.succeeded", seconds=seconds)
    paid(client_of_stripe)
    sender.deliver_due(now=NOW)
    stamps = [headers["stripe-signature"].split(",")[0] for headers, _ in shop.got]
    assert stamps == [f"t={NOW - age}", f"t={NOW}", f"t={NOW}"]
    assert valid(*shop.got[0])


def test_another_version_is_named_in_the_event_that_is_sent_and_nowhere_else(
    client_of_stripe: Stripe, shop: Shop
) -> None:
    Fault.objects.create(kind=Kind.OTHER_VERSION, match="charge.succeeded")
    paid(client_of_stripe)
    sender.deliver_due(now=NOW)
    sent = [json.loads(body)["api_version"] for _, body in shop.got]
    assert sent == ["2025-01-27.acacia", stripe.api_version, stripe.api_version]
    assert {event.body["api_version"] for event in Event.objects.all()} == {stripe.api_version}


def test_a_500_is_kept_under_its_key_and_nothing_was_done(client_of_stripe: Stripe) -> None:
    Fault.objects.create(kind=Kind.ERROR, match=SESSIONS)
    create = client_of_stripe.v1.checkout.sessions.create
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            create(session_params(), ONCE)
        assert broken.value.http_status == 500
    assert (Object.objects.count(), IdempotencyKey.objects.get().status) == (0, 500)
    assert create(session_params(), ONCE | {"idempotency_key": "attempt-2"}).status == "open"


def test_a_429_says_how_long_to_wait_and_keeps_nothing(client_of_stripe: Stripe, client: Client) -> None:
    Fault.objects.create(kind=Kind.RATE_LIMIT, match=SESSIONS, seconds=7)
    create = client_of_stripe.v1.checkout.sessions.create
    with pytest.raises(stripe.RateLimitError) as busy:
        create(session_params(), ONCE)
    assert busy.value.headers is not None
    assert busy.value.headers["Retry-After"] == "7"
    assert create(session_params(), ONCE).status == "open"
    Fault.objects.create(kind=Kind.RATE_LIMIT)
    far = client.get("/_sandbox/v1/refunds", headers={"Authorization": "Bearer sk_test_sandbox_tests"})
    assert (far.status_code, far.headers["Retry-After"]) == (429, "1")


def test_a_stale_read_shows_the_former_body_once(client_of_stripe: Stripe) -> None:
    key = paid(client_of_stripe)
    Fault.objects.create(kind=Kind.STALE_READ, match=f"{SESSIONS}/*")
    read = client_of_stripe.v1.checkout.sessions.retrieve
    assert [read(key).payment_status for _ in range(2)] == ["unpaid", "paid"]
    Fault.objects.create(kind=Kind.STALE_READ)
    fresh = client_of_stripe.v1.checkout.sessions.create(session_params()).id
    assert read(fresh).status == "open"


@pytest.mark.parametrize(("seconds", "held"), [(0, 0), (4, 4), (60, 10)])
def test_the_way_back_to_the_shop_is_held_for_ten_seconds_at_most(
    client_of_stripe: Stripe, client: Client, seconds: int, held: int
) -> None:
    typed = {
        "email": "ann@example.org",
        "name": "Ann Miller",
        "number": "4242 4242 4242 4242",
        "expiry": "08 / 29",
        "code": "123",
    }
    Fault.objects.create(kind=Kind.HOLD_REDIRECT, seconds=seconds)
    for status in (200, 303):
        session = client_of_stripe.v1.checkout.sessions.create(session_params())
        answer = client.post(str(session.url).removeprefix("https://practice.example"), typed)
        onward = f"https://practice.example/thanks/?session={session.id}"
        assert answer.status_code == status
        assert answer.headers.get("Refresh") == (f"{held};url={onward}" if status == 200 else None)
        assert answer.headers.get("Location") == (None if status == 200 else onward)
    assert Object.objects.filter(type="charge").count() == 2


# ---- what is no fault, and looks like one ----
def test_an_event_is_sent_again_on_request_whatever_became_of_it(
    client_of_stripe: Stripe, shop: Shop
) -> None:
    paid(client_of_stripe)
    sender.deliver_due(now=NOW)
    key = Event.objects.get(type="checkout.session.completed").key
    for count in (1, 2):
        sender.resend(key, now=NOW)
        assert sender.deliver_due(now=NOW) == 1
        assert shop.kinds[3:] == ["checkout.session.completed"] * count
    with pytest.raises(Refused):
        sender.resend("evt_nobody", now=NOW)


def test_events_that_the_endpoint_does_not_want_are_noted_and_not_sent(
    client_of_stripe: Stripe, shop: Shop, settings: Any
) -> None:
    settings.SANDBOX_WEBHOOK_EVENTS = ["checkout.session.completed"]
    paid(client_of_stripe)
    assert sender.deliver_due(now=NOW) == 1
    assert (Event.objects.count(), Delivery.objects.count()) == (3, 1)
    assert shop.kinds == ["checkout.session.completed"]


def test_an_endpoint_with_a_version_of_its_own_gets_events_of_it(
    client_of_stripe: Stripe, shop: Shop, settings: Any
) -> None:
    settings.SANDBOX_WEBHOOK_API_VERSION = "2025-01-27.acacia"
    paid(client_of_stripe)
    sender.deliver_due(now=NOW)
    assert {json.loads(body)["api_version"] for _, body in shop.got} == {"2025-01-27.acacia"}


@pytest.mark.parametrize("skew", [0, 600, -600])
def test_every_answer_is_dated_by_the_sandbox_clock(
    client_of_stripe: Stripe, client: Client, settings: Any, skew: int
) -> None:
    settings.SANDBOX_CLOCK_SKEW_SECONDS = skew
    near = client_of_stripe.v1.balance.retrieve().last_response
    assert near is not None
    with pytest.raises(stripe.AuthenticationError) as refused:
        stripe.StripeClient("sk_live_1", http_client=doors.Client()).v1.balance.retrieve()
    assert refused.value.headers is not None
    bearer = {"Authorization": "Bearer sk_test_sandbox_tests"}
    far = client.get("/_sandbox/v1/balance", headers=bearer).headers
    dates = [headers["Date"] for headers in (near.headers, refused.value.headers, far)]
    assert [parse_http_date(date) for date in dates] == [NOW + skew] * 3
