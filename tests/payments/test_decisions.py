"""What the coach decides: each verb once, twice, and too late."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses.models import Course, Grant
from payments import decisions, gateway, gifts, leases, reconciliation, settlement, undecided
from payments.models import Attempt, EventInbox, Gift, Instalment, Order, Plan, Refund, Withdrawal
from sandbox import aftermath
from sandbox.ids import Ids
from sandbox.models import Object
from tests import factories
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
FAILS_LATER = "4000000000005126"
LATER_DECLINED = "4000000000000341"
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def waiting() -> list[str]:
    """The kinds of what waits, oldest first; the count in one query says the same number."""
    found = [case.kind for case in undecided.cases()]
    with CaptureQueriesContext(connection) as queries:
        assert undecided.count() == len(found)
    assert len(queries) == 1
    return found


def clicks(order: Order) -> list[tuple[str, str]]:
    """What was done by hand, and by whom."""
    found = order.entries.filter(kind="clicked").order_by("pk")
    return [(one.says, str(one.actor)) for one in found]


def at_gateway(kind: str, field: str) -> list[Any]:
    return [row.body[field] for row in Object.objects.filter(type=kind).order_by("number")]


# ---- a payment that does not match ----
@pytest.fixture
def odd(world: World, course: Course, ann: User, now: dt.datetime) -> Attempt:
    """Ann has paid 99 instead of 149."""
    attempt = shop.begin(course, user=ann, now=now)
    Order.objects.update(amount_minor=9900, list_minor=9900)
    attempt.order.lines.update(amount_minor=9900)
    world.pay(attempt.session_id or "")
    assert settlement.settle(attempt=attempt, now=now).state == "review"
    attempt.refresh_from_db()
    return attempt


def test_a_mismatch_is_told_in_whole_currency(world: World, odd: Attempt) -> None:
    [case] = undecided.cases()
    assert case.says == (
        "The pay page asked for 149 USD instead of 99 USD.",
        "Nobody was let in by it.",
    )
    assert odd.order.entries.filter(says=f"Needs a look. {case.says[0]}").count() == 1


def test_a_mismatch_is_taken_as_it_is_once(world: World, odd: Attempt, ines: User, now: dt.datetime) -> None:
    assert waiting() == ["mismatch"]
    assert decisions.accept(attempt=odd, actor=ines, now=now).state == "paid"
    assert (waiting(), shop.grants()) == ([], [("ann@example.org", "active")])
    with pytest.raises(decisions.DecidedError):
        decisions.accept(attempt=odd, actor=ines, now=now + MINUTE)
    with pytest.raises(decisions.DecidedError):
        decisions.give_back_mismatch(attempt=odd, actor=ines, now=now + MINUTE)
    assert clicks(odd.order) == [("Payment taken as it is", "ines@example.org")]
    assert shop.letters() == ["receipt"]
    assert settlement.settle(attempt=odd, now=now + MINUTE).state == "paid"


def test_a_mismatch_goes_back_once(world: World, odd: Attempt, ines: User, now: dt.datetime) -> None:
    [refund] = decisions.give_back_mismatch(attempt=odd, actor=ines, now=now)
    assert (refund.state, refund.amount_minor) == ("succeeded", 14900)
    assert (waiting(), shop.state(odd), shop.grants()) == ([], "refunded", [])
    for decide in (decisions.give_back_mismatch, decisions.accept):
        with pytest.raises(decisions.DecidedError):
            decide(attempt=odd, actor=ines, now=now + MINUTE)
    assert at_gateway("refund", "amount") == [14900]


def test_an_order_in_other_hands_is_not_half_decided(
    world: World, odd: Attempt, ines: User, now: dt.datetime
) -> None:
    with leases.held(odd.order_id, now=now), pytest.raises(leases.BusyError):
        decisions.accept(attempt=odd, actor=ines, now=now)
    odd.refresh_from_db()
    assert (odd.accepted_at, clicks(odd.order), waiting()) == (None, [], ["mismatch"])


# ---- paid twice ----
@pytest.fixture
def twice(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    Attempt.objects.update(state=Attempt.State.EXPIRED)
    second = shop.begin(course, user=ann, now=now + MINUTE)
    world.pay(second.session_id or "")
    settlement.settle(attempt=second, now=now + MINUTE)
    return settlement.settle(attempt=attempt, now=now + MINUTE)


def test_the_spare_payment_goes_back_once(world: World, twice: Order, ines: User, now: dt.datetime) -> None:
    assert waiting() == ["twice"]
    [refund] = decisions.give_back_spare(order=twice, actor=ines, now=now)
    assert refund.payment.attempt == twice.attempts.all()[0]
    with pytest.raises(decisions.DecidedError):
        decisions.give_back_spare(order=twice, actor=ines, now=now + MINUTE)
    assert (waiting(), at_gateway("refund", "amount")) == ([], [14900])
    assert shop.grants() == [("ann@example.org", "active")]


def test_of_two_payments_only_what_is_too_much_goes_back(
    world: World, twice: Order, ines: User, now: dt.datetime
) -> None:
    first = twice.attempts.order_by("pk")[0]
    world.refund(first, 4900)
    settlement.settle(attempt=first, now=now)
    [refund] = decisions.give_back_spare(order=twice, actor=ines, now=now)
    assert (refund.amount_minor, Order.objects.get().state) == (10000, "paid")


def test_a_decision_already_on_its_way_does_not_wait(
    world: World, twice: Order, ines: User, now: dt.datetime
) -> None:
    world.cut_off()
    with pytest.raises(gateway.DownError):
        decisions.give_back_spare(order=twice, actor=ines, now=now)
    assert waiting() == []
    with pytest.raises(decisions.DecidedError):
        decisions.give_back_spare(order=twice, actor=ines, now=now)
    world.reconnect()
    reconciliation.reconcile(now=now + MINUTE)
    assert (Order.objects.get().state, at_gateway("refund", "amount")) == ("paid", [14900])


# ---- a refund that failed ----
@pytest.fixture
def failed(world: World, course: Course, ann: User, ines: User, now: dt.datetime) -> Refund:
    order = shop.paid_order(course, world, user=ann, now=now, number=FAILS_LATER)
    Withdrawal.objects.create(order=order, asked_at=now)
    decisions.give_back_withdrawn(withdrawal=Withdrawal.objects.get(), actor=ines, now=now)
    world.at(now + 10 * MINUTE)
    settlement.settle(attempt=Attempt.objects.get(), now=now + 10 * MINUTE)
    return Refund.objects.get()


def test_a_failed_refund_is_tried_again_once(
    world: World, failed: Refund, ines: User, now: dt.datetime
) -> None:
    assert waiting() == ["refund"]
    later = now + 11 * MINUTE
    new = decisions.refund_again(refund=failed, actor=ines, now=later)
    assert (new.state, new.amount_minor) == ("succeeded", 14900)
    with pytest.raises(decisions.DecidedError):
        decisions.refund_again(refund=failed, actor=ines, now=later)
    with pytest.raises(decisions.DecidedError):
        decisions.paid_otherwise(refund=failed, actor=ines, now=later)
    assert (waiting(), shop.state(Attempt.objects.get())) == ([], "refunded")
    world.at(now + 30 * MINUTE)
    settlement.settle(attempt=Attempt.objects.get(), now=now + 30 * MINUTE)
    assert waiting() == ["refund"]  # the new one failed as well


def test_what_was_paid_another_way_ends_access_for_good(
    world: World, failed: Refund, ines: User, now: dt.datetime
) -> None:
    assert shop.grants() == [("ann@example.org", "active")]
    later = now + 11 * MINUTE
    decisions.paid_otherwise(refund=failed, actor=ines, now=later)
    assert (waiting(), shop.grants()) == ([], [("ann@example.org", "ended")])
    with pytest.raises(decisions.DecidedError):
        decisions.paid_otherwise(refund=failed, actor=ines, now=later)
    settlement.settle(attempt=Attempt.objects.get(), now=later + MINUTE)
    assert (shop.grants(), Grant.objects.get().actor) == ([("ann@example.org", "ended")], ines)


def test_what_was_paid_another_way_kills_the_code_of_an_unopened_gift_for_good(
    world: World, course: Course, ann: User, ben: User, ines: User, now: dt.datetime
) -> None:
    wish = gifts.Wish(giver_name="Ann")
    order = shop.paid_order(course, world, user=ann, now=now, number=FAILS_LATER, gift=wish)
    asked = Withdrawal.objects.create(order=order, asked_at=now)
    decisions.give_back_withdrawn(withdrawal=asked, actor=ines, now=now)
    later = now + 10 * MINUTE
    world.at(later)
    attempt = order.attempts.get()
    settlement.settle(attempt=attempt, now=later)
    assert Gift.objects.get().state == "waiting"  # the money came back, so the code is good
    decisions.paid_otherwise(refund=Refund.objects.get(), actor=ines, now=later)
    for _ in range(2):
        settlement.settle(attempt=attempt, now=later + MINUTE)
    assert (Gift.objects.get().state, Gift.objects.get().ended_at, waiting()) == ("revoked", later, [])
    with pytest.raises(gifts.CalledBackError):
        gifts.redeem(code=Gift.objects.get().code, user=ben, now=later + MINUTE)
    gifts.call_back(order=order, now=later + DAY)
    assert Gift.objects.get().ended_at == later


def test_the_spare_paid_another_way_leaves_access(
    world: World, twice: Order, ines: User, now: dt.datetime
) -> None:
    [refund] = decisions.give_back_spare(order=twice, actor=ines, now=now)
    aftermath.send_back(key=refund.gateway_id or "", ids=Ids(), now=world.seconds)
    settlement.settle(attempt=refund.payment.attempt, now=now + MINUTE)
    assert waiting() == ["twice", "refund"]
    decisions.paid_otherwise(refund=refund, actor=ines, now=now + MINUTE)
    assert shop.grants() == [("ann@example.org", "active")]


# ---- a wish to withdraw ----
@pytest.fixture
def wish(world: World, course: Course, ann: User, now: dt.datetime) -> Withdrawal:
    order = shop.paid_order(course, world, user=ann, now=now)
    return Withdrawal.objects.create(order=order, note="Not for me.", asked_at=now)


def test_a_wish_is_granted_once(world: World, wish: Withdrawal, ines: User, now: dt.datetime) -> None:
    assert waiting() == ["withdrawal"]
    decisions.give_back_withdrawn(withdrawal=wish, actor=ines, now=now)
    with pytest.raises(decisions.DecidedError):
        decisions.give_back_withdrawn(withdrawal=wish, actor=ines, now=now)
    with pytest.raises(decisions.DecidedError):
        decisions.settle_withdrawal(withdrawal=wish, note="", actor=ines, now=now)
    wish.refresh_from_db()
    assert (wish.state, waiting(), at_gateway("refund", "amount")) == ("refunded", [], [14900])


def test_a_wish_is_settled_otherwise_with_a_word(
    world: World, wish: Withdrawal, ines: User, now: dt.datetime
) -> None:
    decisions.settle_withdrawal(withdrawal=wish, note="We talked; Ann stays.", actor=ines, now=now)
    with pytest.raises(decisions.DecidedError):
        decisions.give_back_withdrawn(withdrawal=wish, actor=ines, now=now)
    wish.refresh_from_db()
    assert (wish.state, wish.answered_at, waiting()) == ("settled", now, [])
    says = "Wish to withdraw settled otherwise. We talked; Ann stays."
    assert clicks(wish.order) == [(says, "ines@example.org")]
    assert shop.grants() == [("ann@example.org", "active")]


# ---- monthly payments ----
@pytest.fixture
def late(world: World, course: Course, ann: User, now: dt.datetime) -> Plan:
    """The first of three payments came, the second did not for three weeks: access rests."""
    price = course.prices.create(key="three", title="Three", payments=3, amount_minor=5000)
    order = shop.paid_order(course, world, user=ann, now=now, number=LATER_DECLINED, price=price)
    assert order.state == "part_paid"
    for days in (31, 52):
        world.at(now + days * DAY)
        settlement.settle(attempt=order.attempts.get(), now=now + days * DAY)
    plan = Plan.objects.get()
    assert (plan.state, shop.grants()) == ("defaulted", [("ann@example.org", "suspended")])
    return plan


def states(plan: Plan) -> list[str]:
    return list(Instalment.objects.filter(plan=plan).values_list("state", flat=True))


def test_the_rest_of_a_plan_is_given_up_once(world: World, late: Plan, ines: User, now: dt.datetime) -> None:
    assert waiting() == ["plan"]
    later = now + 52 * DAY
    decisions.give_up_rest(plan=late, actor=ines, now=later)
    with pytest.raises(decisions.DecidedError):
        decisions.give_up_rest(plan=late, actor=ines, now=later)
    assert states(late) == ["paid", "written_off", "written_off"]
    assert (waiting(), shop.grants()) == ([], [("ann@example.org", "active")])
    assert at_gateway("subscription", "status") == ["canceled"]
    assert at_gateway("invoice", "status") == ["paid", "void"]
    world.at(now + 120 * DAY)
    assert settlement.settle(attempt=Attempt.objects.get(), now=now + 120 * DAY).state == "part_paid"
    assert at_gateway("invoice", "status") == ["paid", "void"]
    late.refresh_from_db()
    assert (late.state, late.over_at is None) == ("complete", False)


def test_a_gateway_that_is_down_stops_charging_later(
    world: World, late: Plan, ines: User, now: dt.datetime
) -> None:
    later = now + 52 * DAY
    world.cut_off()
    with pytest.raises(gateway.DownError):
        decisions.give_up_rest(plan=late, actor=ines, now=later)
    assert (states(late), waiting()) == (["paid", "written_off", "written_off"], [])
    world.reconnect()
    reconciliation.reconcile(now=later + dt.timedelta(hours=3))
    assert at_gateway("subscription", "status") == ["canceled"]


def test_access_of_a_late_plan_is_ended_for_good(
    world: World, late: Plan, ines: User, now: dt.datetime
) -> None:
    later = now + 52 * DAY
    decisions.end_plan(plan=late, actor=ines, now=later)
    with pytest.raises(decisions.DecidedError):
        decisions.end_plan(plan=late, actor=ines, now=later)
    assert (waiting(), shop.grants()) == ([], [("ann@example.org", "ended")])
    assert at_gateway("subscription", "status") == ["canceled"]
    settlement.settle(attempt=Attempt.objects.get(), now=later + MINUTE)
    assert shop.grants() == [("ann@example.org", "ended")]


# ---- webhooks that were given up ----
def dead(attempt: Attempt, now: dt.datetime, number: int = 1) -> EventInbox:
    return EventInbox.objects.create(
        gateway="stripe", livemode=False, event_id=f"evt_{number}", type="checkout.session.completed",
        attempt=attempt, state="dead", reason="DownError", tries=10, received_at=now, next_try_at=now, done_at=now,
    )  # fmt: skip


def test_a_webhook_given_up_is_followed_up_once(
    world: World, course: Course, ann: User, ines: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    first, second = dead(attempt, now), dead(attempt, now, 2)
    assert waiting() == ["webhook", "webhook"]
    world.cut_off()
    with pytest.raises(gateway.DownError):
        decisions.ask_again(event=first, actor=ines, now=now)
    assert waiting() == ["webhook", "webhook"]
    world.reconnect()
    assert decisions.ask_again(event=first, actor=ines, now=now).state == "paid"
    assert waiting() == []
    for event in (first, second):
        with pytest.raises(decisions.DecidedError):
            decisions.ask_again(event=event, actor=ines, now=now)


# ---- disputes, and the whole list ----
def test_a_dispute_waits_until_it_is_answered(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now)
    charge = Object.objects.get(type="charge").key
    dispute = aftermath.dispute(key=charge, reason="fraudulent", ids=Ids(), now=world.seconds)
    settlement.settle(attempt=order.attempts.get(), now=now)
    [case] = undecided.cases()
    assert (case.kind, case.order, (case.due_by or now) - now) == ("dispute", order, 9 * DAY)
    assert case.says[1] == "The reason given: the buyer says that it was not they who paid."
    assert waiting() == ["dispute"]
    aftermath.move_dispute(key=dispute["id"], how="answer", ids=Ids(), now=world.seconds)
    settlement.settle(attempt=order.attempts.get(), now=now + MINUTE)
    assert waiting() == []
    assert undecided.disputes_with_the_bank().get().gateway_id == dispute["id"]


def test_the_list_costs_the_same_for_one_of_each_and_for_three(
    world: World, course: Course, ines: User, now: dt.datetime
) -> None:
    def more(number: int) -> None:
        user = factories.user(f"s{number}@example.org")
        order = shop.paid_order(course, world, user=user, now=now)
        Withdrawal.objects.create(order=order, asked_at=now)
        dead(order.attempts.get(), now, number)
        Order.objects.filter(pk=order.pk).update(state="overpaid")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            undecided.cases()
        return len(queries)

    more(1)
    few = cost()
    more(2)
    more(3)
    assert (cost(), len(undecided.cases())) == (few, 9)
    Order.objects.update(state="paid")
