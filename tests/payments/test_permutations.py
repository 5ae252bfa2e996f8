"""Facts about an order, heard in every order there is: one end each, and never access without money on the way."""

import itertools
from collections.abc import Iterable
from functools import cache

import pytest

from payments import standing
from payments.models import Attempt, Order
from payments.standing import Access, Tried

A, O = Attempt.State, Order.State  # noqa: E741
DUE = 100
RANK = [A.CREATING, A.OPEN, A.PROCESSING, A.EXPIRED, A.FAILED, A.PAID]  # a later one outweighs an earlier one

# A fact: ("is", attempt, state), ("odd", attempt, ""), ("came", attempt, minor), ("back", attempt, minor),
# ("failed", attempt, minor) for a refund that came back to us, ("lost", attempt, minor) for a dispute that was lost.
Fact = tuple[str, int, str | int]
ONE: list[Fact] = [("is", 1, A.OPEN), ("is", 1, A.PROCESSING), ("is", 1, A.PAID), ("came", 1, 100)]
TWO: list[Fact] = [("is", 2, A.OPEN), ("is", 2, A.PAID), ("came", 2, 100)]
FACTS: dict[str, tuple[list[Fact], str]] = {
    "paid after three pages": (
        [("is", 1, A.OPEN), ("is", 1, A.EXPIRED), ("is", 2, A.OPEN), ("is", 2, A.EXPIRED), ("is", 3, A.OPEN),
         ("is", 3, A.PROCESSING), ("is", 3, A.PAID), ("came", 3, 100)], O.PAID),
    "a debit refused, a card taken": (
        [*ONE[:2], ("is", 1, A.FAILED), *TWO, ("is", 3, A.CREATING), ("is", 3, A.EXPIRED)], O.PAID),
    "one refused, another with the bank": (
        [*ONE[:2], ("is", 1, A.EXPIRED), ("is", 2, A.CREATING), ("is", 2, A.OPEN), ("is", 2, A.PROCESSING),
         ("is", 3, A.OPEN), ("is", 3, A.FAILED)], O.PROCESSING),
    "given back bit by bit": ([*ONE, ("back", 1, 30), ("back", 1, 50), ("back", 1, 20)], O.REFUNDED),
    "given back in part": ([*ONE, ("back", 1, 30), ("back", 1, 50), ("failed", 1, 50)], O.PARTLY_REFUNDED),
    "a refund that came back": (
        [*ONE, ("back", 1, 100), ("failed", 1, 100), ("is", 2, A.OPEN), ("is", 2, A.EXPIRED)], O.PAID),
    "lost to the bank": ([*ONE, ("back", 1, 30), ("lost", 1, 70)], O.LOST),
    "paid twice": ([*ONE, *TWO], O.OVERPAID),
    "paid twice, one given back": ([*ONE, *TWO, ("back", 1, 100)], O.PAID),
    "paid twice, all given back": ([*ONE[2:], *TWO, ("back", 1, 100), ("back", 2, 60), ("back", 2, 40)], O.REFUNDED),
    "an odd payment and a good one": ([*ONE, ("odd", 1, ""), *TWO], O.PAID),
    "an odd payment": ([*ONE, ("odd", 1, ""), ("is", 2, A.OPEN), ("is", 2, A.EXPIRED)], O.REVIEW),
    "an odd payment, given back": (
        [*ONE, ("odd", 1, ""), ("back", 1, 60), ("back", 1, 40), ("is", 2, A.OPEN)], O.REFUNDED),
}  # fmt: skip


def tried(facts: Iterable[Fact]) -> list[Tried]:
    """What is known of each attempt, newest first."""
    heard = set(facts)
    known = []
    for number in sorted({attempt for _, attempt, _ in heard}, reverse=True):
        mine = [(kind, what) for kind, attempt, what in heard if attempt == number]
        states = [str(what) for kind, what in mine if kind == "is"]

        def total(kind: str, mine: list[tuple[str, str | int]] = mine) -> int:
            return sum(int(what) for name, what in mine if name == kind)

        captured = total("came")
        known.append(
            Tried(
                state=max(states, key=RANK.index, default=A.CREATING),
                mismatch="amount" if ("odd", "") in mine else "",
                captured_minor=captured,
                refunded_minor=min(max(total("back") - total("failed"), 0), captured),
                lost_minor=min(total("lost"), captured),
            )
        )
    return known


@pytest.mark.parametrize("name", sorted(FACTS))
def test_facts_in_all_orders_have_one_end(name: str) -> None:
    facts, end = FACTS[name]
    assert len(facts) <= 8

    @cache
    def state_of(heard: frozenset[Fact]) -> str:
        known = tried(heard)
        state = standing.order_state(known, due_minor=DUE)
        lets_in = standing.access(state, disputed=False, holds_on_dispute=True)
        if lets_in == Access.GIVE:
            assert sum(one.kept_minor for one in known if one.state == A.PAID) > 0, heard
        return state

    ends = set()
    for order in itertools.permutations(facts):
        *_, last = [state_of(frozenset(order[:heard])) for heard in range(1, len(order) + 1)]
        ends.add(last)
    assert ends == {end}
