"""The state of an order is a function of facts: exhaustively, without a database."""

import datetime as dt
import itertools
from typing import Any

import pytest

from payments import gateway, standing
from payments.models import Attempt, Instalment, Order, Plan
from payments.standing import GRACE, Access, Tried

A, O, P, I = Attempt.State, Order.State, Plan.State, Instalment.State  # noqa: E741
NOW = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
PAID = Tried(A.PAID, captured_minor=100)
BACK = Tried(A.PAID, captured_minor=100, refunded_minor=100)
PART = Tried(A.PAID, captured_minor=100, refunded_minor=30)
ODD = Tried(A.PAID, mismatch="amount", captured_minor=100)
ODD_BACK = Tried(A.PAID, mismatch="amount", captured_minor=100, refunded_minor=100)
ODD_TAKEN = Tried(A.PAID, mismatch="amount", accepted=True, captured_minor=60)
LOST = Tried(A.PAID, captured_minor=100, lost_minor=100)
PART_LOST = Tried(A.PAID, captured_minor=100, lost_minor=40)


@pytest.mark.parametrize(
    ("tried", "state"),
    [
        ([], O.OPEN),
        ([Tried(A.CREATING)], O.OPEN),
        ([Tried(A.UNKNOWN)], O.OPEN),
        ([Tried(A.PROCESSING), Tried(A.EXPIRED)], O.PROCESSING),
        ([Tried(A.FAILED), Tried(A.EXPIRED)], O.FAILED),
        ([Tried(A.EXPIRED), Tried(A.FAILED)], O.EXPIRED),
        ([Tried(A.NEVER_EXISTED)], O.EXPIRED),
        ([Tried(A.OPEN), Tried(A.FAILED)], O.OPEN),
        ([PAID], O.PAID),
        ([PAID, Tried(A.EXPIRED)], O.PAID),
        ([Tried(A.OPEN), PAID], O.PAID),
        ([PAID, PAID], O.OVERPAID),
        ([PAID, BACK], O.PAID),
        ([BACK], O.REFUNDED),
        ([PART], O.PARTLY_REFUNDED),
        ([ODD], O.REVIEW),
        ([PAID, ODD], O.PAID),
        ([PAID, ODD_BACK], O.PAID),
        ([ODD_TAKEN], O.PAID),
        ([LOST], O.LOST),
        ([PAID, LOST], O.PAID),
        ([PART_LOST], O.PARTLY_REFUNDED),
        ([ODD_BACK], O.REFUNDED),
    ],
)
def test_what_attempts_make_of_an_order(tried: list[Tried], state: str) -> None:
    assert standing.order_state(tried, due_minor=100) == state


def test_what_nobody_said_is_no_plan_and_no_decision() -> None:
    assert standing.order_state([Tried(A.PAID, captured_minor=25)], due_minor=100) == O.PARTLY_REFUNDED
    assert standing.order_state([Tried(A.PAID, mismatch="odd")], due_minor=100) == O.REVIEW


def test_nothing_to_pay_is_paid() -> None:
    assert standing.order_state([Tried(A.PAID)], due_minor=0) == O.PAID


def test_with_money_the_order_of_attempts_is_all_one() -> None:
    kinds = [PAID, BACK, PART, ODD, Tried(A.EXPIRED), Tried(A.FAILED), Tried(A.PROCESSING), Tried(A.OPEN)]
    for some in itertools.combinations_with_replacement(kinds, 4):
        if any(one.state == A.PAID for one in some):
            states = {
                standing.order_state(list(order), due_minor=100) for order in itertools.permutations(some)
            }
            assert len(states) == 1, some


def test_without_money_nothing_ever_counts_as_paid() -> None:
    kinds = [Tried(state) for state in Attempt.State if state != A.PAID]
    for some in itertools.product(kinds, repeat=3):
        assert standing.order_state(list(some), due_minor=100) in Order.UNFINISHED


def test_every_state_has_words_for_the_buyer() -> None:
    from payments import words

    assert set(words.STATES) == set(Order.State)


def session(order: Order, attempt: Attempt, **facts: Any) -> gateway.Session:
    """A Session that was paid just as the order was sold."""
    return gateway.Session(
        **{
            "id": attempt.session_id, "attempt_key": str(attempt.key), "is_ours": True, "url": "", "expires_at": NOW,
            "status": "complete", "payment_status": "paid", "amount_subtotal": order.each_minor,
            "amount_total": order.each_minor, "tax_minor": 0, "tax_status": "", "currency": order.currency,
            "livemode": order.livemode, "money": money(order.each_minor), "subscription_id": "", **facts,
        }
    )  # fmt: skip


def money(captured_minor: int, status: str = "succeeded") -> gateway.Money:
    return gateway.Money("pi_1", status, captured_minor, "usd", "card", NOW, "")


@pytest.mark.parametrize(
    ("status", "payment_status", "pays", "state"),
    [
        ("expired", "unpaid", None, A.EXPIRED),
        ("open", "unpaid", money(0, "requires_payment_method"), A.OPEN),
        ("open", "unpaid", money(0, "canceled"), A.OPEN),
        ("complete", "paid", money(100), A.PAID),
        ("complete", "no_payment_required", None, A.PAID),
        ("complete", "unpaid", money(0, "requires_payment_method"), A.FAILED),
        ("complete", "unpaid", money(0, "canceled"), A.FAILED),
        ("complete", "unpaid", money(0, "processing"), A.PROCESSING),
        ("complete", "unpaid", None, A.PROCESSING),
    ],
)
def test_where_a_session_leaves_its_attempt(
    status: str, payment_status: str, pays: gateway.Money | None, state: str
) -> None:
    order, attempt = Order(amount_minor=100, currency="usd"), Attempt(session_id="cs_1")
    read = session(order, attempt, status=status, payment_status=payment_status, money=pays)
    assert standing.attempt_state(read) == state


TAX = {"tax_minor": 19, "tax_status": "complete"}


@pytest.mark.parametrize(
    ("sold", "facts", "says"),
    [
        ({}, {}, ""),
        ({}, {"id": "cs_2"}, "belongs to another order"),
        ({}, {"attempt_key": "somebody's"}, "belongs to another order"),
        ({}, {"livemode": True}, "real money against practice money"),
        ({}, {"currency": "eur"}, "currency eur, not usd"),
        ({}, {"amount_subtotal": 99}, "amount 99, not 100"),
        ({}, {"amount_total": 99}, "amount 99, not 100"),
        ({}, TAX, ""),  # included in the price
        ({}, {**TAX, "amount_total": 119}, "amount 119, not 100"),
        ({}, {"money": money(99)}, "captured 99, not 100"),
        ({}, {"money": None}, "captured 0, not 100"),
        ({}, {"payment_status": "no_payment_required", "money": None}, ""),
        ({}, {"payment_status": "no_payment_required"}, "captured 100, not 0"),
        ({"tax": "added"}, {**TAX, "amount_total": 119, "money": money(119)}, ""),
        ({"tax": "added"}, {**TAX}, "amount 100, not 119"),
        ({"tax": "added"}, {**TAX, "amount_total": 119}, "captured 100, not 119"),
        ({"tax": "added"}, {**TAX, "tax_status": "failed"}, "the tax could not be counted"),
        ({"tax": "added"}, {}, "the tax could not be counted"),
        ({"tax": "counted"}, TAX, ""),
        ({"tax": "counted"}, {"tax_status": "requires_location_inputs"}, "the tax could not be counted"),
        ({"instalments": 4}, {"subscription_id": "sub_1", "money": None}, ""),
        ({"instalments": 4}, {}, "no monthly payments were set up"),
        ({"instalments": 4}, {"amount_total": 100, "subscription_id": "sub_1"}, "amount 100, not 25"),
    ],
)
def test_what_speaks_against_a_payment(sold: dict[str, Any], facts: dict[str, Any], says: str) -> None:
    order = Order(amount_minor=100, currency="usd", livemode=False, **sold)
    attempt = Attempt(session_id="cs_1")
    assert standing.mismatch(session(order, attempt, **facts), attempt=attempt, order=order) == says


@pytest.mark.parametrize(
    ("tried", "is_plan", "state"),
    [
        ([Tried(A.PAID, captured_minor=25)], True, O.PART_PAID),
        ([Tried(A.PAID, captured_minor=25)], False, O.PARTLY_REFUNDED),
        ([Tried(A.PAID, captured_minor=100)], True, O.PAID),
        ([Tried(A.PAID, captured_minor=100, refunded_minor=25)], True, O.PARTLY_REFUNDED),
        ([Tried(A.PAID, captured_minor=25, refunded_minor=25)], True, O.REFUNDED),
        ([Tried(A.PAID, captured_minor=25, lost_minor=25)], True, O.LOST),
        ([Tried(A.PAID, mismatch="odd", captured_minor=25, refunded_minor=25)], True, O.REFUNDED),
        ([Tried(A.PAID, mismatch="odd", captured_minor=25)], True, O.REVIEW),
        ([Tried(A.PAID, mismatch="odd", accepted=True, captured_minor=60, refunded_minor=1)], False, O.PARTLY_REFUNDED),
        ([Tried(A.PAID, mismatch="odd", accepted=True)], False, O.PAID),
        ([Tried(A.PAID, mismatch="odd")], False, O.REVIEW),
    ],
)  # fmt: skip
def test_what_monthly_and_odd_money_makes_of_an_order(tried: list[Tried], is_plan: bool, state: str) -> None:
    assert standing.order_state(tried, due_minor=100, is_plan=is_plan) == state


@pytest.mark.parametrize(
    ("instalments", "order", "is_over", "late_for", "state"),
    [
        ([], O.OPEN, False, None, P.ACTIVE),
        ([I.PAID, I.DUE], O.PART_PAID, False, None, P.ACTIVE),
        ([I.PAID, I.DUE], O.PART_PAID, True, None, P.CANCELLED),
        ([I.PAID, I.PAID], O.PAID, True, None, P.COMPLETE),
        ([I.PAID, I.WRITTEN_OFF], O.PART_PAID, True, None, P.COMPLETE),
        ([I.PAID, I.PAID], O.REFUNDED, False, None, P.COMPLETE),
        ([I.PAID, I.DUE], O.REFUNDED, False, None, P.CANCELLED),
        ([I.PAID, I.DUE], O.LOST, False, None, P.CANCELLED),
        ([I.PAID, I.PAST_DUE], O.REFUNDED, False, GRACE, P.CANCELLED),
        ([I.PAID, I.PAST_DUE], O.PART_PAID, False, None, P.PAST_DUE),
        ([I.PAID, I.PAST_DUE], O.PART_PAID, True, GRACE - dt.timedelta(seconds=1), P.PAST_DUE),
        ([I.PAID, I.PAST_DUE], O.PART_PAID, False, GRACE, P.DEFAULTED),
    ],
)
def test_where_a_plan_stands(
    instalments: list[str], order: str, is_over: bool, late_for: dt.timedelta | None, state: str
) -> None:
    late_since = None if late_for is None else NOW - late_for
    assert (
        standing.plan_state(
            instalments=instalments, order_state=order, is_over=is_over, late_since=late_since, now=NOW
        )
        == state
    )


def test_a_late_payment_keeps_the_course_open_for_two_weeks() -> None:
    assert dt.timedelta(days=14) == GRACE


@pytest.mark.parametrize(
    ("state", "facts", "access"),
    [
        (O.OPEN, {}, Access.LEAVE),
        (O.REVIEW, {"coach_ends": True}, Access.LEAVE),
        (O.REFUNDED, {}, Access.END),
        (O.LOST, {"disputed": True}, Access.END),
        (O.PAID, {}, Access.GIVE),
        (O.PAID, {"coach_ends": True, "disputed": True}, Access.END),
        (O.PAID, {"disputed": True}, Access.HOLD),
        (O.PAID, {"disputed": True, "holds_on_dispute": False}, Access.GIVE),
        (O.PAID, {"plan": P.CANCELLED}, Access.GIVE),
        (O.PART_PAID, {"plan": P.CANCELLED}, Access.HOLD),
        (O.PART_PAID, {"plan": P.ACTIVE}, Access.GIVE),
        (O.PART_PAID, {"plan": P.PAST_DUE}, Access.GIVE),
        (O.PARTLY_REFUNDED, {"plan": P.DEFAULTED}, Access.HOLD),
    ],
)
def test_what_a_state_does_for_whoever_it_is_meant_for(
    state: str, facts: dict[str, Any], access: Access
) -> None:
    assert standing.access(state, **{"disputed": False, "holds_on_dispute": True, **facts}) == access
