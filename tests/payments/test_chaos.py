"""Faults that only real threads, real transactions and real deaths show; run by `make chaos-payments` on PostgreSQL."""

import datetime as dt
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import override_settings
from django.urls import reverse

from accounts.models import User
from courses.models import Course, Grant
from payments import checkout, events, leases, ordering, reconciliation, refunds, settlement
from payments.models import Attempt, EventInbox, Order, Payment, Receipt, Refund
from tests import conftest, factories
from tests.payments import shop
from tests.payments.test_races import at_once
from tests.payments.world import World

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
ROUNDS, HANDS = 50, 16
LATER = dt.timedelta(minutes=10)
SURE = (leases.BusyError, refunds.TooMuchError)  # "somebody else has it": no fault, no trace


def quiet(work: Callable[[], Any]) -> Callable[[], Any]:
    """The work, with being told to wait taken as an answer."""

    def tried() -> Any:
        try:
            return work()
        except SURE:
            return None

    return tried


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_sixteen_hands_on_one_order(
    world: World, course: Course, ann: User, now: dt.datetime, round_: int
) -> None:
    """Webhooks, return pages, reconciliation, the worker and refunds at the same instant."""
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    told = world.events()
    url = f"{reverse('payments:return', args=[attempt.order.key])}?session_id={attempt.session_id}"
    browsers = [conftest.signed_in(ann) for _ in range(4)]
    world.at(now + LATER)
    hands: list[Callable[[], Any]] = [lambda event=one: world.post(event) for one in (told * 4)[:4]]  # type: ignore[misc]
    hands += [lambda browser=one: browser.get(url).status_code for one in browsers]  # type: ignore[misc]
    hands += [quiet(lambda: events.work(now=world.now))] * 3
    hands += [quiet(lambda: reconciliation.reconcile(now=world.now))] * 2
    hands += [quiet(lambda: settlement.settle(attempt=_again(attempt), now=world.now).state)] * 3
    assert len(hands) == HANDS
    answers = at_once(*hands)
    assert [one for one in answers if isinstance(one, Exception)] == []
    assert set(answers[:4]) == {200}
    assert set(answers[4:8]) <= {200, 302}
    assert (shop.state(attempt), shop.grants(), shop.letters()) == (
        Order.State.PAID, [("ann@example.org", "active")], ["receipt"]
    )  # fmt: skip
    _give_it_back_in_many_hands(attempt, world)


def _again(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_related("order").get(pk=attempt.pk)


def _give_it_back_in_many_hands(attempt: Attempt, world: World) -> None:
    """Eight hands refund 20 USD of 149 each, eight settle: never more goes back than came."""
    payment = Payment.objects.select_related("attempt__order").get()
    part = 2000

    def give() -> Any:
        return refunds.give_back(payment=payment, amount_minor=part, actor=None, now=world.now).state

    hands = [quiet(give)] * 8 + [
        quiet(lambda: settlement.settle(attempt=_again(attempt), now=world.now).state)
    ] * 8
    answers = at_once(*hands)
    assert [one for one in answers if isinstance(one, Exception)] == []
    refunds.send_unsent(now=world.now)
    settlement.settle(attempt=_again(attempt), now=world.now)
    made = Refund.objects.filter(state=Refund.State.SUCCEEDED).count()
    payment.refresh_from_db()
    assert payment.refunded_minor == made * part <= payment.captured_minor
    assert Receipt.objects.filter(kind=Receipt.Kind.REFUND).count() == made
    assert Refund.objects.filter(state=Refund.State.REQUESTED).count() == 0


# ---- deaths: a child process ends at one statement, without a word ----
def in_a_child(work: Callable[[], Any], *, dies_at: int) -> bool:
    """Run the work in a forked process that is gone at its nth statement; did it get through?"""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            with connection.execute_wrapper(_Death(dies_at)):
                work()
        except BaseException:
            os._exit(2)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


class _Death:
    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        if self.count >= self.at:
            os._exit(9)
        return execute(sql, params, many, context)


def test_60_a_process_that_dies_at_any_statement_of_buying_leaves_what_the_next_one_needs(
    world: World, course: Course, now: dt.datetime
) -> None:
    died, done = 0, False
    while not done:
        user = factories.user(f"buyer{died}@example.org")
        shopper = ordering.Shopper(email=user.email, user=user)
        done = in_a_child(lambda: checkout.start(course=course, shopper=shopper, now=now), dies_at=died + 1)  # noqa: B023
        world.at(now + leases.LASTS)
        started = checkout.start(course=course, shopper=shopper, now=world.now)
        assert Order.objects.filter(user=user).count() == 1
        attempt = started.order.attempts.get(state=Attempt.State.OPEN)
        assert started.url == attempt.url
        world.at(now)
        died += 1
    assert died >= 20


def test_60_a_process_that_dies_at_any_statement_of_settling_leaves_what_the_next_one_needs(
    world: World, course: Course, now: dt.datetime
) -> None:
    died, done = 0, False
    while not done:
        user = factories.user(f"buyer{died}@example.org")
        attempt = shop.begin(course, user=user, now=now)
        world.pay(attempt.session_id or "")
        done = in_a_child(lambda: settlement.settle(attempt=attempt, now=now), dies_at=died + 1)  # noqa: B023
        settlement.settle(attempt=_again(attempt), now=now + leases.LASTS)
        assert shop.state(attempt) == Order.State.PAID
        assert Grant.objects.filter(enrolment__user=user, state="active").count() == 1
        assert Receipt.objects.filter(order=attempt.order).count() == 1
        died += 1
    assert died >= 20


def test_60_a_process_that_dies_at_any_statement_of_a_refund_gives_the_money_back_once(
    world: World, course: Course, now: dt.datetime
) -> None:
    died, done = 0, False
    while not done:
        user = factories.user(f"buyer{died}@example.org")
        order = shop.paid_order(course, world, user=user, now=now)
        payment = Payment.objects.get(attempt__order=order)
        done = in_a_child(
            lambda: refunds.give_back(payment=payment, amount_minor=14900, actor=None, now=now),  # noqa: B023
            dies_at=died + 1,
        )
        world.at(now + leases.LASTS)
        refunds.send_unsent(now=world.now)
        settlement.settle(attempt=_again(payment.attempt), now=world.now)
        asked = Refund.objects.filter(payment=payment)
        assert asked.count() <= 1
        assert [one.state for one in asked] in ([], [Refund.State.SUCCEEDED])
        payment.refresh_from_db()
        assert payment.refunded_minor == 14900 * asked.count()
        world.at(now)
        died += 1
    assert died >= 20


# ---- all webhooks lost ----
def test_25_five_hundred_mixed_orders_are_right_within_a_quarter_of_an_hour(
    world: World, course: Course, now: dt.datetime
) -> None:
    from tests.payments.histories import HISTORIES, scene_of

    dice = random.Random(25)  # noqa: S311
    names = sorted(name for name, one in HISTORIES.items() if not one.euros and "twice" not in name)
    scenes, moment = [], now + dt.timedelta(minutes=15)
    for number in range(500):
        name = dice.choice(names)
        with override_settings():  # each setting of the clock is kept until this ends
            world.at(now)
            scene = scene_of(HISTORIES[name], world, course, factories.user(f"buyer{number}@example.org"))
            for step in HISTORIES[name].steps:
                step(scene)
            moment = max(moment, world.now)
        scenes.append((name, scene))
    world.at(moment)
    rounds = 0
    while reconciliation.reconcile(now=moment):  # a round that runs out of seconds goes on in the next one
        rounds += 1
        assert rounds < 40
    for name, scene in scenes:
        order = Order.objects.get(attempts=scene.attempts[-1])
        history = HISTORIES[name]
        expected = Order.State.EXPIRED if history.state == Order.State.OPEN else history.state
        assert order.state in (history.state, expected), name


# ---- junk ----
def test_ten_thousand_bodies_and_headers_of_junk_are_refused_and_leave_nothing(world: World) -> None:
    dice = random.Random(19)  # noqa: S311
    statuses = set()
    for number in range(10_000):
        body, header = _junk(dice, world, number)
        statuses.add(world.post_raw(body, header))
    assert statuses <= {400, 413}
    assert EventInbox.objects.count() == 0


def _junk(dice: random.Random, world: World, number: int) -> tuple[bytes, str | None]:
    """Broken JSON well signed, good JSON badly signed, odd headers, odd bytes."""
    good = world.text(world.event(id=f"evt_{number}"))
    odd = bytes(dice.randrange(256) for _ in range(dice.randrange(200)))
    kind = number % 6
    if kind == 0:
        return good.encode(), f"t={dice.randrange(10**12)},v1={dice.randbytes(32).hex()}"
    if kind == 1:
        return good.encode(), world.sign(good, secret="whsec_other")
    if kind == 2:
        cut = good[: dice.randrange(1, len(good) - 1)]
        return cut.encode(), world.sign(cut)
    if kind == 3:
        return odd, dice.choice([None, "", "t=", "v1=", "t=1,v0=2", "t=1,v1=", ",,,", "t=x,v1=y", "\\x00"])
    if kind == 4:
        wild = dice.choice(
            ["[]", "null", "1", '""', "{}", '{"object": "event"}', '{"object": 5}', '{"id": []}']
        )
        return wild.encode(), world.sign(wild)
    return odd, f"t={world.seconds},v1={dice.randbytes(32).hex()}"
