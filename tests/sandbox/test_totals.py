"""Totals with tax in them or on top of them, and totals of nothing."""

from typing import Any

import pytest
import stripe
from django.test import Client

from sandbox import checkout, tax
from sandbox.core import Payer
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Fault, Object
from tests.sandbox.conftest import NOW, debit, euros, pay, session_params

Stripe = stripe.StripeClient


def taxed(behavior: str, *amounts: int, **more: Any) -> Any:
    """Parameters of a Session with automatic tax, a line for each amount."""
    lines = [
        {
            "price_data": {
                "currency": "usd",
                "unit_amount": amount,
                "product_data": {"name": "Knots"},
                "tax_behavior": behavior,
            },
            "quantity": 1,
        }
        for amount in amounts
    ]
    return session_params(automatic_tax={"enabled": True}, line_items=lines, **more)


def sums(session: stripe.checkout.Session) -> tuple[int | None, int, int | None, str | None]:
    assert session.total_details is not None
    return (
        session.amount_subtotal,
        session.total_details.amount_tax,
        session.amount_total,
        session.automatic_tax.status,
    )


@pytest.mark.parametrize(
    ("behavior", "amounts", "expected"),
    [
        ("exclusive", [14900], (14900, 2980, 17880, "complete")),
        ("inclusive", [14900], (14900, 2483, 14900, "complete")),
        ("exclusive", [3, 3], (6, 2, 8, "complete")),  # each line is rounded: 0.6 is 1
        ("inclusive", [3], (3, 1, 3, "complete")),  # 0.5 is 1
        ("inclusive", [2], (2, 0, 2, "complete")),  # 0.33 is 0
        ("exclusive", [2], (2, 0, 2, "complete")),  # 0.4 is 0
    ],
)
def test_tax_is_on_top_of_an_exclusive_price_and_inside_an_inclusive_one(
    client_of_stripe: Stripe, behavior: str, amounts: list[int], expected: Any
) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(taxed(behavior, *amounts))
    assert sums(session) == expected
    lines = client_of_stripe.v1.checkout.sessions.line_items.list(session.id).data
    assert sum(line.amount_tax for line in lines) == expected[1]
    assert sum(line.amount_total for line in lines) == expected[2]
    assert [line.amount_subtotal for line in lines] == amounts


def test_the_whole_total_is_paid(client_of_stripe: Stripe) -> None:
    pay(client_of_stripe.v1.checkout.sessions.create(taxed("exclusive", 14900)).id)
    assert Object.objects.get(type="charge").body["amount"] == 17880


def test_a_tax_that_cannot_be_computed_says_so_and_adds_nothing(client_of_stripe: Stripe) -> None:
    Fault.objects.create(kind=Fault.Kind.TAX_FAILS)
    create = client_of_stripe.v1.checkout.sessions.create
    assert sums(create(taxed("exclusive", 14900))) == (14900, 0, 14900, "failed")
    assert sums(create(taxed("exclusive", 14900))) == (14900, 2980, 17880, "complete")


def test_automatic_tax_needs_to_know_whether_it_is_inside(client_of_stripe: Stripe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="tax_behavior"):
        client_of_stripe.v1.checkout.sessions.create(taxed("unspecified", 14900))
    assert Object.objects.count() == 0


def test_without_automatic_tax_there_is_none(client_of_stripe: Stripe) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(session_params(automatic_tax={"enabled": False}))
    assert sums(session) == (14900, 0, 14900, None)
    assert session.automatic_tax.enabled is False


@pytest.mark.parametrize(
    ("behavior", "words"), [("exclusive", "Pay 178.80 USD"), ("inclusive", "Pay 149.00 USD")]
)
def test_the_page_shows_the_tax(client_of_stripe: Stripe, client: Client, behavior: str, words: str) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(taxed(behavior, 14900))
    page = client.get(str(session.url).removeprefix("https://practice.example")).content.decode()
    assert words in page
    assert ("Tax, included" in page) is (behavior == "inclusive")
    assert tax.RATE == 20


# ---- nothing to pay ----
def free(gateway: Stripe, **more: Any) -> stripe.checkout.Session:
    params = session_params(**more)
    params["line_items"][0]["price_data"]["unit_amount"] = 0
    return gateway.v1.checkout.sessions.create(params)


def test_what_costs_nothing_is_completed_without_a_payment_and_once(client_of_stripe: Stripe) -> None:
    session = free(client_of_stripe)
    assert (session.payment_status, session.amount_total) == ("no_payment_required", 0)
    taken = checkout.take(key=session.id, payer=Payer("ann@example.org", ""), ids=Ids(), now=NOW)
    assert (taken["status"], taken["payment_status"], taken["payment_intent"]) == (
        "complete",
        "no_payment_required",
        None,
    )
    with pytest.raises(Refused):
        checkout.take(key=session.id, payer=Payer("ann@example.org", ""), ids=Ids(), now=NOW)
    assert [event.type for event in Event.objects.all()] == ["checkout.session.completed"]
    assert Object.objects.count() == 1


def test_what_costs_something_is_not_taken_for_nothing_nor_the_other_way_round(
    client_of_stripe: Stripe,
) -> None:
    dear = client_of_stripe.v1.checkout.sessions.create(euros()).id
    with pytest.raises(Refused):
        checkout.take(key=dear, payer=Payer("ann@example.org", ""), ids=Ids(), now=NOW)
    cheap = free(client_of_stripe).id
    for payment in (pay, debit):
        with pytest.raises(Refused):
            payment(cheap)
    assert Event.objects.count() == 0


def test_one_button_takes_it(client_of_stripe: Stripe, client: Client) -> None:
    session = free(client_of_stripe, customer_email="ann@example.org")
    url = str(session.url).removeprefix("https://practice.example")
    page = client.get(url).content.decode()
    assert ("Nothing to pay" in page, 'name="number"' in page, 'name="name"' in page) == (True, False, False)
    answer = client.post(url, {"email": "ben@example.org"})
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"https://practice.example/thanks/?session={session.id}",
    )
    done = client_of_stripe.v1.checkout.sessions.retrieve(session.id)
    assert done.customer_details is not None
    assert (done.status, done.customer_details.email) == ("complete", "ann@example.org")
    assert "This is already done" in client.get(url).content.decode()


def test_an_address_is_asked_for_if_the_shop_gave_none(client_of_stripe: Stripe, client: Client) -> None:
    url = str(free(client_of_stripe).url).removeprefix("https://practice.example")
    answer = client.post(url, {"email": ""})
    assert (answer.status_code, "Type your email address." in answer.content.decode()) == (422, True)
    assert client.post(url, {"email": "ann@example.org"}).status_code == 303
