"""The only door to Stripe. Their objects go no further than this package; what leaves it are frozen facts of our own.

Live Stripe and the practice stand-in differ by settings alone: key, base address, HTTP client. Every call ends within
`STRIPE_TIMEOUT_SECONDS` per try. No call may be made while a database transaction is open.
"""

from payments.gateway.client import DownError, MissingError, RefusedError, is_live
from payments.gateway.events import BadEventError, TooLargeError, verify_event
from payments.gateway.facts import Dispute, Invoice, Money, Refund, Session, Subscription, Wish
from payments.gateway.health import Endpoint, Health, look_around
from payments.gateway.money import create_refund, list_disputes, list_refunds, read_money
from payments.gateway.plans import (
    cancel_subscription,
    card_page,
    end_subscription,
    list_invoices,
    pay_invoice,
    read_subscription,
    use_newest_card,
    void_invoice,
)
from payments.gateway.sessions import create_session, expire_session, list_sessions, read_session
from payments.gateway.wanted import EVENTS

NAME = "stripe"

__all__ = [
    "EVENTS",
    "NAME",
    "BadEventError",
    "Dispute",
    "DownError",
    "Endpoint",
    "Health",
    "Invoice",
    "MissingError",
    "Money",
    "Refund",
    "RefusedError",
    "Session",
    "Subscription",
    "TooLargeError",
    "Wish",
    "cancel_subscription",
    "card_page",
    "create_refund",
    "create_session",
    "end_subscription",
    "expire_session",
    "is_live",
    "list_disputes",
    "list_invoices",
    "list_refunds",
    "list_sessions",
    "look_around",
    "pay_invoice",
    "read_money",
    "read_session",
    "read_subscription",
    "use_newest_card",
    "verify_event",
    "void_invoice",
]
