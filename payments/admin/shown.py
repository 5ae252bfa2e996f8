"""How the desk shows money: amounts, states as word and drawing, plain tables, links."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses import fields
from coursesite.lib import money
from coursesite.lib.desk import BAD, GOOD, NEWS, QUIET, TAKE_CARE, pill
from payments.models import Order

STATES = {
    Order.State.OPEN: (QUIET, "clock"),
    Order.State.PROCESSING: (NEWS, "clock"),
    Order.State.PAID: (GOOD, "done"),
    Order.State.PART_PAID: (GOOD, "done"),
    Order.State.OVERPAID: (TAKE_CARE, "caution"),
    Order.State.REVIEW: (TAKE_CARE, "caution"),
    Order.State.PARTLY_REFUNDED: (NEWS, "undo"),
    Order.State.REFUNDED: (QUIET, "undo"),
    Order.State.LOST: (BAD, "error"),
    Order.State.FAILED: (BAD, "error"),
    Order.State.EXPIRED: (QUIET, "clock"),
    Order.State.CANCELLED: (QUIET, "clock"),
}


@dataclass(frozen=True)
class Cell:
    text: str
    url: str = ""
    note: str = ""

    @property
    def is_short(self) -> bool:
        """Amounts and moments are read in one line."""
        return len(self.text) < 26 and any(letter.isdecimal() for letter in self.text)


@dataclass(frozen=True)
class Table:
    """Rows that are only looked at; `empty` is said when there are none."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]  # cells, or what is to be one
    note: str = ""

    @property
    def cells(self) -> list[list[Cell]]:
        return [[one if isinstance(one, Cell) else Cell(str(one)) for one in row] for row in self.rows]


def state(order: Order) -> SafeString:
    """Where an order stands, and whether a bank is looking."""
    found = pill(order.get_state_display(), *STATES[Order.State(order.state)])
    return format_html("{} {}", found, pill("disputed", BAD, "caution")) if order.disputed else found


def amount(minor: int | None, currency: str) -> str:
    return money.amount_text(minor or 0, currency)


def price(order: Order) -> str:
    if not order.amount_minor:
        return "free"
    whole = money.amount_text(order.amount_minor, order.currency)
    return f"{whole} in {order.instalments} payments" if order.is_plan else whole


def moment(value: dt.datetime | None) -> str:
    """A moment in words, as everywhere at the desk."""
    return date_format(value, "DATETIME_FORMAT") if value else ""


def days_left(due_by: dt.datetime | None, now: dt.datetime) -> str:
    """How long there is to answer, in words; empty when nothing is due."""
    if due_by is None:
        return ""
    days = (due_by - now).days
    if days < 0:
        return "the time to answer is over"
    return "less than a day left" if not days else "1 day left" if days == 1 else f"{days} days left"


def order_url(order: Order | int) -> str:
    return reverse("admin:payments_order_change", args=[order if isinstance(order, int) else order.pk])


def order_link(order: Order) -> Cell:
    return Cell(str(order), order_url(order))


def gateway_url(kind: str, key: str, *, livemode: bool) -> str:
    """The payment company's own page about one of its objects."""
    return f"https://dashboard.stripe.com/{'' if livemode else 'test/'}{kind}/{key}"


def typed_minor(text: str, currency: str) -> int:
    """149.00, "usd" -> 14900 minor units. Raises ValidationError in words for anything else, and for nothing."""
    try:
        minor = fields.price_minor(text, currency)
    except ValidationError as error:
        said = [message.replace("the price", "the amount") for message in error.messages]
        raise ValidationError(said) from error
    if not minor:
        raise ValidationError("Write more than zero.")
    return minor


def joined(parts: Iterable[Any]) -> str:
    return ", ".join(str(part) for part in parts if part)
