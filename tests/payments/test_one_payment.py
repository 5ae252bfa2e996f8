"""One order, one payment: double clicks, lost answers, keys. Numbers as in the list."""

import datetime as dt
import socket
import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from payments import checkout, gateway, reconciliation, settlement
from payments.models import Attempt, Order
from sandbox.models import IdempotencyKey, Object
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def back(client: Client, attempt: Attempt, session_id: str | None) -> int:
    url = reverse("payments:return", args=[attempt.order.key])
    return client.get(url, {"session_id": session_id or ""}).status_code


def sessions() -> int:
    return Object.objects.filter(type="checkout.session").count()


def test_38_two_tabs_lead_to_one_order_and_one_session(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    first, second = (shop.begin(course, user=ann, now=now) for _ in range(2))
    assert (first.pk, Order.objects.count(), sessions()) == (second.pk, 1, 1)


def test_38_two_tabs_of_a_guest_lead_to_one_order_too(world: World, course: Course, now: dt.datetime) -> None:
    first, second = (shop.begin(course, now=now) for _ in range(2))
    other_browser = shop.begin(course, now=now, tab="elsewhere")
    assert first.pk == second.pk != other_browser.pk


def test_38_a_second_payment_is_visible_and_gives_nothing_more(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    first, second = two_open_sessions(world, course, ann, now)
    for attempt in (first, second):
        world.pay(attempt.session_id or "")
        settlement.settle(attempt=attempt, now=now)
    assert (shop.state(first), shop.grants()) == (Order.State.OVERPAID, [("ann@example.org", "active")])
    assert (shop.letters(), shop.coach_letters()) == (["receipt", "receipt"], ["overpaid"])
    second.refresh_from_db()
    world.refund(second)
    settlement.settle(attempt=second, now=now)
    assert (shop.state(first), shop.grants()) == (Order.State.PAID, [("ann@example.org", "active")])


def two_open_sessions(world: World, course: Course, ann: User, now: dt.datetime) -> tuple[Attempt, Attempt]:
    """Two pay pages for one order, as only an accident can make them."""
    first = shop.begin(course, user=ann, now=now)
    Attempt.objects.filter(pk=first.pk).update(state=Attempt.State.EXPIRED)
    second = shop.begin(course, user=ann, now=now)
    first.refresh_from_db()
    assert first.order_id == second.order_id and first.session_id != second.session_id
    return first, second


def test_39_an_expired_session_after_another_was_paid_changes_nothing(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    first, second = two_open_sessions(world, course, ann, now)
    world.pay(second.session_id or "")
    settlement.settle(attempt=second, now=now)
    gateway.expire_session(first.session_id or "")
    assert settlement.settle(attempt=first, now=now).state == Order.State.PAID
    assert shop.grants() == [("ann@example.org", "active")]


def test_39_after_its_time_ran_out_one_tap_opens_a_new_page_of_the_same_order(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    first = shop.begin(course, user=ann, now=now)
    world.at(now + 40 * MINUTE)
    page = ann_client.get(reverse("payments:cancelled", args=[first.order.key])).content.decode()
    assert "has closed" in page and shop.state(first) == Order.State.EXPIRED
    answer = ann_client.post(reverse("payments:resume", args=[first.order.key]))
    second = Attempt.objects.first()
    assert second is not None and (answer["Location"], second.order_id) == (second.url, first.order_id)
    assert (second.pk != first.pk, shop.state(first)) == (True, Order.State.OPEN)


def test_40_after_a_lost_answer_the_same_key_finds_the_same_session(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.trouble("timeout after create", times=2)
    with pytest.raises(checkout.GatewayTroubleError) as trouble:
        shop.begin(course, user=ann, now=now)
    attempt = trouble.value.order.attempts.get()
    key = attempt.idempotency_key
    assert (attempt.state, attempt.session_id, sessions()) == (Attempt.State.UNKNOWN, None, 1)
    again = shop.begin(course, user=ann, now=now + 2 * MINUTE)
    assert (again.pk, again.idempotency_key, again.state) == (attempt.pk, key, Attempt.State.OPEN)
    assert sessions() == 1


def test_40_a_session_whose_answer_was_lost_is_found_later_by_our_mark(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.trouble("timeout after create", times=2)
    with pytest.raises(checkout.GatewayTroubleError) as trouble:
        shop.begin(course, user=ann, now=now)
    world.at(now + 20 * MINUTE)  # too late for the same wish: the page would close too soon
    again = shop.begin(course, user=ann, now=world.now)
    assert (again.pk, again.state, sessions()) == (
        trouble.value.order.attempts.get().pk,
        Attempt.State.OPEN,
        1,
    )


def test_40_a_session_paid_though_we_never_learned_its_id_is_reconciled(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.trouble("timeout after create", times=2)
    with pytest.raises(checkout.GatewayTroubleError):
        shop.begin(course, user=ann, now=now)
    world.pay(Object.objects.get(type="checkout.session").key)
    assert reconciliation.reconcile(now=now + 10 * MINUTE) == 1
    assert shop.grants() == [("ann@example.org", "active")]


def test_41_a_new_key_is_taken_only_after_looking(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    world.cut_off()
    with pytest.raises(checkout.GatewayTroubleError) as trouble:
        shop.begin(course, user=ann, now=now)
    lost = trouble.value.order.attempts.get()
    IdempotencyKey.objects.create(  # the gateway keeps a 500 of its own under the key
        key=lost.idempotency_key, request="another", status=500, created=world.seconds
    )
    world.reconnect()
    world.at(now + 6 * MINUTE)
    new = shop.begin(course, user=ann, now=world.now)
    lost.refresh_from_db()
    assert (lost.state, new.state, sessions()) == (Attempt.State.NEVER_EXISTED, Attempt.State.OPEN, 1)
    assert new.idempotency_key != lost.idempotency_key


def test_41_the_same_key_with_other_wishes_is_our_mistake_and_said_aloud(
    world: World, course: Course, ann: User, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    Attempt.objects.filter(pk=attempt.pk).update(
        session_id=None, state=Attempt.State.UNKNOWN, expires_at=now + 50 * MINUTE
    )
    again = shop.begin(course, user=ann, now=now + MINUTE)
    assert "IdempotencyError" in caplog.text
    assert (again.pk, again.session_id, sessions()) == (attempt.pk, attempt.session_id, 1)


def test_42_a_gateway_that_never_answers_is_left_in_time(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        world.settings.STRIPE_HTTP_CLIENT = ""
        world.settings.STRIPE_API_BASE = f"http://127.0.0.1:{silent.getsockname()[1]}"
        world.settings.STRIPE_TIMEOUT_SECONDS = 1
        began = time.monotonic()
        with pytest.raises(checkout.GatewayTroubleError):
            shop.begin(course, user=ann, now=now)
    assert time.monotonic() - began < 6
