"""From "I want this" to the pay page: an Order with its price, an Attempt, then a Session at the gateway."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from courses import access
from courses.models import Course, Price
from coursesite.lib import money
from payments import coupons, gateway, gifts, leases, ordering, paperwork, pricing, settlement, story
from payments.models import Attempt, Order, OrderLine
from payments.ordering import Shopper

log = logging.getLogger(__name__)
SESSION_LASTS = dt.timedelta(minutes=35)  # the gateway wants 30 from its own clock on
FRESH = dt.timedelta(minutes=4)  # so long after its making an attempt can still be opened as wished


class AlreadyInError(Exception):
    """This person has the course."""


class AlreadyPaidError(Exception):
    """This shopper has paid for the course, or the bank is still confirming; `order` says which."""

    def __init__(self, order: Order) -> None:
        super().__init__(str(order))
        self.order = order


class NotSoldError(Exception):
    """The course is a draft or archived."""


class CodeGoneError(Exception):
    """The order ran out and its code was used up by others meanwhile; `order` is cancelled, nothing was charged."""

    def __init__(self, order: Order) -> None:
        super().__init__(str(order))
        self.order = order


class OfferGoneError(Exception):
    """The course is not sold any more, or no longer at this order's price; nothing was charged."""

    def __init__(self, order: Order) -> None:
        super().__init__(str(order))
        self.order = order


class GatewayTroubleError(Exception):
    """The gateway does not answer now.

    Nothing is lost: `order` can be paid with the same call in a moment.
    """

    def __init__(self, order: Order) -> None:
        super().__init__(str(order))
        self.order = order


@dataclass(frozen=True)
class Started:
    order: Order
    url: str  # the pay page; empty when there was nothing to pay


def start(
    *,
    course: Course,
    shopper: Shopper,
    now: dt.datetime,
    price: Price | None = None,
    code: str = "",
    gift: gifts.Wish | None = None,
    at_once: bool = True,
    may_remind: bool = False,
) -> Started:
    """Order a course for somebody who agreed to the terms, and open its pay page; what is free is given at once.

    `price` is another way to pay than the course's own price, `at_once` the wish to be let in before the time to
    withdraw is over, `may_remind` the yes to one letter if it is not paid. Must not be called in a transaction.
    The second call, from another tab or by a double click, leads to the same order and the same Session. Raises
    AlreadyInError, AlreadyPaidError, NotSoldError, CodeGoneError, OfferGoneError, coupons.NotValidError,
    gifts.NothingPaidError, GatewayTroubleError.
    """
    if course.status != Course.Status.PUBLISHED:
        raise NotSoldError
    if shopper.user and gift is None and access.of(shopper.user, course):
        raise AlreadyInError
    quote = pricing.quote(course=course, price=price, code=code, now=now, shopper=shopper.word)
    if gift is not None and not quote.amount_minor:
        raise gifts.NothingPaidError
    consents = {"at_once_at": now if at_once else None, "may_remind_at": now if may_remind else None}
    order = _order(course, shopper, quote, gift, consents, now)
    _withdraw_others(shopper=shopper.word, is_gift=gift is not None, course=course, but=order, now=now)
    if not order.amount_minor:
        with _given_up_if_gone(order), transaction.atomic():
            _hold_again(order, now=now)
        return Started(settlement.settle_free(order=order, now=now), url="")
    return Started(order, url=pay_address(order=order, now=now))


def pay_address(*, order: Order, now: dt.datetime) -> str:
    """The address of the order's one open pay page; a new one if the last has ended. Again: the same address.

    Raises AlreadyPaidError, CodeGoneError, OfferGoneError, GatewayTroubleError.
    """
    for _ in range(2):
        attempt = _alive(order=order, now=now)
        if attempt.session_id is None and now - attempt.created_at <= FRESH and _open(attempt):
            return attempt.url
        _look(attempt, now=now)
        if attempt.state == Attempt.State.OPEN and not attempt.is_over(now):
            return attempt.url
    raise GatewayTroubleError(order)


def _order(
    course: Course,
    shopper: Shopper,
    quote: pricing.Quote,
    gift: gifts.Wish | None,
    consents: dict[str, dt.datetime | None],
    now: dt.datetime,
) -> Order:
    """The order; a use of the code held by another unpaid order of the same shopper moves over to it.

    Raises coupons.UsedUpError.
    """
    wanted: dict[str, Any] = {
        "course": course, "shopper": shopper, "quote": quote, "gift": gift, "consents": consents, "now": now
    }  # fmt: skip
    try:
        return ordering.order_for(**wanted)
    except coupons.UsedUpError:
        _withdraw_others(shopper=shopper.word, is_gift=gift is not None, course=course, but=None, now=now)
        return ordering.order_for(**wanted)


def _withdraw_others(
    *, shopper: str, is_gift: bool, course: Course, but: Order | None, now: dt.datetime
) -> None:
    """Close the pay pages of older orders that this one replaces (another price, another address)."""
    others = Attempt.objects.filter(
        order__shopper=shopper,
        order__is_gift=is_gift,
        order__lines__course=course,
        state=Attempt.State.OPEN,
    ).exclude(order=but)
    for attempt in others.select_related("order"):
        try:
            gateway.expire_session(attempt.session_id or "")
        except gateway.RefusedError:
            pass  # it was paid or ended a moment ago: the next look tells
        except gateway.DownError as down:
            raise GatewayTroubleError(but or attempt.order) from down
        _look(attempt, now=now)


def _alive(*, order: Order, now: dt.datetime) -> Attempt:
    """The order's one living attempt, made if there is none. Locks the order.

    Raises AlreadyPaidError, CodeGoneError, OfferGoneError.
    """
    with _given_up_if_gone(order), transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not order.is_unfinished:
            raise AlreadyPaidError(order)
        found = order.attempts.filter(state__in=Attempt.ALIVE).first()
        if found:
            return found
        if not pricing.is_kept(order, now=now):
            raise OfferGoneError(order)
        _hold_again(order, now=now)
        order.state = Order.State.OPEN
        order.save(update_fields=["state"])
        return Attempt.objects.create(
            order=order,
            idempotency_key=str(uuid.uuid4()),
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )


def _hold_again(order: Order, *, now: dt.datetime) -> None:
    """An order that ran out gave its code's use back: take one up again. Needs a transaction.

    Raises coupons.UsedUpError.
    """
    hold = getattr(order, "coupon_hold", None)
    if hold is not None:
        coupons.hold(order=order, coupon=hold.coupon, user=order.user, now=now)


@contextmanager
def _given_up_if_gone(order: Order) -> Iterator[None]:
    """An order whose code is used up is cancelled: it cannot be paid as it was made. Raises CodeGoneError."""
    try:
        yield
    except coupons.UsedUpError as gone:
        Order.objects.filter(pk=order.pk, state__in=Order.UNFINISHED).update(state=Order.State.CANCELLED)
        raise CodeGoneError(order) from gone


def _open(attempt: Attempt) -> bool:
    """Have the Session created, with the key and the wish that were stored before; False if that was refused.

    Raises GatewayTroubleError: then the same call may be made again.
    """
    unborn = Attempt.objects.filter(pk=attempt.pk, session_id=None)
    try:
        session = gateway.create_session(_wish(attempt), idempotency_key=attempt.idempotency_key)
    except gateway.DownError as down:
        log.warning("%s: the gateway did not answer (%s).", attempt.order, down)
        unborn.update(state=Attempt.State.UNKNOWN)
        raise GatewayTroubleError(attempt.order) from down
    except gateway.RefusedError as refused:
        log.error("%s: the gateway refused to open a pay page (%s).", attempt.order, refused)
        return False
    opened = {"session_id": session.id, "url": session.url, "expires_at": session.expires_at}
    with transaction.atomic():
        if unborn.update(state=Attempt.State.OPEN, **opened):
            says = f"Pay page opened ({session.id})"
            story.add(order=attempt.order, kind=story.ASKED, says=says, now=attempt.created_at)
    attempt.refresh_from_db()
    return True


def _wish(attempt: Attempt) -> gateway.Wish:
    """Made of stored values alone, so that the same key always goes with the same parameters."""
    order = attempt.order
    return gateway.Wish(
        attempt_key=attempt.key,
        lines=tuple(_wished(line, order) for line in order.lines.all()),
        currency=order.currency,
        email=order.email,
        reference=order.number,
        success_url=paperwork.address("payments:return", order.key) + "?session_id={CHECKOUT_SESSION_ID}",
        cancel_url=paperwork.address("payments:cancelled", order.key),
        expires_at=attempt.expires_at,
        monthly=order.is_plan,
        tax=order.tax,
    )


def _wished(line: OrderLine, order: Order) -> tuple[str, str, int]:
    if not order.is_plan:
        return line.title, line.about, line.amount_minor
    each = money.amount_text(order.each_minor, order.currency)
    about = f"{order.instalments} monthly payments of {each}. They end by themselves."
    return line.title, about, line.amount_minor // order.instalments


def _look(attempt: Attempt, *, now: dt.datetime) -> None:
    """Learn how a pay page stands. One that the gateway does not know is given up, and only then a new key is taken.

    Raises AlreadyPaidError, GatewayTroubleError.
    """
    try:
        order = settlement.settle(attempt=attempt, now=now)
    except (gateway.DownError, gateway.RefusedError, leases.BusyError) as trouble:
        raise GatewayTroubleError(attempt.order) from trouble
    attempt.refresh_from_db()
    if not order.is_unfinished or order.state == Order.State.PROCESSING:
        raise AlreadyPaidError(order)
    if attempt.session_id is None:
        Attempt.objects.filter(pk=attempt.pk, session_id=None).update(state=Attempt.State.NEVER_EXISTED)
