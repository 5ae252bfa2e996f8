"""What happened, in plain words for the buyer."""

from payments.models import Attempt, Order

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


def decline(code: str) -> str:
    """Why a card was refused; empty when none was."""
    return DECLINES.get(code, DECLINED) if code else ""


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
