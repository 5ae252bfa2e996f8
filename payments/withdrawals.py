"""A buyer wants the money back: asked in two steps, written down with its date, answered by the coach."""

import datetime as dt

from django.db import transaction

from coursesite.lib import localtime
from mailing import contacts, outbox
from payments import paperwork, story
from payments.models import Order, Withdrawal


class TooLateError(Exception):
    """The days to change one's mind are over, or there never were any."""


class NothingPaidError(Exception):
    """No money of this order is here that could go back: none came, it went back, or a bank has it for now."""


def last_day(order: Order) -> dt.date | None:
    """The last day on which the money can be asked back, as the buyer's calendar has it; None if there is none."""
    days = paperwork.refund_days(order)
    if order.paid_at is None or not days or not order.amount_minor:
        return None
    return localtime.local_day(order.paid_at, contacts.zone_of(order.contact)) + dt.timedelta(days=days)


def is_in_time(order: Order, *, now: dt.datetime) -> bool:
    last = last_day(order)
    return last is not None and localtime.local_day(now, contacts.zone_of(order.contact)) <= last


def may_ask(order: Order, *, now: dt.datetime) -> bool:
    return _has_money(order) and is_in_time(order, now=now)


def _has_money(order: Order) -> bool:
    return order.is_paid_for and order.amount_minor > 0 and not order.disputed


def ask(*, order: Order, note: str, now: dt.datetime) -> Withdrawal:
    """Write down that the buyer wants the money back; the buyer has it in writing, the coach is told. Locks the order.

    While it waits for an answer the second call returns the first one, with its first note and date.
    Raises NothingPaidError, TooLateError.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if waiting := order.withdrawals.filter(state=Withdrawal.State.ASKED).first():
            return waiting
        if not _has_money(order):
            raise NothingPaidError
        if not is_in_time(order, now=now):
            raise TooLateError
        made = Withdrawal.objects.create(order=order, note=note.strip(), asked_at=now)
        story.add(order=order, kind=story.CLICKED, says="The buyer asks for the money back", now=now)
        paperwork.withdrawal_asked(withdrawal=made, now=now)
        what = "its buyer asks for the money back"
        paperwork.tell_coach(order=order, about=f"withdrawal:{made.pk}", what=what, now=now)
    outbox.ring()
    return made


def answer_with_refund(*, order: Order, now: dt.datetime) -> None:
    """All money went back, from here or from the gateway's own dashboard: that is the answer. Needs a transaction.

    The second call changes nothing.
    """
    asked = Withdrawal.objects.filter(order=order, state=Withdrawal.State.ASKED)
    asked.update(state=Withdrawal.State.REFUNDED, answered_at=now)
