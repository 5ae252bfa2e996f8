"""What facts mean, without looking anything up: the state of an attempt and of an order. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments import gateway
from payments.models import Attempt, Order

A, O = Attempt.State, Order.State  # noqa: E741


@dataclass(frozen=True)
class Tried:
    """One attempt as far as it counts for the order, newest first in a list. Minor units."""

    state: str
    mismatch: str = ""
    captured_minor: int = 0
    refunded_minor: int = 0

    @property
    def is_given_back(self) -> bool:
        return 0 < self.captured_minor == self.refunded_minor


def attempt_state(session: gateway.Session) -> str:
    """Where a Session as read leaves its attempt.

    "Complete" without money waits for a bank, or was refused by one.
    """
    if session.status == "expired":
        return A.EXPIRED
    if session.status != "complete":
        return A.OPEN
    if session.payment_status in ("paid", "no_payment_required"):
        return A.PAID
    return A.FAILED if session.intent_status in ("requires_payment_method", "canceled") else A.PROCESSING


def mismatch(session: gateway.Session, *, attempt: Attempt, order: Order) -> str:
    """What speaks against taking a paid Session for this order; empty when all is as it was sold."""
    if session.id != attempt.session_id or session.attempt_key != str(attempt.key):
        return "belongs to another order"
    if session.livemode != order.livemode:
        return "real money against practice money"
    if session.currency != order.currency:
        return f"currency {session.currency}, not {order.currency}"
    if session.amount_total != order.amount_minor:
        return f"amount {session.amount_total}, not {order.amount_minor}"
    if session.captured_minor != (
        0 if session.payment_status == "no_payment_required" else order.amount_minor
    ):
        return f"captured {session.captured_minor}, not {order.amount_minor}"
    return ""


def order_state(tried: Sequence[Tried], *, amount_minor: int) -> str:
    """The order's state from all its attempts, newest first. Never looks at what the state was before."""
    paid = [one for one in tried if one.state == A.PAID]
    if any(one.mismatch and not one.is_given_back for one in paid):
        return O.REVIEW
    if paid:
        return _with_money(paid, amount_minor=amount_minor)
    states = [one.state for one in tried]
    if A.PROCESSING in states:
        return O.PROCESSING
    if any(state in (A.OPEN, A.CREATING, A.UNKNOWN) for state in states):
        return O.OPEN
    if not states:
        return O.OPEN
    return O.FAILED if states[0] == A.FAILED else O.EXPIRED


def _with_money(paid: Sequence[Tried], *, amount_minor: int) -> str:
    kept = sum(one.captured_minor - one.refunded_minor for one in paid)
    if kept == amount_minor:
        return O.PAID
    if kept > amount_minor:
        return O.OVERPAID
    return O.PARTLY_REFUNDED if kept else O.REFUNDED
