"""Debits of bank accounts: complete at once, paid or refused later, never twice."""

from typing import Any

import pytest
import stripe
from django.test import Client

from sandbox import bank, passing
from sandbox.core import LATE, SOON
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Object
from tests.sandbox.conftest import NOW, debit, euros, pay, session_params

Stripe = stripe.StripeClient
GOOD, GOOD_LATE, BAD, BAD_LATE = (
    "AT611904300234573201",
    "AT321904300235473204",
    "AT861904300235473202",
    "AT051904300235473205",
)
AT_ONCE = ["charge.pending", "payment_intent.processing", "checkout.session.completed"]
PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded"]
FAILED = ["charge.failed", "payment_intent.payment_failed", "checkout.session.async_payment_failed"]


def kinds() -> list[str]:
    return list(Event.objects.order_by("number").values_list("type", flat=True))


def opened(gateway: Stripe, **more: Any) -> str:
    return gateway.v1.checkout.sessions.create(euros(**more)).id


def state(gateway: Stripe, key: str) -> tuple[str | None, str, str, str, bool]:
    """Session, its payment, the PaymentIntent, the charge, whether that is paid."""
    session = gateway.v1.checkout.sessions.retrieve(key, {"expand": ["payment_intent.latest_charge"]})
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent) and isinstance(intent.latest_charge, stripe.Charge)
    return (
        session.status,
        session.payment_status,
        intent.status,
        intent.latest_charge.status,
        intent.latest_charge.paid,
    )


def test_a_debit_completes_the_session_and_pays_nothing_yet(client_of_stripe: Stripe) -> None:
    key = opened(client_of_stripe)
    debit(key)
    assert state(client_of_stripe, key) == ("complete", "unpaid", "processing", "pending", False)
    assert kinds() == AT_ONCE
    with pytest.raises(Refused):
        debit(key)
    with pytest.raises(Refused):
        pay(key)
    assert Object.objects.filter(type="charge").count() == 1


@pytest.mark.parametrize(
    ("iban", "wait", "end", "told"),
    [
        (GOOD, SOON, ("complete", "paid", "succeeded", "succeeded", True), PAID),
        (GOOD_LATE, LATE, ("complete", "paid", "succeeded", "succeeded", True), PAID),
        (BAD, SOON, ("complete", "unpaid", "requires_payment_method", "failed", False), FAILED),
        (BAD_LATE, LATE, ("complete", "unpaid", "requires_payment_method", "failed", False), FAILED),
    ],
)
def test_the_bank_answers_when_its_time_has_come_and_once(
    client_of_stripe: Stripe, settings: Any, iban: str, wait: int, end: Any, told: list[str]
) -> None:
    key = opened(client_of_stripe)
    debit(key, iban)
    settings.SANDBOX_NOW = NOW + wait - 1
    assert state(client_of_stripe, key)[1:4] == ("unpaid", "processing", "pending")
    settings.SANDBOX_NOW = NOW + wait
    assert state(client_of_stripe, key) == end
    assert kinds() == AT_ONCE + told
    assert passing.bring(ids=Ids(), now=NOW + wait) == 0
    assert kinds() == AT_ONCE + told


def test_a_refused_debit_says_why_and_holds_no_money(client_of_stripe: Stripe, settings: Any) -> None:
    key = opened(client_of_stripe)
    debit(key, BAD)
    settings.SANDBOX_NOW = NOW + SOON
    session = client_of_stripe.v1.checkout.sessions.retrieve(
        key, {"expand": ["payment_intent.latest_charge"]}
    )
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent) and isinstance(intent.latest_charge, stripe.Charge)
    assert intent.last_payment_error is not None
    assert (intent.last_payment_error.code, intent.amount_received) == (
        "payment_intent_payment_attempt_failed",
        0,
    )
    assert (intent.latest_charge.failure_code, intent.latest_charge.amount_captured) == (
        "insufficient_funds",
        0,
    )


def test_the_charge_names_bank_mandate_and_day_and_no_iban(client_of_stripe: Stripe) -> None:
    debit(opened(client_of_stripe))
    details = Object.objects.get(type="charge").body["payment_method_details"]
    assert details["sepa_debit"]["mandate"].startswith("mandate_")
    del details["sepa_debit"]["mandate"]
    assert details == {
        "sepa_debit": {
            "bank_code": "19043",
            "branch_code": "",
            "country": "AT",
            "expected_debit_date": "2027-01-15",
            "fingerprint": None,
            "last4": "3201",
        },
        "type": "sepa_debit",
    }
    rows = [*Object.objects.values_list("body", "private"), *Event.objects.values_list("body")]
    assert [row for row in rows if "00234573201" in repr(row)] == []


def test_a_declined_card_may_be_followed_by_a_debit_of_the_same_intent(client_of_stripe: Stripe) -> None:
    key = opened(client_of_stripe)
    tried = pay(key, "4000000000000002")["payment_intent"]
    assert debit(key)["payment_intent"] == tried
    assert state(client_of_stripe, key)[1:3] == ("unpaid", "processing")


@pytest.mark.parametrize(("pays", "end"), [(True, "paid"), (False, "unpaid")])
def test_the_bank_can_be_made_to_answer_now_and_once(
    client_of_stripe: Stripe, settings: Any, pays: bool, end: str
) -> None:
    key = opened(client_of_stripe)
    debit(key, BAD_LATE if pays else GOOD_LATE)
    charge = Object.objects.get(type="charge").key
    bank.answer(key=charge, pays=pays, ids=Ids(), now=NOW)
    with pytest.raises(Refused):
        bank.answer(key=charge, pays=pays, ids=Ids(), now=NOW)
    settings.SANDBOX_NOW = NOW + LATE
    assert state(client_of_stripe, key)[1] == end
    assert len(kinds()) == 6


def test_a_bank_account_needs_euros_and_the_sellers_yes(client_of_stripe: Stripe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="only supports the following currencies: eur") as no:
        client_of_stripe.v1.checkout.sessions.create(
            session_params(allowed_payment_method_types=["sepa_debit"])
        )
    assert no.value.param == "allowed_payment_method_types"
    plain = client_of_stripe.v1.checkout.sessions.create(session_params())
    assert plain.payment_method_types == ["card"]
    with pytest.raises(Refused):
        debit(plain.id)
    alone = euros() | {"allowed_payment_method_types": ["sepa_debit"]}
    key = client_of_stripe.v1.checkout.sessions.create(alone).id
    with pytest.raises(Refused):
        pay(key)


def test_a_debited_session_does_not_run_out(client_of_stripe: Stripe, settings: Any) -> None:
    key = opened(client_of_stripe, expires_at=NOW + 1800)
    debit(key, GOOD_LATE)
    settings.SANDBOX_NOW = NOW + 1800
    assert state(client_of_stripe, key)[:2] == ("complete", "paid")
    assert kinds() == AT_ONCE + PAID


# ---- the page ----
def path_of(gateway: Stripe, params: Any) -> str:
    return str(gateway.v1.checkout.sessions.create(params).url).removeprefix("https://practice.example")


TYPED = {"email": "ann@example.org", "name": "Ann Miller", "iban": "at61 1904 3002 3457 3201"}


def test_the_buyer_chooses_between_card_and_account(client_of_stripe: Stripe, client: Client) -> None:
    url = path_of(client_of_stripe, euros())
    by_card, by_bank, by_magic = (
        client.get(url + query).content.decode() for query in ("", "?by=sepa_debit", "?by=x")
    )
    for page in (by_card, by_magic):
        assert ('name="number"' in page, 'name="iban"' in page) == (True, False)
    assert ('name="number"' in by_bank, 'name="iban"' in by_bank) == (False, True)
    assert "With the button you allow the shop to take 149.00 EUR from this account" in by_bank
    assert "AT86 1904 3002 3547 3202" in by_bank
    only_card = client.get(path_of(client_of_stripe, session_params()) + "?by=sepa_debit").content.decode()
    assert ("Bank account" in only_card, 'name="iban"' in only_card) == (False, False)


def test_a_debit_leads_on_at_once_and_the_page_says_what_it_waits_for(
    client_of_stripe: Stripe, client: Client, settings: Any
) -> None:
    url = path_of(client_of_stripe, euros())
    answer = client.post(url + "?by=sepa_debit", TYPED)
    key = url.split("/")[-2]
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"https://practice.example/thanks/?session={key}",
    )
    assert "Your bank is confirming" in client.get(url).content.decode()
    passing.bring(ids=Ids(), now=NOW + SOON)
    assert "This is already paid" in client.get(url).content.decode()


def test_a_refused_debit_says_so_on_its_page(client_of_stripe: Stripe, client: Client) -> None:
    url = path_of(client_of_stripe, euros())
    client.post(url + "?by=sepa_debit", TYPED | {"iban": BAD})
    passing.bring(ids=Ids(), now=NOW + SOON)
    page = client.get(url).content.decode()
    assert "The bank refused this debit" in page and "Nothing was charged" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"iban": ""}, "Type the IBAN of the account."),
        ({"iban": "DE89370400440532013000"}, "Never type a real one here; this one was not kept."),
        ({"name": ""}, "Type the name of the account’s owner."),
    ],
)
def test_a_fault_of_the_debit_form_is_told_and_nothing_is_tried(
    client_of_stripe: Stripe, client: Client, typed: dict[str, str], words: str
) -> None:
    answer = client.post(path_of(client_of_stripe, euros()) + "?by=sepa_debit", TYPED | typed)
    assert (answer.status_code, answer.content.decode().count(words)) == (422, 2)
    assert "DE8937" not in answer.content.decode()
    assert Object.objects.filter(type="payment_intent").count() == 0
