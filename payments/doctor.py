"""What is wrong between money, access and the gateway, and how to mend each: for the desk and the console.

Reads only. `at_home` looks at our rows, `at_the_gateway` asks the payment company too.
"""

import datetime as dt
from collections.abc import Iterator, Sized
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, F, Max, QuerySet
from django.urls import reverse

from payments import balance, gateway
from payments.models import (
    Dispute,
    EventInbox,
    Order,
    Payment,
    Plan,
    Receipt,
    ReceiptSeries,
    Refund,
    Refusal,
)

AN_HOUR, A_DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
CLOCK_MAY_DIFFER = dt.timedelta(seconds=60)  # webhooks are refused from 300 on
SLOWEST_REFUND = dt.timedelta(days=14)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `serious`: money or access is at stake now."""

    name: str
    what: str
    todo: str
    serious: bool = True
    orders: tuple[int, ...] = ()


def examine(*, now: dt.datetime) -> list[Finding]:
    """Everything that is wrong, the serious first; empty when all is well. Never raises for a silent gateway."""
    found = [*at_home(now=now), *at_the_gateway(now=now)]
    return sorted(found, key=lambda one: not one.serious)


def at_home(*, now: dt.datetime) -> Iterator[Finding]:
    yield from _access()
    yield from _open_matters(now)
    yield from _plans(now)
    yield from _webhooks(now)
    yield from _papers()


def _access() -> Iterator[Finding]:
    if orders := balance.money_without_access():
        yield Finding(
            "money-without-access",
            f"{_count(orders, 'order is', 'orders are')} paid, and nobody is in because of it.",
            "Open the order and press “Ask the gateway again”: it gives what was paid for.",
            orders=tuple(orders),
        )
    if grants := balance.access_without_money():
        yield Finding(
            "access-without-money",
            f"{_count(grants, 'person is', 'people are')} in by an order whose money is not here.",
            "Open the order and press “Ask the gateway again”. If it stays so, end the access by hand.",
            orders=tuple(grants),
        )


def _open_matters(now: dt.datetime) -> Iterator[Finding]:
    waiting = Order.objects.filter(state__in=[Order.State.REVIEW, Order.State.OVERPAID])
    if keys := _keys(waiting):
        yield Finding(
            "needs-a-decision",
            f"{_count(keys, 'order waits', 'orders wait')} for your decision: money that does not match, or too much.",
            "Open “Decisions” at the desk.",
            orders=keys,
        )
    unsent = Refund.objects.filter(state=Refund.State.REQUESTED, requested_at__lte=now - AN_HOUR)
    slow = Refund.objects.filter(state=Refund.State.PENDING, requested_at__lte=now - SLOWEST_REFUND)
    failed = Refund.objects.filter(state=Refund.State.FAILED, dealt_with_at=None)
    late = [
        (
            unsent,
            "not-sent",
            "was asked for and has not left",
            "It is tried every ten minutes; the log says why not.",
        ),
        (slow, "slow", "has been on its way for two weeks", "Look it up in the payment company's dashboard."),
        (failed, "failed", "came back: the money is still here", "Open “Decisions” at the desk."),
    ]
    for refunds, name, what, todo in late:
        orders = sorted(set(refunds.values_list("payment__attempt__order", flat=True)))
        if orders:
            yield Finding(f"refund-{name}", f"A refund {what}.", todo, orders=tuple(orders))
    open_ = Dispute.objects.exclude(status__in=Dispute.OVER).filter(due_by__lte=now + 3 * A_DAY)
    if orders := sorted(set(open_.values_list("payment__attempt__order", flat=True))):
        yield Finding(
            "dispute-due",
            "A bank wants an answer within three days.",
            "Answer it in the payment company's dashboard.",
            orders=tuple(orders),
        )


def _plans(now: dt.datetime) -> Iterator[Finding]:
    endless = Plan.objects.filter(over_at=None, ends_at=None, started_at__lte=now - AN_HOUR)
    if keys := tuple(endless.values_list("order", flat=True)):
        yield Finding(
            "plan-without-end",
            "Monthly payments are running that the payment company has not been told to end.",
            "It is told again every ten minutes; if this stays, end the subscription in its dashboard.",
            orders=keys,
        )
    over = Plan.objects.filter(over_at=None, state=Plan.State.CANCELLED)
    if keys := tuple(over.values_list("order", flat=True)):
        yield Finding(
            "plan-still-charging",
            "A subscription goes on though its order is over.",
            "It is cancelled again every ten minutes; if this stays, cancel it in the payment company's dashboard.",
            orders=keys,
        )
    taken = Order.objects.filter(instalments__gt=1).annotate(taken=Count("attempts__payments"))
    if keys := _keys(taken.filter(taken__gt=F("instalments"))):
        yield Finding(
            "taken-too-often",
            "More monthly payments were taken than agreed.",
            "Give the last one back, and end the subscription in the payment company's dashboard.",
            orders=keys,
        )


def _webhooks(now: dt.datetime) -> Iterator[Finding]:
    if dead := EventInbox.objects.filter(state=EventInbox.State.DEAD).count():
        yield Finding(
            "webhooks-given-up",
            f"{dead} webhooks could not be worked off.",
            "Open them at the desk, mend the reason, and ask the gateway again for their orders.",
        )
    money = Payment.objects.aggregate(at=Max("captured_at"))["at"]
    heard = EventInbox.objects.aggregate(at=Max("received_at"))["at"]
    if money and money <= now - AN_HOUR and (heard is None or heard < money - AN_HOUR):
        yield Finding(
            "no-webhooks",
            "Money came, and no webhook told of it. Orders are found by looking, every ten minutes.",
            f"In the payment company's dashboard, see that the endpoint {webhook_url()} is there and enabled.",
        )
    recent = Refusal.objects.filter(last_at__gte=now - A_DAY)
    counts = {one.reason: one.count for one in recent}
    if number := counts.get(Refusal.Reason.CLOCK):
        yield Finding(
            "clock-off",
            f"{number} webhooks were turned away because this server's clock is off, not because of their signature.",
            "Set the server's clock by NTP (timedatectl set-ntp true).",
        )
    if number := counts.get(Refusal.Reason.SIGNATURE):
        yield Finding(
            "wrong-secret",
            f"{number} webhooks bore no signature that we know.",
            "Copy the endpoint's signing secret (whsec_…) into STRIPE_WEBHOOK_SECRETS. A few may be strangers' tries.",
            serious=heard is None or heard < now - A_DAY,
        )


def _papers() -> Iterator[Finding]:
    for series in ReceiptSeries.objects.all():
        issued = Receipt.objects.filter(year=series.year, livemode=series.livemode).count()
        if issued != series.last:
            yield Finding(
                "gap-in-receipts",
                f"{series} numbers were given, {issued} papers are there.",
                "Restore the missing rows from a backup; tell your tax adviser.",
            )


def at_the_gateway(*, now: dt.datetime) -> Iterator[Finding]:
    try:
        health = gateway.look_around()
    except gateway.DownError as down:
        yield Finding(
            "no-answer", f"The payment company does not answer ({down}).", "Wait; see its status page.", False
        )
        return
    except gateway.RefusedError as refused:
        yield Finding(
            "wrong-key",
            f"The payment company refuses our key ({refused}).",
            "Copy the secret key into STRIPE_SECRET_KEY; a restricted key needs to read Balance and Webhook Endpoints.",
        )
        return
    if health.livemode != gateway.is_live() or health.livemode != settings.IS_PRODUCTION:
        yield Finding(
            "wrong-mode",
            f"This site is {'in production' if settings.IS_PRODUCTION else 'for practice'}, "
            f"and its key moves {'real' if health.livemode else 'practice'} money.",
            "Use the live key in production and a test key elsewhere.",
            serious=settings.IS_PRODUCTION or health.livemode,
        )
    if health.gateway_time and abs(health.gateway_time - now) > CLOCK_MAY_DIFFER:
        apart = (now - health.gateway_time).total_seconds()
        yield Finding(
            "clock-off",
            f"This server's clock is {abs(apart):.0f} seconds {'ahead' if apart > 0 else 'behind'}.",
            "Set it by NTP (timedatectl set-ntp true): from 300 seconds on every webhook is turned away.",
        )
    yield from _endpoint(health)


def _endpoint(health: gateway.Health) -> Iterator[Finding]:
    ours = [one for one in health.endpoints if one.url.rstrip("/") == webhook_url().rstrip("/")]
    if not ours:
        yield Finding(
            "no-endpoint",
            f"The payment company has no webhook endpoint {webhook_url()}.",
            "Add it in its dashboard, with the events that the README lists.",
            serious=health.livemode,
        )
        return
    one = ours[0]
    if not one.is_enabled:
        yield Finding("endpoint-off", "The webhook endpoint is switched off.", "Enable it in the dashboard.")
    missing = [] if "*" in one.events else [name for name in gateway.EVENTS if name not in one.events]
    if missing:
        yield Finding(
            "missing-events",
            f"The webhook endpoint does not send {', '.join(missing)}.",
            "Add them to the endpoint in the dashboard.",
        )
    if one.api_version and one.api_version != health.api_version:
        yield Finding(
            "other-version",
            f"The endpoint speaks version {one.api_version}, this site {health.api_version}.",
            "It works, since only ids are read; make the endpoint anew with the newer version when convenient.",
            serious=False,
        )


def webhook_url() -> str:
    return settings.STRIPE_WEBHOOK_URL or f"{settings.SITE_URL}{reverse('payments:webhook')}"


def _keys(orders: QuerySet[Order]) -> tuple[int, ...]:
    return tuple(orders.values_list("pk", flat=True))


def _count(rows: Sized, one: str, more: str) -> str:
    number = len(rows)
    return f"{number} {one if number == 1 else more}"
