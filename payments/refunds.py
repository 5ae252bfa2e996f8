"""Money given back from here: written down first, then asked for, then settled like everything else."""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from payments import gateway, leases, settlement, story, words
from payments.models import Order, OrderLine, Payment, Refund

log = logging.getLogger(__name__)


class TooMuchError(Exception):
    """More than is left of the payment; `left_minor` says how much could go back."""

    def __init__(self, left_minor: int) -> None:
        super().__init__(str(left_minor))
        self.left_minor = left_minor


def left_of(payment: Payment) -> int:
    """What can still be given back of a payment, in minor units; refunds on their way count as gone."""
    going = payment.refunds.filter(state__in=Refund.GOING).aggregate(minor=Sum("amount_minor"))["minor"] or 0
    return max(payment.captured_minor - payment.lost_minor - going, 0)


def give_back(
    *,
    payment: Payment,
    amount_minor: int,
    actor: User | None,
    now: dt.datetime,
    note: str = "",
    ends_access: bool = False,
    line: OrderLine | None = None,
) -> Refund:
    """Write down the refund, ask the gateway for it, and settle. Must not be called in a transaction.

    `ends_access`: with it the access ends, also when a part of the money stays. Each call is another refund; the
    sum can never pass the payment, because the order is locked. Raises TooMuchError before anything is asked;
    gateway.DownError and leases.BusyError after: then the refund stands, and reconciliation brings it on its way.
    gateway.RefusedError: the gateway said no, and the refund is written down as called off.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=payment.attempt.order_id)
        left = left_of(payment)
        if not 0 < amount_minor <= left:
            raise TooMuchError(left)
        refund = Refund.objects.create(
            payment=payment,
            line=line,
            amount_minor=amount_minor,
            ends_access=ends_access,
            note=note[:200],
            actor=actor,
            requested_at=now,
        )
        says = f"Refund of {words.amount(amount_minor, payment.currency)} asked for. {note}".strip()
        story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)
    _send(refund)
    settlement.settle(attempt=payment.attempt, now=now)
    refund.refresh_from_db()
    return refund


def _send(refund: Refund) -> None:
    """Ask the gateway, with the refund's own key: asked again it is the same refund."""
    payment = refund.payment
    try:
        gateway.create_refund(
            payment_intent_id=payment.gateway_id,
            amount_minor=refund.amount_minor,
            refund_key=refund.key,
            reference=payment.attempt.order.number,
        )
    except gateway.RefusedError as refused:
        log.error("%s: the gateway refused a refund (%s).", payment.attempt.order, refused)
        asked = Refund.objects.filter(pk=refund.pk, gateway_id=None)
        asked.update(state=Refund.State.CANCELED, failure=(refused.code or "refused")[:60])
        raise


def send_unsent(*, now: dt.datetime) -> None:
    """Refunds that were written down and whose asking was interrupted: settle, and ask again if none was found.

    The mark in the metadata finds a refund made before for ever.
    Raises gateway.DownError.
    """
    unsent = Refund.objects.filter(state=Refund.State.REQUESTED, gateway_id=None)
    for refund in unsent.select_related("payment__attempt__order"):
        attempt = refund.payment.attempt
        try:
            settlement.settle(attempt=attempt, now=now)
            refund.refresh_from_db()
            if refund.gateway_id is None:
                _send(refund)
                settlement.settle(attempt=attempt, now=now)
        except (gateway.RefusedError, leases.BusyError) as trouble:
            log.warning("%s: a refund waits (%s).", attempt.order, trouble)
