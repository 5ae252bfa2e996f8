"""The desk's pages about money in a real browser: phone and desktop, light and dark, without one complaint."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from courses.models import Course
from payments.models import Claim, Coupon, Gift, Order, Plan, Refund
from tests.browser import DESKTOP, PHONE, axe, faults, overflows, two_looks
from tests.conftest import signed_in
from tests.desk import money
from tests.payments import shop
from tests.payments.world import World

pytestmark = [
    pytest.mark.anywhere,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_letters"),
]


@pytest.fixture
def shelf(world: World, knots: Course, ines: User, now: dt.datetime) -> None:
    """One of each."""
    money.everything(knots, world, ines, now=now)


def addresses() -> list[str]:
    payments = "/desk/payments"
    refund, gift, plan = Refund.objects.get(), Gift.objects.get(), Plan.objects.get()
    some = [refund.payment.attempt.order, gift.order, plan.order, Order.objects.get(disputed=True)]
    return [
        "/desk/",
        *(f"{payments}/{model}/" for model in ("order", "coupon", "gift", "plan", "receipt", "claim")),
        *(f"{payments}/order/{order.pk}/change/" for order in some),
        f"{payments}/order/decisions/",
        f"{payments}/order/{plan.order_id}/refund/",
        f"{payments}/coupon/{Coupon.objects.get(code='SPRING10').pk}/change/",
        f"{payments}/coupon/{Coupon.objects.get(code='TWENTY').pk}/change/",
        f"{payments}/coupon/add/",
        f"{payments}/gift/{gift.pk}/change/",
        f"{payments}/gift/{gift.pk}/address/",
        f"{payments}/plan/{plan.pk}/change/",
        f"{payments}/claim/{Claim.objects.get().pk}/change/",
        f"{payments}/claim/{Claim.objects.get().pk}/address/",
    ]


def seated(pages: Any, user: User, **how: Any) -> Any:
    """A page of somebody who has just shown that it is they."""
    client: Client = money.fresh(signed_in(user), user)
    word = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = pages(**how)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": word, "url": pages.url}])
    return page


def test_no_page_about_money_gives_cause_to_complain(browser_page: Any, shelf: None, ines: User) -> None:
    page = seated(browser_page, ines)
    found = []
    for turn, address in enumerate(addresses()):
        assert page.goto(address).status == 200, address
        found += [f"{address} {fault}" for fault in faults(page, two_looks(turn))]
    assert found == []


@pytest.mark.parametrize(("size", "javascript"), [(PHONE, True), (DESKTOP, False)])
def test_money_is_given_back_with_and_without_javascript(
    browser_page: Any,
    world: World,
    knots: Course,
    ann: User,
    ines: User,
    now: dt.datetime,
    size: Any,
    javascript: bool,
) -> None:
    order = shop.paid_order(knots, world, user=ann, now=now)
    page = seated(browser_page, ines, size=size, javascript=javascript)
    page.goto(f"/desk/payments/order/{order.pk}/change/")
    page.get_by_role("link", name="Give money back …").click()
    page.get_by_label("A part of it", exact=True).check()
    page.get_by_label("Amount, if it is a part").fill("150")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Only 149 USD can go back.").wait_for()
    if javascript:
        assert (axe(page), overflows(page)) == ([], False)
    page.get_by_label("Amount, if it is a part").fill("49.50")
    page.get_by_label("Reason").fill("A kindness")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Access to Knots In Your Back Gone stays as it is.").wait_for()
    if javascript:
        assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Give back 49.50 USD").click()
    page.get_by_text("49.50 USD was given back.").wait_for()
    assert [one.amount_minor for one in Refund.objects.all()] == [4950]


def test_a_decision_is_one_click(
    browser_page: Any, world: World, knots: Course, ines: User, now: dt.datetime
) -> None:
    money.twice(knots, world, now=now)
    page = seated(browser_page, ines, javascript=False)
    page.goto("/desk/")
    page.get_by_role("link", name="1 decision waits for you").click()
    page.get_by_role("button", name="Give back the spare payment").click()
    page.get_by_text("149 USD was given back.").wait_for()
    page.get_by_text("Nothing waits for you.").wait_for()
    assert Order.objects.get().state == "paid"
