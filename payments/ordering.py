"""An order as it is made: what, for whom, at which price, with which code and which yes."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from courses.models import Course
from mailing import addresses, contacts
from payments import coupons, gateway, gifts, pricing
from payments.models import Order, OrderLine

TERMS_VERSION = "2026-11-27"  # change it together with the words of the terms page


@dataclass(frozen=True)
class Shopper:
    """Who buys: an account, or a browser by a secret word in its session, with the address it gave."""

    email: str
    user: User | None = None
    browser: str = ""

    @property
    def word(self) -> str:
        return f"user:{self.user.pk}" if self.user else f"browser:{self.browser}"


def order_for(
    *,
    course: Course,
    shopper: Shopper,
    quote: pricing.Quote,
    gift: gifts.Wish | None,
    consents: dict[str, dt.datetime | None],
    now: dt.datetime,
) -> Order:
    """The shopper's unfinished order for this very thing at this price, or a new one with its code held for it.

    The second call finds the first order; what was agreed to the last time counts. Raises coupons.UsedUpError.
    """
    cart = _cart(course=course, shopper=shopper, quote=quote, gift=gift)
    found = Order.objects.unfinished().filter(cart=cart).first()
    if found:
        return _agreed_anew(found, consents, now=now)
    try:
        with transaction.atomic():
            return _new_order(course, shopper, quote, gift, cart=cart, consents=consents, now=now)
    except IntegrityError:  # the other click was faster
        return Order.objects.unfinished().get(cart=cart)


def _agreed_anew(order: Order, consents: dict[str, dt.datetime | None], *, now: dt.datetime) -> Order:
    """The same order once more: a yes said again keeps its date, one taken back is gone, new terms count as new."""
    said: dict[str, Any] = {
        name: moment and (getattr(order, name) or moment) for name, moment in consents.items()
    }
    if order.terms_version != TERMS_VERSION:
        said |= {"terms_version": TERMS_VERSION, "agreed_at": now}
    if any(getattr(order, name) != value for name, value in said.items()):
        Order.objects.filter(pk=order.pk, state__in=Order.UNFINISHED).update(**said)
        order.refresh_from_db()
    return order


def _new_order(
    course: Course,
    shopper: Shopper,
    quote: pricing.Quote,
    gift: gifts.Wish | None,
    *,
    cart: str,
    consents: dict[str, dt.datetime | None],
    now: dt.datetime,
) -> Order:
    order = Order.objects.create(
        shopper=shopper.word,
        cart=cart,
        user=shopper.user,
        contact=contacts.of(shopper.email, now=now),
        email=shopper.email.strip(),
        email_key=addresses.key(shopper.email),
        list_minor=quote.list_minor,
        discount_minor=quote.discount_minor,
        amount_minor=quote.amount_minor,
        instalments=quote.payments,
        currency=course.currency.lower(),
        tax=settings.STRIPE_TAX if quote.amount_minor else Order.Tax.INCLUDED,
        is_gift=gift is not None,
        gateway=gateway.NAME if quote.amount_minor else "",
        livemode=gateway.is_live(),
        terms_version=TERMS_VERSION,
        agreed_at=now,
        created_at=now,
        **consents,
    )
    about = {"title": course.title, "about": course.tagline}
    OrderLine.objects.create(order=order, course=course, amount_minor=quote.amount_minor, **about)
    if gift is not None:
        gifts.want(order=order, wish=gift, now=now)
    if quote.coupon is not None:
        coupons.hold(order=order, coupon=quote.coupon, user=shopper.user, now=now)
    return order


def _cart(*, course: Course, shopper: Shopper, quote: pricing.Quote, gift: gifts.Wish | None) -> str:
    what = [
        shopper.word,
        addresses.key(shopper.email),
        course.pk,
        quote.amount_minor,
        quote.payments,
        course.currency.lower(),
        quote.coupon.pk if quote.coupon else None,
        gift,
    ]
    return hashlib.sha256(repr(what).encode()).hexdigest()
