"""The one letter about an order that was not paid, for whoever allowed it."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from courses.models import Course, Enrolment
from mailing import outbox
from mailing.models import Letter
from payments import paperwork, pricing, story
from payments.models import Attempt, Order

WAITS = dt.timedelta(hours=1)  # so long after its pay page closed an order is left in peace
OLDEST = dt.timedelta(days=2)  # later than that a reminder is only a nuisance
ONE_IN = dt.timedelta(days=30)  # for an address, whatever was ordered with it: anybody can type it
UNPAID = [Order.State.EXPIRED, Order.State.FAILED]
BOUGHT = [*Order.HAD_MONEY, Order.State.PROCESSING, Order.State.REVIEW]


def remind(*, now: dt.datetime) -> int:
    """Write once to each buyer who allowed it and has not paid; how many letters. The second call finds none.

    Not when the course was bought or had meanwhile, when a newer order is on its way, when the order can no longer be
    paid as it was made, or when another letter told of the failure. The letter leads to a new Attempt of the same
    order; the recovery links of the gateway are not used. Whether the address may be written to the outbox asks.
    """
    sent = sum(_remind(order, now=now) for order in _unpaid(now=now))
    if sent:
        outbox.ring()
    return sent


def _unpaid(*, now: dt.datetime) -> list[Order]:
    """Orders that may be due, oldest first. Their number is that of two days."""
    found = Order.objects.filter(
        state__in=UNPAID,
        may_remind_at__isnull=False,
        reminded_at=None,
        forgotten_at=None,
        created_at__gt=now - OLDEST - pricing.KEEPS_ITS_PRICE,
    )
    orders = found.select_related("contact", "user").prefetch_related("lines__course").order_by("pk")
    return [order for order in orders if WAITS <= now - _closed_at(order) < OLDEST]


def _closed_at(order: Order) -> dt.datetime:
    """When its last pay page closed, or when we heard that the bank refused."""
    last: Attempt | None = order.attempts.first()
    if last is None:
        return order.created_at
    return (last.looked_at if last.state == Attempt.State.FAILED else None) or last.expires_at


@transaction.atomic
def _remind(order: Order, *, now: dt.datetime) -> bool:
    course = order.lines.all()[0].course
    if not pricing.is_kept(order, now=now) or _has_it(order, course) or _is_told(order, course, now=now):
        return False
    if not Order.objects.filter(pk=order.pk, state__in=UNPAID, reminded_at=None).update(reminded_at=now):
        return False
    paperwork.still_open(order=order, now=now)
    story.add(order=order, kind=story.DERIVED, says="Reminded once, as allowed", now=now)
    return True


def _same_person(order: Order) -> Q:
    same = Q(email_key=order.email_key)
    return same | Q(user=order.user) if order.user_id else same


def _has_it(order: Order, course: Course) -> bool:
    """Was it bought another way, is a later order for it on its way, or is this person in already?"""
    others = Order.objects.filter(_same_person(order), lines__course=course, is_gift=order.is_gift)
    bought = Q(state__in=BOUGHT, created_at__gte=order.created_at - OLDEST)
    if others.filter(bought | Q(pk__gt=order.pk)).exclude(pk=order.pk).exists():
        return True
    people = User.objects.filter(Q(pk=order.user_id) | Q(contact__email_key=order.email_key))
    return (
        not order.is_gift and Enrolment.objects.with_access().filter(course=course, user__in=people).exists()
    )


def _is_told(order: Order, course: Course, *, now: dt.datetime) -> bool:
    """Did this person hear of it already: by the letter about a refused payment, or by a reminder not long ago?"""
    if Letter.objects.filter(dedupe_key__startswith=f"failed:{order.key}:").exists():
        return True
    return Order.objects.filter(_same_person(order), reminded_at__gt=now - ONE_IN).exists()
