"""What happened, in plain words for people."""

import datetime as dt
import re

from coursesite.lib import money
from payments.models import Attempt, Gift, Order, Refund

# Stripe's public list (docs.stripe.com/declines/codes) and the words its bank debits use. What a bank or the gateway
# says when it suspects theft or fraud has no words of its own here, on purpose: nobody is accused by a web page, and
# nobody who should not know is told that a card is reported stolen.
DECLINES = {
    "account_closed": "The bank account has been closed.",
    "approve_with_id": "The bank did not answer as it should. Trying once more often helps.",
    "authentication_not_handled": "The bank wanted to be sure that it was you.",
    "authentication_required": "The bank wanted to be sure that it was you.",
    "bank_account_restricted": "The account cannot be used for debits.",
    "bank_account_unusable": "The account cannot be used for debits.",
    "card_not_supported": "The card cannot be used for this kind of purchase.",
    "card_velocity_exceeded": "The card has reached its limit.",
    "charge_exceeds_source_limit": "The account has reached its limit for debits.",
    "charge_exceeds_weekly_limit": "The account has reached its limit for debits.",
    "currency_not_supported": "The card cannot be used in this currency.",
    "debit_not_authorized": "The bank does not allow a debit from this account.",
    "duplicate_transaction": "The bank had seen the same payment a moment before. Look at your statement first.",
    "expired_card": "The card has expired.",
    "incorrect_account_holder_name": "The name did not belong to the account.",
    "incorrect_address": "The address was not the one your bank knows.",
    "incorrect_cvc": "The security code was not right.",
    "incorrect_number": "The card number was not right.",
    "incorrect_zip": "The postal code was not the one your bank knows.",
    "insufficient_funds": "There was not enough money on the card or account.",
    "invalid_account": "The card, or the account behind it, does not work.",
    "invalid_account_number": "The account number was not right.",
    "invalid_amount": "The amount is more than the card allows.",
    "invalid_cvc": "The security code was not right.",
    "invalid_expiry_month": "The expiry date was not right.",
    "invalid_expiry_year": "The expiry date was not right.",
    "invalid_number": "The card number was not right.",
    "issuer_not_available": "Your bank could not be reached. Try again in a while.",
    "mobile_device_authentication_required": "The bank wanted to be sure that it was you.",
    "new_account_information_available": "The card, or the account behind it, does not work.",
    "no_account": "There is no account of this number.",
    "not_permitted": "The card cannot be used for this kind of purchase.",
    "payment_intent_authentication_failure": "Your bank could not confirm that it was you.",
    "processing_error": "The bank had trouble just then.",
    "reenter_transaction": "The bank had trouble just then.",
    "revocation_of_all_authorizations": "Payments from this card to us are stopped at your bank.",
    "revocation_of_authorization": "Payments from this card to us are stopped at your bank.",
    "service_not_allowed": "The card cannot be used for this kind of purchase.",
    "stop_payment_order": "Payments from this card to us are stopped at your bank.",
    "testmode_decline": "That was a practice card, and no money can come from it.",
    "transaction_not_allowed": "The card cannot be used for this kind of purchase.",
    "try_again_later": "The bank had trouble just then.",
    "withdrawal_count_limit_exceeded": "The card has reached its limit.",
}
DECLINED = "The bank declined the payment. It does not tell us why."

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
BADGES = {
    Order.State.OPEN: ("later", "Not paid yet"),
    Order.State.PROCESSING: ("calm", "Being confirmed"),
    Order.State.PAID: ("good", "Paid"),
    Order.State.PART_PAID: ("calm", "Paid month by month"),
    Order.State.OVERPAID: ("care", "Paid twice"),
    Order.State.REVIEW: ("care", "Being looked at"),
    Order.State.PARTLY_REFUNDED: ("calm", "Refunded in part"),
    Order.State.REFUNDED: ("calm", "Refunded"),
    Order.State.LOST: ("stop", "Taken back by the bank"),
    Order.State.FAILED: ("stop", "Not paid"),
    Order.State.EXPIRED: ("later", "Not paid in time"),
    Order.State.CANCELLED: ("later", "Cancelled"),
}
SLOW = (
    "Your bank is confirming. With a debit that takes up to several working days. "
    "You get a letter when it is through; there is nothing else to do."
)
EXPLAINED = {
    Order.State.PROCESSING: SLOW,
    Order.State.OVERPAID: "Two payments arrived for this one order. I’ll give one of them back; there is nothing you "
    "need to do.",
    Order.State.REVIEW: "A payment arrived, and something about it does not match the order. Your money is not lost: "
    "either {opens}, or you get everything back. There is nothing you need to do, and please don’t pay again.",
    Order.State.PARTLY_REFUNDED: "A part of the money was given back. Banks usually show it within 5 to 10 working "
    "days.",
    Order.State.REFUNDED: "All of the money was given back. Banks usually show it within 5 to 10 working days.",
    Order.State.LOST: "The bank took the payment back, so this purchase does not count any more. If that is not what "
    "you wanted, write to me and we’ll find a way.",
    Order.State.FAILED: "Nothing was charged: the payment did not go through.",
}
DISPUTED = (
    "A bank is looking into this payment, because somebody told it that something was wrong. That can take weeks, and "
    "I answer the bank. If it was a mistake, tell your bank so: then it is over sooner."
)
KEPT = "What you did in the course is kept."


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
METHODS = {"card": "card", "sepa_debit": "bank debit"}
DISPUTE_REASONS = {
    "fraudulent": "the buyer says that it was not they who paid",
    "duplicate": "the buyer says that it was paid twice",
    "product_not_received": "the buyer says that nothing arrived",
    "product_unacceptable": "the buyer says that it is not what was described",
    "subscription_canceled": "the buyer says that the payments were cancelled",
    "credit_not_processed": "the buyer says that a refund was promised and did not come",
    "unrecognized": "the buyer does not recognize the payment",
    "general": "the bank names none",
}
MISMATCHES = {
    "belongs to another order": "The payment bears the mark of another order.",
    "real money against practice money": "Real money was paid for a practice order, or the other way round.",
    "the tax could not be counted": "The payment company could not count the tax.",
    "no monthly payments were set up": "It was paid once, though monthly payments were ordered.",
    "no longer sold": "The money came when the course was no longer sold.",
    "the code was used up meanwhile": "The money came late, when the code had been used up by others.",
}
REFUSED = {
    "charge_disputed": "The buyer’s bank is disputing the payment. What goes back now goes by that dispute.",
    "charge_already_refunded": "All of it was given back already.",
    "charge_not_refundable": "This payment cannot be given back through the payment company.",
    "balance_insufficient": "There is not enough money in your account at the payment company.",
    "insufficient_funds": "There is not enough money in your account at the payment company.",
    "refund_disputed_payment": "The buyer’s bank is disputing the payment. What goes back now goes by that dispute.",
}
FAILED = {
    "lost_or_stolen_card": "The card was reported lost or stolen.",
    "expired_or_canceled_card": "The card has expired or was cancelled.",
    "declined": "The bank declined the refund.",
    "insufficient_funds": "There was not enough money in your account at the payment company.",
    "charge_for_pending_refund_disputed": "The buyer’s bank disputed the payment meanwhile.",
    "merchant_request": "It was called off at your request.",
}
SOMEBODY = "somebody who thinks of you"
amount = money.amount_text


def method(kind: str) -> str:
    """How something was paid; the gateway's own word when it is one we do not know."""
    return METHODS.get(kind, kind.replace("_", " "))


def mismatch(said: str, currency: str) -> str:
    """What does not match between a payment and its order, as a sentence."""
    if found := re.fullmatch(r"(amount|captured) (\d+), not (\d+)", said):
        what = "The pay page asked for" if found[1] == "amount" else "There came"
        return f"{what} {amount(int(found[2]), currency)} instead of {amount(int(found[3]), currency)}."
    if found := re.fullmatch(r"currency (\w+), not (\w+)", said):
        return f"It was paid in {found[1].upper()} instead of {found[2].upper()}."
    return MISMATCHES.get(said, said)


def refund_failed(failure: str) -> str:
    """Why a refund was refused, or came back to us."""
    return REFUSED.get(failure) or FAILED.get(failure) or "The payment company does not say why."


def dispute(status: str) -> str:
    """Where a dispute stands; the gateway's own word when it is one we do not know."""
    return DISPUTES.get(status, status.replace("_", " "))


def dispute_reason(code: str) -> str:
    """What the buyer told the bank; the gateway's own word when it is one we do not know."""
    return DISPUTE_REASONS.get(code, code.replace("_", " ") or "none")


def decline(code: str) -> str:
    """Why a card was refused; empty when none was."""
    return DECLINES.get(code, DECLINED) if code else ""


def badge(order: Order) -> tuple[str, str]:
    """The kind of the badge and its words. Lists load the plan."""
    if order.disputed:
        return "care", "With a bank"
    plan = getattr(order, "plan", None)
    if plan is not None and plan.is_late:
        return "care", "A payment is late"
    if order.state == Order.State.PAID and not order.amount_minor:
        return "good", "Free"
    return BADGES[Order.State(order.state)]


def explained(order: Order) -> str:
    """What its state means for the buyer; empty when there is nothing to explain."""
    if order.disputed:
        return DISPUTED
    opens = "your gift is ready" if order.is_gift else "the course opens"
    return EXPLAINED.get(Order.State(order.state), "").format(opens=opens)


def day(date: dt.date) -> str:
    return f"{date:%B} {date.day}, {date.year}"


def gift_plan(gift: Gift) -> str:
    """What happens with a gift next, for its giver."""
    if gift.recipient is None:
        return "Pass this code on in your own way: read it out, write it on a card, or send the link."
    if gift.sent_at is not None:
        return f"I’ve written to {gift.recipient.email}."
    if gift.send_on is None:
        return f"I’ll write to {gift.recipient.email} within minutes."
    return f"I’ll write to {gift.recipient.email} on {day(gift.send_on)}, in the morning."


def quoted(gift: Gift) -> str:
    """The giver's own words, marked as theirs; empty when there are none."""
    message = "\n".join(gift.message.strip().splitlines())
    return f"The words that came with it:\n“{message}”" if message else ""


def price(order: Order) -> str:
    """What an order costs, with monthly payments named."""
    whole = amount(order.amount_minor, order.currency)
    if not order.is_plan:
        return whole
    return (
        f"{order.instalments} monthly payments of {amount(order.each_minor, order.currency)}, {whole} in all"
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
