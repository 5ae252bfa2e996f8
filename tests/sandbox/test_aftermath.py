"""Refunds that wait, succeed and fail; disputes from the first word to the last."""

from typing import Any

import pytest
import stripe

from sandbox import aftermath, disputes, passing
from sandbox.core import LATE, SOON
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Object
from tests.sandbox.conftest import NOW, debit, euros, in_threads, pay, session_params

Stripe = stripe.StripeClient
REFUND_FAILS, IS_DISPUTED = "4000000000005126", "4000000000000259"


def kinds(after: int = 0) -> list[str]:
    return list(Event.objects.order_by("number").values_list("type", flat=True))[after:]


def paid(gateway: Stripe, number: str = "4242424242424242") -> str:
    """The id of a charge that a card has paid. Three events have been told."""
    pay(gateway.v1.checkout.sessions.create(session_params()).id, number)
    return Object.objects.filter(type="charge").latest("number").key


def debited(gateway: Stripe, iban: str = "AT611904300234573201") -> str:
    """The id of a charge that a bank has paid. Six events have been told."""
    debit(gateway.v1.checkout.sessions.create(euros()).id, iban)
    passing.bring(ids=Ids(), now=NOW + SOON)
    return Object.objects.filter(type="charge").latest("number").key


def charge_of(key: str) -> tuple[int, bool, bool]:
    body = Object.objects.get(key=key).body
    return body["amount_refunded"], body["refunded"], body["disputed"]


# ---- refunds ----
def test_a_refund_to_a_bank_account_waits_and_then_succeeds_once(
    client_of_stripe: Stripe, settings: Any
) -> None:
    charge = debited(client_of_stripe)
    settings.SANDBOX_NOW = NOW + SOON
    refund = client_of_stripe.v1.refunds.create({"charge": charge, "metadata": {"site": "7"}})
    assert (refund.status, refund.pending_reason, refund.amount) == ("pending", "processing", 14900)
    assert charge_of(charge) == (14900, True, False)
    settings.SANDBOX_NOW = NOW + 2 * SOON
    after = client_of_stripe.v1.refunds.retrieve(refund.id)
    assert after.metadata is not None
    assert (after.status, after.metadata.to_dict()) == ("succeeded", {"site": "7"})
    told = ["charge.refunded", "refund.created", "refund.updated", "charge.refund.updated"]
    assert kinds(6) == told
    assert passing.bring(ids=Ids(), now=NOW + 2 * SOON) == 0
    assert kinds(6) == told
    event = client_of_stripe.v1.events.list({"type": "refund.updated"}).data[0]
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes.to_dict() == {"pending_reason": "processing", "status": "pending"}


def test_a_refund_to_a_card_succeeds_at_once(client_of_stripe: Stripe) -> None:
    refund = client_of_stripe.v1.refunds.create({"charge": paid(client_of_stripe), "amount": 100})
    assert (refund.status, passing.bring(ids=Ids(), now=NOW + LATE)) == ("succeeded", 0)


def test_a_refund_may_fail_after_it_succeeded_and_the_money_is_back_once(
    client_of_stripe: Stripe, settings: Any
) -> None:
    charge = paid(client_of_stripe, REFUND_FAILS)
    first = client_of_stripe.v1.refunds.create({"charge": charge, "amount": 4900})
    settings.SANDBOX_NOW = NOW + LATE - 1
    assert client_of_stripe.v1.refunds.retrieve(first.id).status == "succeeded"
    assert charge_of(charge) == (4900, False, False)
    settings.SANDBOX_NOW = NOW + LATE
    failed = client_of_stripe.v1.refunds.retrieve(first.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert charge_of(charge) == (0, False, False)
    told = ["charge.refunded", "refund.created", "refund.updated", "charge.refund.updated", "refund.failed"]
    assert kinds(3) == told
    assert passing.bring(ids=Ids(), now=NOW + LATE) == 0
    with pytest.raises(Refused):
        aftermath.send_back(key=first.id, ids=Ids(), now=NOW)
    assert (charge_of(charge), kinds(3)) == ((0, False, False), told)
    again = client_of_stripe.v1.refunds.create({"charge": charge})
    assert again.amount == 14900


def test_a_debit_under_way_cannot_be_given_back(client_of_stripe: Stripe) -> None:
    debit(client_of_stripe.v1.checkout.sessions.create(euros()).id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.refunds.create({"charge": Object.objects.get(type="charge").key})
    assert refused.value.code == "charge_not_refundable"


def test_refunds_are_listed_by_payment_and_by_time(client_of_stripe: Stripe, settings: Any) -> None:
    charges = [paid(client_of_stripe), paid(client_of_stripe)]
    made = []
    for moment, charge in enumerate(charges):
        settings.SANDBOX_NOW = NOW + 60 * moment
        made.append(client_of_stripe.v1.refunds.create({"charge": charge}))
    listing = client_of_stripe.v1.refunds.list
    assert [one.id for one in listing({"created": {"gte": NOW + 60}})] == [made[1].id]
    assert [one.id for one in listing({"payment_intent": str(made[0].payment_intent)})] == [made[0].id]
    assert [one.id for one in listing({"charge": charges[1], "created": {"lt": NOW}})] == []


# ---- disputes ----
@pytest.mark.parametrize(
    ("pays", "reason", "kind"), [(paid, "fraudulent", "card"), (debited, "debit_not_authorized", None)]
)
def test_some_payments_are_disputed_a_moment_later_and_once(
    client_of_stripe: Stripe, settings: Any, pays: Any, reason: str, kind: str | None
) -> None:
    charge = pays(client_of_stripe, IS_DISPUTED if kind else "AT591904300235473203")
    start = NOW if kind else NOW + SOON
    before = len(kinds())
    settings.SANDBOX_NOW = start + SOON - 1
    assert client_of_stripe.v1.disputes.list().data == []
    settings.SANDBOX_NOW = start + SOON
    (dispute,) = client_of_stripe.v1.disputes.list({"charge": charge}).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", reason, 14900)
    assert (dispute.is_charge_refundable, dispute.evidence_details.due_by) == (
        False,
        start + SOON + disputes.TIME_TO_ANSWER,
    )
    details = dispute.payment_method_details
    assert (details.type if details else None) == kind
    assert charge_of(charge) == (0, False, True)
    told = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert kinds(before) == told
    assert passing.bring(ids=Ids(), now=start + SOON) == 0
    assert (len(client_of_stripe.v1.disputes.list().data), kinds(before)) == (1, told)
    assert client_of_stripe.v1.disputes.retrieve(dispute.id).id == dispute.id


def begun(gateway: Stripe, *, inquiry: bool = False) -> tuple[str, str]:
    """The ids of a charge and of a dispute about it."""
    charge = paid(gateway)
    made = aftermath.dispute(key=charge, reason="general", inquiry=inquiry, ids=Ids(), now=NOW)
    return charge, made["id"]


@pytest.mark.parametrize(
    ("inquiry", "moves", "status", "told"),
    [
        (False, ["answer"], "under_review", "updated"),
        (False, ["answer", "win"], "won", "updated funds_reinstated closed"),
        (False, ["lose"], "lost", "closed"),
        (False, ["prevent"], "prevented", "funds_reinstated updated"),
        (False, ["lose", "appeal"], "appeal_needs_response", "closed updated"),
        (False, ["lose", "appeal", "answer"], "appeal_under_review", "closed updated updated"),
        (False, ["lose", "appeal", "win"], "won", "closed updated funds_reinstated closed"),
        (False, ["lose", "appeal", "answer", "lose"], "lost", "closed updated updated closed"),
        (True, [], "warning_needs_response", ""),
        (True, ["answer"], "warning_under_review", "updated"),
        (True, ["answer", "close"], "warning_closed", "updated closed"),
        (True, ["escalate"], "needs_response", "funds_withdrawn updated"),
    ],
)
def test_a_dispute_goes_its_way_and_tells_each_step(
    client_of_stripe: Stripe, inquiry: bool, moves: list[str], status: str, told: str
) -> None:
    _, key = begun(client_of_stripe, inquiry=inquiry)
    start = len(kinds())
    for how in moves:
        aftermath.move_dispute(key=key, how=how, ids=Ids(), now=NOW)
    assert client_of_stripe.v1.disputes.retrieve(key).status == status
    assert kinds(start) == [f"charge.dispute.{name}" for name in told.split()]


@pytest.mark.parametrize("how", ["win", "lose", "prevent"])
def test_a_decision_is_not_made_twice(client_of_stripe: Stripe, how: str) -> None:
    _, key = begun(client_of_stripe)
    aftermath.move_dispute(key=key, how=how, ids=Ids(), now=NOW)
    told = kinds()
    with pytest.raises(Refused):
        aftermath.move_dispute(key=key, how=how, ids=Ids(), now=NOW)
    assert kinds() == told


def test_an_inquiry_takes_no_money_and_is_told_as_created_only(client_of_stripe: Stripe) -> None:
    begun(client_of_stripe, inquiry=True)
    assert kinds(3) == ["charge.dispute.created"]


def test_while_a_dispute_is_open_there_is_no_second_one(client_of_stripe: Stripe) -> None:
    charge, key = begun(client_of_stripe)
    with pytest.raises(Refused):
        aftermath.dispute(key=charge, reason="general", ids=Ids(), now=NOW)
    aftermath.move_dispute(key=key, how="lose", ids=Ids(), now=NOW)
    aftermath.dispute(key=charge, reason="general", ids=Ids(), now=NOW)
    assert Object.objects.filter(type="dispute").count() == 2


@pytest.mark.parametrize(
    ("inquiry", "moves", "refundable"),
    [
        (False, [], False),
        (False, ["answer"], False),
        (False, ["lose"], False),
        (False, ["lose", "appeal"], False),
        (False, ["win"], True),
        (True, [], True),
        (True, ["close"], True),
        (True, ["escalate"], False),
    ],
)
def test_what_was_charged_back_is_not_refunded_as_well(
    client_of_stripe: Stripe, inquiry: bool, moves: list[str], refundable: bool
) -> None:
    charge, key = begun(client_of_stripe, inquiry=inquiry)
    for how in moves:
        aftermath.move_dispute(key=key, how=how, ids=Ids(), now=NOW)
    assert client_of_stripe.v1.disputes.retrieve(key).is_charge_refundable is refundable
    if refundable:
        assert client_of_stripe.v1.refunds.create({"charge": charge}).amount == 14900
        return
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.refunds.create({"charge": charge})
    assert (refused.value.code, charge_of(charge)) == ("charge_disputed", (0, False, True))


def test_a_partly_refunded_payment_is_disputed_for_the_rest(client_of_stripe: Stripe) -> None:
    charge = paid(client_of_stripe)
    client_of_stripe.v1.refunds.create({"charge": charge, "amount": 4900})
    assert aftermath.dispute(key=charge, reason="general", ids=Ids(), now=NOW)["amount"] == 10000


def test_what_never_came_is_not_disputed(client_of_stripe: Stripe) -> None:
    pay(client_of_stripe.v1.checkout.sessions.create(session_params()).id, "4000000000000002")
    with pytest.raises(Refused):
        aftermath.dispute(key=Object.objects.get(type="charge").key, reason="general", ids=Ids(), now=NOW)


def test_disputes_are_listed_by_payment_and_by_time_and_expand(
    client_of_stripe: Stripe, settings: Any
) -> None:
    charge, key = begun(client_of_stripe)
    listing = client_of_stripe.v1.disputes.list
    intent = Object.objects.get(type="payment_intent").key
    assert [one.id for one in listing({"payment_intent": intent})] == [key]
    assert [one.id for one in listing({"payment_intent": "pi_other"})] == []
    assert [one.id for one in listing({"created": {"gte": NOW}})] == [key]
    assert [one.id for one in listing({"created": {"gt": NOW}})] == []
    whole = client_of_stripe.v1.disputes.retrieve(key, {"expand": ["charge"]}).charge
    assert isinstance(whole, stripe.Charge) and whole.id == charge


@pytest.mark.django_db(transaction=True)
def test_what_time_brings_comes_once_when_eight_hands_bring_it(
    transactional_db: None, client_of_stripe: Stripe
) -> None:
    """A debit, a dispute, a failing refund and a page that runs out, all due at the same moment."""
    debit(client_of_stripe.v1.checkout.sessions.create(euros()).id)
    client_of_stripe.v1.refunds.create({"charge": paid(client_of_stripe, REFUND_FAILS)})
    paid(client_of_stripe, IS_DISPUTED)
    client_of_stripe.v1.checkout.sessions.create(session_params(expires_at=NOW + 1800))
    before = len(kinds())
    assert sum(in_threads(8, lambda: passing.bring(ids=Ids(), now=NOW + 1800))) == 4
    assert sorted(kinds(before)) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.refund.updated",
        "charge.succeeded",
        "checkout.session.async_payment_succeeded",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "refund.failed",
        "refund.updated",
    ]
