"""Webhooks as they really come: twice, late, in the wrong order, forged, or never. Numbers as in the scenario list."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from payments import events, reconciliation, settlement
from payments.models import Attempt, EventInbox, Order
from tests.payments import shop
from tests.payments.world import DECLINED, World

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


def test_01_the_same_event_twice_is_stored_and_worked_off_once(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    (event,) = world.events(DONE)
    assert (world.post(event), world.post(event)) == (200, 200)
    assert EventInbox.objects.count() == 1
    assert (work(world), work(world)) == (1, 0)
    assert world.post(event) == 200
    bought_once(paid)


def test_03_two_events_for_one_change_have_one_effect(world: World, paid: Attempt, now: dt.datetime) -> None:
    (event,) = world.events(DONE)
    world.post(event)
    world.post({**event, "id": "evt_another"})
    assert work(world) == 2
    bought_once(paid)


def test_04_a_webhook_before_the_redirect_has_enrolled_already(
    world: World, paid: Attempt, ann_client: Client, course: Course, now: dt.datetime
) -> None:
    world.post(world.events(DONE)[0])
    work(world)
    world.cut_off()  # the page needs no answer any more
    assert ann_client.get(back_url(paid))["Location"] == reverse("courses:carry_on", args=[course.slug])
    bought_once(paid)


def test_05_a_redirect_before_the_webhook_settles_itself(
    world: World, paid: Attempt, ann_client: Client, course: Course, now: dt.datetime
) -> None:
    assert ann_client.get(back_url(paid))["Location"] == reverse("courses:carry_on", args=[course.slug])
    bought_once(paid)
    world.post(world.events(DONE)[0])
    work(world)
    bought_once(paid)


def test_07_an_event_about_an_attempt_we_do_not_know_yet_is_asked_for_again(
    world: World, settings: object
) -> None:
    marks = {"attempt": str(uuid.uuid4()), "site": "http://localhost:8000"}
    event = world.event(data={"object": {"id": "cs_test_1", "metadata": marks}})
    assert (world.post(event), EventInbox.objects.count()) == (503, 0)


def test_08_a_refund_heard_of_before_the_payment_gives_no_access(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    paid.payment_intent_id = world.session(paid.session_id or "")["payment_intent"]
    world.refund(paid)
    (refund,) = world.events("charge.refunded")
    Attempt.objects.filter(pk=paid.pk).update(payment_intent_id=paid.payment_intent_id)
    world.post(refund)
    world.post(world.events(DONE)[0])
    work(world)
    assert (shop.state(paid), shop.grants(), shop.letters()) == (Order.State.REFUNDED, [], ["refund-note"])


def test_09_an_old_event_retried_after_a_refund_leaves_it_refunded(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    settlement.settle(attempt=paid, now=now)
    paid.refresh_from_db()
    world.refund(paid)
    for event in (*world.events("charge.refunded"), *world.events(DONE)):
        world.post(event)
        work(world)
        assert shop.state(paid) == Order.State.REFUNDED
    assert shop.grants() == [("ann@example.org", "ended")]
    assert shop.letters() == ["access-ended", "receipt", "refund-note"]


def test_10_what_fails_is_kept_and_tried_again_until_it_is_done(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    world.cut_off()
    assert world.post(world.events(DONE)[0]) == 200
    assert work(world) == 0
    row = EventInbox.objects.get()
    assert (row.state, row.tries, row.done_at) == (EventInbox.State.FAILED, 1, None)
    assert shop.state(paid) == Order.State.OPEN
    world.reconnect()
    assert work(world) == 0  # not before its time
    assert events.work(now=row.next_try_at) == 1
    bought_once(paid)


def test_one_look_answers_all_that_had_come_about_an_order(world: World, paid: Attempt) -> None:
    for event in world.events():
        world.post(event)
    about_it = EventInbox.objects.exclude(attempt=None)
    assert about_it.count() == 3
    assert work(world) == EventInbox.objects.count()
    assert sorted(about_it.values_list("state", flat=True)) == ["done"] * 3
    first = about_it.get(reason="")
    assert {*about_it.exclude(pk=first.pk).values_list("reason", "tries")} == {
        (f"answered together with {first.event_id}", 0)
    }
    bought_once(paid)


def test_10_what_keeps_failing_is_given_up_aloud(
    world: World, paid: Attempt, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    world.cut_off()
    world.post(world.events(DONE)[0])
    while (row := EventInbox.objects.get()).state != EventInbox.State.DEAD:
        assert row.tries < 10
        events.work(now=row.next_try_at)
    assert "given up after 10 tries" in caplog.text


def test_11_another_system_on_the_same_account_is_ignored(world: World, now: dt.datetime) -> None:
    theirs = world.event(
        data={"object": {"id": "cs_live_theirs", "metadata": {"attempt": "17", "site": "wordpress"}}}
    )
    assert world.post(theirs) == 200
    work(world)
    assert EventInbox.objects.get().state == EventInbox.State.IGNORED


@pytest.mark.parametrize(
    "change",
    [
        {"type": "galaxy.brain.created"},
        {"data": {"object": {"id": "x_1", "object": "unheard_of", "status": "quantum"}}},
        {"a_new_field": {"deep": [1, 2, 3]}},
    ],
)
def test_12_what_nobody_knows_is_stored_and_ignored(
    world: World, now: dt.datetime, change: dict[str, object]
) -> None:
    assert world.post(world.event(**change)) == 200
    work(world)
    assert EventInbox.objects.get().state == EventInbox.State.IGNORED


def test_22_a_thin_event_is_as_good(world: World, paid: Attempt, now: dt.datetime) -> None:
    thin = {
        "id": "evt_thin1",
        "object": "v2.core.event",
        "type": "v1.checkout.session.completed",
        "livemode": False,
        "created": "2026-11-20T15:00:00.000Z",
        "related_object": {"id": paid.session_id, "type": "checkout.session", "url": "/v1/x"},
    }
    assert world.post(thin) == 200
    assert work(world) == 1
    bought_once(paid)


def test_24_an_event_of_the_other_mode_changes_nothing(world: World, paid: Attempt, now: dt.datetime) -> None:
    (event,) = world.events(DONE)
    assert world.post({**event, "livemode": True}) == 200
    work(world)
    assert EventInbox.objects.get().state == EventInbox.State.IGNORED
    assert shop.state(paid) == Order.State.OPEN


def test_25_with_all_webhooks_lost_reconciliation_enrols(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    assert reconciliation.reconcile(now=now + 10 * MINUTE) == 1
    bought_once(paid)
    assert reconciliation.reconcile(now=now + 20 * MINUTE) == 0


def test_26_a_payment_that_made_no_event_is_found_in_the_list_of_sessions(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    Attempt.objects.update(state=Attempt.State.EXPIRED)  # we thought it was over
    Order.objects.update(state=Order.State.EXPIRED)
    assert reconciliation.reconcile(now=now + 10 * MINUTE) == 1
    bought_once(paid)


def test_27_a_webhook_that_was_taken_and_forgotten_is_repaired_aloud(
    world: World, paid: Attempt, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    world.post(world.events(DONE)[0])
    EventInbox.objects.update(state=EventInbox.State.DEAD, done_at=now)
    assert reconciliation.reconcile(now=now + 10 * MINUTE) == 1
    bought_once(paid)
    assert "reconciliation found money" in caplog.text


def test_28_running_out_of_time_never_takes_a_paid_order(
    world: World, paid: Attempt, now: dt.datetime
) -> None:
    world.at(now + dt.timedelta(hours=2))
    reconciliation.reconcile(now=world.now)
    bought_once(paid)


def test_a_declined_card_leaves_the_order_open_and_says_why(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "", DECLINED)
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.decline_code, shop.state(attempt)) == ("open", "generic_decline", "open")
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    bought_once(attempt)
