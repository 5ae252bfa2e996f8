"""Money and access held against each other, both ways. Reads only.

The database finds the few orders that look odd; what each of them should do is asked where it is decided.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from courses.models import Grant
from payments import fulfilment
from payments.models import Claim, Gift, Order, OrderLine, Plan
from payments.standing import Access

GIFT = "gift:"


def money_without_access(*, paid_since: dt.datetime | None = None) -> list[int]:
    """Keys of orders that should have let somebody in, or should wait for somebody, and do neither.

    An access that somebody ended by hand is no fault. `paid_since` looks at what was paid lately only.
    """
    waits = Q(order__claim__state=Claim.State.UNCLAIMED)
    own = _lines("order-line:", F("pk"), let_in=False).filter(order__is_gift=False).exclude(waits)
    given = _lines(GIFT, F("order__gift"), let_in=False).filter(
        order__gift__state__in=[Gift.State.WANTED, Gift.State.REDEEMED]
    )
    paid = Q(order__state__in=Order.PAID_FOR)
    if paid_since is not None:
        paid &= Q(order__paid_at__gte=paid_since)
    return _that([*own.filter(paid), *given.filter(paid)], lambda what: what is Access.GIVE)


def access_without_money() -> list[int]:
    """Keys of orders by which somebody is in, though their money does not say so."""
    sound = Q(order__state__in=Order.PAID_FOR, order__disputed=False) & ~Q(
        order__plan__state__in=[Plan.State.DEFAULTED, Plan.State.CANCELLED]
    )
    own = _lines("order-line:", F("pk"), let_in=True).exclude(sound)
    given = _lines(GIFT, F("order__gift"), let_in=True).exclude(sound)
    return _that([*own, *given], lambda what: what is not Access.GIVE)


def _lines(word: str, key: F, *, let_in: bool) -> QuerySet[OrderLine]:
    """Lines by which (`word` and `key` are the source of the grant) somebody is in, or nobody and not by hand."""
    lines = OrderLine.objects.annotate(why=Concat(Value(word), Cast(key, CharField()))).select_related(
        "order"
    )
    grants = Grant.objects.filter(source=OuterRef("why"))
    if word == GIFT:  # the one source of all that was given; a line's own source says its course
        grants = grants.filter(enrolment__course=OuterRef("course"))
    inside = Q(Exists(grants.filter(state=Grant.State.ACTIVE)))
    by_hand = Q(Exists(grants.filter(actor__isnull=False)))
    return lines.filter(inside) if let_in else lines.exclude(inside | by_hand)


def _that(lines: Iterable[OrderLine], is_so: Callable[[Access], bool]) -> list[int]:
    return sorted({line.order_id for line in lines if is_so(_what(line))})


def _what(line: OrderLine) -> Access:
    plan = Plan.objects.filter(order=line.order).first()
    return fulfilment.decision(order=line.order, plan=plan, line=line)
