"""Orders and their money written straight into the rows, for papers whose money took a rare way."""

import datetime as dt
import itertools
from typing import Any

from courses.models import Course
from mailing import contacts
from payments.models import Attempt, Order, Payment, Refund

number = itertools.count(1)


def order(course: Course, *, now: dt.datetime, minor: int = 14900, **fields: Any) -> Order:
    """An order with one paid attempt and no money yet."""
    once = next(number)
    values: dict[str, Any] = {
        "list_minor": minor,
        "amount_minor": minor,
        "currency": "usd",
        "livemode": False,
        "state": Order.State.PAID,
        "paid_at": now,
        "gateway": "stripe",
    }
    made = Order.objects.create(
        shopper=f"browser:{once}", cart=f"cart-{once}", contact=contacts.of("ann@example.org", now=now),
        email="ann@example.org", email_key="ann@example.org", terms_version="1", agreed_at=now,
        created_at=now, **values | fields,
    )  # fmt: skip
    made.lines.create(course=course, title=course.title, about=course.tagline, amount_minor=minor)
    Attempt.objects.create(
        order=made, idempotency_key=f"key-{once}", session_id=f"cs_{once}", state=Attempt.State.PAID,
        created_at=now, expires_at=now,
    )  # fmt: skip
    return made


def payment(order: Order, minor: int, *, now: dt.datetime, **fields: Any) -> Payment:
    attempt = order.attempts.get()
    values = {"captured_minor": minor, "currency": order.currency, "method": "card"}
    return Payment.objects.create(
        attempt=attempt, gateway_id=f"pi_{next(number)}", captured_at=now, seen_at=now, **{**values, **fields}
    )


def refund(payment: Payment, minor: int, *, now: dt.datetime, state: str = "succeeded") -> Refund:
    return Refund.objects.create(
        payment=payment, gateway_id=f"re_{next(number)}", amount_minor=minor, state=state, requested_at=now
    )
