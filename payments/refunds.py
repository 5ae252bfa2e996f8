"""Money given back from here: written down first, then asked for, then settled like everything else."""

import contextlib
import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable, Sequence

from django.db import transaction

from accounts.models import User
from payments import gateway, instalments, leases, paperwork, settlement, story, words
from payments.models import Attempt, Order, OrderLine, Payment, Refund

log = logging.getLogger(__name__)
Parts = list[tuple[Payment, int]]  # how much of which payment, in minor units


class TooMuchError(Exception):
    """More than is left of the payment; `left_minor` says how much could go back."""

    def __init__(self, left_minor: int) -> None:
        super().__init__(str(left_minor))
        self.left_minor = left_minor


def left_of(payment: Payment) -> int:
    """What can still be given back of a payment, in minor units; refunds on their way count as gone."""
    going = sum(one.amount_minor for one in payment.refunds.all() if one.state in Refund.GOING)
    return max(payment.captured_minor - payment.lost_minor - going, 0)


def all_of_it(order: Order) -> Parts:
    """Everything that is left of an order's money, oldest payment first."""
    payments = Payment.objects.filter(attempt__order=order).prefetch_related("refunds")
    return [(one, left) for one in payments if (left := left_of(one))]


def spare(order: Order) -> Parts:
    """What an order holds beyond its price, newest payment first. A payment taken as it is counts as the price."""
    due = order.due_minor
    attempts = order.attempts.filter(state=Attempt.State.PAID).prefetch_related("payments__refunds")
    counted = [one for one in attempts if not one.mismatch or one.accepted_at]
    worth = {one.pk: _worth(one, due) for one in counted}
    over = sum(worth.values()) - due
    found: Parts = []
    for one in counted:
        gone = min(worth[one.pk], over)
        for payment in reversed(one.payments.all()):
            left = left_of(payment)
            part = left if gone == worth[one.pk] else min(left, gone)
            found += [(payment, part)] if gone > 0 and part else []
        over -= gone
    return found


def _worth(attempt: Attempt, due_minor: int) -> int:
    left = sum(left_of(one) for one in attempt.payments.all())
    whole = left == sum(one.captured_minor for one in attempt.payments.all())
    return due_minor if attempt.accepted_at and whole else left


def give_back(
    *,
    payment: Payment,
    amount_minor: int,
    actor: User | None,
    now: dt.datetime,
    note: str = "",
    ends_access: bool = False,
    line: OrderLine | None = None,
    key: uuid.UUID | None = None,
    instead_of: Refund | None = None,
) -> Refund:
    """Write down the refund, ask the gateway for it, and settle. Must not be called in a transaction.

    `ends_access`: with it the access ends, also when a part of the money stays; payments still to come are given up.
    `instead_of` is a failed refund that is dealt with by this one. A second call with the same `key` returns the
    first refund, and asks for it again if no answer came; without a key each call is another refund. The sum can
    never pass the payment, because the order is locked. Raises TooMuchError before anything is asked;
    gateway.DownError and leases.BusyError after: then the refund stands, and reconciliation brings it on its way.
    gateway.RefusedError: the gateway said no, and the refund is written down as called off.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=payment.attempt.order_id)
        refund = Refund.objects.filter(key=key).first() if key else None
        if refund is None:
            refund = _written(order, payment, amount_minor, actor=actor, now=now, note=note, key=key)
            refund.ends_access, refund.line = ends_access, line
            refund.save(update_fields=["ends_access", "line"])
            if ends_access and line is None:
                instalments.give_up(order=order)
            if instead_of is not None:
                Refund.objects.filter(pk=instead_of.pk, dealt_with_at=None).update(dealt_with_at=now)
    _bring([refund], now=now)
    refund.refresh_from_db()
    return refund


def give_back_more(
    *,
    order: Order,
    actor: User | None,
    now: dt.datetime,
    note: str = "",
    choose: Callable[[Order], Parts] = all_of_it,
    key: uuid.UUID | None = None,
) -> list[Refund]:
    """Give back parts of several payments in one go: all of them are written down, or none.

    `choose` is asked with the order locked, so that the second call finds nothing left: TooMuchError. With the same
    `key` it returns the first refunds instead. Raises like `give_back`.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        refunds = _of_key(order, key) if key else []
        for payment, minor in [] if refunds else choose(order):
            own = uuid.uuid5(key, str(payment.pk)) if key else None
            refunds.append(_written(order, payment, minor, actor=actor, now=now, note=note, key=own))
    if not refunds:
        raise TooMuchError(0)
    _bring(refunds, now=now)
    return list(Refund.objects.filter(pk__in=[one.pk for one in refunds]))


def _of_key(order: Order, key: uuid.UUID) -> list[Refund]:
    payments = Payment.objects.filter(attempt__order=order).values_list("pk", flat=True)
    return list(Refund.objects.filter(key__in=[uuid.uuid5(key, str(pk)) for pk in payments]))


def _written(
    order: Order,
    payment: Payment,
    amount_minor: int,
    *,
    actor: User | None,
    now: dt.datetime,
    note: str,
    key: uuid.UUID | None,
) -> Refund:
    """One refund and its line in the story; the order is locked. Raises TooMuchError."""
    left = left_of(Payment.objects.get(pk=payment.pk))
    if not 0 < amount_minor <= left:
        raise TooMuchError(left)
    says = f"Refund of {words.amount(amount_minor, payment.currency)} asked for. {note}".strip()
    story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)
    return Refund.objects.create(
        key=key or uuid.uuid4(),
        payment=payment,
        amount_minor=amount_minor,
        note=note[:200],
        actor=actor,
        requested_at=now,
    )


def _bring(refunds: Sequence[Refund], *, now: dt.datetime) -> None:
    """Ask for each that was not asked for yet, then settle. What was refused is raised at the end."""
    refused: gateway.RefusedError | None = None
    asked = [one for one in refunds if one.state == Refund.State.REQUESTED and one.gateway_id is None]
    for refund in asked:
        try:
            _send(refund, now=now)
        except gateway.RefusedError as error:
            refused = refused or error
    attempts = {one.payment.attempt_id: one.payment.attempt for one in asked}
    if refused is not None:
        with contextlib.suppress(gateway.DownError, gateway.RefusedError, leases.BusyError):
            _settle(attempts.values(), now=now)
        raise refused
    _settle(attempts.values(), now=now)


def _settle(attempts: Iterable[Attempt], *, now: dt.datetime) -> None:
    for attempt in attempts:
        settlement.settle(attempt=attempt, now=now)


def _send(refund: Refund, *, now: dt.datetime) -> None:
    """Ask the gateway, with the refund's own key: asked again it is the same refund."""
    payment = refund.payment
    order = payment.attempt.order
    try:
        gateway.create_refund(
            payment_intent_id=payment.gateway_id,
            amount_minor=refund.amount_minor,
            refund_key=refund.key,
            reference=order.number,
        )
    except gateway.RefusedError as refused:
        log.error("%s: the gateway refused a refund (%s).", order, refused)
        code = (refused.code or "refused")[:60]
        asked = Refund.objects.filter(pk=refund.pk, gateway_id=None, state=Refund.State.REQUESTED)
        with transaction.atomic():
            if asked.update(state=Refund.State.CANCELED, failure=code):
                says = f"Refund of {words.amount(refund.amount_minor, payment.currency)} refused. "
                story.add(order=order, kind=story.TOLD, says=says + words.refund_failed(code), now=now)
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
                _send(refund, now=now)
                settlement.settle(attempt=attempt, now=now)
        except leases.BusyError:
            log.warning("%s: a refund waits.", attempt.order)
        except gateway.RefusedError:  # nobody looks on here, unlike at the desk
            refund.refresh_from_db()
            if refund.state == Refund.State.CANCELED:
                paperwork.refund_failed(refund=refund, now=now)
