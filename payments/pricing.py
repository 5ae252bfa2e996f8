"""What a course costs somebody now: its price or another one, a sale, a code. Nothing is stored."""

import datetime as dt
from dataclasses import dataclass

from courses.models import Course, Price
from coursesite.lib import money
from payments import coupons
from payments.models import Coupon, Order

# Of currencies with three decimals only whole tens can be charged (docs.stripe.com/currencies#three-decimal).
STEP_OF_THREE_DECIMALS = 10
# So long an order keeps its price: as long as a bank debit may take to fail (payments/gateway asks for none slower).
KEEPS_ITS_PRICE = dt.timedelta(days=14)


class NotForInstalmentsError(coupons.NotValidError):
    """The code takes an amount off a single payment; monthly payments take percentages only."""


class TooLittleLeftError(coupons.NotValidError):
    """With the code less would be left than can be charged, and more than nothing."""


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

    @property
    def mark(self) -> str:
        """What a page showed, to compare with what is so when its button is pressed."""
        return f"{self.payments}x{self.each_minor}"


def quote(
    *, course: Course, now: dt.datetime, price: Price | None = None, code: str = "", shopper: str = ""
) -> Quote:
    """What the buyer pays. Raises coupons.NotValidError for a code that takes nothing off here.

    `shopper` is the word of whoever asks: a use held by their own unpaid order is theirs to use.
    """
    payments = price.payments if price else 1
    listed = price.amount_minor if price else course.price_minor
    each = price.amount_minor if price else course.price_at(now)
    coupon = coupons.find(code=code, course=course, now=now, shopper=shopper) if code else None
    if coupon is not None and payments > 1 and coupon.percent is None:
        raise NotForInstalmentsError
    off = _off(coupon, each, currency=course.currency) if coupon else 0
    left = each - off
    if coupon is not None and not off:
        raise coupons.NotValidError  # nothing is free already
    if coupon is not None and money.is_too_little(left):
        raise TooLittleLeftError
    return Quote(
        list_minor=listed * payments,
        discount_minor=off * payments,
        amount_minor=left * payments,
        payments=payments if left else 1,
        coupon=coupon,
    )


def _off(coupon: Coupon, each: int, *, currency: str) -> int:
    """What the code takes off one payment, so that what is left can be charged; a part stays with the buyer."""
    off = coupons.off(coupon, amount_minor=each)
    step = STEP_OF_THREE_DECIMALS if money.exponent(currency) == 3 else 1
    left = (each - off) // step * step
    return each - left


def is_kept(order: Order, *, now: dt.datetime) -> bool:
    """Can the order still be paid as it was made? It keeps its price for a while; later only what is offered counts."""
    line = order.lines.select_related("course")[0]
    if line.course.status != Course.Status.PUBLISHED:
        return False
    if now - order.created_at <= KEEPS_ITS_PRICE:
        return True
    before_code = order.amount_minor + order.discount_minor
    offered = [(1, line.course.price_at(now))]
    offered += [(one.payments, one.total_minor) for one in line.course.prices.offered()]
    return any(payments == order.instalments and minor <= before_code for payments, minor in offered)
