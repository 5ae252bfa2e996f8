"""What follows from an order's state.

Who is in, which letters go. Inside the caller's transaction, order locked.
"""

import datetime as dt

from django.conf import settings

from accounts.models import User
from courses import access
from courses.models import Grant
from payments import gifts, paperwork, standing, waiting
from payments.models import Order, OrderLine, Plan, Refund
from payments.standing import Access

REASONS = {
    Order.State.REFUNDED: "refunded",
    Order.State.LOST: "the payment was taken back by the bank",
}
BANK_LOOKS = "the bank is looking into the payment"
OVERDUE = "a monthly payment is overdue"
ENDED_WITH_REFUND = "ended with a refund"
GIFT_RESTS = "the payment for your gift is being looked into"
GIFT_BACK = "the gift was called back"


def follow(*, order: Order, plan: Plan | None, now: dt.datetime) -> None:
    """Give, hold, leave or take access as the order's state says. The second call changes nothing.

    Paid: access for the account that bought, a Claim for a guest, a code for a gift. All money back, or a refund
    with which access was to end: it ends. A bank that looks, or a late payment: it rests until that is over. An
    access that somebody ended by hand stays ended. An order whose buyer was forgotten gives that person nothing more.
    """
    refunds = _going_back(order)
    what = _of_whole(order, plan, refunds)
    reason = _reason(order, what)
    lines = list(order.lines.select_related("course"))
    if order.is_gift:
        gone = all(_is_given_back(line, list(refunds)) for line in lines)
        gifts.follow(order=order, access_is=Access.END if gone and what is Access.GIVE else what, now=now)
    elif what is Access.GIVE and order.user is None:
        waiting.open_for(order=order, now=now)
    if what is Access.END:
        waiting.revoke(order=order)
    for line in order.lines.select_related("course"):
        mine = _of_line(line, what, refunds)
        by_refund = mine is Access.END and order.is_paid_for
        why = ENDED_WITH_REFUND if by_refund else reason
        _follow_line(order, line, mine, reason=why, now=now)


def decision(*, order: Order, plan: Plan | None, line: OrderLine) -> Access:
    """What the order's money does for one of its lines, as `follow` does it. Reads only."""
    refunds = _going_back(order)
    return _of_line(line, _of_whole(order, plan, refunds), refunds)


def _going_back(order: Order) -> list[Refund]:
    return list(Refund.objects.filter(payment__attempt__order=order, state__in=Refund.GOING))


def _of_whole(order: Order, plan: Plan | None, refunds: list[Refund]) -> Access:
    if order.forgotten_at is not None and not order.is_gift:
        return Access.END
    return standing.access(
        order.state,
        disputed=order.disputed,
        holds_on_dispute=settings.HOLD_ACCESS_ON_DISPUTE,
        plan=plan.state if plan else None,
        coach_ends=any(one.ends_access and one.line_id is None for one in refunds),
    )


def _of_line(line: OrderLine, what: Access, refunds: list[Refund]) -> Access:
    return Access.END if what is Access.GIVE and _is_given_back(line, refunds) else what


def _reason(order: Order, what: Access) -> str:
    """Why, for whoever has the access; the giver's affairs are not told to whom a gift was given."""
    if order.is_gift:
        return GIFT_RESTS if what is Access.HOLD else GIFT_BACK
    if order.state in REASONS:
        return REASONS[Order.State(order.state)]
    return BANK_LOOKS if order.disputed else OVERDUE


def _is_given_back(line: OrderLine, refunds: list[Refund]) -> bool:
    """Was all of this line given back, or its access ended with a refund?"""
    mine = [one for one in refunds if one.line_id == line.pk]
    whole = sum(one.amount_minor for one in mine) >= line.amount_minor > 0
    return whole or any(one.ends_access for one in mine)


def _follow_line(order: Order, line: OrderLine, what: Access, *, reason: str, now: dt.datetime) -> None:
    """Bring the grants of one line in line; other reasons to be in stay."""
    sources = [line.source, *([order.gift.source] if order.is_gift else [])]
    grants = Grant.objects.filter(source__in=sources, enrolment__course=line.course)
    if what is Access.GIVE:
        if order.user is not None and not order.is_gift:
            access.grant(user=order.user, course=line.course, source=line.source, now=now)
        for grant in grants.filter(actor=None).exclude(state=Grant.State.ACTIVE):
            access.restore(grant=grant, now=now)
    elif what is Access.HOLD:
        for grant in grants.filter(state=Grant.State.ACTIVE):
            access.suspend(grant=grant, reason=reason, now=now)
            paperwork.access_rests(order=order, grant=grant, reason=reason, now=now)
    elif what is Access.END:
        for grant in grants.exclude(state=Grant.State.ENDED):
            access.end(grant=grant, reason=reason, now=now)
            paperwork.access_ended(order=order, grant=grant, reason=reason, now=now)


def give(*, order: Order, user: User, now: dt.datetime) -> None:
    """Let `user` into everything in the order, as whoever it waited for. An access ended by hand stays ended."""
    for line in order.lines.select_related("course"):
        access.grant(user=user, course=line.course, source=line.source, now=now)
