"""What Stripe does with an invoice of a subscription, as pure functions like those in `sandbox.core`."""

from dataclasses import dataclass
from typing import Any

from sandbox import core, planshapes, shapes
from sandbox.cards import Card
from sandbox.core import SOON, Change, News, Turn
from sandbox.errors import Json, Refused
from sandbox.ids import Ids

COLLECT = "collect"  # the turn of an open invoice: the next try to have it paid
DAY = 24 * 60 * 60
RETRIES = (1, 3, 5)  # days from each failed try to the next; then it is over


@dataclass(frozen=True)
class Bill:
    """An invoice, the PaymentIntent that is to pay it, and the link between the two."""

    invoice: Json
    payment: Json
    intent: Json

    @property
    def objects(self) -> list[Json]:
        return [self.invoice, self.payment, self.intent]


def make(
    *,
    customer: Json,
    subscription: Json,
    line: Json,
    reason: str,
    since: int,
    ids: Ids,
    now: int,
    intent: Json | None = None,
) -> tuple[Bill, list[News]]:
    """An invoice of one line, final and open. `intent`: the one that Checkout began, if it did."""
    draft = planshapes.invoice(
        key=ids.make("in_"),
        customer=customer,
        subscription=subscription,
        line=line,
        reason=reason,
        since=since,
        now=now,
    )
    invoice = draft | {
        "effective_at": now,
        "ending_balance": 0,
        "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}",
        "status": "open",
        "status_transitions": draft["status_transitions"] | {"finalized_at": now},
    }
    intent = intent or _intent(invoice, ids=ids, now=now)
    intent = intent | {"customer": customer["id"], "setup_future_usage": "off_session"}
    payment = planshapes.payment(key=ids.make("inpay_"), invoice=invoice, intent=intent["id"], now=now)
    told = [News("invoice.created", draft), News("invoice.finalized", invoice)]
    return Bill(invoice, payment, intent), told


def _intent(invoice: Json, *, ids: Ids, now: int) -> Json:
    return shapes.payment_intent(
        key=ids.make("pi_"),
        secret=ids.make(""),
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        data={"description": "Subscription update"},
        now=now,
    )


def charge(
    *, bill: Bill, subscription: Json, method: Json, card: Card, scheduled: bool, ids: Ids, now: int
) -> Change:
    """Try to have an open invoice paid with a card. Refused for one that is not open.

    `scheduled`: it is one of the tries that come by themselves; another one changes nothing about those.
    """
    check_open(bill.invoice)
    intent, charge = core.charge_card(
        intent=bill.intent, method=method, card=card, secure=None, ids=ids, now=now
    )
    bill = Bill(bill.invoice, bill.payment, intent)
    if not charge["paid"]:
        return _failed(bill=bill, subscription=subscription, charge=charge, scheduled=scheduled, now=now)
    change = settle(bill=bill, subscription=subscription, scheduled=scheduled, now=now)
    change.objects.append(charge)
    change.news[:0] = [News("charge.succeeded", charge), News("payment_intent.succeeded", intent)]
    if card.disputed:
        change.turns[charge["id"]] = Turn("dispute", now + SOON)
    return change


def check_open(invoice: Json) -> None:
    """Refuse what can be done with an open invoice only."""
    if invoice["status"] == "paid":
        raise Refused("Invoice is already paid")
    if invoice["status"] != "open":
        raise Refused(f"This invoice can no longer be paid: it is {invoice['status']}.")


def settle(*, bill: Bill, subscription: Json, scheduled: bool, now: int) -> Change:
    """The invoice once its PaymentIntent has the money. The subscription runs again if this was its latest."""
    amount = bill.invoice["amount_due"]
    invoice = _tried(bill.invoice, scheduled=scheduled) | {
        "amount_paid": amount,
        "amount_remaining": 0,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
        "status_transitions": bill.invoice["status_transitions"] | {"paid_at": now},
    }
    payment = bill.payment | {
        "amount_paid": amount,
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": now},
    }
    told = [
        News("invoice_payment.paid", payment),
        News("invoice.paid", invoice),
        News("invoice.payment_succeeded", invoice),
    ]
    change = Change(Bill(invoice, payment, bill.intent).objects, told, {invoice["id"]: None})
    return _with_status(change, subscription=subscription, invoice=invoice, status="active")


def owe_nothing(*, bill: Bill, subscription: Json, now: int) -> Change:
    """An invoice over nothing is paid as soon as it is made: no card is asked, and nothing pays it."""
    change = settle(bill=bill, subscription=subscription, scheduled=False, now=now)
    change.objects = [
        one for one in change.objects if one["object"] not in ("invoice_payment", "payment_intent")
    ]
    change.news = [one for one in change.news if one.body["object"] != "invoice_payment"]
    return change


def _failed(*, bill: Bill, subscription: Json, charge: Json, scheduled: bool, now: int) -> Change:
    invoice, turns = _tried(bill.invoice, scheduled=scheduled), {}
    if scheduled:
        tries = invoice["attempt_count"]
        again = now + RETRIES[tries - 1] * DAY if tries <= len(RETRIES) else None
        invoice["next_payment_attempt"] = again
        turns = {invoice["id"]: Turn(COLLECT, again) if again else None}
    told = [News("payment_intent.payment_failed", bill.intent), News("invoice.payment_failed", invoice)]
    change = Change([*Bill(invoice, bill.payment, bill.intent).objects, charge], told, turns)
    return _with_status(change, subscription=subscription, invoice=invoice, status="past_due")


def _tried(invoice: Json, *, scheduled: bool) -> Json:
    """Only tries that come by themselves are counted (api/invoices/object, `attempt_count`)."""
    return invoice | {"attempt_count": invoice["attempt_count"] + scheduled, "attempted": True}


def _with_status(change: Change, *, subscription: Json, invoice: Json, status: str) -> Change:
    """The Change with the subscription in it: its latest invoice says whether it is past due."""
    moves = (
        subscription["status"] in ("active", "past_due") and subscription["latest_invoice"] == invoice["id"]
    )
    if moves and subscription["status"] != status:
        before = {"status": subscription["status"]}
        subscription = subscription | {"status": status}
        change.news.append(News("customer.subscription.updated", subscription, before))
    change.objects.append(subscription)
    return change


def void(*, bill: Bill, subscription: Json, now: int) -> Change:
    """Nobody has to pay the invoice any more. Refused for one that is not open."""
    if bill.invoice["status"] != "open":
        raise Refused(f"You can only void open invoices; this one is {bill.invoice['status']}.")
    invoice = bill.invoice | {
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "void",
        "status_transitions": bill.invoice["status_transitions"] | {"voided_at": now},
    }
    payment = bill.payment | {
        "status": "canceled",
        "status_transitions": {"canceled_at": now, "paid_at": None},
    }
    ended: dict[str, Any] = {
        "canceled_at": now,
        "cancellation_reason": "void_invoice",
        "next_action": None,
        "status": "canceled",
    }
    intent = bill.intent | ended
    told = [News("payment_intent.canceled", intent), News("invoice.voided", invoice)]
    change = Change(Bill(invoice, payment, intent).objects, told, {invoice["id"]: None})
    return _with_status(change, subscription=subscription, invoice=invoice, status="active")


def leave_open(invoice: Json) -> Change:
    """The subscription has ended: the invoice stays as it is, and is not tried again by itself."""
    before = {name: invoice[name] for name in ("auto_advance", "next_payment_attempt")}
    invoice = invoice | {"auto_advance": False, "next_payment_attempt": None}
    return Change([invoice], [News("invoice.updated", invoice, before)], {invoice["id"]: None})
