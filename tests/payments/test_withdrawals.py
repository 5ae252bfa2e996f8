"""I want my money back: two steps, a date in writing, the coach told, and who may ask."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from mailing import letters
from mailing.models import Letter
from payments import refunds, settlement, withdrawals
from payments.models import Attempt, Entry, Order, Payment, Withdrawal
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def order(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    return shop.paid_order(course, world, user=ann, now=now)


@pytest.fixture
def coach_is_written_to(settings: Any) -> None:
    settings.COACH_EMAIL = "coach@example.org"


def url(order: Order) -> str:
    return reverse("payments:withdraw", args=[order.key])


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_page_says_what_happens_and_asks_for_nothing(order: Order, ann_client: Client) -> None:
    page = text(ann_client, url(order))
    assert "Confirm withdrawal here" in page and "until December 20, 2026" in page
    assert "a•••@example.org" in page and "Your access to the course ends" in page
    assert Withdrawal.objects.count() == 0


def test_asking_is_written_down_with_its_date_and_both_sides_have_it_in_writing(
    order: Order, ann_client: Client, now: dt.datetime, coach_is_written_to: None
) -> None:
    answer = ann_client.post(url(order), {"note": "  It is not for me.  "})
    assert (answer.status_code, answer["Location"]) == (302, url(order))
    page = text(ann_client, url(order))
    assert "Your wish has arrived" in page and "November 20, 2026" in page
    assert "Confirm withdrawal here" not in page
    made = Withdrawal.objects.get()
    assert (made.state, made.note) == (Withdrawal.State.ASKED, "It is not for me.")
    assert (shop.letters(), shop.coach_letters()) == (["receipt", "withdrawal"], ["withdrawal"])
    assert Entry.objects.filter(says="The buyer asks for the money back").count() == 1
    told = letters.render(Letter.objects.get(revision__step__key="withdrawal"), now=now).text
    assert order.number in told and "November 20, 2026" in told


def test_the_second_press_is_the_same_wish(
    order: Order, ann_client: Client, now: dt.datetime, coach_is_written_to: None
) -> None:
    first = withdrawals.ask(order=order, note="once", now=now)
    assert withdrawals.ask(order=order, note="twice", now=now + DAY) == first
    ann_client.post(url(order), {"note": "thrice"})
    assert list(Withdrawal.objects.values_list("note", flat=True)) == ["once"]
    assert (shop.letters(), shop.coach_letters()) == (["receipt", "withdrawal"], ["withdrawal"])


def test_a_note_that_is_too_long_is_kept_and_nothing_is_asked(order: Order, ann_client: Client) -> None:
    answer = ann_client.post(url(order), {"note": "x" * 1001})
    assert answer.status_code == 422
    assert "x" * 1001 in answer.content.decode() and "Nothing was sent." in answer.content.decode()
    assert Withdrawal.objects.count() == 0


@pytest.mark.parametrize(("days", "in_time"), [(0, True), (29, True), (30, True), (31, False)])
def test_the_last_day_is_a_whole_day_of_the_buyers_calendar(
    order: Order, ann_client: Client, world: World, now: dt.datetime, days: int, in_time: bool
) -> None:
    """Paid on November 20 at 10:00 in New York; it is 23:00 there."""
    late = now + days * DAY + dt.timedelta(hours=13)
    world.at(late)
    assert withdrawals.is_in_time(order, now=late) is in_time
    ann_client.post(url(order))
    assert Withdrawal.objects.count() == in_time
    page = text(ann_client, url(order))
    assert ("ended on December 20, 2026" in page) is not in_time


def test_after_the_days_the_verb_refuses(order: Order, now: dt.datetime) -> None:
    with pytest.raises(withdrawals.TooLateError):
        withdrawals.ask(order=order, note="", now=now + 32 * DAY)
    assert shop.letters() == ["receipt"]


def test_a_course_without_such_days_says_whom_to_write_to(
    order: Order, ann_client: Client, course: Course, now: dt.datetime
) -> None:
    Course.objects.update(refund_days=0)
    assert "This order has no days to change your mind" in text(ann_client, url(order))
    assert "I want my money back" not in text(ann_client, reverse("payments:orders"))
    with pytest.raises(withdrawals.TooLateError):
        withdrawals.ask(order=order, note="", now=now)


def test_what_was_given_back_or_never_cost_anything_cannot_be_asked_back(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    attempt = Attempt.objects.get()
    world.refund(attempt)
    order = settlement.settle(attempt=attempt, now=now)
    with pytest.raises(withdrawals.NothingPaidError):
        withdrawals.ask(order=order, note="", now=now)
    assert "All of the money of this order was given back" in text(ann_client, url(order))
    Order.objects.filter(pk=order.pk).update(paid_at=None, state=Order.State.OPEN)
    assert ann_client.get(url(order)).status_code == 404
    Order.objects.filter(pk=order.pk).update(paid_at=now, state=Order.State.REFUNDED)


def test_while_a_bank_has_the_money_it_cannot_be_asked_back_too(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    attempt = Attempt.objects.get()
    world.dispute(attempt)
    order = settlement.settle(attempt=attempt, now=now)
    assert "A bank is looking into this payment" in text(ann_client, url(order))
    assert "I want my money back" not in text(ann_client, reverse("payments:orders"))
    with pytest.raises(withdrawals.NothingPaidError):
        withdrawals.ask(order=order, note="", now=now)


def from_here(world: World, now: dt.datetime) -> None:
    refunds.give_back(payment=Payment.objects.get(), amount_minor=14900, actor=None, now=now)


def in_the_dashboard(world: World, now: dt.datetime) -> None:
    attempt = Attempt.objects.get()
    world.refund(attempt)
    settlement.settle(attempt=attempt, now=now)
    settlement.settle(attempt=attempt, now=now)


@pytest.mark.parametrize("give_back", [from_here, in_the_dashboard])
def test_a_full_refund_from_wherever_is_the_answer(
    world: World, order: Order, now: dt.datetime, give_back: Callable[[World, dt.datetime], None]
) -> None:
    withdrawals.ask(order=order, note="", now=now)
    give_back(world, now + DAY)
    made = Withdrawal.objects.get()
    assert (made.state, made.answered_at) == (Withdrawal.State.REFUNDED, now + DAY)
    withdrawals.answer_with_refund(order=order, now=now + 2 * DAY)
    made.refresh_from_db()
    assert made.answered_at == now + DAY


def test_a_part_given_back_leaves_the_wish_open(world: World, order: Order, now: dt.datetime) -> None:
    withdrawals.ask(order=order, note="", now=now)
    refunds.give_back(payment=Payment.objects.get(), amount_minor=100, actor=None, now=now)
    assert Withdrawal.objects.get().state == Withdrawal.State.ASKED


def test_a_guest_asks_from_the_browser_that_paid_and_nobody_else_can(
    world: World, course: Course, guest: Client, ben_client: Client, now: dt.datetime
) -> None:
    guest.post(
        reverse("payments:buy", args=[course.slug]),
        {"agreed": "on", "at_once": "on", "email": "ann@example.org"},
    )
    attempt = Attempt.objects.get()
    world.pay(attempt.session_id or "")
    back = reverse("payments:return", args=[attempt.order.key])
    assert url(attempt.order) in text(guest, back)
    for stranger in (ben_client, Client()):
        assert stranger.get(url(attempt.order)).status_code == 404
        assert stranger.post(url(attempt.order)).status_code == 404
    assert Withdrawal.objects.count() == 0
    guest.post(url(attempt.order))
    assert "Your wish has arrived" in text(guest, url(attempt.order))
    assert "You asked for your money back on November 20, 2026" in text(guest, back)


def test_nobody_asks_twenty_times_a_minute(order: Order, ann_client: Client) -> None:
    for _ in range(20):
        ann_client.post(url(order))
    answer = ann_client.post(url(order))
    assert "a lot in a short time" in answer.content.decode()
    assert Withdrawal.objects.count() == 1
