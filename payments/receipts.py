"""Papers for money that came and money that went back: numbered in one row of numbers a year, without gaps.

A number is given in the transaction that writes its paper: both stand or neither does.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import F, Sum

from coursesite.lib import localtime
from payments import paperwork, taxes
from payments.models import CouponHold, Instalment, Order, Payment, Receipt, ReceiptSeries, Refund

Content = dict[str, Any]
NOTES = {
    Refund.State.SUCCEEDED: Receipt.Kind.REFUND,
    Refund.State.FAILED: Receipt.Kind.REVERSAL,
    Refund.State.CANCELED: Receipt.Kind.REVERSAL,
}


def issue(*, order: Order, now: dt.datetime) -> list[Receipt]:
    """Write every paper that the order's money calls for and that is not written yet; returns the new ones.

    A payment that is being looked into has no receipt until somebody takes it. A refund that failed after its note
    gets a note that takes it back. Needs a transaction; the second call writes nothing.
    """
    new = []
    payments = Payment.objects.filter(attempt__order=order).select_related("attempt")
    for payment in payments.order_by("captured_at", "pk"):
        if payment.attempt.mismatch and payment.attempt.accepted_at is None:
            continue
        receipt = Receipt.objects.filter(kind=Receipt.Kind.PAYMENT, payment=payment).first()
        if receipt is None:
            receipt = _receipt(order, payment, now)
            new.append(receipt)
        for refund in payment.refunds.filter(state__in=NOTES).order_by("requested_at", "pk"):
            new += _notes(receipt, refund, now)
    return new


def _receipt(order: Order, payment: Payment, now: dt.datetime) -> Receipt:
    paper = Receipt(order=order, kind=Receipt.Kind.PAYMENT, payment=payment)
    paper.amount_minor = payment.captured_minor
    return _write(paper, _content(order, payment), now)


def _notes(receipt: Receipt, refund: Refund, now: dt.datetime) -> list[Receipt]:
    """The note that a refund calls for now, if it is not written; one that failed without a note calls for none."""
    kind = NOTES[Refund.State(refund.state)]
    written = {one.kind: one for one in Receipt.objects.filter(refund=refund)}
    if kind in written:
        return []
    taken_back = receipt if kind == Receipt.Kind.REFUND else written.get(Receipt.Kind.REFUND)
    if taken_back is None:
        return []
    paper = Receipt(order=receipt.order, kind=kind, payment=receipt.payment, refund=refund)
    paper.amount_minor = refund.amount_minor
    vat = _vat_back(receipt, refund) if kind == Receipt.Kind.REFUND else taken_back.content["vat"]
    content = {**receipt.content, "vat": vat, "takes_back": _mention(taken_back)}
    return [_write(paper, content, now)]


def _write(paper: Receipt, content: Content, now: dt.datetime) -> Receipt:
    """Give the paper its number and its date. The year is the one in the seller's own zone."""
    day = localtime.local_day(now, settings.SITE_TIME_ZONE)
    paper.content = {**content, "seller": _seller(), "issued_on": day.isoformat()}
    paper.currency, paper.livemode, paper.issued_at = paper.payment.currency, paper.order.livemode, now
    paper.year, paper.serial = day.year, _next(year=day.year, livemode=paper.order.livemode)
    paper.save(force_insert=True)
    return paper


def _next(*, year: int, livemode: bool) -> int:
    """The next number; the row of its series is locked until the caller's transaction ends."""
    series, _ = ReceiptSeries.objects.select_for_update().get_or_create(year=year, livemode=livemode)
    ReceiptSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
    series.refresh_from_db()
    return series.last


def _seller() -> Content:
    return {
        "name": settings.SELLER_NAME,
        "address": settings.POSTAL_ADDRESS,
        "email": settings.COACH_EMAIL,
        "vat_id": settings.SELLER_VAT_ID,
        "tax_number": settings.SELLER_TAX_NUMBER,
    }


def _content(order: Order, payment: Payment) -> Content:
    """What a receipt says beside number, date and amount, as it is now. Amounts in minor units.

    What an order costs is in the order's currency; the amounts of tax are in the payment's, like the paper's own.
    """
    part = Instalment.objects.filter(payment=payment).values_list("number", flat=True).first()
    hold = CouponHold.objects.filter(order=order).select_related("coupon").first()
    return {
        "buyer": order.email,
        "order_number": order.number,
        "lines": [
            {"title": line.title, "about": line.about, "amount_minor": line.amount_minor}
            for line in order.lines.all()
        ],
        "currency": order.currency,
        "list_minor": order.list_minor,
        "sale_minor": order.list_minor - order.discount_minor - order.amount_minor,
        "discount_minor": order.discount_minor,
        "code": hold.coupon.code if hold else "",
        "price_minor": order.amount_minor,
        "part": part,
        "parts": order.instalments,
        "total_minor": order.due_minor,
        "is_gift": order.is_gift,
        "vat": _vat(order, payment.captured_minor),
        "method": payment.method,
        "paid_on": localtime.local_day(payment.captured_at, settings.SITE_TIME_ZONE).isoformat(),
        "refund_days": paperwork.refund_days(order),
        "takes_back": None,
    }


def _mention(paper: Receipt) -> Content:
    """How another paper names this one."""
    return {"kind": paper.kind, "number": paper.number, "amount_minor": paper.amount_minor}


def _vat(order: Order, amount_minor: int) -> Content:
    """The tax inside a payment: as the payment company counted it, else by the seller's own rate, if there is one."""
    rate = ""
    if order.tax_minor is not None:
        tax = taxes.share(order.tax_minor, part_minor=amount_minor, whole_minor=order.due_minor)
    else:
        points = settings.VAT_RATE_POINTS
        tax = taxes.inside(amount_minor, points=points)
        rate = f"{points / 100:g}%" if points else ""
    return {
        "is_shown": bool(rate) or order.tax_minor is not None,
        "tax_minor": tax,
        "net_minor": amount_minor - tax,
        "rate": rate,
        "note": settings.VAT_NOTE,
    }


def _vat_back(receipt: Receipt, refund: Refund) -> Content:
    """The tax inside a refund: at the rate of its receipt, and in all never another tax than the receipt's."""
    called_off = Receipt.objects.filter(payment=receipt.payment, kind=Receipt.Kind.REVERSAL).values("refund")
    notes = Receipt.objects.filter(payment=receipt.payment, kind=Receipt.Kind.REFUND)
    standing = notes.exclude(refund__in=called_off)
    back_minor = standing.aggregate(minor=Sum("amount_minor"))["minor"] or 0
    back_tax = sum(one.content["vat"]["tax_minor"] for one in standing)
    vat, amount = receipt.content["vat"], refund.amount_minor
    due = taxes.share(vat["tax_minor"], part_minor=back_minor + amount, whole_minor=receipt.amount_minor)
    tax = min(max(due - back_tax, 0), amount)
    return {**vat, "tax_minor": tax, "net_minor": amount - tax}
