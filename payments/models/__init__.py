"""Orders and what became of them (`orders`); what the gateway told us (`inbox`)."""

from payments.models.inbox import EventInbox
from payments.models.orders import Attempt, Claim, Order, OrderLine, Payment

__all__ = ["Attempt", "Claim", "EventInbox", "Order", "OrderLine", "Payment"]
