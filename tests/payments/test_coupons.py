"""Codes: exact under races, counted once, given back, and telling nothing to whoever tries them out."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course, Price
from payments import again, checkout, coupons, ordering, pricing, reconciliation, settlement
from payments.models import Attempt, Coupon, CouponHold, Order
from tests import factories
from tests.payments import shop
from tests.payments.test_races import at_once
from tests.payments.test_ways import button, page, summary
from tests.payments.world import World

pytestmark = pytest.mark.django_db
YES = {"agreed": "on", "at_once": "on", "email": "ann@example.org"}
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOTHING_OFF = "This code takes nothing off here."


def coupon(code: str = "SPRING10", *, now: dt.datetime, **fields: Any) -> Coupon:
    if not {"percent", "amount_minor"} & set(fields):
        fields["percent"] = 10
    if "amount_minor" in fields:
        fields.setdefault("currency", "usd")
    return Coupon.objects.create(**{"code": code, "created_at": now, "most_each": None, **fields})


def holds() -> list[tuple[str, str]]:
    return list(CouponHold.objects.order_by("pk").values_list("email_key", "state"))


def taken() -> int:
    return Coupon.objects.get().taken


def closed(attempt: Attempt, world: World, *, at: dt.datetime) -> Order:
    """Nobody paid, the page closed, and we have heard of it."""
    world.at(at)
    return settlement.settle(attempt=attempt, now=at)


# ---- what a code takes off ----
@pytest.mark.parametrize(
    ("currency", "price", "how", "left"),
    [
        ("usd", 14900, {"percent": 10}, 13410),
        ("usd", 14900, {"percent": 33}, 9983),  # 4917 off: the part of a cent stays with the buyer
        ("usd", 999, {"percent": 1}, 989),
        ("usd", 14900, {"amount_minor": 1000}, 13900),
        ("usd", 14900, {"amount_minor": 20000}, 0),
        ("usd", 14900, {"percent": 100}, 0),
        ("jpy", 15001, {"percent": 10}, 13500),
        ("jpy", 15000, {"amount_minor": 500, "currency": "jpy"}, 14500),
        ("kwd", 45500, {"percent": 33}, 30480),  # whole tens only
        ("kwd", 45500, {"amount_minor": 1234, "currency": "kwd"}, 44260),
    ],
)
def test_37_what_is_left_is_whole_and_can_be_charged(
    course: Course, now: dt.datetime, currency: str, price: int, how: dict[str, Any], left: int
) -> None:
    course.currency, course.price_minor = currency, price
    course.save()
    quote = pricing.quote(course=course, code=coupon(now=now, **how).code, now=now)
    assert (quote.amount_minor, quote.discount_minor, quote.list_minor) == (left, price - left, price)


def test_a_code_lowers_a_sale_further(course: Course, now: dt.datetime) -> None:
    course.sale_minor, course.sale_from, course.sale_until = 9900, now - DAY, now + DAY
    quote = pricing.quote(course=course, code=coupon(now=now).code, now=now)
    assert (quote.list_minor, quote.saved_minor, quote.discount_minor, quote.amount_minor) == (
        14900, 5000, 990, 8910
    )  # fmt: skip


@pytest.mark.parametrize(("percent", "each", "payments"), [(10, 4680, 3), (33, 3484, 3), (100, 0, 1)])
def test_a_percentage_lowers_each_monthly_payment(
    course: Course, now: dt.datetime, percent: int, each: int, payments: int
) -> None:
    price = Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5200)
    quote = pricing.quote(course=course, price=price, code=coupon(now=now, percent=percent).code, now=now)
    assert (quote.each_minor, quote.amount_minor, quote.payments) == (each, each * payments, payments)
    assert quote.list_minor == 15600


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "OTHER"},
        {"starts_at": dt.timedelta(days=1)},
        {"ends_at": dt.timedelta(0)},
        {"most": 1},
        {"archived_at": dt.timedelta(0)},
        {"amount_minor": 1000, "currency": "eur"},
        {"course": "another"},
    ],
    ids=lambda fields: " ".join(fields),
)
def test_unknown_over_and_used_up_sound_alike(
    world: World, course: Course, guest: Client, now: dt.datetime, fields: dict[str, Any]
) -> None:
    made = {name: now + value if isinstance(value, dt.timedelta) else value for name, value in fields.items()}
    if "course" in made:
        made["course"] = factories.course("another", status="draft")
    coupon(now=now, **made)
    if "most" in made:
        shop.begin(course, now=now, code="SPRING10", email="ben@example.org", tab="other")
    before = Order.objects.count()
    answer = guest.post("/buy/knots/", {**YES, "code": "spring-10"})
    assert (answer.status_code, Order.objects.count()) == (422, before)
    assert NOTHING_OFF in page(answer) and 'value="spring-10"' in answer.content.decode()
    assert button(answer) == "Go on to pay 149 USD"


def test_an_amount_is_for_the_single_payment_only(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5200)
    coupon(now=now, amount_minor=1000)
    answer = guest.post("/buy/knots/", {**YES, "code": "SPRING10", "price": "three"})
    assert "This code works with the single payment only." in page(answer)
    assert button(answer) == "Go on to pay 52 USD today"


@pytest.mark.parametrize(("price", "percent"), [(100, 60), (14900, 99)])
def test_a_code_that_leaves_less_than_can_be_charged_is_refused(
    world: World, course: Course, guest: Client, now: dt.datetime, price: int, percent: int
) -> None:
    Course.objects.update(price_minor=price)
    coupon(now=now, percent=percent)
    answer = guest.post("/buy/knots/", {**YES, "code": "SPRING10"})
    left = price - price * percent // 100
    assert ("less would be left than a card can be charged with" in page(answer)) == (left < 50)
    assert answer.status_code == (422 if left < 50 else 303)


# ---- at the till ----
def test_using_a_code_shows_the_new_price_before_anything_is_ordered(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    coupon(now=now)
    assert "I have a code" in page(guest.get("/buy/knots/"))
    for answer in (
        guest.post("/buy/knots/", {"code": " spring 10 ", "show": "code", "email": "ann@"}),
        guest.get("/buy/knots/?code=spring10"),
    ):
        assert summary(answer) == [
            "Course: 149 USD",
            "Code SPRING10: −14.90 USD",
            "Tax: included",
            "You pay once: 134.10 USD",
        ]
        assert button(answer) == "Go on to pay 134.10 USD"
    assert Order.objects.count() == 0


def test_a_code_typed_and_not_used_is_shown_before_it_counts(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    """Enter in the field is the main button: the page comes back with the lower price."""
    coupon(now=now)
    answer = guest.post("/buy/knots/", {**YES, "code": "SPRING10", "shown": "1x14900"})
    assert (answer.status_code, button(answer)) == (422, "Go on to pay 134.10 USD")
    assert guest.post("/buy/knots/", {**YES, "code": "SPRING10", "shown": "1x13410"}).status_code == 303
    order = Order.objects.get()
    assert (order.list_minor, order.discount_minor, order.amount_minor) == (14900, 1490, 13410)
    assert world.session(order.attempts.get().session_id or "")["amount_total"] == 13410


def test_a_wrong_code_in_the_address_is_said_and_hides_nothing(
    world: World, course: Course, guest: Client
) -> None:
    answer = guest.get("/buy/knots/?code=nonsense")
    assert (answer.status_code, button(answer)) == (200, "Go on to pay 149 USD")
    assert NOTHING_OFF in page(answer) and "Type your email address." not in page(answer)


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_tries_codes_out_is_stopped_before_the_right_one(
    world: World, course: Course, guest: Client, now: dt.datetime, method: str
) -> None:
    coupon(now=now)

    def tries(code: str) -> Any:
        return getattr(guest, method)("/buy/knots/", {"code": code, "show": "code"})

    for number in range(10):
        assert NOTHING_OFF in page(tries(f"GUESS{number}"))
    for code in ("GUESS11", "SPRING10"):
        assert "That was a lot of codes in a short time." in page(tries(code))
        assert button(tries(code)) == "Go on to pay 149 USD"


def test_who_has_a_right_code_may_press_as_often_as_they_like(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    coupon(now=now)
    for _ in range(12):
        assert button(guest.get("/buy/knots/?code=spring10")) == "Go on to pay 134.10 USD"


# ---- limits ----
@pytest.mark.parametrize("who", ["account", "address"])
def test_a_code_for_once_each_is_refused_the_second_time(
    world: World, course: Course, guest: Client, ann: User, ann_client: Client, now: dt.datetime, who: str
) -> None:
    coupon(now=now, most_each=1)
    other = factories.course("other")
    first: dict[str, Any] = {"user": ann} if who == "account" else {"email": "ANN@example.org"}
    shop.paid_order(other, world, now=now, code="SPRING10", **first)
    client = guest if who == "address" else ann_client
    answer = client.post("/buy/knots/", {**YES, "code": "SPRING10"})
    assert (answer.status_code, taken()) == (422, 1)
    assert NOTHING_OFF in page(answer) and button(answer) == "Go on to pay 149 USD"


def test_a_use_held_by_ones_own_unpaid_order_moves_over_to_the_next(
    world: World, course: Course, now: dt.datetime
) -> None:
    """Back from the pay page, another way chosen: the only use of the code is still one's own."""
    monthly = Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5200)
    coupon(now=now, most=1, most_each=1)
    shop.begin(course, now=now, code="SPRING10")
    second = shop.begin(course, now=now, code="SPRING10", price=monthly)
    assert holds() == [("ann@example.org", "released"), ("ann@example.org", "held")]
    with pytest.raises(coupons.NotValidError):
        shop.begin(course, now=now, code="SPRING10", email="ben@example.org", tab="other")
    world.pay(second.session_id or "")
    settlement.settle(attempt=second, now=now)
    assert (holds()[1], taken()) == (("ann@example.org", "redeemed"), 1)


def test_a_held_use_is_given_back_when_the_page_closes_and_taken_up_again(
    world: World, course: Course, now: dt.datetime
) -> None:
    coupon(now=now, most=1)
    attempt = shop.begin(course, now=now, code="SPRING10")
    assert (holds(), taken()) == ([("ann@example.org", "held")], 1)
    order = closed(attempt, world, at=now + HOUR)
    settlement.settle(attempt=attempt, now=world.now)
    assert (holds(), taken()) == ([("ann@example.org", "released")], 0)
    for _ in range(2):
        checkout.pay_address(order=order, now=world.now)
        assert (holds(), taken()) == ([("ann@example.org", "held")], 1)


@pytest.mark.parametrize("way", ["resume", "again", "buy"])
def test_a_code_used_up_meanwhile_is_told_with_a_way_on_and_nothing_charged(
    world: World, course: Course, guest: Client, now: dt.datetime, way: str
) -> None:
    coupon(now=now, most=1)
    guest.post("/buy/knots/", {**YES, "code": "SPRING10"})
    order = Order.objects.get()
    closed(order.attempts.get(), world, at=now + HOUR)
    shop.paid_order(course, world, now=world.now, code="SPRING10", email="ben@example.org", tab="other")
    if way == "buy":
        answer = guest.post("/buy/knots/", {**YES, "code": "SPRING10"})
        assert NOTHING_OFF in page(answer) and answer.status_code == 422
        return
    urls = {"resume": [order.key], "again": [again.token(order)]}
    for _ in range(2):
        answer = guest.post(reverse(f"payments:{way}", args=urls[way]))
        assert "Nothing was charged" in page(answer) and "others have used your code up" in page(answer)
        assert 'href="/buy/knots/"' in answer.content.decode()
    order.refresh_from_db()
    assert (order.state, taken()) == (Order.State.CANCELLED, 1)


def test_a_use_forgotten_by_a_crash_is_given_back_a_day_later(
    world: World, course: Course, now: dt.datetime
) -> None:
    coupon(now=now, most=1, percent=100)
    shopper = ordering.Shopper(email="ann@example.org", browser="tab")
    quote = pricing.quote(course=course, code="SPRING10", now=now)
    order = ordering.order_for(course=course, shopper=shopper, quote=quote, gift=None, consents={}, now=now)
    assert coupons.free_forgotten(now=now + DAY / 2) == 0
    reconciliation.reconcile(now=now + DAY)
    assert (holds(), taken(), coupons.free_forgotten(now=now + DAY)) == (
        [("ann@example.org", "released")],
        0,
        0,
    )
    started = checkout.start(course=course, shopper=shopper, code="SPRING10", now=now + DAY)
    assert (started.order, started.order.state, taken()) == (order, Order.State.PAID, 1)
    assert holds() == [("ann@example.org", "redeemed")]


@pytest.mark.parametrize("most", [1, 5])
def test_two_clicks_at_once_take_a_released_use_up_once(
    world: World, course: Course, now: dt.datetime, most: int
) -> None:
    """The other click comes just before the first statement of this one that writes."""
    code = coupon(now=now, most=most, percent=100)
    shopper = ordering.Shopper(email="ann@example.org", browser="tab")
    quote = pricing.quote(course=course, code="SPRING10", now=now)
    order = ordering.order_for(course=course, shopper=shopper, quote=quote, gift=None, consents={}, now=now)
    coupons.free_forgotten(now=now + DAY)
    clicks: list[CouponHold] = []

    def other_click(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and not clicks:
            clicks.append(CouponHold.objects.get())
            clicks.append(coupons.hold(order=order, coupon=code, user=None, now=now))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(other_click):
        coupons.hold(order=order, coupon=code, user=None, now=now)
    assert [one.state for one in clicks] == ["released", "held"]
    assert (holds(), taken()) == ([("ann@example.org", "held")], 1)


# ---- for nothing ----
def test_35_a_code_for_everything_counts_once_and_asks_no_gateway(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    coupon(now=now, percent=100, most=5)
    world.cut_off()
    seen = ann_client.get("/buy/knots/?code=SPRING10")
    assert button(seen) == "Start now, it’s free" and summary(seen)[-1] == "You pay: nothing"
    assert "Let me in right away" not in page(seen)
    wish = {"agreed": "on", "code": "SPRING10", "shown": "1x0"}
    order = None
    for _ in range(2):
        ann_client.post("/buy/knots/", wish)
        order = Order.objects.get()
        assert (order.state, order.gateway, order.attempts.count()) == (Order.State.PAID, "", 0)
        settlement.settle_free(order=order, now=now)
        assert (holds(), taken()) == ([("ann@example.org", "redeemed")], 1)
    assert shop.grants() == [("ann@example.org", "active")]
    assert (order and order.discount_minor, shop.letters()) == (14900, [])
    world.reconnect()


def test_36_a_guest_with_a_code_for_everything_waits_like_any_other(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    coupon(now=now, percent=100)
    answer = guest.post("/buy/knots/", {**YES, "code": "SPRING10"})
    assert "One step left" in page(guest.get(answer["Location"]))
    assert (shop.letters(), taken()) == (["open-your-course"], 1)
    assert guest.post("/buy/knots/", {"email": "ann@example.org", "code": "SPRING10"}).status_code == 302


# ---- races ----
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("most", "percent"), [(2, 10), (3, 100)])
def test_34_of_a_code_for_n_with_ten_times_n_buyers_exactly_n_have_it(
    transactional_db: None, world: World, now: dt.datetime, most: int, percent: int
) -> None:
    course = factories.small_course()
    coupon(now=now, most=most, percent=percent)

    def buys(number: int) -> str:
        shopper = ordering.Shopper(email=f"buyer{number}@example.org", browser=f"tab{number}")
        started = checkout.start(course=course, shopper=shopper, code="SPRING10", now=now)
        return started.order.state

    results = at_once(*[lambda number=number: buys(number) for number in range(10 * most)])
    lost = [one for one in results if isinstance(one, coupons.NotValidError)]
    assert (len(lost), taken(), CouponHold.objects.count()) == (9 * most, most, most)
    assert Order.objects.count() == most
    for attempt in Attempt.objects.filter(state=Attempt.State.OPEN):
        world.pay(attempt.session_id or "")
        settlement.settle(attempt=attempt, now=now)
    assert [state for _, state in holds()] == ["redeemed"] * most
    assert (taken(), shop.letters().count("open-your-course")) == (most, most)


@pytest.mark.django_db(transaction=True)
def test_34_one_person_in_many_windows_has_a_code_for_once_each_once(
    transactional_db: None, world: World, now: dt.datetime
) -> None:
    course = factories.small_course()
    coupon(now=now, most_each=1, percent=100)

    def buys(number: int) -> str:
        shopper = ordering.Shopper(email="ann@example.org", browser=f"tab{number}")
        return checkout.start(course=course, shopper=shopper, code="SPRING10", now=now).order.state

    results = at_once(*[lambda number=number: buys(number) for number in range(8)])
    assert sorted(str(one) for one in results) == [""] * 7 + ["paid"]
    assert (taken(), holds()) == (1, [("ann@example.org", "redeemed")])


@pytest.mark.django_db(transaction=True)
def test_34_a_returned_use_is_taken_up_by_one_of_many_orders_that_ran_out(
    transactional_db: None, world: World, now: dt.datetime
) -> None:
    course = factories.small_course()
    made = coupon(now=now, most=1)
    orders = []
    for number in range(5):
        attempt = shop.begin(course, now=now, code=made.code, email=f"b{number}@example.org", tab=str(number))
        orders.append(closed(attempt, world, at=now + number * HOUR + HOUR))
        world.at(now)
    results = at_once(
        *[lambda order=order: checkout.pay_address(order=order, now=now + 6 * HOUR) for order in orders]
    )
    gone = [one for one in results if isinstance(one, checkout.CodeGoneError)]
    assert (len(gone), taken()) == (4, 1)
    assert Order.objects.filter(state=Order.State.CANCELLED).count() == 4
