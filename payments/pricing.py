"""What a course costs somebody now: its price or another one, a sale, a code. Nothing is stored."""

import datetime as dt
from dataclasses import dataclass

from courses.models import Course, Price
from payments import coupons
from payments.models import Coupon


class NotForInstalmentsError(coupons.NotValidError):
    """The code takes an amount off a single payment; monthly payments take percentages only."""


@dataclass(frozen=True)
class Quote:
    """A price with everything taken off. Amounts in minor units, over all payments."""

    list_minor: int
    discount_minor: int
    amount_minor: int
    payments: int
    coupon: Coupon | None = None

    @property
    def each_minor(self) -> int:
        return self.amount_minor // self.payments

    @property
    def saved_minor(self) -> int:
        """What a sale takes off, beside the code."""
        return self.list_minor - self.discount_minor - self.amount_minor


def quote(*, course: Course, now: dt.datetime, price: Price | None = None, code: str = "") -> Quote:
    """What the buyer pays. Raises coupons.NotValidError for a code that takes nothing off here."""
    payments = price.payments if price else 1
    listed = price.amount_minor if price else course.price_minor
    each = price.amount_minor if price else course.price_at(now)
    coupon = coupons.find(code=code, course=course, now=now) if code else None
    if coupon is not None and payments > 1 and coupon.percent is None:
        raise NotForInstalmentsError
    off = coupons.off(coupon, amount_minor=each) if coupon else 0
    left = each - off
    return Quote(
        list_minor=listed * payments,
        discount_minor=off * payments,
        amount_minor=left * payments,
        payments=payments if left else 1,
        coupon=coupon,
    )
