"""Many hands at once on one order: real threads, real transactions, the same end. Numbers as in the list."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from coursesite.lib import bell
from payments import checkout, claims, events, leases, ordering, reconciliation, settlement, withdrawals
from payments.models import Attempt, Claim, EventInbox, Order
from sandbox.models import Object
from tests import conftest
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db(transaction=True)
LATER = dt.timedelta(minutes=10)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run everything at the same moment; what was returned or raised, in order."""
    start, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=10)
            results[place] = work()
        except Exception as error:
            results[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.fixture
def paid(transactional_db: None, world: World, course: Course, ann: User, now: dt.datetime) -> Attempt:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    return attempt


def bought_once(attempt: Attempt) -> None:
    assert (shop.state(attempt), shop.grants()) == (Order.State.PAID, [("ann@example.org", "active")])
    assert shop.letters() == ["receipt"]


def test_02_the_same_event_in_many_hands_has_one_winner_and_no_fault(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    (event,) = world.events("checkout.session.completed")
    assert at_once(*[lambda: world.post(event)] * 6) == [200] * 6
    assert EventInbox.objects.count() == 1
    assert sum(at_once(*[lambda: events.work(now=now + LATER)] * 4)) == 1
    bought_once(paid)


@pytest.mark.parametrize("round_", range(3))
def test_06_webhook_return_page_and_reconciliation_at_the_same_instant(
    world: World, paid: Attempt, ann: User, now: dt.datetime, round_: int
) -> None:
    (event,) = world.events("checkout.session.completed")
    assert at_once(lambda: world.post(event)) == [200]
    url = f"{reverse('payments:return', args=[paid.order.key])}?session_id={paid.session_id}"
    browsers = [conftest.signed_in(ann) for _ in range(2)]
    world.at(now + LATER)  # one clock for all: a lease is judged by it
    results = at_once(
        lambda: events.work(now=world.now),
        lambda: browsers[0].get(url).status_code,
        lambda: browsers[1].get(url).status_code,
        lambda: world.post(event),
        lambda: reconciliation.reconcile(now=world.now) in (0, 1),
        lambda: settlement.settle(attempt=Attempt.objects.get(pk=paid.pk), now=world.now).state,
    )
    assert results == [1, 302, 302, 200, True, Order.State.PAID]
    bought_once(paid)


def test_38_two_clicks_at_the_same_instant_make_one_order_and_one_session(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    shopper = ordering.Shopper(email=ann.email, user=ann)
    clicks = at_once(*[lambda: checkout.start(course=course, shopper=shopper, now=now).url] * 4)
    addresses = {click for click in clicks if not isinstance(click, checkout.GatewayTroubleError)}
    assert [
        len(addresses),
        Order.objects.count(),
        Object.objects.filter(type="checkout.session").count(),
    ] == [1, 1, 1]
    assert isinstance(addresses.pop(), str)


def test_55_a_waiting_order_claimed_by_two_at_once_goes_to_one(
    world: World, course: Course, ann: User, ben: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    results = at_once(
        *[
            lambda user=user: claims.fulfil(claim=Claim.objects.get(), user=user, now=now).claimed_by
            for user in (ann, ben)
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["TooLateError", "User"]
    assert len(shop.grants()) == 1


def test_an_order_in_other_hands_is_not_touched_and_can_be_had_later(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    with leases.held(paid.order_id, now=now), pytest.raises(leases.BusyError):
        settlement.settle(attempt=paid, now=now, patience_seconds=0.1)
    assert shop.grants() == []
    settlement.settle(attempt=paid, now=now)
    bought_once(paid)


def test_a_lease_whose_holder_died_is_taken_over_and_the_dead_hand_writes_nothing(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    with pytest.raises(leases.BusyError), leases.held(paid.order_id, now=now) as dead:
        settlement.settle(attempt=paid, now=now + leases.LASTS)
        with transaction.atomic():
            leases.locked(paid.order_id, dead)
    bought_once(paid)


def test_no_transaction_is_open_while_the_gateway_is_asked(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.settings.STRIPE_HTTP_CLIENT = "tests.payments.world.Watcher"
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    reconciliation.reconcile(now=now + LATER)
    bought_once(attempt)


def test_59_with_the_broker_down_a_webhook_is_taken_and_worked_off_by_the_next_tick(
    world: World, paid: Attempt, now: dt.datetime, caplog: pytest.LogCaptureFixture, broken_broker: None
) -> None:
    (event,) = world.events("checkout.session.completed")
    assert at_once(lambda: world.post(event)) == [200]
    assert bell._rope.acquire(timeout=20)  # until the hand that rings has given up
    bell._rope.release()
    assert "The bell did not ring" in caplog.text
    assert events.work(now=now + LATER) == 1
    bought_once(paid)


@pytest.fixture
def broken_broker(settings: Any) -> Any:
    """Nobody listens where the broker should be."""
    from coursesite.celery import app

    settings.EMBEDDED = False
    before = app.conf.broker_url, app.conf.broker_transport_options
    forget_connections(app)
    app.conf.broker_url = "redis://127.0.0.1:9/0"
    app.conf.broker_transport_options = {"socket_connect_timeout": 1, "max_retries": 0}
    yield
    app.conf.broker_url, app.conf.broker_transport_options = before
    forget_connections(app)


def forget_connections(app: Any) -> None:
    app.pool.force_close_all()
    app._pool = None
    app.amqp._producer_pool = None


def test_a_silent_gateway_is_asked_once_a_round_and_not_for_every_webhook(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    """Twenty seconds of waiting each would bring the task to its time limit; the others come again with the next."""
    for number in range(3):
        EventInbox.objects.create(
            gateway="stripe", livemode=False, event_id=f"evt_{number}", type="checkout.session.completed",
            attempt=paid, received_at=now, next_try_at=now,
        )  # fmt: skip
    world.settings.STRIPE_HTTP_CLIENT, world.settings.STRIPE_API_BASE = "", "http://127.0.0.1:9"
    assert events.work(now=now) == 0
    assert sorted(EventInbox.objects.values_list("state", "tries")) == [
        ("failed", 1),
        ("received", 0),
        ("received", 0),
    ]


def test_the_money_asked_back_in_many_hands_is_asked_back_once(paid: Attempt, now: dt.datetime) -> None:
    order = settlement.settle(attempt=paid, now=now)
    asked = at_once(*[lambda: withdrawals.ask(order=order, note="", now=now)] * 8)
    assert {type(one).__name__ for one in asked} == {"Withdrawal"}
    assert (len({one.pk for one in asked}), shop.letters()) == (1, ["receipt", "withdrawal"])
