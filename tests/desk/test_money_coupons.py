"""Coupons at the desk: typed in words, fixed once used, never deleted, and counted by buyers meanwhile."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from courses.models import Course
from payments.models import Coupon, CouponHold
from tests import factories
from tests.conftest import signed_in
from tests.desk import money
from tests.desk.test_fields import change, form, submit
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
ADD, LIST = "/desk/payments/coupon/add/", "/desk/payments/coupon/"
SPRING = {"code": "spring-10", "percent": "10"}


def worth(coupon: Coupon) -> tuple[str, int | None, int | None, str]:
    return coupon.code, coupon.percent, coupon.amount_minor, coupon.currency


def shown(client: Client, standing: str) -> list[str]:
    return [str(one) for one in client.get(LIST, {"standing": standing}).context["cl"].result_list]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (SPRING, ("SPRING10", 10, None, "")),
        ({"code": "Old Friends", "amount": "19.50", "currency": "usd"}, ("OLDFRIENDS", None, 1950, "usd")),
    ],
)
def test_a_coupon_is_typed_in_words(
    knots: Course, ines_client: Client, now: dt.datetime, typed: dict[str, str], kept: Any
) -> None:
    typed = {**typed, "course": str(knots.pk), "starts_at": "2026-12-01T08:00", "ends_at": "2026-12-24T20:00"}
    assert submit(ines_client, ADD, **typed) == {}
    coupon = Coupon.objects.get()
    assert worth(coupon) == kept
    assert coupon.starts_at == dt.datetime(2026, 12, 1, 13, tzinfo=dt.UTC)  # 8 in New York
    assert (coupon.course, coupon.most_each, coupon.most) == (knots, 1, None)


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"code": "x"}, {"code": ["A code is 3 to 40 capitals and digits, like SPRING10."]}),
        ({"code": "ÜBER"}, {"code": ["A code is 3 to 40 capitals and digits, like SPRING10."]}),
        ({"code": "TAKEN1"}, {"code": ["There is a coupon with this code already."]}),
        ({"percent": "0"}, {"percent": ["A percentage is 1 to 100."]}),
        ({"percent": "101"}, {"percent": ["A percentage is 1 to 100."]}),
        ({"percent": ""}, {"percent": ["Write either a percentage or an amount."]}),
        ({"amount": "5", "currency": "usd"}, {"percent": ["Write either a percentage or an amount."]}),
        ({"percent": "", "amount": "5"}, {"currency": ["Choose the currency of the amount."]}),
        ({"percent": "", "amount": "0", "currency": "usd"}, {"amount": ["Write more than zero."]}),
        ({"percent": "", "amount": "1.999", "currency": "usd"}, {"amount": ["USD has 2 decimals."]}),
        (
            {"starts_at": "2026-12-02T08:00", "ends_at": "2026-12-01T08:00"},
            {"ends_at": ["It must end after it begins."]},
        ),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    knots: Course, ines_client: Client, now: dt.datetime, typed: dict[str, str], faults: Any
) -> None:
    money.coupon("TAKEN1", now=now)
    assert submit(ines_client, ADD, **{**SPRING, **typed}) == faults
    assert Coupon.objects.count() == 1


def test_an_amount_goes_with_the_currency_of_its_course(knots: Course, ines_client: Client) -> None:
    dear = factories.course("dear", currency="eur")
    typed = {"code": "FIVE", "amount": "5", "currency": "usd", "course": str(dear.pk)}
    assert submit(ines_client, ADD, **typed) == {"currency": ["The course is sold in EUR."]}


@pytest.fixture
def used(world: World, knots: Course, ann: User, now: dt.datetime) -> Coupon:
    """Ann has used it."""
    coupon = money.coupon(now=now)
    shop.paid_order(knots, world, user=ann, now=now, code=coupon.code)
    return coupon


def test_once_used_what_it_takes_off_is_fixed(used: Coupon, ines_client: Client) -> None:
    changed = {
        "code": "OTHER",
        "percent": "90",
        "amount": "5",
        "currency": "usd",
        "note": "For spring",
        "most": "7",
    }
    assert submit(ines_client, change(used), **changed) == {}
    used.refresh_from_db()
    assert worth(used) == ("SPRING10", 10, None, "")
    assert (used.note, used.most, used.taken) == ("For spring", 7, 1)


def test_an_amount_once_used_is_fixed_too(
    world: World, knots: Course, ann: User, ines_client: Client, now: dt.datetime
) -> None:
    coupon = money.coupon("TWENTY", now=now, percent=None, amount_minor=2000, currency="usd")
    shop.paid_order(knots, world, user=ann, now=now, code=coupon.code)
    assert submit(ines_client, change(coupon), amount="90", note="Changed") == {}
    coupon.refresh_from_db()
    assert (worth(coupon), coupon.note) == (("TWENTY", None, 2000, "usd"), "Changed")


def test_before_its_first_use_everything_can_change(
    ines_client: Client, now: dt.datetime, knots: Course
) -> None:
    coupon = money.coupon(now=now)
    assert submit(ines_client, change(coupon), percent="", amount="5", currency="usd") == {}
    coupon.refresh_from_db()
    assert worth(coupon) == ("SPRING10", None, 500, "usd")


def test_a_limit_is_never_below_what_is_taken(used: Coupon, ines_client: Client) -> None:
    Coupon.objects.update(taken=3)
    assert submit(ines_client, change(used), most="2") == {"most": ["It is in use 3 times already."]}
    assert submit(ines_client, change(used), most="3") == {}
    Coupon.objects.update(taken=1)


def test_saving_does_not_put_an_old_count_back(used: Coupon, ines_client: Client) -> None:
    """Somebody uses it between the look and the save."""
    typed = form(ines_client, change(used))
    Coupon.objects.update(taken=5)
    assert ines_client.post(change(used), {**typed, "note": "Later"}).status_code == 302
    used.refresh_from_db()
    assert (used.note, used.taken) == ("Later", 5)
    Coupon.objects.update(taken=1)


def test_who_used_it_is_shown_with_their_orders(used: Coupon, ines_client: Client) -> None:
    order = CouponHold.objects.get().order
    page = ines_client.get(change(used)).content.decode()
    assert f'<a href="/desk/payments/order/{order.pk}/change/">{order}</a>' in page
    assert "ann@example.org" in page and "Left: 49." in page
    row = ines_client.get(LIST).context["cl"].result_list[0]
    assert (row.times_used, row.times_held) == (1, 0)


def test_it_is_archived_and_brought_back_never_deleted(
    used: Coupon, ines_client: Client, knots: Course
) -> None:
    for action, is_archived in (("archive", True), ("archive", True), ("restore", False), ("restore", False)):
        ines_client.post(LIST, {"action": action, "_selected_action": used.pk})
        used.refresh_from_db()
        assert (used.archived_at is not None) is is_archived
    assert ines_client.post(f"/desk/payments/coupon/{used.pk}/delete/", {"post": "yes"}).status_code == 403


def test_another_one_is_made_from_it_without_its_code(used: Coupon, ines_client: Client) -> None:
    found = form(ines_client, f"{ADD}?copy={used.pk}")
    assert (found["percent"], found["most"], found.get("code")) == (10, 50, None)
    assert submit(ines_client, f"{ADD}?copy={used.pk}", code="SUMMER10") == {}
    assert [worth(one)[:2] for one in Coupon.objects.order_by("pk")] == [("SPRING10", 10), ("SUMMER10", 10)]
    for odd in ("x", "9" * 30, "0"):
        assert ines_client.get(ADD, {"copy": odd}).status_code == 200


def test_lists_by_how_they_stand(ines_client: Client, knots: Course, at: dt.datetime) -> None:
    day = dt.timedelta(days=1)
    for code, fields in {
        "LIVE": {}, "EARLY": {"starts_at": at + day}, "OVER": {"ends_at": at - day}, "USEDUP": {"most": 0},
        "GONE": {"archived_at": at},
    }.items():  # fmt: skip
        money.coupon(code, now=at, **fields)
    found = {word: shown(ines_client, word) for word in ("live", "early", "over", "archived")}
    assert {word: sorted(codes) for word, codes in found.items()} == {
        "live": ["LIVE"], "early": ["EARLY"], "over": ["OVER", "USEDUP"], "archived": ["GONE"],
    }  # fmt: skip
    assert len(shown(ines_client, "none")) == 5


def test_whoever_may_only_look_changes_nothing(used: Coupon) -> None:
    helper = factories.user("hal@example.org", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_coupon"))
    client = signed_in(helper)
    assert client.get(change(used)).status_code == 200
    assert client.post(change(used), {"note": "Mine"}).status_code == 403
    assert client.get(ADD).status_code == 403
    client.post(LIST, {"action": "archive", "_selected_action": used.pk})
    used.refresh_from_db()
    assert (used.note, used.archived_at) == ("", None)


def test_the_filter_names_the_coupons_that_are_good_for_every_course(
    knots: Course, ines_client: Client, now: dt.datetime
) -> None:
    money.coupon(now=now)
    money.coupon("ONLY", now=now, course=knots)
    page = ines_client.get("/desk/payments/coupon/")
    course = page.context["cl"].filter_specs[1]
    assert [one["display"] for one in course.choices(page.context["cl"])] == [
        "All",
        knots.title,
        "any course",
    ]
