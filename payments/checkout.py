"""From "I want this" to the pay page: an Order with its price, an Attempt, then a Session at the gateway."""

import datetime as dt
import hashlib
import logging
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import User
from courses import access
from courses.models import Course
from mailing import addresses, contacts
from payments import gateway, leases, paperwork, settlement
from payments.models import Attempt, Order, OrderLine

log = logging.getLogger(__name__)
TERMS_VERSION = "2026-11"  # change it together with the words of the terms page
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


class GatewayTroubleError(Exception):
    """The gateway does not answer now.

    Nothing is lost: `order` can be paid with the same call in a moment.
    """

    def __init__(self, order: Order) -> None:
        super().__init__(str(order))
        self.order = order


@dataclass(frozen=True)
class Shopper:
    """Who buys: an account, or a browser by a secret word in its session, with the address it gave."""

    email: str
    user: User | None = None
    browser: str = ""

    @property
    def word(self) -> str:
        return f"user:{self.user.pk}" if self.user else f"browser:{self.browser}"


@dataclass(frozen=True)
class Started:
    order: Order
    url: str  # the pay page; empty when there was nothing to pay


def start(*, course: Course, shopper: Shopper, now: dt.datetime) -> Started:
    """Order a course for somebody who agreed to the terms, and open its pay page; a free course is given at once.

    Must not be called in a transaction. The second call, from another tab or by a double click, leads to the same
    order and the same Session. Raises AlreadyInError, AlreadyPaidError, NotSoldError, GatewayTroubleError.
    """
    if course.status != Course.Status.PUBLISHED:
        raise NotSoldError
    if shopper.user and access.of(shopper.user, course):
        raise AlreadyInError
    order = _order(course=course, shopper=shopper, now=now)
    _withdraw_others(order=order, course=course, now=now)
    if not order.amount_minor:
        return Started(settlement.settle_free(order=order, now=now), url="")
    return Started(order, url=pay_address(order=order, now=now))


def pay_address(*, order: Order, now: dt.datetime) -> str:
    """The address of the order's one open pay page; a new one if the last has ended. Again: the same address.

    Raises AlreadyPaidError, GatewayTroubleError.
    """
    for _ in range(2):
        attempt = _alive(order=order, now=now)
        if attempt.session_id is None and now - attempt.created_at <= FRESH and _open(attempt):
            return attempt.url
        _look(attempt, now=now)
        if attempt.state == Attempt.State.OPEN and not attempt.is_over(now):
            return attempt.url
    raise GatewayTroubleError(order)


def _order(*, course: Course, shopper: Shopper, now: dt.datetime) -> Order:
    """The shopper's unfinished order for this course at this price, or a new one."""
    cart = _cart(course=course, shopper=shopper)
    found = Order.objects.unfinished().filter(cart=cart).first()
    if found:
        return found
    try:
        with transaction.atomic():
            order = Order.objects.create(
                shopper=shopper.word,
                cart=cart,
                user=shopper.user,
                contact=contacts.of(shopper.email, now=now),
                email=shopper.email.strip(),
                email_key=addresses.key(shopper.email),
                amount_minor=course.price_minor,
                currency=course.currency.lower(),
                gateway=gateway.NAME if course.price_minor else "",
                livemode=gateway.is_live(),
                terms_version=TERMS_VERSION,
                agreed_at=now,
                created_at=now,
            )
            OrderLine.objects.create(
                order=order,
                course=course,
                title=course.title,
                about=course.tagline,
                amount_minor=course.price_minor,
            )
            return order
    except IntegrityError:  # the other click was faster
        return Order.objects.unfinished().get(cart=cart)


def _cart(*, course: Course, shopper: Shopper) -> str:
    what = [
        shopper.word,
        addresses.key(shopper.email),
        course.pk,
        course.price_minor,
        course.currency.lower(),
    ]
    return hashlib.sha256(repr(what).encode()).hexdigest()


def _withdraw_others(*, order: Order, course: Course, now: dt.datetime) -> None:
    """Close the pay pages of older orders that this one replaces (another price, another address)."""
    others = Attempt.objects.filter(
        order__shopper=order.shopper, order__lines__course=course, state=Attempt.State.OPEN
    ).exclude(order=order)
    for attempt in others.select_related("order"):
        try:
            gateway.expire_session(attempt.session_id or "")
        except gateway.RefusedError:
            pass  # it was paid or ended a moment ago: the next look tells
        except gateway.DownError as down:
            raise GatewayTroubleError(order) from down
        _look(attempt, now=now)


def _alive(*, order: Order, now: dt.datetime) -> Attempt:
    """The order's one living attempt, made if there is none. Locks the order. Raises AlreadyPaidError."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not order.is_unfinished:
            raise AlreadyPaidError(order)
        found = order.attempts.filter(state__in=Attempt.ALIVE).first()
        if found:
            return found
        order.state = Order.State.OPEN
        order.save(update_fields=["state"])
        return Attempt.objects.create(
            order=order,
            idempotency_key=str(uuid.uuid4()),
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )


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
    unborn.update(
        state=Attempt.State.OPEN, session_id=session.id, url=session.url, expires_at=session.expires_at
    )
    attempt.refresh_from_db()
    return True


def _wish(attempt: Attempt) -> gateway.Wish:
    """Made of stored values alone, so that the same key always goes with the same parameters."""
    order = attempt.order
    return gateway.Wish(
        attempt_key=attempt.key,
        lines=tuple((line.title, line.about, line.amount_minor) for line in order.lines.all()),
        currency=order.currency,
        email=order.email,
        reference=order.number,
        success_url=paperwork.address("payments:return", order.key) + "?session_id={CHECKOUT_SESSION_ID}",
        cancel_url=paperwork.address("payments:cancelled", order.key),
        expires_at=attempt.expires_at,
    )


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
