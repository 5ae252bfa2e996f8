"""Orders (`orders`), their money (`money`, `plans`), what lowers a price (`coupons`), who it waits for (`claims`),
papers (`papers`), their story (`story`), what the gateway told us (`inbox`) and what we turned away (`refusals`)."""

from payments.models.claims import Claim, Gift
from payments.models.coupons import Coupon, CouponHold
from payments.models.inbox import EventInbox
from payments.models.money import Dispute, Payment, Refund
from payments.models.orders import Attempt, Order, OrderLine
from payments.models.papers import Receipt, ReceiptSeries
from payments.models.plans import Instalment, Plan
from payments.models.refusals import Refusal
from payments.models.story import Entry, Withdrawal

__all__ = [
    "Attempt",
    "Claim",
    "Coupon",
    "CouponHold",
    "Dispute",
    "Entry",
    "EventInbox",
    "Gift",
    "Instalment",
    "Order",
    "OrderLine",
    "Payment",
    "Plan",
    "Receipt",
    "ReceiptSeries",
    "Refund",
    "Refusal",
    "Withdrawal",
]
