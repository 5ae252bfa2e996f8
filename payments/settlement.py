"""The only way in which money changes the state of an order. Events are hints, the gateway's objects are the truth.

Called by the webhook worker, the return page, reconciliation and the desk; how often and in which order is all one.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable

from django.db import transaction

from courses.models import Course
from mailing import outbox
from payments import (
    coupons,
    fulfilment,
    gateway,
    instalments,
    leases,
    ledger,
    paperwork,
    receipts,
    standing,
    story,
    truth,
    waiting,
    withdrawals,
    words,
)
from payments.models import Attempt, Dispute, Order
from payments.truth import Truth

log = logging.getLogger(__name__)
GIVE_UP_AFTER = dt.timedelta(hours=24)  # as long as the gateway remembers an idempotency key


def settle(*, attempt: Attempt, now: dt.datetime, patience_seconds: float = leases.PATIENCE_SECONDS) -> Order:
    """Read the attempt's Session and bring order, access and letters in line with it; returns the order.

    No transaction is open while the gateway is asked; then one short one. The second call changes nothing.
    Raises leases.BusyError and gateway.DownError (try again later), gateway.RefusedError (somebody must look).
    """
    with leases.held(attempt.order_id, now=now, patience_seconds=patience_seconds) as token:
        attempt.refresh_from_db()
        read = instalments.see_that_it_ends(truth.read(attempt), order=attempt.order, now=now)
        order = _merge(attempt, read, token=token, now=now)
    outbox.ring()
    _stop_charging(order)
    return order


def settle_free(*, order: Order, now: dt.datetime) -> Order:
    """Give what costs nothing, on the same path but without a gateway. The second call changes nothing."""
    if order.amount_minor:
        raise ValueError("This order is not free.")
    with leases.held(order.pk, now=now) as token, transaction.atomic():
        order = leases.locked(order.pk, token)
        _put(order, Order.State.PAID if order.is_unfinished else order.state, now=now)
    outbox.ring()
    return order


def settle_again(
    *, order: Order, now: dt.datetime, decide: Callable[[Order], None] = lambda order: None
) -> Order:
    """Derive everything once more from what we know, without asking the gateway.

    `decide` writes down what somebody decided at the desk, with the order locked: decision and consequence stand
    together or not at all. The second call changes nothing, if that of `decide` does. Raises leases.BusyError, and
    whatever `decide` raises.
    """
    with leases.held(order.pk, now=now) as token, transaction.atomic():
        order = leases.locked(order.pk, token)
        decide(order)
        _derive(order, now=now)
    outbox.ring()
    return order


@transaction.atomic
def _merge(attempt: Attempt, read: Truth, *, token: uuid.UUID, now: dt.datetime) -> Order:
    order = leases.locked(attempt.order_id, token)
    attempt.order = order
    if read.session is None:
        _note_absence(attempt, now=now)
    else:
        _note(attempt, read.session, order=order, now=now)
        ledger.note(attempt=attempt, truth=read, now=now)
        instalments.note(attempt=attempt, truth=read, now=now)
    _derive(order, now=now)
    return order


def _note_absence(attempt: Attempt, *, now: dt.datetime) -> None:
    """Nothing at the gateway yet.

    Only after a day is it sure that nothing comes: a call may still be on its way.
    """
    attempt.looked_at = now
    if attempt.created_at + GIVE_UP_AFTER <= now:
        attempt.state = Attempt.State.NEVER_EXISTED
    attempt.save(update_fields=["looked_at", "state"])


def _note(attempt: Attempt, session: gateway.Session, *, order: Order, now: dt.datetime) -> None:
    attempt.session_id = attempt.session_id or session.id
    attempt.looked_at = now
    attempt.payment_intent_id = session.payment_intent_id or attempt.payment_intent_id
    attempt.subscription_id = session.subscription_id or attempt.subscription_id
    attempt.decline_code = session.decline_code[:60]
    attempt.expires_at = session.expires_at
    attempt.url = session.url
    if attempt.state != Attempt.State.PAID:  # money that came stays come
        attempt.state = standing.attempt_state(session)
        if attempt.state == Attempt.State.PAID:
            _note_paid(attempt, session, order=order, now=now)
    attempt.save()


def _note_paid(attempt: Attempt, session: gateway.Session, *, order: Order, now: dt.datetime) -> None:
    attempt.mismatch = standing.mismatch(session, attempt=attempt, order=order) or _too_late(order)
    if attempt.mismatch:
        log.error("%s needs a look: %s.", order, attempt.mismatch)
        what = words.mismatch(attempt.mismatch, order.currency)
        story.add(order=order, kind=story.DERIVED, says=f"Needs a look. {what}", now=now)
        paperwork.tell_coach(order=order, about=f"review:{attempt.pk}", what=what, now=now)
    elif order.tax != Order.Tax.INCLUDED and order.tax_minor is None:
        order.tax_minor = session.tax_minor * order.instalments
        order.save(update_fields=["tax_minor"])


def _too_late(order: Order) -> str:
    """Money for an order that ran out counts, as long as the course can still be had at its price."""
    if order.lines.exclude(course__status=Course.Status.PUBLISHED).exists():
        return "no longer sold"
    return "the code was used up meanwhile" if coupons.is_gone(order) else ""


def _derive(order: Order, *, now: dt.datetime) -> None:
    """State, dispute and plan from all facts, then what follows from them. Order locked."""
    tried = [_tried(one) for one in order.attempts.prefetch_related("payments")]
    if not tried:
        return
    state = standing.order_state(tried, due_minor=order.due_minor, is_plan=order.is_plan)
    disputes = Dispute.objects.filter(payment__attempt__order=order)
    order.disputed = any(one.is_open for one in disputes)
    _put(order, state, now=now)


def _tried(attempt: Attempt) -> standing.Tried:
    payments = attempt.payments.all()
    return standing.Tried(
        state=attempt.state,
        mismatch=attempt.mismatch,
        accepted=attempt.accepted_at is not None,
        captured_minor=sum(one.captured_minor for one in payments),
        refunded_minor=sum(one.refunded_minor for one in payments),
        lost_minor=sum(one.lost_minor for one in payments),
    )


def _put(order: Order, state: str, *, now: dt.datetime) -> None:
    before = Order.objects.values("state", "disputed").get(pk=order.pk)
    if order.state == Order.State.CANCELLED and state in Order.UNFINISHED:
        state = Order.State.CANCELLED  # given up by its buyer; only money brings it back
    order.state = state
    if state in Order.HAD_MONEY and order.paid_at is None:
        order.paid_at = now
    order.save(update_fields=["state", "paid_at", "disputed"])
    plan = instalments.stand(order=order, order_state=state, now=now)
    coupons.follow(order=order)
    for paper in receipts.issue(order=order, now=now):
        if order.is_paid_for or paper.refund_id is not None:
            paperwork.paper(paper=paper, now=now)
    if before["state"] in (Order.State.REFUNDED, Order.State.LOST) and order.is_paid_for:
        waiting.reopen(order=order)
    fulfilment.follow(order=order, plan=plan, now=now)
    _tell(order, before["state"], was_disputed=before["disputed"], now=now)


def _tell(order: Order, before: str, *, was_disputed: bool, now: dt.datetime) -> None:
    """Write into the story what changed, and write to whoever must know."""
    if order.state != before:
        says = f"{Order.State(before).label} → {Order.State(order.state).label}".lower()
        story.add(order=order, kind=story.DERIVED, says=says, now=now)
        if before == Order.State.PROCESSING and order.state == Order.State.FAILED:
            paperwork.payment_failed(order=order, now=now)
        if order.state == Order.State.OVERPAID:
            paperwork.tell_coach(order=order, about=f"overpaid:{order.pk}", what="it was paid twice", now=now)
        if order.state == Order.State.REFUNDED:
            withdrawals.answer_with_refund(order=order, now=now)
        if order.forgotten_at is not None and before in Order.UNFINISHED and order.is_paid_for:
            what = "money came after its buyer’s data was removed: give it back"
            paperwork.tell_coach(order=order, about=f"forgotten:{order.pk}", what=what, now=now)
    if order.disputed and not was_disputed:
        paperwork.tell_coach(order=order, about=f"dispute:{order.pk}", what="a bank disputes it", now=now)


def _stop_charging(order: Order) -> None:
    """A plan that is over for us must be over at the gateway too. Called after every settling; again is harmless.

    Raises gateway.DownError, gateway.RefusedError: then the next settling tries again.
    """
    for plan in instalments.to_be_stopped().filter(order=order):
        instalments.stop(plan)
