"""A late monthly payment, made at the buyer's word: with the card on file, or with the one given just now."""

import datetime as dt

from payments import gateway, settlement
from payments.models import Attempt, Instalment, Order, Plan


class DeclinedError(Exception):
    """The bank declined again, and nothing was charged; `code` is the gateway's word for why, or empty."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def pay(*, order: Order, now: dt.datetime) -> int:
    """Have the gateway charge what is late, oldest first, and settle; returns how many payments were made.

    A card that the customer gave since then is taken, also for the payments to come. Must not be called in a
    transaction. The second call finds nothing late, and two at once pay once: the gateway takes money for an invoice
    only while it is open. Raises DeclinedError; gateway.DownError, leases.BusyError: then the same call may be made
    again.
    """
    plan = Plan.objects.get(order=order)
    attempt = order.attempts.get(subscription_id=plan.subscription_id)
    settlement.settle(attempt=attempt, now=now)
    card = gateway.use_newest_card(plan.subscription_id, customer_id=plan.customer_id)
    late = list(plan.instalments.filter(state=Instalment.State.PAST_DUE))
    return sum(_pay(one, attempt, card=card, now=now) for one in late)


def _pay(late: Instalment, attempt: Attempt, *, card: str, now: dt.datetime) -> bool:
    refusal = ""
    try:
        gateway.pay_invoice(late.invoice_id or "", card=card)
    except gateway.RefusedError as refused:
        refusal = refused.code
    settlement.settle(attempt=attempt, now=now)
    late.refresh_from_db()
    if late.state == Instalment.State.PAST_DUE:
        raise DeclinedError(late.decline_code or refusal)
    return late.state == Instalment.State.PAID
