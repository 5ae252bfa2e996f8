"""Papers for money that came and money that went back: numbered in one row of numbers a year, without gaps.

A number is given in the transaction that writes its paper: both stand or neither does.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import F

from coursesite.lib import localtime
from payments.models import Attempt, Instalment, Order, Payment, Receipt, ReceiptSeries, Refund

NOTES = {
    Refund.State.SUCCEEDED: [Receipt.Kind.REFUND],
    Refund.State.FAILED: [Receipt.Kind.REVERSAL],
    Refund.State.CANCELED: [Receipt.Kind.REVERSAL],
}


def issue(*, order: Order, now: dt.datetime) -> list[Receipt]:
    """Write every paper that the order's money calls for and that is not written yet; returns the new ones.

    A payment that is being looked into has no receipt until somebody takes it. A refund that failed after its note
    gets a note that takes it back. Needs a transaction; the second call writes nothing.
    """
    new = []
    payments = Payment.objects.filter(attempt__order=order).select_related("attempt")
    for payment in payments.order_by("captured_at", "pk"):
        if not _counts(payment.attempt):
            continue
        new += _once(order, Receipt.Kind.PAYMENT, payment, None, payment.captured_minor, now)
        for refund in payment.refunds.filter(state__in=NOTES).order_by("requested_at", "pk"):
            if refund.state != Refund.State.SUCCEEDED and not _noted(refund):
                continue  # it never was given back: nothing to take back
            for kind in NOTES[Refund.State(refund.state)]:
                new += _once(order, kind, payment, refund, refund.amount_minor, now)
    return new


def _counts(attempt: Attempt) -> bool:
    return not attempt.mismatch or attempt.accepted_at is not None


def _noted(refund: Refund) -> bool:
    return Receipt.objects.filter(refund=refund, kind=Receipt.Kind.REFUND).exists()


def _once(
    order: Order, kind: str, payment: Payment, refund: Refund | None, amount_minor: int, now: dt.datetime
) -> list[Receipt]:
    about = {"payment": payment} if refund is None else {"refund": refund}
    if Receipt.objects.filter(kind=kind, **about).exists():
        return []
    year = localtime.local_day(now, settings.SITE_TIME_ZONE).year
    return [
        Receipt.objects.create(
            order=order,
            kind=kind,
            payment=payment,
            refund=refund,
            year=year,
            livemode=order.livemode,
            serial=_next(year=year, livemode=order.livemode),
            amount_minor=amount_minor,
            currency=payment.currency,
            content=_content(order, payment, amount_minor),
            issued_at=now,
        )
    ]


def _next(*, year: int, livemode: bool) -> int:
    """The next number; the row of its series is locked until the caller's transaction ends."""
    series, _ = ReceiptSeries.objects.select_for_update().get_or_create(year=year, livemode=livemode)
    ReceiptSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
    series.refresh_from_db()
    return series.last


def _content(order: Order, payment: Payment, amount_minor: int) -> dict[str, Any]:
    """Everything the paper says, as it is now. Amounts in minor units."""
    part = Instalment.objects.filter(payment=payment).values_list("number", flat=True).first()
    return {
        "seller": {
            "name": settings.SELLER_NAME,
            "address": settings.POSTAL_ADDRESS,
            "email": settings.COACH_EMAIL,
            "vat_id": settings.SELLER_VAT_ID,
            "tax_number": settings.SELLER_TAX_NUMBER,
        },
        "buyer": order.email,
        "order_number": order.number,
        "lines": [
            {"title": line.title, "about": line.about, "amount_minor": line.amount_minor}
            for line in order.lines.all()
        ],
        "list_minor": order.list_minor,
        "discount_minor": order.discount_minor,
        "part": part,
        "parts": order.instalments,
        "total_minor": order.due_minor,
        "vat": _vat(order, amount_minor),
        "method": payment.method,
        "paid_at": payment.captured_at.isoformat(),
    }


def _vat(order: Order, amount_minor: int) -> dict[str, Any]:
    """The tax inside the amount: as the payment company counted it, else by the seller's own rate, if there is one.

    Half units are rounded up; net and tax together are always the amount.
    """
    if order.tax_minor is not None:
        tax = order.tax_minor if amount_minor == order.due_minor else _part(order, amount_minor)
        return {"tax_minor": tax, "net_minor": amount_minor - tax, "rate": "", "note": settings.VAT_NOTE}
    points = settings.VAT_RATE_POINTS
    tax = (2 * amount_minor * points + 10_000 + points) // (2 * (10_000 + points)) if points else 0
    rate = f"{points / 100:g} %" if points else ""
    return {"tax_minor": tax, "net_minor": amount_minor - tax, "rate": rate, "note": settings.VAT_NOTE}


def _part(order: Order, amount_minor: int) -> int:
    """The share of the order's tax in a part of its amount, rounded half up."""
    due = order.due_minor
    return (2 * amount_minor * (order.tax_minor or 0) + due) // (2 * due)
