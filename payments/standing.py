"""What facts mean, without looking anything up: the state of an attempt, an order, a plan, and who may be in.

Pure functions: same facts, same answer, in whatever order the facts were heard.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from payments import gateway
from payments.models import Attempt, Instalment, Order, Plan

A, O, P = Attempt.State, Order.State, Plan.State  # noqa: E741
GRACE = dt.timedelta(days=14)  # so long a late instalment keeps the course open


class Access(Enum):
    """What an order does for whoever it is meant for."""

    GIVE = "give"
    HOLD = "hold"  # for a while: a bank is looking, an instalment is overdue
    END = "end"
    LEAVE = "leave"  # neither gives nor takes


@dataclass(frozen=True)
class Tried:
    """One attempt as far as it counts for the order, newest first in a list. Minor units."""

    state: str
    mismatch: str = ""
    accepted: bool = False  # the coach took the mismatch as it is
    captured_minor: int = 0
    refunded_minor: int = 0
    lost_minor: int = 0

    @property
    def kept_minor(self) -> int:
        return self.captured_minor - self.refunded_minor - self.lost_minor

    @property
    def counts(self) -> bool:
        """Is it money for this order as sold?"""
        return self.state == A.PAID and (not self.mismatch or self.accepted)

    @property
    def is_gone(self) -> bool:
        """Did money come, and is none of it left?"""
        return self.captured_minor > 0 and self.kept_minor == 0

    def worth(self, due_minor: int) -> int:
        """What it is worth for the order: a mismatch taken as it is counts in full until money goes back."""
        whole = self.accepted and self.kept_minor == self.captured_minor
        return due_minor if whole else self.kept_minor


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
    refused = session.money is not None and session.money.status in ("requires_payment_method", "canceled")
    return A.FAILED if refused else A.PROCESSING


def mismatch(session: gateway.Session, *, attempt: Attempt, order: Order) -> str:
    """What speaks against taking a paid Session for this order; empty when all is as it was sold.

    The amount that counts is the one before tax; what the gateway added on top it must account for.
    """
    if session.id != attempt.session_id or session.attempt_key != str(attempt.key):
        return "belongs to another order"
    if session.livemode != order.livemode:
        return "real money against practice money"
    if session.currency != order.currency:
        return f"currency {session.currency}, not {order.currency}"
    if session.amount_subtotal != order.each_minor:
        return f"amount {session.amount_subtotal}, not {order.each_minor}"
    if order.tax != Order.Tax.INCLUDED and session.tax_status != "complete":
        return "the tax could not be counted"
    due = order.each_minor + (session.tax_minor if order.tax == Order.Tax.ADDED else 0)
    if session.amount_total != due:
        return f"amount {session.amount_total}, not {due}"
    return _mismatch_of_money(session, order=order, due=due)


def _mismatch_of_money(session: gateway.Session, *, order: Order, due: int) -> str:
    if order.is_plan:
        return "" if session.subscription_id else "no monthly payments were set up"
    captured = session.money.captured_minor if session.money else 0
    expected = 0 if session.payment_status == "no_payment_required" else due
    return f"captured {captured}, not {expected}" if captured != expected else ""


def order_state(tried: Sequence[Tried], *, due_minor: int, is_plan: bool = False) -> str:
    """The order's state from all its attempts, newest first. Never looks at what the state was before.

    A payment that does not match stops an order only as long as no other payment stands for it.
    """
    paid = [one for one in tried if one.state == A.PAID]
    if any(one.counts for one in paid):
        return _with_money([one for one in paid if one.counts], due_minor=due_minor, is_plan=is_plan)
    if paid:
        gone = all(one.is_gone for one in paid)
        return _with_money(paid, due_minor=due_minor, is_plan=is_plan) if gone else O.REVIEW
    states = [one.state for one in tried]
    if A.PROCESSING in states:
        return O.PROCESSING
    if not states or any(state in (A.OPEN, A.CREATING, A.UNKNOWN) for state in states):
        return O.OPEN
    return O.FAILED if states[0] == A.FAILED else O.EXPIRED


def _with_money(paid: Sequence[Tried], *, due_minor: int, is_plan: bool) -> str:
    kept = sum(one.worth(due_minor) for one in paid)
    if kept == due_minor:
        return O.PAID
    if kept > due_minor:
        return O.OVERPAID
    if kept and is_plan and sum(one.captured_minor for one in paid) < due_minor:
        return O.PART_PAID
    if kept:
        return O.PARTLY_REFUNDED
    return O.LOST if any(one.lost_minor for one in paid) else O.REFUNDED


def plan_state(
    *,
    instalments: Sequence[str],
    order_state: str,
    is_over: bool,
    late_since: dt.datetime | None,
    now: dt.datetime,
) -> str:
    """Where a plan stands: `instalments` are their states, `is_over` says that the gateway has stopped charging.

    All paid or given up is complete, whatever else; late ones have GRACE before the course is held back.
    """
    done = (Instalment.State.PAID, Instalment.State.WRITTEN_OFF)
    if instalments and all(one in done for one in instalments):
        return P.COMPLETE
    if order_state in (O.REFUNDED, O.LOST):
        return P.CANCELLED
    if Instalment.State.PAST_DUE in instalments:
        return P.DEFAULTED if now - (late_since or now) >= GRACE else P.PAST_DUE
    if is_over:
        return P.CANCELLED
    return P.ACTIVE


def access(
    state: str, *, disputed: bool, holds_on_dispute: bool, plan: str | None = None, coach_ends: bool = False
) -> Access:
    """What an order's state does for whoever it is meant for.

    `coach_ends`: a refund was given with the word that access ends with it. `plan`: the state of its instalments.
    """
    if state in (O.REFUNDED, O.LOST):
        return Access.END
    if state not in Order.PAID_FOR:
        return Access.LEAVE
    if coach_ends:
        return Access.END
    if disputed and holds_on_dispute:
        return Access.HOLD
    if plan == P.DEFAULTED or (plan == P.CANCELLED and state == O.PART_PAID):
        return Access.HOLD
    return Access.GIVE
