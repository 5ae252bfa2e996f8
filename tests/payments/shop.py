"""Short words for what happens in a shop, and what must be true afterwards whatever happened."""

import datetime as dt
from typing import Any

from django.db.models import Q

from accounts.models import User
from courses.models import Course, Grant
from mailing.models import Letter
from payments import checkout, ordering, settlement
from payments.models import (
    Attempt,
    Claim,
    Coupon,
    CouponHold,
    Gift,
    Order,
    Payment,
    Receipt,
    ReceiptSeries,
)
from tests.payments.world import GOOD, World

COACHS = "coach-money"


def begin(
    course: Course,
    *,
    now: dt.datetime,
    user: User | None = None,
    email: str = "ann@example.org",
    tab: str = "tab",
    **wishes: Any,
) -> Attempt:
    """Somebody presses buy; the attempt whose pay page is open now. `wishes` as in checkout.start."""
    shopper = ordering.Shopper(email=user.email if user else email, user=user, browser=tab)
    order = checkout.start(course=course, shopper=shopper, now=now, **wishes).order
    return order.attempts.filter(state__in=Attempt.ALIVE).get()


def grants() -> list[tuple[str, str]]:
    """Who is in how: (address, state) of every grant."""
    return list(Grant.objects.order_by("pk").values_list("enrolment__user__email", "state"))


def letters() -> list[str]:
    """The names of all service letters to buyers, sorted."""
    service = Letter.objects.filter(revision__step__sequence__slug="service")
    return sorted(service.exclude(revision__step__key=COACHS).values_list("revision__step__key", flat=True))


def coach_letters() -> list[str]:
    """What the coach was told, by the key that says it is told once."""
    told = Letter.objects.filter(revision__step__key=COACHS)
    return sorted(
        key.partition(":")[2].partition(":")[0] for key in told.values_list("dedupe_key", flat=True)
    )


def state(attempt: Attempt) -> str:
    return Order.objects.get(pk=attempt.order_id).state


def paid_order(course: Course, world: World, *, now: dt.datetime, number: str = GOOD, **how: Any) -> Order:
    """Somebody buys and pays, and we have heard of it; `how` as in `begin`."""
    attempt = begin(course, now=now, **how)
    world.pay(attempt.session_id or "", number)
    return settlement.settle(attempt=attempt, now=now)


def assert_sound() -> None:
    """Money, access, papers and letters agree in every order."""
    for payment in Payment.objects.all():
        assert 0 <= payment.refunded_minor + payment.lost_minor <= payment.captured_minor
    for order in Order.objects.prefetch_related("lines"):
        assert order.lock_token is None, f"{order} is still locked"
        assert sum(line.amount_minor for line in order.lines.all()) == order.amount_minor
        _assert_state(order)
        _assert_access(order)
        if order.is_gift:
            _assert_gift(order)
        _assert_papers(order)
    for series in ReceiptSeries.objects.all():
        issued = Receipt.objects.filter(year=series.year, livemode=series.livemode).order_by("serial")
        assert list(issued.values_list("serial", flat=True)) == list(range(1, series.last + 1)), "a gap"
    for coupon in Coupon.objects.all():
        assert coupon.taken == coupon.holds.exclude(state=CouponHold.State.RELEASED).count()


def _assert_state(order: Order) -> None:
    """The ledger of the order's money says what its state says."""
    counted = [one for one in order.attempts.all() if not one.mismatch]
    kept = sum(payment.kept_minor for one in counted for payment in one.payments.all())
    if order.state == Order.State.PAID and not order.attempts.exclude(accepted_at=None).exists():
        assert kept == order.due_minor
    if order.state in (Order.State.REFUNDED, Order.State.LOST):
        assert kept == 0
    if order.is_unfinished:
        assert kept == 0, f"{order} is {order.state} and holds money"


def _assert_access(order: Order) -> None:
    """Who is in, is in because of money that stands; what nobody has waits for somebody."""
    given = [line.source for line in order.lines.all()] + ([order.gift.source] if order.is_gift else [])
    grants = Grant.objects.filter(source__in=given)
    active = grants.filter(state=Grant.State.ACTIVE).count()
    assert grants.count() <= order.lines.count(), f"{order} was given twice"
    if not order.is_paid_for:
        assert active == 0, f"{order} is {order.state} and gives access"
    if order.is_unfinished or order.state == Order.State.REVIEW:
        assert not Claim.objects.filter(order=order, state=Claim.State.CLAIMED).exists()
    if order.forgotten_at is not None:
        assert order.is_gift or active == 0, f"{order} is nobody's and gives access"
    elif order.is_paid_for and not order.is_gift and not order.disputed:
        claim = Claim.objects.filter(order=order).first()
        waits = claim is not None and claim.state == Claim.State.UNCLAIMED
        assert waits == (order.user is None), f"{order} is paid and nobody has it"
        assert waits or grants.count() == order.lines.count()


def _assert_gift(order: Order) -> None:
    """Paid and undisputed: the code is good or was used. Never paid, or all given back: it opens nothing."""
    gift = order.gift
    if gift.state == Gift.State.WAITING:
        assert order.is_paid_for and gift.redeemed_by is None
    if gift.state == Gift.State.REDEEMED:
        assert Grant.objects.filter(source=gift.source, enrolment__user=gift.redeemed_by).count() == 1
    if not order.is_paid_for:
        assert gift.state != Gift.State.WAITING, f"{order} is {order.state} and its code is good"
    told = Letter.objects.filter(dedupe_key__startswith=f"gift-recipient:{gift.pk}:")
    letters, known = told.exclude(state=Letter.State.CANCELLED).count(), [gift.sent_at, gift.sent_again_at]
    assert letters == len([one for one in known if one]) or (
        all(known) and letters > 2
    )  # more by the desk alone


def _assert_papers(order: Order) -> None:
    """One receipt for each payment that counts, at most one letter for each paper."""
    attempts = order.attempts.filter(Q(mismatch="") | Q(accepted_at__isnull=False))
    payments = Payment.objects.filter(attempt__in=attempts).count()
    assert order.receipts.filter(kind=Receipt.Kind.PAYMENT).count() == payments
    for paper in order.receipts.all():
        letters = Letter.objects.filter(dedupe_key=f"paper:{paper.pk}").count()
        assert letters <= 1 and (letters == 1 or paper.kind != Receipt.Kind.REFUND)
