"""The letters about money. Each is queued in the transaction of the change it tells of, and only once."""

import datetime as dt

from django.conf import settings
from django.urls import reverse

from courses.models import Grant
from coursesite.lib import localtime, money
from mailing import contacts, letters
from mailing.models import Letter
from payments.models import Claim, Order

RECEIPT = Letter.Kind.RECEIPT


def receipt(*, order: Order, now: dt.datetime) -> Letter:
    """The receipt, once an order. Needs `paid_at`."""
    return letters.post(
        step="service/receipt",
        contact=order.contact,
        dedupe_key=f"receipt:{order.key}",
        context={
            "course_title": order.title,
            "amount": money.amount_text(order.amount_minor, order.currency),
            "paid_on": paid_on(order),
            "order_number": order.number,
            "seller_name": settings.SELLER_NAME,
            "refund_days": str(refund_days(order)),
            "button_url": address("payments:receipt", order.key),
        },
        now=now,
        kind=RECEIPT,
    )


def open_your_course(*, claim: Claim, token: str, now: dt.datetime) -> Letter:
    """The link by which a guest comes to their course; one letter for each secret."""
    return letters.post(
        step="service/open-your-course",
        contact=claim.order.contact,
        dedupe_key=f"claim:{claim.token_hash}",
        context={"course_title": claim.order.title, "button_url": address("payments:claim", token)},
        now=now,
        kind=RECEIPT,
    )


def address_corrected(*, order: Order, now: dt.datetime) -> Letter:
    """To the address an order had before somebody corrected it, so that both sides know.

    Call before the change.
    """
    return letters.post(
        step="service/address-corrected",
        contact=order.contact,
        dedupe_key=f"corrected:{order.key}",
        context={"course_title": order.title, "order_number": order.number},
        now=now,
        kind=RECEIPT,
    )


def access_ended(*, order: Order, grant: Grant, reason: str, now: dt.datetime) -> Letter:
    return letters.post(
        step="service/access-ended",
        contact=order.contact,
        dedupe_key=f"ended:{grant.pk}",
        context={"course_title": grant.enrolment.course.title, "reason": reason},
        now=now,
        kind=RECEIPT,
    )


def paid_on(order: Order) -> str:
    """The day of the payment in the buyer's own zone, as in "November 20, 2026"."""
    if order.paid_at is None:
        return ""
    day = localtime.local_day(order.paid_at, contacts.zone_of(order.contact))
    return f"{day:%B} {day.day}, {day.year}"


def refund_days(order: Order) -> int:
    """The shortest time to change one's mind among the courses of the order, in days."""
    return min(line.course.refund_days for line in order.lines.select_related("course"))


def address(name: str, *args: object) -> str:
    """The full address of one of our pages, for letters and for the gateway."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
