"""What the money has for the coach's morning page. Wired as settings.MONEY_NEEDS and settings.MONEY_LATELY."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, DateTimeField, F, Q, Sum, Value
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.urls import reverse

from courses.needs import MONEY, MOST, URGENT, Need
from coursesite.lib import localtime
from payments import balance, gateway, undecided
from payments.models import Claim, Order, Payment

PATIENCE = dt.timedelta(days=1)  # whoever paid as a guest has a day to open the letter
NEVER = Cast(Value(None), DateTimeField())  # a bare NULL has no type that PostgreSQL could join with moments
LATELY = dt.timedelta(days=30)  # the health page looks at everything
A_PAGE = 200
WHAT = {
    "mismatch": (URGENT, "A payment does not match its order", "Nobody was let in by it."),
    "dispute": (URGENT, "A bank asks for money back", "Answer it in time, or the money is lost."),
    "twice": (MONEY, "Somebody paid twice", "More came than the order costs."),
    "refund": (MONEY, "A refund did not arrive", "The money is still here."),
    "withdrawal": (MONEY, "A buyer wants the money back", "They wait for your answer."),
    "plan": (MONEY, "A monthly payment is late", "Access stays open for two weeks."),
    "webhook": (MONEY, "A message of the payment company was given up", "The order may not say how things stand."),
}  # fmt: skip
SINCE: dict[str, Any] = {
    "mismatch": F("created_at"),
    "twice": Coalesce(F("paid_at"), F("created_at")),
    "refund": Coalesce(F("seen_at"), F("requested_at")),
    "dispute": F("opened_at"),
    "withdrawal": F("asked_at"),
    "plan": Coalesce(F("late_since"), F("started_at")),
    "webhook": F("received_at"),
}


def needs(*, now: dt.datetime) -> list[Need]:
    """What waits for a decision, and who paid and is not in; a few queries, however much it is."""
    return [*decisions(), *unclaimed(now), *shut_out(now)]


def decisions() -> list[Need]:
    """The oldest of each kind: one query."""
    rows = []
    for kind, (found, path) in undecided.KINDS.items():
        due = F("due_by") if kind == "dispute" else NEVER
        query: Any = found().order_by()
        told = query.annotate(
            what=Value(kind, output_field=CharField()), since=SINCE[kind], due=due,
            who=F(f"{path}__email" if path else "email"),
        )  # fmt: skip
        rows.append(told.values_list("what", "pk", "since", "due", "who"))
    url = reverse("admin:payments_order_decisions")
    every = rows[0].union(*rows[1:], all=True).order_by("since")
    return [_decision(url, *row) for row in every[: MOST * len(rows)]]


def _decision(
    url: str, kind: str, pk: int, since: dt.datetime, due_by: dt.datetime | None, email: str
) -> Need:
    rank, title, why = WHAT[kind]
    until = f" Until {localtime.in_words(due_by, settings.SITE_TIME_ZONE)}." if due_by else ""
    return Need(f"money:{kind}:{pk}", rank, due_by or since, title, f"{email}. {why}{until}", url, "Decide")


def not_in(*, now: dt.datetime) -> list[Need]:
    """Everybody who paid and is not in, wired as settings.PAID_NOT_IN: those who paid a moment ago too."""
    return [*shut_out(now, most=A_PAGE), *unclaimed(now, patience=dt.timedelta(0), most=A_PAGE)]


def unclaimed(now: dt.datetime, *, patience: dt.timedelta = PATIENCE, most: int = MOST) -> list[Need]:
    """Guests who paid and have not taken their course: they may have mistyped their address."""
    found = Claim.objects.filter(state=Claim.State.UNCLAIMED, opened_at__lte=now - patience)
    return [
        Need(
            f"claim:{one.pk}", MONEY, one.opened_at, f"{one.order.email} paid and is not in",
            "Nobody has proven the address. Was it mistyped? You can correct it, or write once more.",
            reverse("admin:payments_claim_change", args=[one.pk]), "Look at it",
        )
        for one in found.select_related("order").order_by("opened_at")[:most]
    ]  # fmt: skip


def shut_out(now: dt.datetime, *, most: int = MOST) -> list[Need]:
    """Orders that should have let somebody in and did not. Settling mends it by itself; here it did not."""
    keys = balance.money_without_access(paid_since=now - LATELY)[:most]
    orders = Order.objects.filter(pk__in=keys, paid_at__lte=now - dt.timedelta(hours=1)) if keys else []
    return [
        Need(
            f"shut-out:{one.pk}", URGENT, one.paid_at or one.created_at, f"{one.email} paid and was not let in",
            "Open the order and press “Ask the payment company again”: it gives what was paid for.",
            reverse("admin:payments_order_change", args=[one.pk]), "Open the order",
        )
        for one in orders
    ]  # fmt: skip


def sales(*, since: dt.datetime, zone: str) -> list[tuple[dt.date, str, int, int]]:
    """Day, currency, minor units that came and stayed, payments of which some stayed: one query. What went back is
    taken off the day on which it came. Practice money counts on a practice site only."""
    came = Payment.objects.filter(captured_at__gte=since, attempt__order__livemode=gateway.is_live())
    days = came.annotate(day=TruncDate("captured_at", tzinfo=localtime.zone(zone))).order_by()
    gone = F("refunded_minor") + F("lost_minor")
    rows = days.values_list("day", "currency").annotate(
        minor=Sum(F("captured_minor") - gone), number=Count("pk", filter=Q(captured_minor__gt=gone))
    )
    return [(day, currency, int(minor), number) for day, currency, minor, number in rows]
