"""What the till shows before anything is paid: the ways to pay, and what the chosen one costs to the last cent."""

import datetime as dt
from dataclasses import dataclass, replace

from django.conf import settings

from accounts.models import User
from courses import offers
from courses.models import Course, Price
from coursesite.lib import localtime, money
from payments import coupons, instalments, pricing
from payments.models import Order

NOTHING_OFF = "This code takes nothing off here."
SINGLE_ONLY = "This code works with the single payment only."
TOO_LITTLE = (
    "With this code less would be left than a card can be charged with. Write to me, and I’ll find a way."
)
TAX = {
    Order.Tax.INCLUDED: "included",
    Order.Tax.COUNTED: "included",
    Order.Tax.ADDED: "added by your country’s rules on the next page",
}


@dataclass(frozen=True)
class Row:
    """One line of the order summary; `total` is the one that counts."""

    name: str
    value: str
    total: bool = False

    @property
    def is_long(self) -> bool:
        """Words, which may break, and no amount."""
        return len(self.value) > 20


@dataclass(frozen=True)
class Till:
    """What somebody asked to see. `fault` is what is wrong with the code; then the price is the one without it."""

    course: Course
    prices: tuple[Price, ...]
    price: Price | None
    quote: pricing.Quote
    code: str
    fault: str
    takes_codes: bool
    now: dt.datetime
    zone: str

    @property
    def is_free(self) -> bool:
        return self.quote.amount_minor == 0

    @property
    def is_plan(self) -> bool:
        return self.quote.payments > 1

    @property
    def adds_tax(self) -> bool:
        return settings.STRIPE_TAX == Order.Tax.ADDED and not self.is_free

    @property
    def button(self) -> str:
        """Names what is paid now."""
        if self.is_free:
            return "Start now, it’s free"
        now = f"Go on to pay {self.text(self.quote.each_minor)}{' today' if self.is_plan else ''}"
        return f"{now} plus tax" if self.adds_tax else now

    @property
    def pays(self) -> str:
        """The same in a sentence."""
        if self.is_free:
            return "You pay nothing."
        tax = " plus tax" if self.adds_tax else ""
        if not self.is_plan:
            return f"You pay {self.text(self.quote.amount_minor)}{tax}."
        each, whole = self.text(self.quote.each_minor), self.text(self.quote.amount_minor)
        return f"You pay {each} today and {whole} in all{tax}."

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The ways to pay for the radio buttons; the course's own price has the empty key."""
        own = f"All at once: {self.text(self.course.price_at(self.now))}"
        return [("", own), *((one.key, _choice(one, self.course.currency)) for one in self.prices)]

    def rows(self, user: User | None) -> list[Row]:
        """The summary: price, sale, code, tax, and what is paid when."""
        quote = self.quote
        listed = Row("Course", self.text(quote.list_minor) if quote.list_minor else "free")
        rows = [listed]
        if quote.saved_minor:
            until = self.course.sale_until
            words = f"Sale until {offers.until_words(until, user)}" if until else "Sale"
            rows.append(Row(words, f"−{self.text(quote.saved_minor)}"))
        if quote.coupon:
            rows.append(Row(f"Code {quote.coupon.code}", f"−{self.text(quote.discount_minor)}"))
        if self.is_free:
            return [*rows, Row("You pay", "nothing", total=True)]
        rows.append(Row("Tax", TAX[Order.Tax(settings.STRIPE_TAX)]))
        before = ", before tax" if self.adds_tax else ""
        if not self.is_plan:
            return [*rows, Row(f"You pay once{before}", self.text(quote.amount_minor), total=True)]
        each = self.text(quote.each_minor)
        rows.append(Row(f"You pay today{before}", each, total=True))
        rows += [Row(day, each) for day in self.days]
        return [*rows, Row(f"In all{before}", self.text(quote.amount_minor))]

    @property
    def days(self) -> list[str]:
        """When the payments after the first are due, as the buyer's calendar has it."""
        return [
            self.day(instalments.months_later(self.now, number)) for number in range(1, self.quote.payments)
        ]

    @property
    def plan(self) -> str:
        """What the rows with the days do not say; empty for a single payment."""
        return f"{self.quote.payments} payments, then it ends by itself." if self.is_plan else ""

    def text(self, minor: int) -> str:
        return money.amount_text(minor, self.course.currency)

    def day(self, moment: dt.datetime) -> str:
        """`January 20`, with the year if that is another one."""
        today, day = (localtime.local_day(one, self.zone) for one in (self.now, moment))
        return f"{day:%B} {day.day}{f', {day.year}' if day.year != today.year else ''}"


def _choice(price: Price, currency: str) -> str:
    each = money.amount_text(price.amount_minor, currency)
    how = (
        f"{each}, paid once"
        if price.payments == 1
        else f"{price.payments} × {each}, {money.amount_text(price.total_minor, currency)} in all"
    )
    return f"{price.title}: {how}. {price.note}".strip()


def look(
    *, course: Course, key: str, code: str, user: User | None, shopper: str = "", now: dt.datetime
) -> Till:
    """What the course costs when paid the way `key` names, with that code. Nothing is stored.

    A key that names nothing on offer is the course's own price.
    """
    prices = tuple(course.prices.offered()) if not offers.is_free(course, now) else ()
    price = next((one for one in prices if one.key == key), None)
    quote, fault = _quote(course, price, code, shopper=shopper, now=now)
    return Till(
        course=course,
        prices=prices,
        price=price,
        quote=quote,
        code=code,
        fault=fault,
        takes_codes=bool(code) or coupons.live(course=course, now=now).exists(),
        now=now,
        zone=user.time_zone if user else settings.SITE_TIME_ZONE,
    )


def _quote(
    course: Course, price: Price | None, code: str, *, shopper: str, now: dt.datetime
) -> tuple[pricing.Quote, str]:
    """With the code if it takes something off, else without it and what to say at its field."""
    try:
        quote = pricing.quote(course=course, price=price, code=coupons.tidy(code), now=now, shopper=shopper)
    except coupons.NotValidError as wrong:
        return pricing.quote(course=course, price=price, now=now), why(wrong)
    return quote, ""


def why(wrong: coupons.NotValidError) -> str:
    """What to say of a code. Unknown, over and used up sound alike."""
    if isinstance(wrong, pricing.NotForInstalmentsError):
        return SINGLE_ONLY
    return TOO_LITTLE if isinstance(wrong, pricing.TooLittleLeftError) else NOTHING_OFF


def without_code(till: Till, wrong: coupons.NotValidError) -> Till:
    """The same, once the code turned out to take nothing off after all."""
    quote = pricing.quote(course=till.course, price=till.price, now=till.now)
    return replace(till, quote=quote, fault=why(wrong))
