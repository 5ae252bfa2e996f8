"""What the coach decides about money, one verb for each button. The second press finds it decided.

A decision and what follows from it are written in one transaction; the gateway is asked afterwards.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable

from accounts.models import User
from courses import access
from courses.models import Grant
from payments import gifts, instalments, refunds, settlement, story, waiting
from payments.models import Attempt, EventInbox, Order, Payment, Plan, Refund, Withdrawal

Chooser = Callable[[Order], refunds.Parts]
BY_HAND = "ended by the coach"
PAID_OTHERWISE = "the money was given back another way"


class DecidedError(Exception):
    """Somebody decided this meanwhile, or it settled itself."""


class HeldError(Exception):
    """A bank is looking into a payment of this order, and may take back what we gave back."""


def accept(*, attempt: Attempt, actor: User, now: dt.datetime) -> Order:
    """Take a payment that does not match as it is: the order counts as paid, its buyer is let in.

    The second call raises DecidedError, as does one for a payment that went back meanwhile. Raises leases.BusyError.
    """

    def decide(order: Order) -> None:
        odd = Attempt.objects.filter(pk=attempt.pk, state=Attempt.State.PAID, accepted_at=None)
        if any(one.refunds.filter(state__in=Refund.GOING).exists() for one in attempt.payments.all()):
            raise DecidedError
        if not odd.exclude(mismatch="").update(accepted_at=now):
            raise DecidedError
        story.add(order=order, kind=story.CLICKED, says="Payment taken as it is", now=now, actor=actor)

    return settlement.settle_again(order=attempt.order, now=now, decide=decide)


def give_back_mismatch(*, attempt: Attempt, actor: User, now: dt.datetime) -> list[Refund]:
    """Give back all of a payment that does not match. The second call raises DecidedError.

    Raises like refunds.give_back.
    """

    def choose(order: Order) -> refunds.Parts:
        if Attempt.objects.filter(pk=attempt.pk, accepted_at__isnull=False).exists():
            return []
        return [part for part in refunds.all_of_it(order) if part[0].attempt_id == attempt.pk]

    return _give_back(attempt.order, choose, note="It did not match the order.", actor=actor, now=now)


def give_back_spare(*, order: Order, actor: User, now: dt.datetime) -> list[Refund]:
    """Give back what was paid twice; access stays. The second call raises DecidedError. Raises HeldError, and as
    above."""

    def choose(locked: Order) -> refunds.Parts:
        if locked.disputed:
            raise HeldError
        return refunds.spare(locked)

    return _give_back(order, choose, note="It was paid twice.", actor=actor, now=now)


def give_back_withdrawn(*, withdrawal: Withdrawal, actor: User, now: dt.datetime) -> list[Refund]:
    """Give a buyer who asked for it all the money back; settling answers the wish. Second call and errors as above."""

    def choose(order: Order) -> refunds.Parts:
        asked = Withdrawal.objects.filter(pk=withdrawal.pk, state=Withdrawal.State.ASKED)
        return refunds.all_of_it(order) if asked.exists() else []

    return _give_back(withdrawal.order, choose, note="The buyer withdrew.", actor=actor, now=now)


def _give_back(order: Order, choose: Chooser, *, note: str, actor: User, now: dt.datetime) -> list[Refund]:
    try:
        return refunds.give_back_more(order=order, choose=choose, note=note, actor=actor, now=now)
    except refunds.TooMuchError as nothing_left:
        raise DecidedError from nothing_left


def settle_withdrawal(*, withdrawal: Withdrawal, note: str, actor: User, now: dt.datetime) -> None:
    """Close a buyer's wish without money, with a word on how. The second call raises DecidedError."""

    def decide(order: Order) -> None:
        asked = Withdrawal.objects.filter(pk=withdrawal.pk, state=Withdrawal.State.ASKED)
        if not asked.update(state=Withdrawal.State.SETTLED, answered_at=now):
            raise DecidedError
        says = f"Wish to withdraw settled otherwise. {note}".strip()
        story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)

    settlement.settle_again(order=withdrawal.order, now=now, decide=decide)


def refund_again(*, refund: Refund, actor: User, now: dt.datetime) -> Refund:
    """Try once more what came back to us or was refused. The second call raises DecidedError.

    Raises refunds.TooMuchError when so much is not left any more, and like refunds.give_back.
    """
    if not Refund.objects.filter(pk=refund.pk, dealt_with_at=None).exists():
        raise DecidedError
    return refunds.give_back(
        payment=refund.payment,
        amount_minor=refund.amount_minor,
        actor=actor,
        now=now,
        note="Tried again.",
        ends_access=refund.ends_access,
        line=refund.line,
        key=uuid.uuid5(refund.key, "again"),
        instead_of=refund,
    )


def paid_otherwise(*, refund: Refund, actor: User, now: dt.datetime) -> Order:
    """The coach has paid a failed refund some other way. Access ends if it would have ended with the refund,
    and an unopened gift is called back.

    The second call raises DecidedError. Raises leases.BusyError.
    """

    def decide(order: Order) -> None:
        if not Refund.objects.filter(pk=refund.pk, dealt_with_at=None).update(dealt_with_at=now):
            raise DecidedError
        says = "The refund that failed was paid another way"
        story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)
        _end_access(_grants_ending_with(refund, order), reason=PAID_OTHERWISE, actor=actor, now=now)
        if ends_all(refund):
            waiting.revoke(order=order)
            gifts.call_back(order=order, now=now)

    return settlement.settle_again(order=refund.payment.attempt.order, now=now, decide=decide)


def ends_all(refund: Refund) -> bool:
    """Would nothing be left of the order's money after it, or was access to end with it?"""
    kept = sum(one.kept_minor for one in Payment.objects.filter(attempt__order=refund.payment.attempt.order))
    return kept <= refund.amount_minor or (refund.ends_access and refund.line is None)


def _grants_ending_with(refund: Refund, order: Order) -> Iterable[Grant]:
    if ends_all(refund):
        return grants_of(order)
    line = refund.line
    if line is not None and (refund.ends_access or refund.amount_minor >= line.amount_minor):
        return [one for one in grants_of(order) if one.enrolment.course_id == line.course_id]
    return []


def grants_of(order: Order) -> list[Grant]:
    """By what an order lets people in, and that is not ended."""
    sources = [line.source for line in order.lines.all()] + ([order.gift.source] if order.is_gift else [])
    found = Grant.objects.filter(source__in=sources).exclude(state=Grant.State.ENDED)
    return list(found.select_related("enrolment__user", "enrolment__course"))


def _end_access(grants: Iterable[Grant], *, reason: str, actor: User, now: dt.datetime) -> None:
    for grant in grants:
        access.end(grant=grant, reason=reason, actor=actor, now=now)


def give_up_rest(*, plan: Plan, actor: User, now: dt.datetime) -> Order:
    """Ask for no further monthly payment; the course stays open. The second call raises DecidedError.

    Raises leases.BusyError before anything is written; gateway.DownError and gateway.RefusedError after: then
    reconciliation has the gateway stop.
    """
    return _give_up(plan, end_access=False, actor=actor, now=now)


def end_plan(*, plan: Plan, actor: User, now: dt.datetime) -> Order:
    """Give up the rest, and end access for good: it does not come back by a late payment. Otherwise as above."""
    return _give_up(plan, end_access=True, actor=actor, now=now)


def _give_up(plan: Plan, *, end_access: bool, actor: User, now: dt.datetime) -> Order:
    def decide(order: Order) -> None:
        if not instalments.give_up(order=order):
            raise DecidedError
        says = "The payments still to come are given up" + (", access ends" if end_access else "")
        story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)
        if end_access:
            _end_access(grants_of(order), reason=BY_HAND, actor=actor, now=now)

    order = settlement.settle_again(order=plan.order, now=now, decide=decide)
    attempt = order.attempts.filter(subscription_id=plan.subscription_id).first()
    return settlement.settle(attempt=attempt, now=now) if attempt else order


def ask_again(*, event: EventInbox, actor: User, now: dt.datetime) -> Order:
    """Ask the gateway about what a webhook told that was given up; all given-up ones of that payment are done then.

    The second call raises DecidedError. Raises gateway.DownError, gateway.RefusedError, leases.BusyError: then it
    still waits.
    """
    attempt = event.attempt
    if attempt is None or not EventInbox.objects.filter(pk=event.pk, state=EventInbox.State.DEAD).exists():
        raise DecidedError
    order = settlement.settle(attempt=attempt, now=now)
    dead = EventInbox.objects.filter(attempt=attempt, state=EventInbox.State.DEAD)
    if dead.update(state=EventInbox.State.DONE, reason="asked again at the desk", done_at=now):
        says = "The payment company was asked again"
        story.add(order=order, kind=story.CLICKED, says=says, now=now, actor=actor)
    return order
