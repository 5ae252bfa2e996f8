"""What follows from an order's state.

Who is in, which letters go. Inside the caller's transaction, order locked.
"""

import datetime as dt

from accounts.models import User
from courses import access
from courses.models import Grant
from payments import paperwork, waiting
from payments.models import Order

ENDS = {Order.State.REFUNDED: "refunded", Order.State.LOST: "the payment was taken back by the bank"}


def follow(*, order: Order, now: dt.datetime) -> None:
    """Give, leave or take access as the order's state says. The second call changes nothing.

    Paid: access for the account that bought, or a Claim for a guest. All money back: access ends. Any other state,
    also money given back in part or waiting for a look, changes nothing.
    """
    if order.is_paid_for:
        if order.amount_minor:
            paperwork.receipt(order=order, now=now)
        if order.user is not None:
            give(order=order, user=order.user, now=now)
        else:
            waiting.open_for(order=order, now=now)
    elif order.state in ENDS:
        take(order=order, reason=ENDS[Order.State(order.state)], now=now)


def give(*, order: Order, user: User, now: dt.datetime) -> None:
    """Let `user` into everything in the order. An access that was ended by hand stays ended."""
    for line in order.lines.select_related("course"):
        access.grant(user=user, course=line.course, source=line.source, now=now)


def take(*, order: Order, reason: str, now: dt.datetime) -> None:
    """End what this order gave; other reasons to be in stay. The second call changes nothing."""
    sources = [line.source for line in order.lines.all()]
    for grant in Grant.objects.filter(source__in=sources).exclude(state=Grant.State.ENDED):
        access.end(grant=grant, reason=reason, now=now)
        paperwork.access_ended(order=order, grant=grant, reason=reason, now=now)
    waiting.revoke(order=order)
