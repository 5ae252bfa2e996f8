"""Any order of events, any moment of death: run again, and it ends the same. Number as in the list."""

import datetime as dt
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from courses.models import Course, Grant
from mailing.models import Letter
from payments import events, leases, settlement
from payments.models import Attempt, Order
from tests import factories
from tests.payments import shop
from tests.payments.world import World


class Died(Exception):
    pass


class Death:
    """From the nth statement on the process is dead: nothing reaches the database any more."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        if self.count >= self.at and not sql.startswith(("ROLLBACK", "SAVEPOINT", "RELEASE")):
            raise Died(sql[:40])
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_60_killed_at_any_statement_of_settling_a_second_run_ends_the_same(
    world: World, course: Course, now: dt.datetime
) -> None:
    statement, finished = 0, False
    while not finished:
        statement += 1
        user = factories.user(f"buyer{statement}@example.org")
        attempt = shop.begin(course, user=user, now=now)
        world.pay(attempt.session_id or "")
        finished = settled_before_death(attempt, at=statement, now=now)
        settlement.settle(attempt=attempt, now=now + leases.LASTS)
        assert shop.state(attempt) == Order.State.PAID
        assert Grant.objects.filter(enrolment__user=user, state="active").count() == 1
        assert Letter.objects.filter(contact=user.contact, revision__step__key="receipt").count() == 1
    assert statement >= 20


def settled_before_death(attempt: Attempt, *, at: int, now: dt.datetime) -> bool:
    try:
        with connection.execute_wrapper(Death(at)):
            settlement.settle(attempt=attempt, now=now)
    except Died:
        return False
    return True


@pytest.mark.django_db
def test_any_order_of_the_events_of_a_payment_and_its_refund_ends_refunded(
    world: World, course: Course, now: dt.datetime
) -> None:
    """All orders of four events, each with two random repeats, worked off at random moments between them."""
    dice = random.Random(7)  # noqa: S311
    for number, turn in enumerate(itertools.permutations(range(4))):
        user = factories.user(f"buyer{number}@example.org")
        attempt = paid_and_refunded(world, course, user, now)
        told = world.all_events()[-5:]
        chosen = [told[place] for place in turn]
        for event in chosen + dice.choices(chosen, k=2):
            assert world.post(event) == 200
            if dice.random() < 0.5:
                events.work(now=world.now + dt.timedelta(hours=1))
        events.work(now=world.now + dt.timedelta(hours=1))
        assert shop.state(attempt) == Order.State.REFUNDED
        assert Grant.objects.filter(enrolment__user=user, state="active").count() == 0


def paid_and_refunded(world: World, course: Course, user: User, now: dt.datetime) -> Attempt:
    attempt = shop.begin(course, user=user, now=now)
    session = world.pay(attempt.session_id or "")
    attempt.payment_intent_id = session["payment_intent"]
    world.refund(attempt)
    return attempt
