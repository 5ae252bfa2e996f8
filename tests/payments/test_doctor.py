"""The doctor finds each trouble by its name, and is silent when all is well. Numbers as in the list."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from courses.models import Course, Grant
from payments import doctor, gateway, settlement
from payments.models import Attempt, Claim, EventInbox, Order, Payment, Receipt, Refund, Refusal
from tests import factories
from tests.payments import shop
from tests.payments.world import SECRET, World

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def paid(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    order = shop.paid_order(course, world, user=ann, now=now)
    for event in world.events():
        world.post(event)
    return order


def names(now: dt.datetime) -> list[str]:
    return [one.name for one in doctor.examine(now=now)]


def test_a_sound_shop_has_nothing_to_mend(world: World, paid: Order) -> None:
    assert doctor.examine(now=world.now) == []


def test_money_without_access_is_found(world: World, paid: Order, now: dt.datetime) -> None:
    source = paid.lines.get().source
    Grant.objects.filter(source=source).update(state=Grant.State.SUSPENDED)
    (found,) = doctor.examine(now=now)
    assert (found.name, found.orders, found.serious) == ("money-without-access", (paid.pk,), True)
    settlement.settle_again(order=paid, now=now)  # what "Ask again" does
    assert names(now) == []


def test_a_guest_who_has_not_come_yet_is_no_trouble_but_a_lost_claim_is(
    world: World, course: Course, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, now=now)
    world.post(world.events("checkout.session.completed")[0])
    assert names(now) == []
    Claim.objects.update(state=Claim.State.REVOKED)
    assert names(now) == ["money-without-access"]
    Claim.objects.update(state=Claim.State.UNCLAIMED)
    assert order.is_paid_for


def test_access_that_was_ended_by_hand_is_no_trouble(
    world: World, paid: Order, ines: User, now: dt.datetime
) -> None:
    from courses import access

    access.end(grant=Grant.objects.get(), reason="asked for", now=now, actor=ines)
    assert names(now) == []


def test_access_without_money_is_found(world: World, paid: Order, now: dt.datetime) -> None:
    world.refund(paid.attempts.get())
    settlement.settle(attempt=paid.attempts.get(), now=now)
    Grant.objects.update(state=Grant.State.ACTIVE, ended_at=None)
    (found,) = doctor.examine(now=now)
    assert (found.name, found.orders) == ("access-without-money", (paid.pk,))
    Grant.objects.update(state=Grant.State.ENDED, ended_at=now)


def test_a_payment_that_needs_a_look_is_named(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    world.change(attempt.session_id or "", amount_subtotal=1)
    settlement.settle(attempt=attempt, now=now)
    assert names(now) == ["needs-a-decision"]


def test_refunds_that_hang_or_came_back_are_named(world: World, paid: Order, now: dt.datetime) -> None:
    payment = Payment.objects.get()
    refund = Refund.objects.create(payment=payment, amount_minor=100, requested_at=now)
    assert names(now) == []
    world.at(now + 2 * HOUR)
    assert names(world.now) == ["refund-not-sent"]
    Refund.objects.filter(pk=refund.pk).update(state=Refund.State.PENDING, gateway_id="re_1")
    world.at(now + 15 * DAY)
    assert names(world.now) == ["refund-slow"]
    Refund.objects.filter(pk=refund.pk).update(state=Refund.State.FAILED)
    assert names(world.now) == ["refund-failed"]


def test_no_webhook_after_a_payment_is_named(world: World, paid: Order, now: dt.datetime) -> None:
    EventInbox.objects.all().delete()
    assert names(now) == []
    world.at(now + 2 * HOUR)
    assert names(world.now) == ["no-webhooks"]


def test_webhooks_that_were_given_up_are_named(world: World, paid: Order, now: dt.datetime) -> None:
    EventInbox.objects.filter(pk=EventInbox.objects.first().pk).update(  # type: ignore[union-attr]
        state=EventInbox.State.DEAD, done_at=now
    )
    assert names(now) == ["webhooks-given-up"]


def test_17_a_clock_that_is_off_is_called_so_and_not_a_wrong_signature(
    world: World, paid: Order, now: dt.datetime
) -> None:
    assert world.post(world.event(), at=now - dt.timedelta(minutes=10)) == 400
    assert Refusal.objects.get().reason == Refusal.Reason.CLOCK
    assert names(now) == ["clock-off"]
    assert "NTP" in doctor.examine(now=now)[0].todo


def test_17_the_clock_is_held_against_the_gateways_own(world: World, paid: Order, now: dt.datetime) -> None:
    world.settings.SANDBOX_CLOCK_SKEW_SECONDS = -600
    (found,) = doctor.examine(now=now)
    assert (found.name, found.what) == ("clock-off", "This server's clock is 600 seconds ahead.")


def test_a_wrong_secret_is_named(world: World, paid: Order, now: dt.datetime) -> None:
    assert world.post(world.event(), secret="whsec_other") == 400
    assert (names(now), Refusal.objects.get().count) == (["wrong-secret"], 1)
    world.post(world.event(), secret="whsec_other")
    assert Refusal.objects.get().count == 2
    assert SECRET in world.settings.STRIPE_WEBHOOK_SECRETS


def test_a_wrong_key_is_named(world: World, paid: Order, now: dt.datetime) -> None:
    world.settings.STRIPE_HTTP_CLIENT = "tests.payments.test_doctor.AnotherAccount"
    assert names(now) == ["wrong-key"]


class AnotherAccount:
    """The stand-in as it looks to a key that is not its own."""

    def __new__(cls) -> Any:
        from sandbox import doors

        class Door(doors.Client):
            def request(self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any) -> Any:
                forged = {**headers, "Authorization": "Bearer sk_test_sandbox_forged"}
                return super().request(method, url, forged, post_data, **more)

        return Door()


def test_the_wrong_mode_is_named(world: World, paid: Order, now: dt.datetime) -> None:
    world.settings.IS_PRODUCTION = True
    assert names(now) == ["wrong-mode"]


def test_a_silent_gateway_is_a_note_and_no_fault(world: World, paid: Order, now: dt.datetime) -> None:
    world.cut_off()
    (found,) = doctor.examine(now=now)
    assert (found.name, found.serious) == ("no-answer", False)
    world.reconnect()


def test_an_endpoint_that_is_missing_or_asks_for_too_little_is_named(
    world: World, paid: Order, now: dt.datetime
) -> None:
    world.settings.SANDBOX_WEBHOOK_EVENTS = ["checkout.session.completed"]
    (found,) = doctor.examine(now=now)
    assert found.name == "missing-events"
    assert found.what.count(", ") == len(gateway.EVENTS) - 2
    world.settings.SANDBOX_WEBHOOK_EVENTS = list(gateway.EVENTS)
    assert names(now) == []
    world.settings.STRIPE_WEBHOOK_URL = "https://course.example.org/stripe/webhook/"
    assert names(now) == ["no-endpoint"]


def test_23_an_endpoint_of_another_version_works_and_is_noted(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    (event,) = world.events("checkout.session.completed")
    assert world.post({**event, "api_version": "2019-01-01"}) == 200
    from payments import events

    events.work(now=now + HOUR)
    assert shop.state(attempt) == Order.State.PAID
    world.settings.SANDBOX_WEBHOOK_API_VERSION = "2019-01-01"
    found = doctor.examine(now=now)
    assert [(one.name, one.serious) for one in found] == [("other-version", False)]


def test_a_gap_in_the_receipts_is_named(world: World, paid: Order, now: dt.datetime) -> None:
    kept = Receipt.objects.get()
    Receipt.objects.filter(pk=kept.pk).delete()
    assert names(now) == ["gap-in-receipts"]
    kept.save(force_insert=True)


def test_the_console_says_how_to_mend_and_how_it_went_by_its_exit_code(
    world: World, paid: Order, now: dt.datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("payments_doctor")
    assert capsys.readouterr().out.startswith("All is well")
    Grant.objects.update(state=Grant.State.SUSPENDED)
    with pytest.raises(SystemExit, match="1"):
        call_command("payments_doctor", offline=True)
    said = capsys.readouterr().out
    assert "WRONG  1 order is paid, and nobody is in because of it. Orders:" in said and "To mend:" in said
    Grant.objects.update(state=Grant.State.ACTIVE)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_health_page_is_for_the_desk_and_costs_the_same_however_many(
    world: World, course: Course, ines_client: Client, ben_client: Client, now: dt.datetime, rows: int
) -> None:
    for number in range(rows):
        user = factories.user(f"buyer{number}@example.org")
        shop.paid_order(course, world, user=user, now=now)
    url = reverse("payments:health")
    assert "All is well" in ines_client.get(url).content.decode()
    world.cut_off()  # what the gateway itself looks up is not ours to count
    with CaptureQueriesContext(connection) as queries:
        assert "does not answer" in ines_client.get(url).content.decode()
    assert len(queries) == 23
    assert ben_client.get(url).status_code == 404
    assert Attempt.objects.count() == rows
