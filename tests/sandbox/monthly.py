"""Monthly payments as tests speak of them."""

from datetime import UTC, datetime
from typing import Any

import stripe

from sandbox import cards, portal
from sandbox.ids import Ids
from sandbox.models import Event, Object
from tests.sandbox.conftest import ANN, NOW, pay, plan_params, portal_params

DAY = 24 * 60 * 60
GOOD, LATER_DECLINED = "4242424242424242", "4000000000000341"


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def kinds(*, after: int = 0) -> list[str]:
    return list(Event.objects.order_by("number").values_list("type", flat=True)[after:])


def begun(
    gateway: stripe.StripeClient, number: str = GOOD, *, now: int = NOW, **more: Any
) -> stripe.Subscription:
    """A subscription whose first payment is made."""
    session = gateway.v1.checkout.sessions.create(plan_params(**more))
    return gateway.v1.subscriptions.retrieve(str(pay(session.id, number, now=now)["subscription"]))


def item(subscription: stripe.Subscription) -> stripe.SubscriptionItem:
    return subscription["items"].data[0]


def statuses(gateway: stripe.StripeClient, subscription: stripe.Subscription) -> list[tuple[str | None, int]]:
    """Status and tries of each invoice, the oldest first."""
    listed = gateway.v1.invoices.list({"subscription": subscription.id})
    return [(one.status, one.attempt_count) for one in listed.data][::-1]


def charged() -> list[bool]:
    return list(Object.objects.filter(type="charge").order_by("number").values_list("body__paid", flat=True))


def give(subscription: stripe.Subscription, number: str) -> str:
    """Attach another card to the customer, as the customer's page does; returns its id."""
    card = cards.find(number)
    assert card is not None
    request = {"id": None, "idempotency_key": None}
    now = item(subscription).current_period_end
    params = portal_params(str(subscription.customer))
    page = portal.open_page(params=params, ids=Ids(), now=now, request=request)
    assert portal.change_card(key=page["id"], card=card, payer=ANN, ids=Ids(), now=now) is None
    return str(Object.objects.get(key=subscription.id).body["default_payment_method"])
