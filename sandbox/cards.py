"""The practice cards and what each of them does. Real numbers are refused, never kept, never shown again."""

import re
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Card:
    """How one practice card behaves. Holds no number: brand and last four digits are all that is stored."""

    last4: str
    brand: str = "visa"
    challenge: bool = False  # asks for the 3-D Secure step first
    code: str = ""  # Stripe's error code; empty means the card pays
    decline_code: str = ""
    disputed: str = ""  # the reason of the dispute that follows the payment
    refund_fails: str = ""  # why a refund, once made, comes back
    later: str = ""  # why payments after the first one are declined


@dataclass(frozen=True)
class Reason:
    """One way to be declined: Stripe's sentence for machines, ours for the buyer."""

    message: str
    plain: str


PRACTICE = {
    "4242424242424242": Card("4242"),
    "4000000000000002": Card("0002", code="card_declined", decline_code="generic_decline"),
    "4000000000009995": Card("9995", code="card_declined", decline_code="insufficient_funds"),
    "4000000000000069": Card("0069", code="expired_card", decline_code="expired_card"),
    "4000000000000127": Card("0127", code="incorrect_cvc", decline_code="incorrect_cvc"),
    "4000002500003155": Card("3155", challenge=True),
    "4000000000003220": Card("3220", challenge=True),
    "4000000000000341": Card("0341", later="generic_decline"),
    "4000000000000259": Card("0259", disputed="fraudulent"),
    "4000000000005126": Card("5126", refund_fails="expired_or_canceled_card"),
    "4000008400001629": Card("1629", challenge=True, code="card_declined", decline_code="generic_decline"),
}

REASONS = {
    "generic_decline": Reason(
        "Your card was declined.", "The bank declined this card. Try another card, or call your bank."
    ),
    "insufficient_funds": Reason(
        "Your card has insufficient funds.", "There is not enough money on this card. Try another card."
    ),
    "expired_card": Reason("Your card has expired.", "This card has expired. Try another card."),
    "incorrect_cvc": Reason(
        "Your card's security code is incorrect.", "The security code is wrong. Check it and try again."
    ),
    "authentication_failure": Reason(
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
        "Your bank could not confirm that it was you. Try again, or use another card.",
    ),
}


def digits(number: str) -> str:
    """Drop the spaces and dashes people type between groups."""
    return re.sub(r"[\s-]", "", number)


def find(number: str) -> Card | None:
    """The practice card with this number, or None: then it may be a real one."""
    return PRACTICE.get(digits(number))


def of_method(method: dict[str, Any]) -> Card:
    """The practice card behind a payment method, or behind a charge's details of it: four digits tell."""
    return next(card for card in PRACTICE.values() if card.last4 == method["card"]["last4"])


def off_session(method: dict[str, Any]) -> Card:
    """How the card behind a payment method does when the buyer is away: nobody is asked who it is."""
    card = of_method(method)
    return replace(card, code="card_declined", decline_code=card.later) if card.later else card


TRY = (
    ("4242 4242 4242 4242", "pays"),
    ("4000 0025 0000 3155", "pays after the bank asks whether it is you"),
    ("4000 0084 0000 1629", "is declined after the bank asks"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has too little money on it"),
    ("4000 0000 0000 0069", "has expired"),
    ("4000 0000 0000 0127", "has another security code"),
    ("4000 0000 0000 0259", "pays, and then the payment is disputed"),
    ("4000 0000 0000 5126", "pays; a refund fails three minutes later"),
)
TRY_PLAN = (
    ("4242 4242 4242 4242", "pays, now and every time after"),
    ("4000 0000 0000 0341", "pays now; every later payment is declined"),
    *TRY[1:],
)  # where it is not paid at once
TRY_CHANGE = (
    ("4242 4242 4242 4242", "pays from now on"),
    ("4000 0000 0000 0341", "is taken, and every payment with it is declined"),
    ("4000 0000 0000 0002", "is declined at once"),
    ("4000 0000 0000 0069", "has expired"),
    ("4000 0000 0000 0127", "has another security code"),
)  # where a card takes another one's place
