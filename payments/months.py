"""Monthly payments as their buyer reads them: what was paid, what comes when, what is late and how it goes on."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coursesite.lib import money
from payments import paperwork, words
from payments.models import Instalment, Order, Plan, Receipt
from payments.standing import GRACE

Due = Instalment.State


@dataclass(frozen=True)
class Row:
    """One monthly payment: `state` is due, paid, past_due or written_off; `not_taken` when it will never come."""

    number: int
    amount: str
    state: str
    says: str
    paper: Receipt | None


@dataclass(frozen=True)
class Late:
    """The first payment that did not go through. Days in the buyer's own zone, empty when there is none."""

    number: int
    amount: str
    reason: str
    tried_again_on: str
    open_until: str  # empty: the course rests already


@dataclass(frozen=True)
class Months:
    rows: list[Row]
    so_far: str
    total: str
    ending: str
    late: Late | None
    may_change: bool  # the card, because something is still to come


def of(order: Order, *, papers: Iterable[Receipt], now: dt.datetime) -> Months | None:
    """The plan of an order, None without one. Lists load plan, instalments with payments, contact and papers."""
    plan = getattr(order, "plan", None)
    if plan is None:
        return None
    instalments = list(plan.instalments.all())
    paid_by = {one.payment_id: one for one in papers if one.kind == Receipt.Kind.PAYMENT}
    so_far = sum(one.payment.captured_minor for one in instalments if one.payment is not None)
    return Months(
        rows=[_row(one, order, plan, paid_by) for one in instalments],
        so_far=money.amount_text(so_far, order.currency),
        total=money.amount_text(order.due_minor, order.currency),
        ending=_ending(order, plan, instalments),
        late=_late(order, plan, instalments, now=now),
        may_change=plan.state == Plan.State.ACTIVE,
    )


def _row(one: Instalment, order: Order, plan: Plan, paid_by: Mapping[int, Receipt]) -> Row:
    return Row(
        number=one.number,
        amount=_amount(one, order),
        state=str(one.state),
        says=_says(one, order, plan),
        paper=paid_by.get(one.payment_id) if one.payment_id is not None else None,
    )


def _amount(one: Instalment, order: Order) -> str:
    minor = one.payment.captured_minor if one.payment is not None else order.due_minor // order.instalments
    return money.amount_text(minor, order.currency)


def _says(one: Instalment, order: Order, plan: Plan) -> str:
    if one.state == Due.PAID:
        at = one.payment.captured_at if one.payment is not None else one.due_at
        return f"Paid on {paperwork.day_in_words(at, order)}"
    day = paperwork.day_in_words(one.due_at, order)
    if one.state == Due.PAST_DUE:
        return f"Late, was due on {day}"
    if one.state == Due.WRITTEN_OFF:
        return "Not taken: I let it go"
    return "Will not be taken" if plan.state == Plan.State.CANCELLED else f"Comes on {day}"


def _ending(order: Order, plan: Plan, instalments: list[Instalment]) -> str:
    if plan.state == Plan.State.COMPLETE:
        return "All payments are made. Nothing more is taken."
    if plan.state == Plan.State.CANCELLED:
        return "The payments have ended. Nothing more is taken."
    last = paperwork.day_in_words(instalments[-1].due_at, order)
    return f"It ends by itself: the last payment is on {last}, and nothing more is taken after it."


def _late(order: Order, plan: Plan, instalments: list[Instalment], *, now: dt.datetime) -> Late | None:
    one = next((one for one in instalments if one.state == Due.PAST_DUE), None)
    if one is None or plan.state not in Plan.RUNNING:
        return None
    again = one.next_try_at if one.next_try_at and one.next_try_at > now else None
    rests_at = (plan.late_since or now) + GRACE
    return Late(
        number=one.number,
        amount=_amount(one, order),
        reason=words.decline(one.decline_code) or words.DECLINED,
        tried_again_on=paperwork.day_in_words(again, order) if again else "",
        open_until="" if plan.state == Plan.State.DEFAULTED else paperwork.day_in_words(rests_at, order),
    )
