"""What the page of one order shows beside its story: facts, and small tables of money and papers."""

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse

from payments import words
from payments.admin import shown
from payments.admin.shown import Cell, Table
from payments.models import (
    Claim,
    CouponHold,
    Dispute,
    Gift,
    Instalment,
    Order,
    OrderLine,
    Payment,
    Receipt,
    Refund,
    Withdrawal,
)


def facts(order: Order) -> list[tuple[str, Cell]]:
    """Label and value, those that are not empty."""
    account = reverse("admin:accounts_user_change", args=[order.user_id]) if order.user_id else ""
    found = [
        ("Bought by", Cell(order.email)),
        ("Account", Cell(str(order.user), account) if order.user else Cell("none yet")),
        ("Ordered", Cell(shown.moment(order.created_at))),
        ("Paid", Cell(shown.moment(order.paid_at))),
        ("Code used", _code(order)),
        ("Price before", _before(order)),
        ("Tax", _tax(order)),
        ("Agreed to terms", Cell(f"version {order.terms_version}, {shown.moment(order.agreed_at)}")),
        (
            "Let in at once",
            Cell(f"asked for it, {shown.moment(order.at_once_at)}" if order.at_once_at else "no"),
        ),
        ("Reminder", _reminder(order)),
        ("Address corrected", Cell(shown.moment(order.corrected_at))),
        ("Waiting", _claim(order)),
        ("Real money", Cell("yes" if order.livemode else "no, practice")),
        ("Public id", Cell(str(order.key))),
    ]
    return [(label, cell) for label, cell in found if cell.text]


def _code(order: Order) -> Cell:
    hold = CouponHold.objects.filter(order=order).select_related("coupon").first()
    if hold is None:
        return Cell("")
    url = reverse("admin:payments_coupon_change", args=[hold.coupon_id])
    return Cell(hold.coupon.code, url, hold.get_state_display())


def _before(order: Order) -> Cell:
    if order.list_minor == order.amount_minor:
        return Cell("")
    off = (
        f", {shown.amount(order.discount_minor, order.currency)} off by the code"
        if order.discount_minor
        else ""
    )
    return Cell(f"{shown.amount(order.list_minor, order.currency)}{off}")


def _tax(order: Order) -> Cell:
    if order.tax == Order.Tax.INCLUDED:
        return Cell("")
    counted = "" if order.tax_minor is None else shown.amount(order.tax_minor, order.currency)
    return Cell(order.get_tax_display(), note=counted)


def _reminder(order: Order) -> Cell:
    if order.may_remind_at is None:
        return Cell("not allowed")
    sent = f", sent {shown.moment(order.reminded_at)}" if order.reminded_at else ", none sent"
    return Cell(f"one allowed{sent}")


def _claim(order: Order) -> Cell:
    claim = Claim.objects.filter(order=order).first()
    if claim is None:
        return Cell("")
    url = reverse("admin:payments_claim_change", args=[claim.pk])
    says = {
        Claim.State.UNCLAIMED: "for whoever proves the address",
        Claim.State.CLAIMED: "no more, it was taken",
        Claim.State.REVOKED: "no more, its link is dead",
    }
    return Cell(says[Claim.State(claim.state)], url)


def tables(order: Order, *, now: dt.datetime) -> list[Table]:
    """Those that have rows; what was bought always has."""
    found = [
        _lines(order),
        _payments(order),
        _refunds(order),
        _disputes(order, now),
        _instalments(order),
        _gift(order),
        _papers(order),
        _withdrawals(order),
    ]
    return [table for table in found if table.rows]


def _lines(order: Order) -> Table:
    lines = OrderLine.objects.filter(order=order).select_related("course")
    rows = [
        [Cell(one.title, reverse("admin:courses_course_change", args=[one.course_id])),
         shown.amount(one.amount_minor, order.currency)]
        for one in lines
    ]  # fmt: skip
    return Table("What was bought", ["Course", "Price"], rows)


def _payments(order: Order) -> Table:
    payments = Payment.objects.filter(attempt__order=order)
    rows = [
        [shown.moment(one.captured_at), shown.amount(one.captured_minor, one.currency),
         shown.amount(one.refunded_minor, one.currency), shown.amount(one.lost_minor, one.currency),
         one.method.replace("_", " "),
         Cell(one.gateway_id, shown.gateway_url("payments", one.gateway_id, livemode=order.livemode))]
        for one in payments
    ]  # fmt: skip
    return Table(
        "Payments", ["Came", "Amount", "Given back", "Lost to a bank", "By", "At the payment company"], rows
    )


def _refunds(order: Order) -> Table:
    refunds = Refund.objects.filter(payment__attempt__order=order).select_related("payment", "line", "actor")
    return Table(
        "Refunds",
        ["Asked for", "Amount", "State", "Access", "Why", "By"],
        [list(_refund(one)) for one in refunds],
    )


def _refund(one: Refund) -> Iterator[Cell | str]:
    yield shown.moment(one.requested_at)
    yield shown.amount(one.amount_minor, one.payment.currency)
    yield Cell(one.get_state_display(), note=words.refund_failed(one.failure) if one.failure else "")
    yield "ends with it" if one.ends_access else f"of {one.line}" if one.line else "by what is left"
    yield one.note
    yield str(one.actor or "the payment company’s page")


def _disputes(order: Order, now: dt.datetime) -> Table:
    disputes = Dispute.objects.filter(payment__attempt__order=order).select_related("payment")
    rows = [
        [shown.moment(one.opened_at), shown.amount(one.amount_minor, one.payment.currency),
         words.dispute(one.status), words.dispute_reason(one.reason),
         Cell(shown.moment(one.due_by), note=shown.days_left(one.due_by, now)) if one.status in WANTS else "",
         Cell(one.gateway_id, shown.gateway_url("disputes", one.gateway_id, livemode=order.livemode))]
        for one in disputes
    ]  # fmt: skip
    heads = [
        "Opened",
        "Amount",
        "How it stands",
        "The reason given",
        "Answer before",
        "At the payment company",
    ]
    return Table("Disputes", heads, rows)


WANTS = ["needs_response", "warning_needs_response", "appeal_needs_response"]


def _instalments(order: Order) -> Table:
    payments = Instalment.objects.filter(plan__order=order).select_related("payment", "plan")
    return instalments(list(payments), order)


def instalments(payments: list[Instalment], order: Order) -> Table:
    rows = [
        [f"{one.number} of {order.instalments}", shown.amount(one.amount_minor, order.currency),
         shown.moment(one.due_at),
         Cell(one.get_state_display(), note=words.decline(one.decline_code)), shown.moment(one.next_try_at)]
        for one in payments
    ]  # fmt: skip
    return Table("Monthly payments", ["Payment", "Amount", "Due", "State", "Tried again"], rows)


def _gift(order: Order) -> Table:
    gifts = Gift.objects.filter(order=order).select_related("recipient")
    rows = [
        [Cell(one.get_state_display(), reverse("admin:payments_gift_change", args=[one.pk])),
         one.giver_name or order.email,
         shown.joined([one.recipient_name, one.recipient.email if one.recipient else "handed on by the giver"])]
        for one in gifts
    ]  # fmt: skip
    return Table("Gift", ["State", "From", "For"], rows)


def _papers(order: Order) -> Table:
    rows = [
        [Cell(one.number, paper_url(one, order)), one.get_kind_display(), shown.moment(one.issued_at),
         shown.amount(one.amount_minor, one.currency)]
        for one in Receipt.objects.filter(order=order).order_by("year", "serial")
    ]  # fmt: skip
    return Table("Papers", ["Number", "Kind", "Written", "Amount"], rows)


def paper_url(paper: Receipt, order: Order) -> str:
    return reverse("payments:paper", args=[order.key, paper.number])


def _withdrawals(order: Order) -> Table:
    rows = [
        [shown.moment(one.asked_at), one.note, one.get_state_display(), shown.moment(one.answered_at)]
        for one in Withdrawal.objects.filter(order=order)
    ]
    return Table("Wishes to withdraw", ["Asked", "In their own words", "Answer", "Answered"], rows)
