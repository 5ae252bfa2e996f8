"""Short words for what happens in a shop, and what must be true afterwards whatever happened."""

import datetime as dt

from accounts.models import User
from courses.models import Course, Grant
from mailing.models import Letter
from payments import checkout
from payments.models import Attempt, Claim, Order, Payment


def begin(
    course: Course,
    *,
    now: dt.datetime,
    user: User | None = None,
    email: str = "ann@example.org",
    tab: str = "tab",
) -> Attempt:
    """Somebody presses buy; the attempt whose pay page is open now."""
    shopper = checkout.Shopper(email=user.email if user else email, user=user, browser=tab)
    order = checkout.start(course=course, shopper=shopper, now=now).order
    return order.attempts.filter(state__in=Attempt.ALIVE).get()


def grants() -> list[tuple[str, str]]:
    """Who is in how: (address, state) of every grant."""
    return list(Grant.objects.order_by("pk").values_list("enrolment__user__email", "state"))


def letters() -> list[str]:
    """The keys of all service letters, by name."""
    service = Letter.objects.filter(revision__step__sequence__slug="service")
    return sorted(service.values_list("revision__step__key", flat=True))


def state(attempt: Attempt) -> str:
    return Order.objects.get(pk=attempt.order_id).state


def assert_sound() -> None:
    """Money, access and letters agree in every order."""
    for payment in Payment.objects.all():
        assert 0 <= payment.refunded_minor <= payment.captured_minor
    for order in Order.objects.prefetch_related("lines"):
        assert order.lock_token is None, f"{order} is still locked"
        assert sum(line.amount_minor for line in order.lines.all()) == order.amount_minor
        given = Grant.objects.filter(source__in=[line.source for line in order.lines.all()])
        active = given.filter(state=Grant.State.ACTIVE).count()
        assert given.count() <= order.lines.count(), f"{order} was given twice"
        if order.is_unfinished or order.state == Order.State.REVIEW:
            assert given.count() == 0, f"{order} is {order.state} and gives access"
            assert not Claim.objects.filter(order=order).exists()
        if order.state in (Order.State.REFUNDED, Order.State.LOST):
            assert active == 0, f"{order} is {order.state} and gives access"
        if order.is_paid_for:
            claim = Claim.objects.filter(order=order).first()
            waits = claim is not None and claim.state == Claim.State.UNCLAIMED
            assert waits == (order.user is None), f"{order} is paid and nobody has it"
            assert waits or given.count() == order.lines.count()
        receipts = Letter.objects.filter(dedupe_key=f"receipt:{order.key}").count()
        assert receipts <= 1 and (receipts == 1) >= bool(order.is_paid_for and order.amount_minor)
