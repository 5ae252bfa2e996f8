"""The only way in which money changes the state of an order. Events are hints, the gateway's objects are the truth.

Called by the webhook worker, the return page, reconciliation and the desk; how often and in which order is all one.
"""

import datetime as dt
import logging
import uuid

from django.db import transaction

from courses.models import Course
from mailing import outbox
from payments import fulfilment, gateway, leases, standing
from payments.models import Attempt, Order, Payment

log = logging.getLogger(__name__)
GIVE_UP_AFTER = dt.timedelta(hours=24)  # as long as the gateway remembers an idempotency key
CLOCKS_APART = dt.timedelta(minutes=10)


def settle(*, attempt: Attempt, now: dt.datetime, patience_seconds: float = leases.PATIENCE_SECONDS) -> Order:
    """Read the attempt's Session and bring order, access and letters in line with it; returns the order.

    No transaction is open while the gateway is asked; then one short one. The second call changes nothing.
    Raises leases.BusyError and gateway.DownError (try again later), gateway.RefusedError (somebody must look).
    """
    with leases.held(attempt.order_id, now=now, patience_seconds=patience_seconds) as token:
        attempt.refresh_from_db()
        session = _read(attempt)
        order = _merge(attempt, session, token=token, now=now)
    outbox.ring()
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


def _read(attempt: Attempt) -> gateway.Session | None:
    """The Session, searched for among the newest when we never learned its id; None if there is none."""
    if attempt.session_id:
        return gateway.read_session(attempt.session_id)
    sessions = gateway.list_sessions(since=attempt.created_at - CLOCKS_APART)
    return next((one for one in sessions if one.attempt_key == str(attempt.key)), None)


@transaction.atomic
def _merge(attempt: Attempt, session: gateway.Session | None, *, token: uuid.UUID, now: dt.datetime) -> Order:
    order = leases.locked(attempt.order_id, token)
    if session is None:
        _note_absence(attempt, now=now)
    else:
        _note(attempt, session, order=order, now=now)
    tried = [_tried(one) for one in order.attempts.select_related("payment")]
    _put(order, standing.order_state(tried, amount_minor=order.amount_minor), now=now)
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
    attempt.decline_code = session.decline_code[:60]
    attempt.expires_at = session.expires_at
    attempt.url = session.url
    if attempt.state != Attempt.State.PAID:  # money that came stays come
        attempt.state = standing.attempt_state(session)
        if attempt.state == Attempt.State.PAID:
            attempt.mismatch = standing.mismatch(session, attempt=attempt, order=order) or _too_late(order)
            if attempt.mismatch:
                log.error("%s needs a look: %s.", order, attempt.mismatch)
    attempt.save()
    if session.payment_intent_id and session.captured_minor:
        _note_money(attempt, session, now=now)


def _too_late(order: Order) -> str:
    """Money for an order that ran out counts, as long as the course can still be had."""
    sellable = not order.lines.exclude(course__status=Course.Status.PUBLISHED).exists()
    return "" if sellable else "no longer sold"


def _note_money(attempt: Attempt, session: gateway.Session, *, now: dt.datetime) -> None:
    payment, _ = Payment.objects.get_or_create(
        attempt=attempt,
        defaults={
            "gateway_id": session.payment_intent_id,
            "captured_minor": session.captured_minor,
            "currency": session.currency,
            "seen_at": now,
        },
    )
    payment.captured_minor = max(payment.captured_minor, session.captured_minor)
    payment.refunded_minor = session.refunded_minor
    payment.seen_at = now
    payment.save()


def _tried(attempt: Attempt) -> standing.Tried:
    payment = getattr(attempt, "payment", None)
    return standing.Tried(
        state=attempt.state,
        mismatch=attempt.mismatch,
        captured_minor=payment.captured_minor if payment else 0,
        refunded_minor=payment.refunded_minor if payment else 0,
    )


def _put(order: Order, state: str, *, now: dt.datetime) -> None:
    order.state = state
    if state in Order.HAD_MONEY and order.paid_at is None:
        order.paid_at = now
    order.save(update_fields=["state", "paid_at"])
    fulfilment.follow(order=order, now=now)
