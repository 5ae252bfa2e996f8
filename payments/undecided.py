"""What waits for a decision of the coach: found anew each time, stored nowhere, so that it can never be stale."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value

from payments import words
from payments.models import Attempt, Dispute, EventInbox, Order, Payment, Plan, Refund, Withdrawal

THEIR_TURN = ["under_review", "warning_under_review", "appeal_under_review"]


@dataclass(frozen=True)
class Case:
    """One thing to decide. `kind` is one of KINDS, `row` what it is about."""

    kind: str
    row: Any
    order: Order
    since: dt.datetime
    says: tuple[str, ...]
    due_by: dt.datetime | None = None


def mismatches() -> QuerySet[Attempt]:
    """Payments that do not match their order, neither taken nor on their way back."""
    payments = Payment.objects.filter(attempt=OuterRef("pk"))
    held = payments.filter(captured_minor__gt=F("refunded_minor") + F("lost_minor"))
    odd = Attempt.objects.filter(state=Attempt.State.PAID, accepted_at=None).exclude(mismatch="")
    return odd.filter(Exists(held) | ~Exists(payments)).exclude(
        Exists(_asked(payment__attempt=OuterRef("pk")))
    )


def paid_twice() -> QuerySet[Order]:
    on_their_way = _asked(payment__attempt__order=OuterRef("pk"))
    return Order.objects.filter(state=Order.State.OVERPAID).exclude(Exists(on_their_way))


def failed_refunds() -> QuerySet[Refund]:
    """Refunds that came back to us or were refused, and nobody has dealt with."""
    refused = Q(state=Refund.State.CANCELED, gateway_id=None)
    return Refund.objects.filter(refused | Q(state=Refund.State.FAILED), dealt_with_at=None)


def disputes() -> QuerySet[Dispute]:
    """Those that want an answer from us; a word we do not know counts, so that somebody looks."""
    return Dispute.objects.exclude(status__in=[*Dispute.OVER, *THEIR_TURN])


def disputes_with_the_bank() -> QuerySet[Dispute]:
    return Dispute.objects.filter(status__in=THEIR_TURN)


def withdrawals() -> QuerySet[Withdrawal]:
    on_their_way = _asked(payment__attempt__order=OuterRef("order"))
    return Withdrawal.objects.filter(state=Withdrawal.State.ASKED).exclude(Exists(on_their_way))


def late_plans() -> QuerySet[Plan]:
    return Plan.objects.filter(state__in=[Plan.State.PAST_DUE, Plan.State.DEFAULTED])


def dead_events() -> QuerySet[EventInbox]:
    return EventInbox.objects.filter(state=EventInbox.State.DEAD, attempt__isnull=False)


def _asked(**where: Any) -> QuerySet[Refund]:
    return Refund.objects.filter(state=Refund.State.REQUESTED, **where)


KINDS = {
    "mismatch": (mismatches, "order"),
    "twice": (paid_twice, ""),
    "refund": (failed_refunds, "payment__attempt__order"),
    "dispute": (disputes, "payment__attempt__order"),
    "withdrawal": (withdrawals, "order"),
    "plan": (late_plans, "order"),
    "webhook": (dead_events, "attempt__order"),
}


def count(*, order: Order | None = None) -> int:
    """How many decisions wait, in all or about one order, in one query."""
    rows = []
    for kind, (found, path) in KINDS.items():
        mine = {} if order is None else {path or "pk": order.pk}
        query: Any = found().filter(**mine).order_by()
        rows.append(query.values_list(Value(kind, output_field=CharField()), "pk"))
    return int(rows[0].union(*rows[1:], all=True).count())


def cases() -> list[Case]:
    """Everything that waits, oldest first; the same few queries for few and for many."""
    found = [case for kind in KINDS for case in _of_kind(kind)]
    return sorted(found, key=lambda case: case.since)


def _of_kind(kind: str) -> Iterator[Case]:
    rows, path = KINDS[kind]
    query: Any = rows().prefetch_related(f"{path}__lines" if path else "lines")
    query = query.select_related(path) if path else query
    for row in query.prefetch_related("instalments") if kind == "plan" else query:
        yield TELL[kind](row, reduce(getattr, path.split("__"), row) if path else row)


def _mismatch(attempt: Attempt, order: Order) -> Case:
    stands = "Nobody was let in by it."
    if order.is_paid_for:
        stands = "The order itself is paid by another payment; this money lies beside it."
    says = (words.mismatch(attempt.mismatch, order.currency), stands)
    return Case("mismatch", attempt, order, attempt.created_at, says)


def _twice(order: Order, _: Order) -> Case:
    says = ["More came than the order costs.", "The buyer is in, and stays in."]
    if order.disputed:
        says.append("A bank is looking into a payment: wait for its word before you give anything back.")
    return Case("twice", order, order, order.paid_at or order.created_at, tuple(says))


def _refund(refund: Refund, order: Order) -> Case:
    sum_ = words.amount(refund.amount_minor, order.currency)
    if refund.state == Refund.State.FAILED:
        what = f"A refund of {sum_} came back to you: it could not be paid out."
    else:
        what = f"A refund of {sum_} was refused. Nothing was given back."
    says = (what, words.refund_failed(refund.failure), "Access is as it was before the refund.")
    return Case("refund", refund, order, refund.seen_at or refund.requested_at, says)


def _dispute(dispute: Dispute, order: Order) -> Case:
    sum_ = words.amount(dispute.amount_minor, order.currency)
    held = (
        "Access is on hold meanwhile." if settings.HOLD_ACCESS_ON_DISPUTE else "Access stays open meanwhile."
    )
    says = (
        f"The buyer’s bank asks about {sum_}: {words.dispute(dispute.status)}.",
        f"The reason given: {words.dispute_reason(dispute.reason)}.",
        "Access stays open meanwhile." if dispute.is_inquiry else held,
        "You answer on the payment company’s own page. I hear of it by myself.",
    )
    return Case("dispute", dispute, order, dispute.opened_at, says, dispute.due_by)


def _withdrawal(withdrawal: Withdrawal, order: Order) -> Case:
    own = (f"In their own words: “{withdrawal.note}”",) if withdrawal.note else ()
    says = ("The buyer wants to withdraw and have the money back.", *own)
    return Case("withdrawal", withdrawal, order, withdrawal.asked_at, says)


def _plan(plan: Plan, order: Order) -> Case:
    payments = list(plan.instalments.all())
    paid = sum(one.state == "paid" for one in payments)
    late = [one for one in payments if one.state == "past_due"]
    why = words.decline(late[0].decline_code) or words.DECLINED if late else ""
    rests = plan.state == Plan.State.DEFAULTED
    says = (
        f"{paid} of {order.instalments} payments came; payment {late[0].number if late else paid + 1} is late. {why}",
        "Access is on hold until it is paid."
        if rests
        else "The payment company tries again by itself; access stays open for two weeks.",
    )
    return Case("plan", plan, order, plan.late_since or plan.started_at, says)


def _webhook(event: EventInbox, order: Order) -> Case:
    says = (
        "The payment company told of something, and ten tries to follow it up failed.",
        "The order may not say how things stand. Asking again brings it in line.",
    )
    return Case("webhook", event, order, event.received_at, says)


TELL: dict[str, Any] = {
    "mismatch": _mismatch,
    "twice": _twice,
    "refund": _refund,
    "dispute": _dispute,
    "withdrawal": _withdrawal,
    "plan": _plan,
    "webhook": _webhook,
}
