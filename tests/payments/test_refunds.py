"""Money given back from here and in the gateway's dashboard. Numbers as in the list."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from courses import access
from courses.models import Course
from payments import events as inbox
from payments import gateway, reconciliation, refunds, settlement
from payments.models import Attempt, Claim, Order, Payment, Receipt, Refund, Withdrawal
from sandbox.models import Object
from tests import factories
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
FAILS_LATER = "4000000000005126"
DISPUTED = "4000000000000259"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def order(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    """Ann has paid."""
    return shop.paid_order(course, world, user=ann, now=now)


def payment_of(order: Order) -> Payment:
    return Payment.objects.get(attempt__order=order)


def give(order: Order, ines: User, minor: int, *, now: dt.datetime, **how: Any) -> Refund:
    return refunds.give_back(payment=payment_of(order), amount_minor=minor, actor=ines, now=now, **how)


def at_gateway() -> list[int]:
    """The amounts of all refunds that the gateway knows."""
    return [row.body["amount"] for row in Object.objects.filter(type="refund").order_by("number")]


def reread(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def papers(order: Order) -> list[str]:
    return list(order.receipts.order_by("serial").values_list("kind", flat=True))


@pytest.mark.parametrize("where", ["here", "dashboard"])
def test_46_a_full_refund_here_is_as_one_in_the_dashboard(
    world: World, order: Order, ines: User, now: dt.datetime, where: str
) -> None:
    if where == "here":
        refund = give(order, ines, 14900, now=now)
        assert (refund.state, refund.actor) == (Refund.State.SUCCEEDED, ines)
    else:
        world.refund(Attempt.objects.get())
        settlement.settle(attempt=Attempt.objects.get(), now=now)
    assert (reread(order), shop.grants()) == ("refunded", [("ann@example.org", "ended")])
    assert shop.letters() == ["access-ended", "receipt", "refund-note"]
    assert (at_gateway(), papers(order)) == ([14900], ["payment", "refund"])


def test_47_a_partial_refund_leaves_access(world: World, order: Order, ines: User, now: dt.datetime) -> None:
    give(order, ines, 5000, now=now)
    assert (reread(order), shop.grants()) == ("partly_refunded", [("ann@example.org", "active")])
    assert shop.letters() == ["receipt", "refund-note"]


def test_47_a_part_with_which_access_ends(world: World, order: Order, ines: User, now: dt.datetime) -> None:
    give(order, ines, 5000, now=now, ends_access=True)
    assert (reread(order), shop.grants()) == ("partly_refunded", [("ann@example.org", "ended")])
    assert settlement.settle(attempt=Attempt.objects.get(), now=now + MINUTE).state == "partly_refunded"
    assert shop.grants() == [("ann@example.org", "ended")]


@pytest.fixture
def two(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    """Ann has paid for two courses in one order: 100 for the first, 49 for the second."""
    attempt = shop.begin(course, user=ann, now=now)
    order = attempt.order
    order.lines.update(amount_minor=10000)
    other = factories.course("other", title="The other course")
    order.lines.create(course=other, title=other.title, amount_minor=4900)
    world.pay(attempt.session_id or "")
    return settlement.settle(attempt=attempt, now=now)


def who_is_in(order: Order, user: User) -> list[bool]:
    return [access.of(user, line.course) is not None for line in order.lines.order_by("pk")]


def test_47_all_of_one_line_ends_its_access_alone(
    world: World, two: Order, ann: User, ines: User, now: dt.datetime
) -> None:
    second = two.lines.order_by("pk")[1]
    give(two, ines, 2000, now=now, line=second)
    assert who_is_in(two, ann) == [True, True]
    give(two, ines, 2900, now=now + MINUTE, line=second)
    assert (who_is_in(two, ann), reread(two)) == ([True, False], "partly_refunded")
    give(two, ines, 10000, now=now + 2 * MINUTE)
    assert (who_is_in(two, ann), reread(two)) == ([False, False], "refunded")


def test_47_a_line_can_lose_its_access_with_a_part(
    world: World, two: Order, ann: User, ines: User, now: dt.datetime
) -> None:
    give(two, ines, 1000, now=now, line=two.lines.order_by("pk")[0], ends_access=True)
    assert who_is_in(two, ann) == [False, True]


def test_48_our_refund_and_its_own_webhooks_are_one_row(
    world: World, order: Order, ines: User, now: dt.datetime
) -> None:
    give(order, ines, 14900, now=now)
    events = world.events("charge.refunded", "refund.created", "refund.updated")
    assert events and {world.post(event) for event in events + events} == {200}
    inbox.work(now=now + MINUTE)
    assert [(one.amount_minor, one.state) for one in Refund.objects.all()] == [(14900, "succeeded")]
    assert shop.letters() == ["access-ended", "receipt", "refund-note"]


def test_48_an_answer_that_was_lost_is_found_by_the_mark_of_the_refund(
    world: World, order: Order, ines: User, now: dt.datetime
) -> None:
    world.trouble("timeout after create", "/v1/refunds", times=2)
    with pytest.raises(gateway.DownError):
        give(order, ines, 14900, now=now)
    reconciliation.reconcile(now=now + MINUTE)
    assert (at_gateway(), reread(order)) == ([14900], "refunded")
    assert Refund.objects.get().state == "succeeded"


@pytest.fixture
def twice(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    """Ann has paid twice."""
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    Attempt.objects.update(state=Attempt.State.EXPIRED)
    second = shop.begin(course, user=ann, now=now + MINUTE)
    world.pay(second.session_id or "")
    settlement.settle(attempt=second, now=now + MINUTE)
    order = settlement.settle(attempt=attempt, now=now + MINUTE)
    assert order.state == "overpaid"
    return order


@pytest.mark.parametrize("where", ["here", "dashboard"])
def test_49_giving_the_spare_payment_back_leaves_access(
    world: World, twice: Order, ines: User, now: dt.datetime, where: str
) -> None:
    newest = twice.attempts.all()[0]
    if where == "here":
        [(payment, minor)] = refunds.spare(twice)
        assert (payment.attempt, minor) == (newest, 14900)
        refunds.give_back(payment=payment, amount_minor=minor, actor=ines, now=now)
    else:
        newest.refresh_from_db()
        world.refund(newest)
        settlement.settle(attempt=newest, now=now)
    assert (reread(twice), shop.grants()) == ("paid", [("ann@example.org", "active")])
    assert refunds.spare(Order.objects.get()) == []


def test_50_a_refund_that_fails_gives_access_back_and_takes_its_note_back(
    world: World, course: Course, ann: User, ines: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now, number=FAILS_LATER)
    give(order, ines, 14900, now=now)
    assert (reread(order), shop.grants()) == ("refunded", [("ann@example.org", "ended")])
    world.at(now + 10 * MINUTE)
    settlement.settle(attempt=Attempt.objects.get(), now=now + 10 * MINUTE)
    assert (reread(order), shop.grants()) == ("paid", [("ann@example.org", "active")])
    assert Refund.objects.get().failure == "expired_or_canceled_card"
    assert papers(order) == ["payment", "refund", "reversal"]
    assert shop.coach_letters() == ["refund"]


def test_50_a_guest_s_order_waits_again_when_its_refund_fails(
    world: World, course: Course, ines: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, now=now, number=FAILS_LATER)
    give(order, ines, 14900, now=now)
    assert Claim.objects.get().state == "revoked"
    world.at(now + 10 * MINUTE)
    settlement.settle(attempt=Attempt.objects.get(), now=now + 10 * MINUTE)
    assert (reread(order), Claim.objects.get().state) == ("paid", "unclaimed")


# ---- how much, how often ----
def test_the_same_key_twice_is_one_refund(world: World, order: Order, ines: User, now: dt.datetime) -> None:
    key = uuid.uuid4()
    first = give(order, ines, 5000, now=now, key=key)
    assert give(order, ines, 5000, now=now + MINUTE, key=key) == first
    assert at_gateway() == [5000]
    assert give(order, ines, 5000, now=now + MINUTE) != first
    assert at_gateway() == [5000, 5000]


def test_more_than_is_left_is_refused_before_anything_is_asked(
    world: World, order: Order, ines: User, now: dt.datetime
) -> None:
    give(order, ines, 10000, now=now)
    for minor in (4901, 0, -1):
        with pytest.raises(refunds.TooMuchError) as too_much:
            give(order, ines, minor, now=now)
        assert too_much.value.left_minor == 4900
    assert at_gateway() == [10000]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("same_key", "made"), [(True, 1), (False, 2)])
def test_many_at_once_give_back_no_more_than_came(
    world: World, order: Order, ines: User, now: dt.datetime, same_key: bool, made: int
) -> None:
    """60 of 149 fit in twice; the same key pressed by several is one refund."""
    key = uuid.uuid4() if same_key else None

    def press(_: int) -> str:
        try:
            return give(order, ines, 6000, now=now, key=key).state
        except refunds.TooMuchError:
            return "too much"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(press, range(6)))
    assert at_gateway() == [one.amount_minor for one in Refund.objects.all()] == [6000] * made
    assert set(found) <= {"succeeded", "requested", "too much"}


def test_all_of_several_payments_goes_back_in_one_go(
    world: World, twice: Order, ines: User, now: dt.datetime
) -> None:
    key = uuid.uuid4()
    made = refunds.give_back_more(order=twice, actor=ines, now=now, key=key)
    assert [one.state for one in made] == ["succeeded", "succeeded"]
    assert refunds.give_back_more(order=twice, actor=ines, now=now, key=key) == made
    with pytest.raises(refunds.TooMuchError):
        refunds.give_back_more(order=twice, actor=ines, now=now)
    assert (at_gateway(), reread(twice)) == ([14900, 14900], "refunded")
    assert shop.grants() == [("ann@example.org", "ended")]


def test_the_gateway_down_leaves_the_refund_written_down(
    world: World, order: Order, ines: User, now: dt.datetime
) -> None:
    Withdrawal.objects.create(order=order, asked_at=now)
    world.cut_off()
    with pytest.raises(gateway.DownError):
        give(order, ines, 14900, now=now)
    assert (Refund.objects.get().state, reread(order)) == ("requested", "paid")
    world.reconnect()
    reconciliation.reconcile(now=now + MINUTE)
    assert (Refund.objects.get().state, reread(order), at_gateway()) == ("succeeded", "refunded", [14900])
    assert Withdrawal.objects.get().state == "refunded"


def test_a_refusal_that_comes_later_is_told_to_the_coach(
    world: World, course: Course, ann: User, ines: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now, number=DISPUTED)
    world.cut_off()
    with pytest.raises(gateway.DownError):
        give(order, ines, 14900, now=now)
    world.reconnect()
    world.at(now + MINUTE)
    for _ in range(2):
        reconciliation.reconcile(now=now + MINUTE)
    assert (Refund.objects.get().state, shop.coach_letters()) == ("canceled", ["dispute", "refund"])


def test_a_refund_that_is_refused_is_called_off_and_told_in_words(
    world: World, course: Course, ann: User, ines: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now, number=DISPUTED)
    world.at(now + MINUTE)
    settlement.settle(attempt=Attempt.objects.get(), now=now + MINUTE)
    with pytest.raises(gateway.RefusedError) as refused:
        give(order, ines, 14900, now=now + MINUTE)
    assert refused.value.code == "charge_disputed"
    refund = Refund.objects.get()
    assert (refund.state, refund.failure, refund.gateway_id) == ("canceled", "charge_disputed", None)
    says = order.entries.filter(says__startswith="Refund of 149 USD refused").get().says
    assert says.endswith(
        "The buyer’s bank is disputing the payment. What goes back now goes by that dispute."
    )
    assert Receipt.objects.filter(kind="refund").count() == 0
