"""The state of an order is a function of facts: exhaustively, without a database."""

import itertools

import pytest

from payments import standing
from payments.models import Attempt, Order
from payments.standing import Tried

A, O = Attempt.State, Order.State  # noqa: E741
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
