"""Codes that lower a price. The database holds every limit; the row of the coupon is the lock."""

import datetime as dt
import re

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from courses.models import Course
from mailing import addresses
from payments.models import Coupon, CouponHold, Order

FORGOTTEN_AFTER = dt.timedelta(days=1)


class NotValidError(Exception):
    """The code takes nothing off here. Unknown, over and used up sound alike to whoever tries codes out."""


class UsedUpError(NotValidError):
    """Somebody was faster, or this person has used it as often as one may."""


def tidy(code: str) -> str:
    """The code as it is kept: capitals, without the spaces and dashes people type."""
    return re.sub(r"[\s\-–\x00]", "", code).upper()


def live(*, course: Course, now: dt.datetime, shopper: str = "") -> QuerySet[Coupon]:
    """Coupons that can be used for the course now. A use that the shopper's own unpaid order holds is free for them."""
    mine = CouponHold.objects.filter(
        coupon=OuterRef("pk"),
        order__shopper=shopper,
        order__state__in=Order.UNFINISHED,
        state=CouponHold.State.HELD,
    )
    return Coupon.objects.filter(
        Q(course=None) | Q(course=course),
        Q(starts_at=None) | Q(starts_at__lte=now),
        Q(ends_at=None) | Q(ends_at__gt=now),
        Q(most=None) | Q(taken__lt=F("most")) | Exists(mine),
        currency__in=["", course.currency.lower()],
        archived_at=None,
    )


def find(*, code: str, course: Course, now: dt.datetime, shopper: str = "") -> Coupon:
    """The coupon of that code, if it can be used for the course now. Raises NotValidError."""
    coupon = live(course=course, now=now, shopper=shopper).filter(code=tidy(code)).first()
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
    if found is not None:
        released = CouponHold.objects.filter(pk=found.pk, state=CouponHold.State.RELEASED)
        taken_up = released.update(state=CouponHold.State.HELD)
        found.refresh_from_db()
        if not taken_up:  # it was never given back, or another click was faster and has counted it
            return found
    free = Coupon.objects.filter(Q(most=None) | Q(taken__lt=F("most")), pk=coupon.pk, archived_at=None)
    if not free.update(taken=F("taken") + 1):
        raise UsedUpError  # the caller's transaction takes all of it back
    coupon.refresh_from_db()
    if coupon.most_each is not None and _taken_by(order, coupon, user) >= coupon.most_each:
        raise UsedUpError
    return found or CouponHold.objects.create(
        coupon=coupon, order=order, user=user, email_key=addresses.key(order.email), held_at=now
    )


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
        _release(hold)


def _release(hold: CouponHold) -> bool:
    """Give a held use back, once. Needs a transaction."""
    held = CouponHold.objects.filter(pk=hold.pk, state=CouponHold.State.HELD)
    if not held.update(state=CouponHold.State.RELEASED):
        return False
    Coupon.objects.filter(pk=hold.coupon_id).update(taken=F("taken") - 1)
    return True


@transaction.atomic
def free_forgotten(*, now: dt.datetime) -> int:
    """Give back uses held by orders that never came to a pay page: something broke in between. How many.

    The second call finds none. Whoever comes back to such an order takes a use up again.
    """
    forgotten = CouponHold.objects.filter(
        state=CouponHold.State.HELD,
        held_at__lte=now - FORGOTTEN_AFTER,
        order__state=Order.State.OPEN,
        order__attempts=None,
    )
    return sum(_release(hold) for hold in forgotten)


def is_gone(order: Order) -> bool:
    """Was the code's use given back, so that this order cannot be paid at its price without asking again?"""
    return CouponHold.objects.filter(order=order, state=CouponHold.State.RELEASED).exists()
