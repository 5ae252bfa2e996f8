"""What the gateway told, as frozen facts of our own. Amounts in minor units, times in UTC."""

import datetime as dt
import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class Money:
    """One PaymentIntent as just read."""

    id: str
    status: str
    captured_minor: int
    currency: str
    method: str  # "card", "sepa_debit"; empty before the first try
    captured_at: dt.datetime | None
    decline_code: str


@dataclass(frozen=True)
class Session:
    """One Checkout Session as just read; `attempt_key` is our own mark in its metadata."""

    id: str
    status: str  # open | complete | expired
    payment_status: str  # paid | unpaid | no_payment_required
    amount_subtotal: int
    amount_total: int
    tax_minor: int
    tax_status: str  # "" when nobody was asked; complete | failed | requires_location_inputs
    currency: str
    livemode: bool
    attempt_key: str
    is_ours: bool  # made by this very site, not by another one on the same account
    money: Money | None
    subscription_id: str
    url: str
    expires_at: dt.datetime

    @property
    def payment_intent_id(self) -> str:
        return self.money.id if self.money else ""

    @property
    def decline_code(self) -> str:
        return self.money.decline_code if self.money else ""


@dataclass(frozen=True)
class Refund:
    id: str
    payment_intent_id: str
    amount_minor: int
    status: str  # pending | requires_action | succeeded | failed | canceled
    failure: str
    refund_key: str  # our own mark in its metadata; empty for one made in the dashboard
    created_at: dt.datetime


@dataclass(frozen=True)
class Dispute:
    id: str
    payment_intent_id: str
    amount_minor: int
    status: str
    reason: str
    due_by: dt.datetime | None
    created_at: dt.datetime


@dataclass(frozen=True)
class Subscription:
    id: str
    status: str  # active | past_due | canceled | …
    customer_id: str
    anchor_at: dt.datetime
    ends_at: dt.datetime | None  # when the gateway stops by itself
    ended_at: dt.datetime | None
    livemode: bool


@dataclass(frozen=True)
class Invoice:
    id: str
    status: str  # draft | open | paid | uncollectible | void
    attempted: bool  # somebody or something has tried to collect it
    amount_due: int
    amount_paid: int
    currency: str
    created_at: dt.datetime
    payment_intent_ids: tuple[str, ...]
    next_try_at: dt.datetime | None


@dataclass(frozen=True)
class Wish:
    """What a new Session shall be. The same wish must be sent again with the same key."""

    attempt_key: uuid.UUID
    lines: tuple[tuple[str, str, int], ...]  # title, what it is, minor units (of one payment)
    currency: str
    email: str
    reference: str
    success_url: str
    cancel_url: str
    expires_at: dt.datetime
    monthly: bool = False  # a subscription, one payment a month
    tax: str = "included"  # included | counted | added


def moment(seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
