"""What a buyer sees after paying, in a real browser: on a phone and a desk, by night, by keyboard, without scripts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from courses.models import Course, Price
from payments import gifts, instalments, refunds, settlement, withdrawals
from payments.models import Attempt, Instalment, Order, Payment, Withdrawal
from tests import factories
from tests.browser import DESKTOP, PHONE
from tests.payments import shop
from tests.payments.browsing import BROWSER, sound
from tests.payments.world import BOUNCED_LATE, DEBITED_LATE, GOOD, World

pytestmark = BROWSER
LATER_DECLINED = "4000000000000341"
LOOKS = [(PHONE, False), (DESKTOP, True), ((320, 640), True)]


def three(course: Course) -> Price:
    return Price.objects.create(
        course=course, key="three", title="Three monthly payments", payments=3, amount_minor=5000
    )


def late(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    """The second of three payments was declined a month later."""
    order = shop.paid_order(course, world, user=ann, now=now, price=three(course), number=LATER_DECLINED)
    then = instalments.months_later(now, 1) + dt.timedelta(minutes=5)
    world.later(then)
    return settlement.settle(attempt=order.attempts.get(), now=then)


def debited(world: World, course: Course, ann: User, now: dt.datetime, iban: str) -> Attempt:
    Course.objects.update(currency="eur")
    course.refresh_from_db()
    attempt = shop.begin(course, user=ann, now=now)
    world.debit(attempt.session_id or "", iban)
    settlement.settle(attempt=attempt, now=now)
    return attempt


def orders(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    """One of each: paid in months and late, given back, disputed, waiting, a gift, a gift received."""
    late(world, course, ann, now)
    then = world.now
    given_back = shop.paid_order(factories.course(slug="back", title="Sleep Well"), world, user=ann, now=then)
    payment = Payment.objects.get(attempt__order=given_back)
    refunds.give_back(payment=payment, amount_minor=14900, actor=None, now=then)
    disputed = shop.paid_order(factories.course(slug="bank", title="Sit Well"), world, user=ann, now=then)
    world.dispute(disputed.attempts.get())
    settlement.settle(attempt=disputed.attempts.get(), now=then)
    shop.paid_order(
        factories.course(slug="waits", title="Walk Well"), world, email="ann@example.org", now=then
    )
    wish = gifts.Wish(giver_name="Ann", recipient_name="Ben")
    shop.paid_order(factories.course(slug="gift", title="Breathe Well"), world, user=ann, now=then, gift=wish)
    wish = gifts.Wish(giver_name="Ben")
    present = shop.paid_order(
        factories.course(slug="present", title="Rest Well"),
        world,
        email="ben@example.org",
        tab="another",
        now=then,
        gift=wish,
    )
    gifts.redeem(code=present.gift.code, user=ann, now=then)
    return reverse("payments:orders")


def no_orders(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    return reverse("payments:orders")


def withdraw(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    return reverse("payments:withdraw", args=[shop.paid_order(course, world, user=ann, now=now).key])


def withdrawn(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    path = withdraw(world, course, ann, now)
    withdrawals.ask(order=Order.objects.get(), note="", now=now)
    return path


def too_late(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    path = withdraw(world, course, ann, now)
    world.at(now + dt.timedelta(days=60))
    return path


def slow(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    attempt = debited(world, course, ann, now, DEBITED_LATE)
    return reverse("payments:return", args=[attempt.order.key])


def refused(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    attempt = debited(world, course, ann, now, BOUNCED_LATE)
    world.later(now + dt.timedelta(days=4))
    settlement.settle(attempt=attempt, now=world.now)
    return reverse("payments:return", args=[attempt.order.key])


def disputed(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    order = shop.paid_order(course, world, user=ann, now=now)
    world.dispute(order.attempts.get())
    settlement.settle(attempt=order.attempts.get(), now=now)
    return reverse("payments:return", args=[order.key])


def looked_at(world: World, course: Course, ann: User, now: dt.datetime) -> str:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    Course.objects.update(status=Course.Status.ARCHIVED)
    settlement.settle(attempt=attempt, now=now)
    return reverse("payments:return", args=[attempt.order.key])


Scene = Callable[[World, Course, User, dt.datetime], str]
SCENES: list[Scene] = [
    orders, no_orders, withdraw, withdrawn, too_late, slow, refused, disputed, looked_at
]  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_each_page_is_sound_on_a_phone_on_a_desk_and_by_night(
    browser_page: Any, world: World, course: Course, ann: User, now: dt.datetime, scene: Scene
) -> None:
    path = scene(world, course, ann, now)
    for size, dark in LOOKS:
        page = browser_page(size=size, user=ann, dark=dark)
        page.goto(path)
        sound(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_by_keyboard_alone_the_card_is_changed_and_the_late_payment_made(
    browser_page: Any, world: World, course: Course, ann: User, now: dt.datetime, javascript: bool
) -> None:
    late(world, course, ann, now)
    page = browser_page(size=PHONE, user=ann, javascript=javascript)
    page.goto(reverse("payments:orders"))
    page.get_by_role("button", name="Change my card").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/_sandbox/**")
    for name, value in (("number", GOOD), ("expiry", "08/29"), ("code", "123")):
        page.fill(f"[name={name}]", value)
    page.keyboard.press("Enter")
    page.get_by_text("Your card is changed. Paid, thank you.").wait_for()
    expect(page.get_by_text("100 USD of 150 USD paid so far.")).to_be_visible()
    assert Instalment.objects.filter(state=Instalment.State.PAID).count() == 2


@pytest.mark.parametrize("javascript", [True, False])
def test_by_keyboard_alone_the_money_is_asked_back(
    browser_page: Any, world: World, course: Course, ann: User, now: dt.datetime, javascript: bool
) -> None:
    shop.paid_order(course, world, user=ann, now=now)
    page = browser_page(size=DESKTOP, user=ann, javascript=javascript)
    page.goto(reverse("payments:orders"))
    page.get_by_role("link", name="I want my money back").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Confirm withdrawal here").wait_for()
    page.get_by_label("Anything you want to tell me").fill("Not for me.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your wish has arrived").wait_for()
    assert Withdrawal.objects.get().note == "Not for me."


def test_a_debit_that_waits_is_paid_once_the_clock_has_moved(
    browser_page: Any, world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    path = slow(world, course, ann, now)
    page = browser_page(size=PHONE, user=ann)
    page.goto(path)
    expect(page.get_by_role("heading", name="Your bank is confirming")).to_be_visible()
    world.later(now + dt.timedelta(days=4))
    page.get_by_role("link", name="Look again").click()
    page.wait_for_url("**/lessons/**")
