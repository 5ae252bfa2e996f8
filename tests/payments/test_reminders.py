"""The one letter about an order that was not paid: for whoever allowed it, once, and only while it makes sense."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import access
from courses.models import Course, Price
from mailing import delivery, suppression
from mailing.models import Letter, Suppression
from payments import again, checkout, paperwork, reminders, settlement
from payments.models import Attempt, Order
from payments.tasks import remind
from tests import factories
from tests.payments import shop
from tests.payments.test_races import at_once
from tests.payments.test_ways import page
from tests.payments.world import World

pytestmark = pytest.mark.django_db
HOUR, DAY, MINUTE = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(minutes=1)
REMINDED = ["still-open"]


def left(course: Course, world: World, *, now: dt.datetime, **how: Any) -> Order:
    """Somebody began to buy, allowed a reminder, and let the pay page close; its hour of peace is over."""
    attempt = shop.begin(course, now=now, **{"may_remind": True, **how})
    world.at(attempt.expires_at + HOUR)
    return settlement.settle(attempt=attempt, now=world.now)


def test_whoever_allowed_it_is_reminded_once(world: World, course: Course, now: dt.datetime) -> None:
    order = left(course, world, now=now)
    assert [reminders.remind(now=world.now), reminders.remind(now=world.now)] == [1, 0]
    order.refresh_from_db()
    assert (order.reminded_at, shop.letters()) == (world.now, REMINDED)
    letter = Letter.objects.get()
    assert letter.context["button_url"].endswith(reverse("payments:again", args=[again.token(order)]))
    assert letter.expires_at == world.now + 2 * DAY


def test_the_task_does_it_by_the_sites_own_clock(world: World, course: Course, now: dt.datetime) -> None:
    left(course, world, now=now)
    assert [remind(), remind()] == [1, 0]


def test_without_a_yes_nobody_is_reminded(world: World, course: Course, now: dt.datetime) -> None:
    left(course, world, now=now, may_remind=False)
    assert (reminders.remind(now=world.now), shop.letters()) == (0, [])


@pytest.mark.parametrize(
    ("after", "letters"),
    [(HOUR - MINUTE, 0), (HOUR, 1), (2 * DAY - MINUTE, 1), (2 * DAY, 0), (3 * DAY, 0)],
)
def test_not_at_once_and_not_after_two_days(
    world: World, course: Course, now: dt.datetime, after: dt.timedelta, letters: int
) -> None:
    order = left(course, world, now=now)
    assert reminders.remind(now=order.attempts.get().expires_at + after) == letters


def test_an_order_that_can_still_be_paid_is_left_in_peace(
    world: World, course: Course, now: dt.datetime
) -> None:
    attempt = shop.begin(course, now=now, may_remind=True)
    assert reminders.remind(now=attempt.expires_at + 2 * HOUR) == 0


def bought_by_the_same_address(course: Course, world: World, ann: User) -> None:
    shop.paid_order(course, world, now=world.now, email="ANN@example.org", tab="another browser")


def let_in_by_hand(course: Course, world: World, ann: User) -> None:
    access.grant(user=ann, course=course, source="manual:1", now=world.now)


def began_anew_without_a_yes(course: Course, world: World, ann: User) -> None:
    shop.begin(course, now=world.now, email="ann@example.org", tab="another browser")


def not_sold_any_more(course: Course, world: World, ann: User) -> None:
    Course.objects.update(status=Course.Status.ARCHIVED)


def forgotten(course: Course, world: World, ann: User) -> None:
    Order.objects.update(forgotten_at=world.now)


@pytest.mark.parametrize(
    "meanwhile",
    [bought_by_the_same_address, let_in_by_hand, began_anew_without_a_yes, not_sold_any_more, forgotten],
)
def test_nobody_is_reminded_of_what_is_settled(
    world: World, course: Course, ann: User, now: dt.datetime, meanwhile: Any
) -> None:
    left(course, world, now=now)
    meanwhile(course, world, ann)
    assert (reminders.remind(now=world.now), Order.objects.exclude(reminded_at=None).count()) == (0, 0)


def test_an_account_that_bought_with_another_address_is_not_reminded(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    left(course, world, now=now, user=ann)
    ann.email = "ann.new@example.org"
    ann.save()
    shop.paid_order(course, world, now=world.now, user=ann)
    assert reminders.remind(now=world.now) == 0


def test_an_address_is_reminded_once_a_month_whoever_types_it(
    world: World, course: Course, now: dt.datetime
) -> None:
    for number in range(3):
        left(course, world, now=now + number * 3 * HOUR, tab=f"tab{number}")
        reminders.remind(now=world.now)
    assert shop.letters() == REMINDED


def test_who_was_told_that_the_bank_refused_is_not_reminded_as_well(
    world: World, course: Course, now: dt.datetime
) -> None:
    order = left(course, world, now=now)
    Attempt.objects.update(state=Attempt.State.FAILED)
    Order.objects.update(state=Order.State.FAILED)
    paperwork.payment_failed(order=order, now=world.now)
    assert reminders.remind(now=world.now + HOUR) == 0
    Letter.objects.all().delete()
    assert reminders.remind(now=world.now + HOUR) == 1


def test_an_address_that_wants_no_mail_gets_none(world: World, course: Course, now: dt.datetime) -> None:
    left(course, world, now=now)
    suppression.put(
        email="ann@example.org",
        scope=Suppression.Scope.ALL,
        reason=Suppression.Reason.HARD_BOUNCE,
        now=world.now,
    )
    reminders.remind(now=world.now)
    delivery.deliver(now=world.now)
    assert Letter.objects.get().state == Letter.State.SKIPPED


@pytest.mark.django_db(transaction=True)
def test_many_bells_at_once_remind_once(transactional_db: None, world: World, now: dt.datetime) -> None:
    left(factories.small_course(), world, now=now)
    assert sorted(at_once(*[lambda: reminders.remind(now=world.now)] * 4)) == [0, 0, 0, 1]
    assert shop.letters() == REMINDED


def test_orders_without_a_yes_cost_nothing_however_many(
    world: World, course: Course, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        how = {"email": f"a{number}@example.org", "tab": str(number), "may_remind": False}
        left(course, world, now=now + number * 2 * HOUR, **how)
        with django_assert_num_queries(1):
            reminders.remind(now=world.now)


# ---- the link ----
@pytest.fixture
def link(world: World, course: Course, now: dt.datetime) -> str:
    order = left(course, world, now=now)
    reminders.remind(now=world.now)
    return reverse("payments:again", args=[again.token(order)])


def test_looking_at_the_link_does_nothing(world: World, link: str) -> None:
    before = list(Order.objects.values()), list(Attempt.objects.values())
    world.cut_off()  # the gateway is not asked either
    scanner = Client()
    for _ in range(3):
        seen = page(scanner.get(link))
    assert "Nothing was charged" in seen and "149 USD" in seen and "a•••@example.org" in seen
    assert "ann@example.org" not in seen
    assert (list(Order.objects.values()), list(Attempt.objects.values())) == before
    assert (Session.objects.count(), scanner.cookies.get("sessionid")) == (0, None)
    world.reconnect()


def test_one_tap_leads_to_a_new_pay_page_of_the_same_order(world: World, link: str, now: dt.datetime) -> None:
    reader = Client()
    answer = reader.post(link)
    order = Order.objects.get()
    newest = order.attempts.first()
    assert newest and (answer.status_code, answer["Location"]) == (303, newest.url)
    assert (order.state, order.attempts.count()) == (Order.State.OPEN, 2)
    assert reader.post(link)["Location"] == newest.url
    world.pay(newest.session_id or "")
    back = reader.get(reverse("payments:return", args=[order.key]))
    assert "Paid, thank you" in page(back)
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_whoever_followed_a_link_that_was_passed_on_gets_neither_papers_nor_the_address(
    world: World, link: str
) -> None:
    """They may pay; the course goes to whoever proves the address that ordered."""
    other = Client()
    other.post(link)
    order = Order.objects.get()
    world.pay(order.attempts.all()[0].session_id or "")
    back = other.get(reverse("payments:return", args=[order.key]))
    assert "Is the address wrong?" not in page(back) and "See your receipt" not in page(back)
    assert "ann@example.org" not in page(back)
    correct = reverse("payments:correct", args=[order.key])
    assert other.post(correct, {"email": "thief@example.org"}).status_code == 404
    assert other.get(reverse("payments:receipt", args=[order.key])).status_code == 404
    order.refresh_from_db()
    assert order.email == "ann@example.org"


def test_the_link_of_a_paid_order_says_so_and_how_to_come_in(world: World, link: str) -> None:
    order = Order.objects.get()
    checkout.pay_address(order=order, now=world.now)
    attempt = order.attempts.all()[0]
    world.pay(attempt.session_id or "")
    late = Client()
    assert late.post(link)["Location"] == link  # we had not heard; now we have
    for answer in (late.get(link), late.post(link)):
        assert "This is paid" in page(answer) and reverse("account_login") in answer.content.decode()
    assert late.get(reverse("payments:return", args=[order.key])).status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("processing", "Your bank is still confirming"),
        ("review", "I’m having a look at this payment"),
        ("refunded", "This order is closed"),
    ],
)
def test_the_link_says_how_else_it_stands(world: World, link: str, state: str, words: str) -> None:
    paid = {"paid_at": world.now} if state == "refunded" else {}
    Order.objects.update(state=state, **paid)
    assert words in page(Client().get(link))
    Order.objects.update(state="expired", paid_at=None)


def test_a_made_up_link_is_none_of_ours(world: World, link: str) -> None:
    for forged in (link.replace(":", ";"), "/again/1:abc/", f"{link[:-2]}x/"):
        assert Client().get(forged).status_code == 404
        assert Client().post(forged).status_code == 404


def test_monthly_payments_are_named(world: World, course: Course, now: dt.datetime) -> None:
    price = Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5200)
    order = left(course, world, now=now, price=price)
    seen = page(Client().get(reverse("payments:again", args=[again.token(order)])))
    assert "3 monthly payments of 52 USD, 156 USD in all" in seen
