"""A buyer is forgotten: nobody can be known from the order, its money stays booked. Numbers as in the list."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course, Grant, Price
from mailing import consent
from mailing.models import Contact, Letter
from payments import again, claims, events, farewell, gateway, gifts, reconciliation, settlement, story
from payments.models import (
    Attempt,
    Claim,
    Coupon,
    Entry,
    Gift,
    Order,
    Plan,
    Receipt,
    Refund,
    Withdrawal,
)  # fmt: skip
from sandbox.models import Object
from tests import conftest, factories
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)
ANN = "ann@example.org"


@pytest.fixture
def price(course: Course) -> Price:
    return Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5200)


@pytest.fixture
def order(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    return shop.paid_order(course, world, user=ann, now=now)


@pytest.fixture
def plan_order(world: World, course: Course, ann: User, price: Price, now: dt.datetime) -> Order:
    """The first of three monthly payments is made."""
    return shop.paid_order(course, world, user=ann, now=now, price=price)


def forget(order: Order, *, now: dt.datetime) -> Order:
    """Twice, because the second call must change nothing."""
    farewell.forget(order=order, now=now)
    kept = snapshot(order)
    again_ = farewell.forget(order=order, now=now + A_DAY)
    assert snapshot(order) == kept
    return again_


def snapshot(order: Order) -> dict[str, Any]:
    return {
        "order": Order.objects.filter(pk=order.pk).values().get(),
        "entries": list(Entry.objects.filter(order=order).values_list("says", flat=True)),
        "grants": list(Grant.objects.order_by("pk").values()),
        "letters": Letter.objects.count(),
    }


def mentions(text: str) -> list[str]:
    """The tables of payments in which a text still stands, papers aside."""
    found = []
    tables = [one for one in connection.introspection.table_names() if one.startswith("payments_")]
    with connection.cursor() as cursor:
        for table in set(tables) - {"payments_receipt"}:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            if any(text in str(row).lower() for row in cursor.fetchall()):
                found.append(table)
    return sorted(found)


def subscription(order: Order) -> str:
    return str(Object.objects.get(key=order.plan.subscription_id).body["status"])


def test_58_a_forgotten_buyer_stands_nowhere_but_on_the_papers(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    Coupon.objects.create(code="TEN", percent=10, created_at=now)
    order = shop.paid_order(course, world, user=ann, now=now, code="TEN", may_remind=True)
    Withdrawal.objects.create(order=order, note=f"Please, says Ann, {ANN}", asked_at=now)
    story.add(order=order, kind=story.CLICKED, says=f"Wrote to Ann@Example.org, then to {ANN}", now=now)
    payment = order.attempts.get().payments.get()
    Refund.objects.create(
        payment=payment, amount_minor=1, state="canceled", note=f"for {ANN}", requested_at=now
    )
    assert mentions(ANN) != []
    order = forget(order, now=now)
    assert mentions(ANN) == []
    assert (order.user, order.state, order.forgotten_at) == (None, Order.State.PAID, now)
    assert order.email == f"forgotten-{order.key}@forgotten.invalid" == order.email_key == order.contact.email
    assert Withdrawal.objects.get().note == ""
    assert "Wrote to (removed), then to (removed)" in snapshot(order)["entries"]
    assert snapshot(order)["entries"][-1] == "The buyer’s data was removed"
    assert Receipt.objects.get().content["buyer"] == ANN
    assert (order.coupon_hold.user, order.coupon_hold.email_key) == (None, order.email)
    assert shop.grants() == [(ANN, "ended")]


def test_58_the_address_before_it_was_corrected_is_forgotten_too(
    world: World, course: Course, ines: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, email="anne@example.org", now=now)
    claims.correct_address(order=order, email=ANN, now=now, actor=ines)
    order.refresh_from_db()
    assert mentions("anne@example.org") == ["payments_entry"]
    order = forget(order, now=now)
    assert (mentions("anne@example.org"), mentions(ANN)) == ([], [])
    assert f"{claims.CORRECTED}(removed)" in snapshot(order)["entries"]


def test_58_nobody_sees_a_forgotten_order_any_more(
    world: World, course: Course, ann: User, guest: Client, now: dt.datetime
) -> None:
    guest.post(reverse("payments:buy", args=[course.slug]), {"agreed": "on", "at_once": "on", "email": ANN})
    order = Order.objects.get()
    world.pay(order.attempts.get().session_id or "")
    settlement.settle(attempt=order.attempts.get(), now=now)
    number = order.receipts.get().number
    pages = [
        reverse(f"payments:{name}", args=[order.key]) for name in ("return", "receipt", "status", "cancelled")
    ]
    pages += [reverse(f"payments:{name}", args=[order.key, number]) for name in ("paper", "paper_pdf")]
    assert {guest.get(page, follow=True).status_code for page in pages} == {200}
    order = forget(order, now=now)
    ann_client = conftest.signed_in(ann)
    assert {client.get(page).status_code for client in (guest, ann_client) for page in pages} == {404}
    assert (claims.waiting_for(ANN), Claim.objects.get().state) == ([], Claim.State.REVOKED)
    assert again.order_of(again.token(order)) is None
    assert guest.get(f"/courses/{course.slug}/").status_code == 200


@pytest.mark.django_db(transaction=True)  # the watcher looks for any other transaction
def test_58_the_plan_is_cancelled_before_the_order_is_anonymous_and_outside_any_transaction(
    world: World, plan_order: Order, now: dt.datetime
) -> None:
    world.settings.STRIPE_HTTP_CLIENT = "tests.payments.world.Watcher"
    assert subscription(plan_order) == "active"
    order = forget(plan_order, now=now)
    assert (subscription(order), order.plan.state) == ("canceled", Plan.State.CANCELLED)
    assert (order.state, shop.grants()) == (Order.State.PART_PAID, [(ANN, "ended")])
    assert shop.letters() == ["instalment-receipt"]  # nobody is told that a payment is overdue
    world.later(now + 90 * A_DAY)
    assert reconciliation.reconcile(now=world.now) == 0
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("before", ["cancelled", "unknown"])
def test_58_a_plan_cancelled_before_or_not_known_counts_as_done(
    world: World, plan_order: Order, now: dt.datetime, before: str
) -> None:
    if before == "cancelled":
        gateway.cancel_subscription(plan_order.plan.subscription_id)
    else:
        Plan.objects.update(subscription_id="sub_gone")
    assert forget(plan_order, now=now).forgotten_at == now
    Plan.objects.update(over_at=now)  # for the balance: what is not at the gateway is over


def test_58_with_the_gateway_silent_nothing_changes_and_the_next_call_goes_on(
    world: World, plan_order: Order, now: dt.datetime
) -> None:
    before = snapshot(plan_order)
    world.cut_off()
    with pytest.raises(gateway.DownError):
        farewell.forget(order=plan_order, now=now)
    assert snapshot(plan_order) == before
    world.reconnect()
    assert forget(plan_order, now=now).forgotten_at == now


def test_58_webhooks_that_come_later_are_taken_and_change_nothing_wrong(
    world: World, plan_order: Order, now: dt.datetime
) -> None:
    forget(plan_order, now=now)
    letters = Letter.objects.count()
    told = world.all_events()
    assert "customer.subscription.deleted" in [event["type"] for event in told]
    assert {world.post(event) for event in told} == {200}
    assert events.work(now=now + A_DAY) == len(told)
    assert (shop.grants(), Letter.objects.count()) == ([(ANN, "ended")], letters)


def test_58_a_refund_after_it_has_its_note_and_writes_to_nobody(
    world: World, order: Order, now: dt.datetime
) -> None:
    order = forget(order, now=now)
    world.refund(order.attempts.get())
    order = settlement.settle(attempt=order.attempts.get(), now=now)
    assert (order.state, order.receipts.count()) == (Order.State.REFUNDED, 2)
    assert set(order.receipts.values_list("content__buyer", flat=True)) == {ANN}
    letter = Letter.objects.get(revision__step__key="refund-note")
    assert letter.contact == order.contact
    assert consent.may_send(contact=letter.contact, kind=letter.kind) != ""


def test_58_an_open_pay_page_is_closed_and_money_on_its_way_is_told_to_the_coach(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    order = forget(attempt.order, now=now)
    assert (order.state, world.session(attempt.session_id or "")["status"]) == ("expired", "expired")
    Course.objects.update(currency="eur")
    late = shop.begin(Course.objects.get(), user=ann, now=now)
    world.debit(late.session_id or "", "AT321904300235473204")  # the bank takes its time
    order = forget(late.order, now=now)
    assert order.state == Order.State.PROCESSING
    world.later(now + A_DAY)
    order = settlement.settle(attempt=Attempt.objects.get(pk=late.pk), now=world.now)
    assert (order.state, shop.grants(), shop.coach_letters()) == (Order.State.PAID, [], ["forgotten"])


def test_58_a_gift_stays_whom_it_was_given_to(
    world: World, course: Course, ann: User, ben: User, now: dt.datetime
) -> None:
    wish = gifts.Wish(
        giver_name="Ann", recipient_name="Ben", message="For you, Ben", recipient_email=ben.email
    )
    order = shop.paid_order(course, world, user=ann, now=now, gift=wish)
    gifts.redeem(code=order.gift.code, user=ben, now=now)
    order = forget(order, now=now)
    settlement.settle(attempt=order.attempts.get(), now=now)
    gift = Gift.objects.get()
    assert (gift.giver_name, gift.recipient_name, gift.message) == ("", "", "")
    assert shop.grants() == [(ben.email, "active")]


def test_58_the_deletion_of_an_account_forgets_all_its_orders_and_what_waits_for_its_address(
    world: World, course: Course, ann: User, ben: User, now: dt.datetime
) -> None:
    own = shop.paid_order(course, world, user=ann, now=now)
    waiting = shop.paid_order(course, world, email=ANN, now=now, tab="guest")
    another = factories.small_course(slug="another")
    bens = shop.paid_order(another, world, user=ben, now=now, gift=gifts.Wish())
    gifts.redeem(code=bens.gift.code, user=ann, now=now)
    assert farewell.forget_account(user=ann, now=now) == [own, waiting]
    assert farewell.forget_account(user=ann, now=now) == []
    assert shop.grants() == [(ANN, "ended"), (ANN, "ended")]
    settlement.settle(attempt=bens.attempts.get(), now=now)  # the gift's own money stands
    assert shop.grants() == [(ANN, "ended"), (ANN, "ended")]
    assert list(Order.objects.filter(forgotten_at=None)) == [bens]


def test_58_an_address_nobody_proved_reaches_no_order_of_a_guest(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    shop.paid_order(course, world, email=ANN, now=now)
    ann.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]
    assert farewell.forget_account(user=ann, now=now) == []


# ---- the command ----
def run(address: str, *args: str) -> str:
    out = StringIO()
    call_command("forget_buyer", address, *args, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_would_do_and_does_it_when_told(
    world: World, plan_order: Order, now: dt.datetime
) -> None:
    before = snapshot(plan_order)
    said = run("Ann@example.org")
    for line in (
        f"Order {plan_order.number} of {ANN}: Paid in part",
        "monthly payments are cancelled",
        "access ends",
        "1 paper, with the address on them",
        "Nothing was changed.",
    ):
        assert line in said
    assert snapshot(plan_order) == before
    assert f"Order {plan_order.number}: done." in run(ANN, "--yes")
    assert run(ANN, "--yes") == "There is no order with this address.\n"
    assert mentions(ANN) == []


def test_the_command_tells_when_the_gateway_is_silent(world: World, plan_order: Order) -> None:
    world.cut_off()
    with pytest.raises(CommandError, match="Run this again"):
        run(ANN, "--yes")
    world.reconnect()
    assert plan_order.number in run(ANN)


def test_two_forgotten_orders_share_nothing(world: World, course: Course, now: dt.datetime) -> None:
    first = shop.paid_order(course, world, email=ANN, now=now)
    second = shop.paid_order(course, world, email=ANN, now=now, tab="other")
    assert first.email == second.email
    run(ANN, "--yes")
    kept = Order.objects.values_list("email", "contact", "shopper", "cart")
    assert [len(set(values)) for values in zip(*kept, strict=True)] == [2, 2, 2, 2]
    assert Contact.objects.filter(email__endswith="@forgotten.invalid").count() == 2
