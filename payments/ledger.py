"""What the gateway told, written into our rows: payments, refunds, disputes. Inside the settling transaction.

Found by the gateway's own ids, so that hearing a thing twice, or late, is as hearing it once.
"""

import datetime as dt
import logging
from collections.abc import Iterable

from payments import gateway, paperwork, story, words
from payments.models import Attempt, Dispute, Payment, Refund
from payments.truth import Truth

log = logging.getLogger(__name__)
REFUND_STATES = {
    "pending": Refund.State.PENDING,
    "requires_action": Refund.State.PENDING,
    "succeeded": Refund.State.SUCCEEDED,
    "failed": Refund.State.FAILED,
    "canceled": Refund.State.CANCELED,
}


def note(*, attempt: Attempt, truth: Truth, now: dt.datetime) -> None:
    """Bring all rows of money of one attempt in line with what was read. The second call changes nothing."""
    for money in truth.moneys:
        _note_money(attempt, money, now=now)
    payments = {one.gateway_id: one for one in attempt.payments.all()}
    for refund in reversed(truth.refunds):
        if payment := payments.get(refund.payment_intent_id):
            _note_refund(payment, refund, now=now)
    for dispute in reversed(truth.disputes):
        if payment := payments.get(dispute.payment_intent_id):
            _note_dispute(payment, dispute, now=now)
    for payment in payments.values():
        _sum_up(payment, now=now)


def _note_money(attempt: Attempt, money: gateway.Money, *, now: dt.datetime) -> None:
    if not money.captured_minor:
        return
    payment, new = Payment.objects.get_or_create(
        gateway_id=money.id,
        defaults={
            "attempt": attempt,
            "captured_minor": money.captured_minor,
            "currency": money.currency,
            "method": money.method[:30],
            "captured_at": money.captured_at or now,
            "seen_at": now,
        },
    )
    if payment.attempt_id != attempt.pk:
        log.error("%s is money of another attempt than %s.", money.id, attempt)
    elif not new and money.captured_minor > payment.captured_minor:
        payment.captured_minor = money.captured_minor
        payment.save(update_fields=["captured_minor"])


def _note_refund(payment: Payment, told: gateway.Refund, *, now: dt.datetime) -> None:
    refund = Refund.objects.filter(gateway_id=told.id).first()
    if refund is None and told.refund_key:
        refund = Refund.objects.filter(key=told.refund_key, payment=payment).first()
    state = REFUND_STATES.get(told.status, Refund.State.PENDING)
    if refund is None:
        refund = Refund(
            payment=payment, amount_minor=told.amount_minor, requested_at=told.created_at, state=""
        )
    if refund.state != state:
        says = f"Refund of {words.amount(told.amount_minor, payment.currency)} {words.REFUNDS[state]}"
        story.add(order=payment.attempt.order, kind=story.TOLD, says=f"{says} ({told.id})", now=now)
    broke = state == Refund.State.FAILED and refund.state != state
    refund.gateway_id, refund.state, refund.failure, refund.seen_at = told.id, state, told.failure[:60], now
    refund.save()
    if broke:
        paperwork.refund_failed(refund=refund, now=now)


def _note_dispute(payment: Payment, told: gateway.Dispute, *, now: dt.datetime) -> None:
    dispute = Dispute.objects.filter(gateway_id=told.id).first()
    if dispute is None:
        dispute = Dispute(payment=payment, gateway_id=told.id, opened_at=told.created_at)
    if dispute.status != told.status:
        says = f"Dispute of {words.amount(told.amount_minor, payment.currency)}: {words.dispute(told.status)}"
        story.add(order=payment.attempt.order, kind=story.TOLD, says=f"{says} ({told.id})", now=now)
    dispute.status, dispute.reason = told.status[:40], told.reason[:60]
    dispute.amount_minor, dispute.due_by, dispute.seen_at = told.amount_minor, told.due_by, now
    dispute.save()


def _sum_up(payment: Payment, *, now: dt.datetime) -> None:
    """What went back and what is lost, from the rows; a lost dispute takes at most what was left."""
    back = sum(one.amount_minor for one in payment.refunds.filter(state__in=Refund.AT_GATEWAY))
    payment.refunded_minor = min(back, payment.captured_minor)
    payment.lost_minor = min(_lost(payment.disputes.all()), payment.captured_minor - payment.refunded_minor)
    payment.seen_at = now
    payment.save(update_fields=["refunded_minor", "lost_minor", "seen_at"])


def _lost(disputes: Iterable[Dispute]) -> int:
    return sum(one.amount_minor for one in disputes if one.is_lost)
