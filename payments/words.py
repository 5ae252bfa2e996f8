"""What happened, in plain words for people."""

from coursesite.lib import money
from payments.models import Attempt, Gift, Order, Refund

DECLINES = {
    "insufficient_funds": "There was not enough money on the card.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The security code was not right.",
    "invalid_cvc": "The security code was not right.",
    "incorrect_number": "The card number was not right.",
    "invalid_number": "The card number was not right.",
    "invalid_expiry_month": "The expiry date was not right.",
    "invalid_expiry_year": "The expiry date was not right.",
    "authentication_required": "The bank wanted to be sure that it was you.",
    "payment_intent_authentication_failure": "Your bank could not confirm that it was you.",
    "card_not_supported": "The card cannot be used for this kind of purchase.",
    "currency_not_supported": "The card cannot be used in this currency.",
    "processing_error": "The bank had trouble just then.",
    "card_velocity_exceeded": "The card has reached its limit.",
}
DECLINED = "The bank declined the card. It does not tell us why."

STATES = {
    Order.State.OPEN: "Not paid yet",
    Order.State.PROCESSING: "Your bank is confirming the payment",
    Order.State.PAID: "Paid",
    Order.State.PART_PAID: "Paid in part",
    Order.State.OVERPAID: "Paid twice; the coach gives one payment back",
    Order.State.REVIEW: "The coach is having a look at this payment",
    Order.State.PARTLY_REFUNDED: "Paid; a part was given back",
    Order.State.REFUNDED: "Money given back",
    Order.State.LOST: "Money taken back by the bank",
    Order.State.FAILED: "Not paid: the payment did not go through",
    Order.State.EXPIRED: "Not paid: the time ran out",
    Order.State.CANCELLED: "Cancelled",
}


REFUNDS = {
    Refund.State.REQUESTED: "was asked for",
    Refund.State.PENDING: "is on its way",
    Refund.State.SUCCEEDED: "was given back",
    Refund.State.FAILED: "came back to us: it could not be paid out",
    Refund.State.CANCELED: "was called off",
}
DISPUTES = {
    "needs_response": "the bank took the money for now and wants an answer",
    "under_review": "the bank is reading the answer",
    "won": "decided for us, the money is back",
    "lost": "decided for the buyer, the money is gone",
    "prevented": "it did not come to it",
    "warning_needs_response": "the bank asks a question; the money is still here",
    "warning_under_review": "the bank is reading the answer; the money is still here",
    "warning_closed": "the question is closed; the money is still here",
    "appeal_needs_response": "lost, and an appeal can be made",
    "appeal_under_review": "lost, and the appeal is being read",
}
amount = money.amount_text


def dispute(status: str) -> str:
    """Where a dispute stands; the gateway's own word when it is one we do not know."""
    return DISPUTES.get(status, status.replace("_", " "))


def decline(code: str) -> str:
    """Why a card was refused; empty when none was."""
    return DECLINES.get(code, DECLINED) if code else ""


def gift_plan(gift: Gift) -> str:
    """What happens with a gift next, for its giver."""
    if gift.recipient is None:
        return "Pass this code on in your own way: read it out, write it on a card, or send the link."
    if gift.send_on is None:
        return f"I have written to {gift.recipient.email} as well."
    return (
        f"I’ll write to {gift.recipient.email} on {gift.send_on:%B} {gift.send_on.day}, {gift.send_on.year}."
    )


def state(order: Order) -> str:
    if order.state == Order.State.PAID and not order.amount_minor:
        return "Free"
    return STATES[Order.State(order.state)]


def masked(email: str) -> str:
    """Enough of an address to know it again: "a•••@example.org"."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def situation(order: Order, attempt: Attempt | None, *, heard: bool) -> str:
    """Which page the buyer needs: paid, review, over, pending or unfinished.

    `heard`: the gateway answered just now; without its answer an open payment may have been made.
    """
    if order.is_paid_for:
        return "paid"
    if order.state == Order.State.REVIEW:
        return "review"
    if not order.is_unfinished:
        return "over"
    unsure = attempt is not None and not heard and attempt.state in Attempt.ALIVE
    return "pending" if unsure or order.state == Order.State.PROCESSING else "unfinished"
