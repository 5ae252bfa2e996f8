"""A desk with money on it: an order of each kind, and a row in each list about money."""

import datetime as dt
import time
from typing import Any

from django.test import Client

from accounts.models import User
from courses.models import Course
from payments import decisions, gifts, settlement
from payments.models import Attempt, Coupon, EventInbox, Order, Plan, Withdrawal
from sandbox import aftermath
from sandbox.ids import Ids
from sandbox.models import Object
from tests import factories
from tests.payments import shop
from tests.payments.world import World

FAILS_LATER, LATER_DECLINED = "4000000000005126", "4000000000000341"
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def fresh(client: Client, user: User) -> Client:
    """The browser has just shown whose it is."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "code", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def coupon(code: str = "SPRING10", *, now: dt.datetime, **fields: Any) -> Coupon:
    values = {"percent": 10, "created_at": now, "most": 50}
    return Coupon.objects.create(code=code, **{**values, **fields})


def person(number: int) -> User:
    return factories.user(f"buyer{number}@example.org", name=f"Buyer {number}")


def odd(course: Course, world: World, *, now: dt.datetime, number: int = 1) -> Attempt:
    """Somebody has paid 149 for an order over 99."""
    attempt = shop.begin(course, user=person(number), now=now)
    Order.objects.filter(pk=attempt.order_id).update(amount_minor=9900, list_minor=9900)
    attempt.order.lines.update(amount_minor=9900)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    return attempt


def twice(course: Course, world: World, *, now: dt.datetime, number: int = 2) -> Order:
    """Somebody has paid twice."""
    user = person(number)
    attempt = shop.begin(course, user=user, now=now)
    world.pay(attempt.session_id or "")
    Attempt.objects.filter(pk=attempt.pk).update(state=Attempt.State.EXPIRED)
    second = shop.begin(course, user=user, now=now + MINUTE)
    world.pay(second.session_id or "")
    settlement.settle(attempt=second, now=now + MINUTE)
    return settlement.settle(attempt=attempt, now=now + MINUTE)


def disputed(course: Course, world: World, *, now: dt.datetime, number: int = 3) -> Order:
    order = shop.paid_order(course, world, user=person(number), now=now)
    charge = Object.objects.filter(type="charge").latest("number").key
    aftermath.dispute(key=charge, reason="fraudulent", ids=Ids(), now=world.seconds)
    return settlement.settle(attempt=order.attempts.get(), now=now)


def withdrawn(course: Course, world: World, *, now: dt.datetime, number: int = 4) -> Withdrawal:
    order = shop.paid_order(course, world, user=person(number), now=now)
    return Withdrawal.objects.create(order=order, note="It is not for me.", asked_at=now)


def failed(course: Course, world: World, actor: User, *, now: dt.datetime, number: int = 5) -> Order:
    """A refund came back to us."""
    order = shop.paid_order(course, world, user=person(number), now=now, number=FAILS_LATER)
    wish = Withdrawal.objects.create(order=order, asked_at=now)
    [refund] = decisions.give_back_withdrawn(withdrawal=wish, actor=actor, now=now)
    aftermath.send_back(key=refund.gateway_id or "", ids=Ids(), now=world.seconds)
    return settlement.settle(attempt=order.attempts.get(), now=now + MINUTE)


def late(course: Course, world: World, *, now: dt.datetime, number: int = 6) -> Plan:
    """The second of three monthly payments is late. The world is a month older afterwards."""
    price, _ = course.prices.get_or_create(
        key="three", defaults={"title": "Three monthly payments", "payments": 3, "amount_minor": 5000}
    )
    user = person(number)
    order = shop.paid_order(course, world, user=user, now=now, number=LATER_DECLINED, price=price)
    world.at(now + 31 * DAY)
    settlement.settle(attempt=order.attempts.get(), now=now + 31 * DAY)
    return Plan.objects.get(order=order)


def given(course: Course, world: World, *, now: dt.datetime, number: int = 7) -> Order:
    """A gift that waits for its day."""
    wish = gifts.Wish(
        giver_name="Gil",
        recipient_name="Rea",
        message="For your back.",
        recipient_email="rea@example.org",
        send_on=(now + 3 * DAY).date(),
    )
    return shop.paid_order(course, world, user=person(number), now=now, gift=wish)


def dead(order: Order, *, now: dt.datetime, number: int = 8) -> EventInbox:
    return EventInbox.objects.create(
        gateway="stripe", livemode=False, event_id=f"evt_{number}", type="refund.updated",
        attempt=order.attempts.all()[0], state="dead", reason="DownError", tries=10, received_at=now, next_try_at=now,
        done_at=now,
    )  # fmt: skip


def everything(course: Course, world: World, actor: User, *, now: dt.datetime) -> None:
    """One of each; the late plan comes last, because it moves the clock."""
    made = coupon(now=now)
    coupon("TWENTY", now=now, percent=None, amount_minor=2000, currency="usd", note="For old friends")
    shop.paid_order(course, world, user=person(9), now=now, code=made.code)
    shop.paid_order(course, world, now=now, email="guest@example.org")
    odd(course, world, now=now)
    twice(course, world, now=now)
    disputed(course, world, now=now)
    withdrawn(course, world, now=now)
    dead(failed(course, world, actor, now=now), now=now)
    given(course, world, now=now)
    late(course, world, now=now)
