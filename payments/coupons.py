"""Codes that lower a price. The database holds every limit; the row of the coupon is the lock."""

import datetime as dt
import re

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from courses.models import Course
from mailing import addresses
from payments.models import Coupon, CouponHold, Order


class NotValidError(Exception):
    """The code takes nothing off here. Unknown, over and used up sound alike to whoever tries codes out."""


class UsedUpError(NotValidError):
    """Somebody was faster, or this person has used it as often as one may."""


def tidy(code: str) -> str:
    """The code as it is kept: capitals, without the spaces and dashes people type."""
    return re.sub(r"[\s\-–]", "", code).upper()


def live(*, course: Course, now: dt.datetime) -> QuerySet[Coupon]:
    """Coupons that can be used for the course now."""
    return Coupon.objects.filter(
        Q(course=None) | Q(course=course),
        Q(starts_at=None) | Q(starts_at__lte=now),
        Q(ends_at=None) | Q(ends_at__gt=now),
        Q(most=None) | Q(taken__lt=F("most")),
        currency__in=["", course.currency.lower()],
        archived_at=None,
    )


def find(*, code: str, course: Course, now: dt.datetime) -> Coupon:
    """The coupon of that code, if it can be used for the course now. Raises NotValidError."""
    coupon = live(course=course, now=now).filter(code=tidy(code)).first()
    if coupon is None:
        raise NotValidError
    return coupon


def off(coupon: Coupon, *, amount_minor: int) -> int:
    """What it takes off an amount, in minor units; a part of a unit stays with the buyer. Never more than all."""
    if coupon.percent is not None:
        return -(-amount_minor * coupon.percent // 100)
    return min(coupon.amount_minor or 0, amount_minor)


def hold(*, order: Order, coupon: Coupon, user: User | None, now: dt.datetime) -> CouponHold:
    """Reserve one use for the order, or take up its released one again. Needs a transaction; locks the coupon.

    The second call returns the hold. Raises UsedUpError when there is no use left, in all or for this person.
    """
    found = CouponHold.objects.filter(order=order).first()
    if found is not None and found.state != CouponHold.State.RELEASED:
        return found
    free = Coupon.objects.filter(Q(most=None) | Q(taken__lt=F("most")), pk=coupon.pk, archived_at=None)
    if not free.update(taken=F("taken") + 1):
        raise UsedUpError
    coupon.refresh_from_db()
    if coupon.most_each is not None and _taken_by(order, coupon, user) >= coupon.most_each:
        raise UsedUpError  # the caller's transaction takes the count back
    if found is None:
        return CouponHold.objects.create(
            coupon=coupon, order=order, user=user, email_key=addresses.key(order.email), held_at=now
        )
    found.state = CouponHold.State.HELD
    found.save(update_fields=["state"])
    return found


def _taken_by(order: Order, coupon: Coupon, user: User | None) -> int:
    """How often this person has it already: by account or by address."""
    whose = Q(email_key=addresses.key(order.email))
    if user is not None:
        whose |= Q(user=user)
    taken = coupon.holds.filter(whose).exclude(state=CouponHold.State.RELEASED)
    return taken.exclude(order=order).count()


@transaction.atomic
def follow(*, order: Order) -> None:
    """Keep, use up or give back the order's hold, as its state says. The second call changes nothing."""
    hold = CouponHold.objects.filter(order=order).first()
    if hold is None:
        return
    if order.state in Order.HAD_MONEY:
        CouponHold.objects.filter(pk=hold.pk, state=CouponHold.State.HELD).update(
            state=CouponHold.State.REDEEMED
        )
    elif order.state in (Order.State.EXPIRED, Order.State.FAILED, Order.State.CANCELLED):
        held = CouponHold.objects.filter(pk=hold.pk, state=CouponHold.State.HELD)
        if held.update(state=CouponHold.State.RELEASED):
            Coupon.objects.filter(pk=hold.coupon_id).update(taken=F("taken") - 1)


def is_gone(order: Order) -> bool:
    """Was the code's use given back, so that this order cannot be paid at its price without asking again?"""
    return CouponHold.objects.filter(order=order, state=CouponHold.State.RELEASED).exists()
