"""Forged, stale, misshapen, oversized: what is refused at the door. Numbers as in the list."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from payments import events
from payments.models import Attempt, EventInbox, Order
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
DONE = "checkout.session.completed"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def paid(world: World, course: Course, ann: User, now: dt.datetime) -> Attempt:
    """Ann paid a moment ago; nobody on our side has noticed."""
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    return attempt


def work(world: World) -> int:
    """A tick of the worker after what came in, however slow the machine was with it."""
    return events.work(now=world.now + 5 * MINUTE)


def back_url(attempt: Attempt) -> str:
    return f"{reverse('payments:return', args=[attempt.order.key])}?session_id={attempt.session_id}"


def bought_once(attempt: Attempt) -> None:
    assert shop.state(attempt) == Order.State.PAID
    assert shop.grants() == [("ann@example.org", "active")]
    assert shop.letters() == ["receipt"]


def test_13_a_missing_or_forged_signature_is_refused(world: World, paid: Attempt) -> None:
    body = world.text(world.events(DONE)[0])
    good = world.sign(body)
    forged = [
        None,
        "",
        "nonsense",
        "t=,v1=",
        good.replace("v1=", "v0="),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        world.sign(body, secret="whsec_other"),
        good.split(",")[0],
        good.replace("t=", "t=9"),
        "t=1,v1=é",
    ]
    assert [world.post_raw(body.encode(), header) for header in forged] == [400] * len(forged)
    assert world.post_raw(body.replace("14900", "100").encode(), good) == 400
    assert EventInbox.objects.count() == 0


def test_14_an_old_signature_is_refused_and_a_late_retry_is_signed_anew(world: World, paid: Attempt) -> None:
    (event,) = world.events(DONE)
    old = world.now - dt.timedelta(seconds=310)
    assert world.post(event, at=old) == 400
    world.at(world.now + dt.timedelta(days=2))
    assert world.post(event) == 200


def test_15_work_done_long_after_the_request_needs_no_fresh_signature(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    world.post(world.events(DONE)[0])
    assert events.work(now=now + dt.timedelta(hours=5)) == 1
    bought_once(paid)


def test_16_a_signature_from_the_future_is_refused(world: World, paid: Attempt) -> None:
    (event,) = world.events(DONE)
    assert world.post(event, at=world.now + dt.timedelta(seconds=320)) == 400
    assert world.post(event, at=world.now + dt.timedelta(seconds=200)) == 200


def test_17_a_clock_that_is_off_is_called_a_clock(
    world: World, paid: Attempt, caplog: pytest.LogCaptureFixture
) -> None:
    world.post(world.events(DONE)[0], at=world.now + 10 * MINUTE)
    assert "check the clock" in caplog.text


def test_18_while_a_secret_is_replaced_either_is_good(world: World, paid: Attempt) -> None:
    world.settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_old"]
    (event,) = world.events(DONE)
    answers = [
        world.post({**event, "id": f"evt_{secret}"}, secret=f"whsec_{secret}")
        for secret in ("new", "old", "bad")
    ]
    assert answers == [200, 200, 400]


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"null",
        b"17",
        b'"text"',
        b"{}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"object": "event", "id": ' + b"9" * 5000 + b"}",
        b'{"object":"event","id":"evt_\\u0000","type":"a.b","livemode":false,"data":{"object":{}}}',
        b'{"object":"event","id":"evt_1","type":"a.b","livemode":"no","data":{"object":{}}}',
        b'{"object":"event","id":"' + b"e" * 101 + b'","type":"a.b","livemode":false,"data":{"object":{}}}',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_19_a_signed_body_that_is_no_event_is_refused_and_never_a_fault_of_ours(
    world: World, body: bytes
) -> None:
    header = world.sign(body.decode("latin-1")) if body == b"\xff\xfe" else world.sign(body.decode())
    assert (world.post_raw(body, header), EventInbox.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (None, 400),
        ({}, 400),
        ({"object": None}, 400),
        ({"object": []}, 200),
        ({"object": {}}, 200),
        ("x", 400),
    ],
)
def test_20_an_event_without_its_object_is_refused_or_ignored(
    world: World, data: object, answer: int
) -> None:
    assert world.post(world.event(data=data)) == answer


@pytest.mark.parametrize("size", [1_000_001, 20_000_000])
def test_21_a_huge_body_is_refused_before_it_is_hashed(world: World, size: int) -> None:
    assert world.post_raw(b"x" * size, world.sign("x")) == 413
