"""Ways to pay as the till shows them: prices, sales, taxes, and each yes in a box of its own."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import User
from courses.models import Course, Price
from payments import checkout, ordering, settlement, till
from payments.models import Attempt, Order
from tests import factories
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
YES = {"agreed": "on", "at_once": "on", "email": "ann@example.org"}
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def page(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode()).replace("\xa0", " ").split())


def summary(answer: Any) -> list[str]:
    """The rows of the order as a reader sees them."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", answer.content.decode())
    return [f"{name}: {value}" for name, value in found]


def button(answer: Any) -> str:
    found = re.search(r'<button class="button big" type="submit">(.*?)</button>', answer.content.decode())
    assert found
    return found[1]


@pytest.fixture
def monthly(course: Course) -> Price:
    return Price.objects.create(
        course=course,
        key="three",
        title="Three monthly payments",
        payments=3,
        amount_minor=5200,
        note="For you.",
    )


def on_sale(course: Course, now: dt.datetime, *, minor: int = 9900) -> None:
    course.sale_minor, course.sale_from, course.sale_until = minor, now - DAY, now + DAY
    course.save()


# ---- what is shown ----
def test_one_price_is_no_choice(world: World, course: Course, guest: Client) -> None:
    seen = guest.get("/buy/knots/")
    assert summary(seen) == ["Course: 149 USD", "Tax: included", "You pay once: 149 USD"]
    assert 'type="radio"' not in seen.content.decode() and "I have a code" not in page(seen)


def test_instalments_are_shown_with_their_days_and_their_sum(
    world: World, course: Course, monthly: Price, guest: Client
) -> None:
    """On November 20; the year is named where it is another one."""
    seen = guest.get("/buy/knots/?price=three")
    assert summary(seen) == [
        "Course: 156 USD",
        "Tax: included",
        "You pay today: 52 USD",
        "December 20: 52 USD",
        "January 20, 2027: 52 USD",
        "In all: 156 USD",
    ]
    assert "3 payments, then it ends by itself." in page(seen)
    assert button(seen) == "Go on to pay 52 USD today"
    assert "All at once: 149 USD" in page(seen)
    assert "Three monthly payments: 3 × 52 USD, 156 USD in all. For you." in page(seen)


def test_the_days_are_those_of_the_buyers_own_calendar(
    world: World, course: Course, monthly: Price, now: dt.datetime
) -> None:
    """At 15:00 in London it is the 21st in Auckland already."""
    user = factories.user("kiri@example.org", time_zone="Pacific/Auckland")
    shown = till.look(course=course, key="three", code="", user=user, now=now)
    assert shown.days == ["December 21", "January 21, 2027"]


def test_an_unknown_way_to_pay_in_the_address_is_the_courses_own(
    world: World, course: Course, monthly: Price, guest: Client
) -> None:
    assert button(guest.get("/buy/knots/?price=made-up")) == "Go on to pay 149 USD"


def test_a_sale_says_what_it_was_and_until_when(
    world: World, course: Course, now: dt.datetime, guest: Client, ann_client: Client
) -> None:
    on_sale(course, now)
    rows = ["Course: 149 USD", "Sale until Saturday, November 21, 10:00 {}: −50 USD", "Tax: included"]
    for client, where in ((guest, "New York time"), (ann_client, "your time (New York)")):
        assert summary(client.get("/buy/knots/"))[:3] == [row.format(where) for row in rows]
        assert button(client.get("/buy/knots/")) == "Go on to pay 99 USD"


def test_a_sale_for_nothing_is_free_while_it_lasts(
    world: World, course: Course, monthly: Price, now: dt.datetime, ann: User, ann_client: Client
) -> None:
    on_sale(course, now, minor=0)
    seen = ann_client.get("/buy/knots/")
    assert summary(seen)[-1] == "You pay: nothing" and 'type="radio"' not in seen.content.decode()
    ann_client.post("/buy/knots/", {"agreed": "on", "shown": "1x0"})
    assert (Order.objects.get().state, Order.objects.get().gateway) == ("paid", "")
    world.at(now + 2 * DAY)
    assert button(Client().get("/buy/knots/")) == "Go on to pay 149 USD"


@pytest.mark.parametrize(
    ("tax", "words", "total", "pays"),
    [
        ("included", "included", "You pay once", "149 USD"),
        ("counted", "included", "You pay once", "149 USD"),
        (
            "added",
            "added by your country’s rules on the next page",
            "You pay once, before tax",
            "149 USD plus tax",
        ),
    ],
)
def test_the_tax_line_says_how_it_is(
    world: World, course: Course, guest: Client, settings: Any, tax: str, words: str, total: str, pays: str
) -> None:
    settings.STRIPE_TAX = tax
    seen = guest.get("/buy/knots/")
    assert summary(seen) == ["Course: 149 USD", f"Tax: {words}", f"{total}: 149 USD"]
    assert button(seen) == f"Go on to pay {pays}"


@pytest.mark.parametrize(
    ("currency", "minor", "text"), [("jpy", 15000, "15,000 JPY"), ("kwd", 45500, "45.500 KWD")]
)
def test_37_other_decimals_are_shown_and_charged_as_they_are(
    world: World, course: Course, guest: Client, currency: str, minor: int, text: str
) -> None:
    Course.objects.update(currency=currency, price_minor=minor)
    assert button(guest.get("/buy/knots/")) == f"Go on to pay {text}"
    guest.post("/buy/knots/", YES)
    session = world.session(Attempt.objects.get().session_id or "")
    assert (session["amount_total"], session["currency"]) == (minor, currency)


def test_the_till_asks_as_often_for_three_ways_as_for_one(
    world: World, course: Course, monthly: Price, ben_client: Client, django_assert_num_queries: Any
) -> None:
    """session, user, course, access, prices, coupons"""
    for number in (0, 2, 4):
        for extra in range(number):
            Price.objects.get_or_create(
                course=course, key=f"{number}-{extra}", defaults={"title": "P", "amount_minor": 5000}
            )
        ben_client.get("/buy/knots/")  # its word is in the session now
        with django_assert_num_queries(6):
            ben_client.get("/buy/knots/")


# ---- what is ordered ----
def test_the_way_chosen_is_the_way_ordered(
    world: World, course: Course, monthly: Price, guest: Client
) -> None:
    answer = guest.post("/buy/knots/", {**YES, "price": "three", "shown": "3x5200"})
    order = Order.objects.get()
    assert (answer.status_code, order.instalments, order.amount_minor) == (303, 3, 15600)
    session = world.session(Attempt.objects.get().session_id or "")
    assert (session["mode"], session["amount_total"]) == ("subscription", 5200)


def test_another_way_than_the_page_showed_is_shown_first(
    world: World, course: Course, monthly: Price, guest: Client
) -> None:
    """Without JavaScript a radio button changes nothing on the page: nobody pays what they did not see."""
    wish = {**YES, "price": "three", "may_remind": "on"}
    answer = guest.post("/buy/knots/", {**wish, "shown": "1x14900"})
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert "Nothing was charged. You pay 52 USD today and 156 USD in all. That is not what" in page(answer)
    assert button(answer) == "Go on to pay 52 USD today" and 'value="3x5200"' in answer.content.decode()
    assert answer.content.decode().count(" checked") == 4  # the way, and all three boxes: nothing is lost
    assert guest.post("/buy/knots/", {**wish, "shown": "3x5200"}).status_code == 303


def test_a_sale_that_ended_on_an_open_page_is_over(
    world: World, course: Course, now: dt.datetime, guest: Client
) -> None:
    on_sale(course, now)
    assert 'name="shown" value="1x9900"' in guest.get("/buy/knots/").content.decode()
    world.at(now + DAY)
    answer = guest.post("/buy/knots/", {**YES, "shown": "1x9900"})
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert button(answer) == "Go on to pay 149 USD" and "Sale" not in "".join(summary(answer))


def test_a_way_that_was_taken_back_is_said_so(
    world: World, course: Course, monthly: Price, guest: Client, now: dt.datetime
) -> None:
    Price.objects.create(course=course, key="less", title="Reduced", amount_minor=7900)
    Price.objects.filter(key="three").update(archived_at=now)
    answer = guest.post("/buy/knots/", {**YES, "price": "three", "shown": "3x5200"})
    assert "This way to pay is not on offer any more." in page(answer)
    Price.objects.update(archived_at=now)
    answer = guest.post("/buy/knots/", {**YES, "price": "three", "shown": "3x5200"})
    assert "Please look once more" in page(answer) and button(answer) == "Go on to pay 149 USD"
    assert Order.objects.count() == 0


def test_showing_a_price_orders_nothing_and_keeps_what_was_typed(
    world: World, course: Course, monthly: Price, guest: Client
) -> None:
    answer = guest.post("/buy/knots/", {"price": "three", "show": "price", "email": "ann@", "agreed": "on"})
    assert (answer.status_code, Order.objects.count()) == (200, 0)
    assert "There is a problem" not in page(answer)
    assert 'value="ann@"' in answer.content.decode() and button(answer) == "Go on to pay 52 USD today"


def test_33_an_order_keeps_its_price_for_a_while_and_then_costs_what_it_costs(
    world: World, course: Course, now: dt.datetime, guest: Client
) -> None:
    on_sale(course, now)
    guest.post("/buy/knots/", YES)
    order = Order.objects.get()
    world.at(now + 2 * DAY)
    settlement.settle(attempt=order.attempts.get(), now=world.now)
    again = reverse("payments:resume", args=[order.key])
    assert guest.post(again)["Location"] == order.attempts.first().url  # type: ignore[union-attr]
    world.at(now + 20 * DAY)
    settlement.settle(attempt=order.attempts.all()[0], now=world.now)
    answer = guest.post(again)
    assert "Nothing was charged" in page(answer) and "can’t be had at that price any more" in page(answer)
    assert 'href="/buy/knots/"' in answer.content.decode()
    Course.objects.update(price_minor=9900, sale_minor=None, sale_from=None, sale_until=None)
    assert guest.post(again).status_code == 303


def test_an_order_of_a_course_not_sold_any_more_takes_no_money(
    world: World, course: Course, now: dt.datetime, guest: Client
) -> None:
    guest.post("/buy/knots/", YES)
    order = Order.objects.get()
    world.at(now + HOUR)
    settlement.settle(attempt=order.attempts.get(), now=world.now)
    Course.objects.update(status=Course.Status.ARCHIVED)
    assert "is not on sale any more" in page(guest.post(reverse("payments:resume", args=[order.key])))


# ---- what is agreed to ----
def test_each_yes_is_kept_with_its_moment(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    ann_client.post("/buy/knots/", {"agreed": "on", "at_once": "on", "may_remind": "on"})
    order = Order.objects.get()
    assert order.at_once_at == order.may_remind_at == order.agreed_at == order.created_at
    assert (order.terms_version, order.created_at - now < HOUR) == (ordering.TERMS_VERSION, True)


def test_without_the_wish_to_be_let_in_nothing_is_sold_and_the_page_says_why(
    world: World, course: Course, guest: Client
) -> None:
    answer = guest.post("/buy/knots/", {"agreed": "on", "email": "ann@example.org"})
    assert "The law wants you to ask for that." in page(answer)
    assert "Your own promise stays: 30 days to change my mind, and all my money back." in page(answer)
    assert (answer.status_code, Order.objects.count()) == (422, 0)


def test_a_reminder_is_never_ticked_beforehand(world: World, course: Course, guest: Client) -> None:
    assert " checked" not in guest.get("/buy/knots/").content.decode()
    guest.post("/buy/knots/", YES)
    assert Order.objects.get().may_remind_at is None


def test_what_was_agreed_to_the_last_time_counts(world: World, course: Course, now: dt.datetime) -> None:
    """The same order is found again; a yes said twice keeps its first date, one taken back is gone."""
    how = {"email": "ann@example.org", "now": now}
    order = shop.begin(course, **how, may_remind=True).order
    Order.objects.update(terms_version="older")
    again = shop.begin(course, **{**how, "now": now + HOUR / 4}, may_remind=False).order
    assert (again.pk, again.may_remind_at, again.at_once_at) == (order.pk, None, now)
    assert (again.terms_version, again.agreed_at) == (ordering.TERMS_VERSION, now + HOUR / 4)
    once_more = shop.begin(course, **{**how, "now": now + HOUR / 3}, may_remind=True).order
    assert (once_more.may_remind_at, once_more.agreed_at) == (now + HOUR / 3, now + HOUR / 4)


def test_a_free_course_asks_for_no_such_yes(world: World, course: Course, ann_client: Client) -> None:
    Course.objects.update(price_minor=0)
    assert "Let me in right away" not in page(ann_client.get("/buy/knots/"))
    assert ann_client.post("/buy/knots/", {"agreed": "on"}).status_code == 303
    assert Order.objects.get().at_once_at is None


def test_a_new_way_to_pay_closes_the_old_pay_page(
    world: World, course: Course, monthly: Price, now: dt.datetime
) -> None:
    first = shop.begin(course, now=now)
    second = shop.begin(course, now=now, price=monthly)
    first.refresh_from_db()
    assert (first.state, second.state) == (Attempt.State.EXPIRED, Attempt.State.OPEN)
    assert world.session(first.session_id or "")["status"] == "expired"
    with pytest.raises(checkout.AlreadyPaidError):
        world.pay(second.session_id or "")
        settlement.settle(attempt=second, now=now)
        checkout.pay_address(order=second.order, now=now)
