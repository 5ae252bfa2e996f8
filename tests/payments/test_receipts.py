"""Numbers without gaps, and the tax on each paper: whatever way the money took. Numbers as in the list."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from courses.models import Course, Price
from payments import receipts, settlement, taxes
from payments.models import Instalment, Order, Plan, Receipt, Refund
from tests import factories
from tests.payments import books, shop
from tests.payments.test_races import at_once
from tests.payments.world import World

pytestmark = pytest.mark.django_db
MONTH = dt.timedelta(days=30)


def issue(order: Order, *, now: dt.datetime) -> list[str]:
    with transaction.atomic():
        return [paper.number for paper in receipts.issue(order=order, now=now)]


def papers() -> list[tuple[str, str, int]]:
    """All papers of the practice series: kind, number, minor units."""
    return [(one.kind, one.number, one.amount_minor) for one in Receipt.objects.order_by("year", "serial")]


def vats() -> list[tuple[int, int]]:
    """Net and tax of all papers in order of their numbers."""
    found = [one.content["vat"] for one in Receipt.objects.order_by("year", "serial")]
    return [(one["net_minor"], one["tax_minor"]) for one in found]


# ---- numbers ----
@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_get_sixteen_numbers_and_what_was_rolled_back_leaves_no_gap(now: dt.datetime) -> None:
    course = factories.small_course()
    orders = [books.order(course, now=now) for _ in range(16)]
    for order in orders:
        books.payment(order, 14900, now=now)

    def one(order: Order, fails: bool) -> str:
        with transaction.atomic():
            (paper,) = receipts.issue(order=order, now=now)
            if fails:
                raise InterruptedError
        return paper.number

    tried = at_once(*[lambda o=order, f=bool(place % 2): one(o, f) for place, order in enumerate(orders)])
    assert sum(isinstance(one, InterruptedError) for one in tried) == 8
    again = at_once(*[lambda o=order: one(o, False) for order in orders[1::2]])
    given = [one for one in [*tried, *again] if isinstance(one, str)]
    assert sorted(given) == [f"P2026-{serial:05d}" for serial in range(1, 17)]


def test_the_year_is_the_one_of_the_seller_at_new_year(course: Course, settings: Any) -> None:
    settings.SITE_TIME_ZONE = "Asia/Tokyo"
    for hour, expected in ((14, "P2026-00001"), (15, "P2027-00001")):  # UTC; midnight in Tokyo between them
        now = dt.datetime(2026, 12, 31, hour, 30, tzinfo=dt.UTC)
        order = books.order(course, now=now)
        books.payment(order, 14900, now=now)
        assert issue(order, now=now) == [expected]
    dates = Receipt.objects.order_by("year").values_list("content__issued_on", "content__paid_on")
    assert list(dates) == [("2026-12-31", "2026-12-31"), ("2027-01-01", "2027-01-01")]


def test_practice_and_real_money_have_a_series_each(course: Course, now: dt.datetime) -> None:
    for livemode, expected in ((False, "P2026-00001"), (True, "2026-00001"), (True, "2026-00002")):
        order = books.order(course, now=now, livemode=livemode)
        books.payment(order, 14900, now=now)
        assert issue(order, now=now) == [expected]
        assert issue(order, now=now) == []


def test_a_refund_that_fails_has_a_note_and_a_note_that_takes_it_back(
    course: Course, now: dt.datetime
) -> None:
    order = books.order(course, now=now)
    refund = books.refund(books.payment(order, 14900, now=now), 5000, now=now, state="pending")
    assert issue(order, now=now) == ["P2026-00001"]
    for state, expected in (("succeeded", ["P2026-00002"]), ("failed", ["P2026-00003"]), ("failed", [])):
        Refund.objects.filter(pk=refund.pk).update(state=state)
        assert issue(order, now=now) == expected
    assert papers() == [
        ("payment", "P2026-00001", 14900),
        ("refund", "P2026-00002", 5000),
        ("reversal", "P2026-00003", 5000),
    ]
    named = Receipt.objects.order_by("serial").values_list("content__takes_back", flat=True)
    assert list(named) == [
        None,
        {"kind": "payment", "number": "P2026-00001", "amount_minor": 14900},
        {"kind": "refund", "number": "P2026-00002", "amount_minor": 5000},
    ]


def test_a_refund_that_fails_before_its_note_has_no_paper(course: Course, now: dt.datetime) -> None:
    order = books.order(course, now=now)
    books.refund(books.payment(order, 14900, now=now), 5000, now=now, state="failed")
    assert issue(order, now=now) == ["P2026-00001"]


def test_each_of_two_payments_for_one_order_has_its_own_papers(course: Course, now: dt.datetime) -> None:
    order = books.order(course, now=now)
    books.payment(order, 14900, now=now)
    spare = books.payment(order, 14900, now=now + MONTH)
    books.refund(spare, 14900, now=now + MONTH)
    assert issue(order, now=now) == ["P2026-00001", "P2026-00002", "P2026-00003"]
    assert Receipt.objects.get(serial=3).content["takes_back"]["number"] == "P2026-00002"


def test_money_that_does_not_match_has_no_receipt_until_somebody_takes_it(
    course: Course, now: dt.datetime
) -> None:
    order = books.order(course, now=now)
    books.payment(order, 100, now=now)
    order.attempts.update(mismatch="amount 100, not 14900")
    assert issue(order, now=now) == []
    order.attempts.update(accepted_at=now)
    assert issue(order, now=now) == ["P2026-00001"]


def test_each_monthly_payment_has_its_receipt(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    price = Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5200)
    order = shop.paid_order(course, world, user=ann, now=now, price=price)
    for month in (31, 62):
        world.later(now + dt.timedelta(days=month))
        settlement.settle(attempt=order.attempts.get(), now=world.now)
    said = Receipt.objects.order_by("issued_at").values_list(
        "content__part", "content__parts", "content__total_minor", "amount_minor"
    )
    assert list(said) == [(1, 3, 15600, 5200), (2, 3, 15600, 5200), (3, 3, 15600, 5200)]


# ---- tax ----
@pytest.mark.parametrize(
    ("minor", "currency", "points", "net", "tax"),
    [
        (14900, "usd", 0, 14900, 0),
        (14900, "eur", 1900, 12521, 2379),
        (14900, "chf", 770, 13835, 1065),
        (1, "eur", 1900, 1, 0),
        (3, "eur", 2000, 2, 1),  # half a cent goes up
        (22000, "jpy", 1000, 20000, 2000),
        (45500, "kwd", 500, 43333, 2167),
        (99999999, "eur", 1900, 84033613, 15966386),
    ],
)
def test_37_the_tax_inside_a_price_at_the_sellers_own_rate(
    course: Course,
    settings: Any,
    now: dt.datetime,
    minor: int,
    currency: str,
    points: int,
    net: int,
    tax: int,
) -> None:
    settings.VAT_RATE_POINTS = points
    order = books.order(course, now=now, minor=minor, currency=currency)
    books.payment(order, minor, now=now)
    issue(order, now=now)
    assert (net + tax, vats()) == (minor, [(net, tax)])


@pytest.mark.parametrize("points", [1900, 770, 2500, 1])
@pytest.mark.parametrize("parts", [[14899, 1], [1] * 5 + [14895], [4967, 4967, 4966], [7450, 7450]])
def test_refunds_in_parts_add_up_to_the_receipt_to_the_cent(
    course: Course, settings: Any, now: dt.datetime, points: int, parts: list[int]
) -> None:
    settings.VAT_RATE_POINTS = points
    order = books.order(course, now=now)
    payment = books.payment(order, 14900, now=now)
    for part in parts:
        books.refund(payment, part, now=now)
        issue(order, now=now)
    receipt, *notes = vats()
    assert (sum(net for net, _ in notes), sum(tax for _, tax in notes)) == receipt
    assert [net + tax for net, tax in notes] == parts
    assert all(net >= 0 and tax >= 0 for net, tax in notes)


def test_a_refund_is_taxed_as_its_receipt_was_also_at_another_rate(
    course: Course, settings: Any, now: dt.datetime
) -> None:
    settings.VAT_RATE_POINTS, settings.VAT_NOTE = 1900, ""
    order = books.order(course, now=now, minor=11900)
    payment = books.payment(order, 11900, now=now)
    issue(order, now=now)
    settings.VAT_RATE_POINTS, settings.VAT_NOTE = 2500, "Another note"
    failing = books.refund(payment, 11900, now=now)
    issue(order, now=now)
    Refund.objects.filter(pk=failing.pk).update(state="failed")
    issue(order, now=now)
    books.refund(payment, 11900, now=now + MONTH)
    issue(order, now=now)
    assert vats() == [(10000, 1900)] * 4
    assert set(Receipt.objects.values_list("content__vat__rate", "content__vat__note")) == {("19%", "")}


@pytest.mark.parametrize(("tax", "each"), [("counted", (8301, 1660)), ("added", (9961, 1992))])
def test_tax_that_the_payment_company_counts_is_on_the_receipt(
    world: World, course: Course, ann: User, now: dt.datetime, settings: Any, tax: str, each: tuple[int, int]
) -> None:
    settings.STRIPE_TAX = tax
    Course.objects.update(price_minor=9961)
    course.refresh_from_db()
    order = shop.paid_order(course, world, user=ann, now=now)
    assert (order.state, vats()) == (Order.State.PAID, [each])
    world.refund(order.attempts.get(), 5000)
    world.refund(order.attempts.get())
    settlement.settle(attempt=order.attempts.get(), now=now)
    receipt, *notes = vats()
    assert (sum(net for net, _ in notes), sum(tax for _, tax in notes)) == receipt


@pytest.mark.parametrize("tax", ["counted", "added"])
def test_each_monthly_payment_carries_its_share_of_the_tax(
    course: Course, now: dt.datetime, tax: str
) -> None:
    order = books.order(course, now=now, minor=15600, instalments=3, tax=tax, tax_minor=2490)
    each = 5200 + (830 if tax == "added" else 0)
    plan = Plan.objects.create(
        order=order, subscription_id="sub_1", customer_id="cus_1", started_at=now, seen_at=now
    )
    for number in (1, 2, 3):
        Instalment.objects.create(
            plan=plan, number=number, amount_minor=each, due_at=now, state="paid", invoice_id=f"in_{number}",
            payment=books.payment(order, each, now=now + number * MONTH),
        )  # fmt: skip
    issue(order, now=now)
    assert vats() == [(each - 830, 830)] * 3


def test_shares_of_a_tax_are_rounded_half_up() -> None:
    found = [taxes.share(5, part_minor=part, whole_minor=10) for part in range(11)]
    assert found == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
