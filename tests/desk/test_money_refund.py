"""Money given back at the desk: two pages, one refund, and the words for everything that can stop it."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from payments import reconciliation, settlement
from payments.models import Order, Refund
from sandbox.models import Object
from tests import factories
from tests.conftest import signed_in
from tests.desk import money
from tests.payments import shop
from tests.payments.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]
ALL = {"how_much": "all", "note": "Asked for it"}


@pytest.fixture
def order(world: World, knots: Course, ann: User, now: dt.datetime) -> Order:
    return shop.paid_order(knots, world, user=ann, now=now)


@pytest.fixture
def coach(ines_client: Client, ines: User) -> Client:
    """Ines has just shown that it is she."""
    return money.fresh(ines_client, ines)


def url(order: Order) -> str:
    return reverse("admin:payments_order_refund", args=[order.pk])


def step(coach: Client, order: Order, **typed: Any) -> str:
    """The address of the second page."""
    answer = coach.post(url(order), {**ALL, **typed})
    assert answer.status_code == 302, answer.context["form"].errors
    return str(answer["Location"])


def says(coach: Client, place: str) -> list[str]:
    """What the second page says will happen."""
    found: list[str] = coach.get(place).context["says"]
    return found


def press(coach: Client, place: str) -> list[str]:
    """The words after the button was pressed."""
    answer = coach.post(place, follow=True)
    return [str(message) for message in answer.context["messages"]]


def at_gateway() -> list[int]:
    return [row.body["amount"] for row in Object.objects.filter(type="refund").order_by("number")]


def test_the_coach_first_shows_that_it_is_she(order: Order, ines_client: Client) -> None:
    answer = ines_client.get(url(order), follow=True)
    assert "The next step is for you alone." in answer.content.decode()


def test_all_of_it_goes_back_after_it_was_said_what_happens(order: Order, coach: Client, ines: User) -> None:
    place = step(coach, order)
    assert says(coach, place) == [
        "149 USD go back to the card.",
        "Ann’s access to Knots In Your Back Gone ends today; what was done in it is kept.",
        "A refund note with the next number follows, and goes to the buyer by mail.",
        "This cannot be undone here.",
    ]
    assert at_gateway() == []
    assert press(coach, place) == ["149 USD was given back."]
    refund = Refund.objects.get()
    assert (refund.actor, refund.note, refund.state) == (ines, "Asked for it", "succeeded")
    assert shop.grants() == [("ann@example.org", "ended")]


@pytest.mark.parametrize("typed", [{}, {"how_much": "part", "amount": "49.50"}])
def test_the_same_confirmation_posted_twice_makes_one_refund(
    order: Order, coach: Client, typed: dict[str, str]
) -> None:
    place = step(coach, order, **typed)
    first, second = press(coach, place), press(coach, place)
    assert (len(at_gateway()), Refund.objects.count(), first) == (1, 1, second)


def test_a_part_goes_back_and_access_stays_or_ends(order: Order, coach: Client) -> None:
    place = step(coach, order, how_much="part", amount="50")
    assert says(coach, place)[:2] == [
        "50 USD go back to the card.",
        "Access to Knots In Your Back Gone stays as it is.",
    ]
    press(coach, place)
    assert shop.grants() == [("ann@example.org", "active")]
    place = step(coach, order, how_much="part", amount="9", ends_access="on")
    assert says(coach, place)[1].startswith("Ann’s access to Knots In Your Back Gone ends today")
    press(coach, place)
    assert (shop.grants(), at_gateway()) == ([("ann@example.org", "ended")], [5000, 900])


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "Write how much goes back, like 50 or 49.50."),
        ("0", "Write more than zero."),
        ("149.01", "Only 149 USD can go back."),
        ("1.999", "USD has 2 decimals."),
        ("a lot", "Write the amount as a number, like 149 or 149.00, with a point and no comma."),
        ("-5", "Write the amount as a number, like 149 or 149.00, with a point and no comma."),
    ],
)
def test_an_amount_that_cannot_be_is_told_at_its_field(
    order: Order, coach: Client, amount: str, words: str
) -> None:
    answer = coach.post(url(order), {"how_much": "part", "amount": amount, "note": "Kept"})
    form = answer.context["form"]
    assert {name: list(faults) for name, faults in form.errors.items()} == {"amount": [words]}
    assert form["note"].value() == "Kept"
    assert Refund.objects.count() == 0


def test_a_reason_is_wanted(order: Order, coach: Client) -> None:
    answer = coach.post(url(order), {"how_much": "all"})
    assert answer.context["form"].errors == {"note": ["Write why, in a word or two."]}


def test_one_of_two_payments_can_be_chosen(
    world: World, knots: Course, coach: Client, now: dt.datetime
) -> None:
    order = money.twice(knots, world, now=now)
    first, second = order.attempts.order_by("pk").values_list("payments", flat=True)
    place = step(coach, order, how_much=str(second))
    assert says(coach, place)[:2] == [
        "149 USD go back to the card.",
        "Access to Knots In Your Back Gone stays as it is.",
    ]
    press(coach, place)
    assert Refund.objects.get().payment_id == second
    order.refresh_from_db()
    assert (order.state, at_gateway()) == ("paid", [14900])
    assert says(coach, step(coach, order))[1].startswith("Buyer 2’s access to")
    assert first != second


def test_all_payments_of_a_plan_go_back_in_one_confirmation_and_it_ends(
    world: World, knots: Course, ann: User, coach: Client, now: dt.datetime
) -> None:
    price = knots.prices.create(key="three", title="Three", payments=3, amount_minor=5000)
    order = shop.paid_order(knots, world, user=ann, now=now, price=price)
    world.at(now + 31 * money.DAY)
    reconciliation.reconcile(now=now + 31 * money.DAY)
    money.fresh(coach, User.objects.get(email="ines@example.org"))
    place = step(coach, order)
    assert says(coach, place)[:2] == ["50 USD go back to the card."] * 2
    assert "The monthly payments end: nothing more is charged." in says(coach, place)
    press(coach, place)
    order.refresh_from_db()
    assert (order.state, at_gateway(), order.plan.state) == ("refunded", [5000, 5000], "cancelled")
    assert [row.body["status"] for row in Object.objects.filter(type="subscription")] == ["canceled"]


def test_a_line_of_several_is_chosen(
    world: World, knots: Course, ann: User, coach: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(knots, user=ann, now=now)
    order = attempt.order
    order.lines.update(amount_minor=10000)
    other = factories.course("other", title="The other course")
    line = order.lines.create(course=other, title=other.title, amount_minor=4900)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    place = step(coach, order, how_much="part", amount="49", line=str(line.pk))
    assert says(coach, place)[1:3] == [
        "Access to Knots In Your Back Gone stays as it is.",
        "Ann’s access to The other course ends today; what was done in it is kept.",
    ]
    press(coach, place)
    states = [state for _, state in sorted(shop.grants(), key=lambda grant: grant[1])]
    assert (Refund.objects.get().line, states) == (line, ["active", "ended"])


# ---- what can stop it ----
def test_the_gateway_down_is_told_and_the_refund_sent_later(
    world: World, order: Order, coach: Client, now: dt.datetime
) -> None:
    place = step(coach, order)
    world.cut_off()
    [words] = press(coach, place)
    assert "The refund is written down and will be sent by itself" in words
    assert press(coach, place) == [words]
    world.reconnect()
    reconciliation.reconcile(now=now + money.MINUTE)
    assert (at_gateway(), Refund.objects.get().state) == ([14900], "succeeded")


def test_a_refusal_is_told_in_words(world: World, knots: Course, coach: Client, now: dt.datetime) -> None:
    order = money.disputed(knots, world, now=now)
    words = "The buyer’s bank is disputing the payment. What goes back now goes by that dispute."
    assert press(coach, step(coach, order)) == [f"It was refused. {words}"]


def test_somebody_was_faster(order: Order, coach: Client) -> None:
    mine = step(coach, order, how_much="part", amount="100")
    press(coach, step(coach, order, how_much="part", amount="100"))
    assert press(coach, mine) == ["Nothing was given back. Meanwhile only 49 USD is left of it."]
    assert at_gateway() == [10000]


def test_with_nothing_left_there_is_nothing_to_give(order: Order, coach: Client) -> None:
    press(coach, step(coach, order))
    answer = coach.get(url(order), follow=True)
    assert [str(one) for one in answer.context["messages"]] == [
        f"{order}: nothing is left that could go back."
    ]


@pytest.mark.parametrize("word", ["", "made-up", "6d4c5a6e-0000-4000-8000-000000000000"])
def test_a_page_that_is_too_old_begins_anew(order: Order, coach: Client, word: str) -> None:
    answer = coach.post(f"{url(order)}?wish={word}", follow=True)
    assert answer.redirect_chain[-1][0] == url(order)
    assert Refund.objects.count() == 0


def test_a_confirmation_of_one_order_is_none_of_another(
    world: World, order: Order, knots: Course, coach: Client, now: dt.datetime
) -> None:
    other = shop.paid_order(knots, world, user=money.person(1), now=now)
    place = step(coach, order).replace(f"/{order.pk}/", f"/{other.pk}/")
    assert coach.post(place).status_code == 302
    assert Refund.objects.count() == 0


# ---- who may ----
def test_whoever_gives_back_shows_anew_who_it_is_and_loses_nothing_typed(
    order: Order, coach: Client, ines: User
) -> None:
    place = step(coach, order)
    session = coach.session
    session["account_authentication_methods"] = []
    session.save()
    for answer in (coach.get(url(order)), coach.get(place), coach.post(place)):
        assert answer.status_code == 302 and answer["Location"].startswith(reverse("accounts:show"))
    assert Refund.objects.count() == 0
    money.fresh(coach, ines)
    assert press(coach, place) == ["149 USD was given back."]


def test_only_who_may_give_back_sees_the_way(order: Order, now: dt.datetime) -> None:
    helper = factories.user("hal@example.org", is_staff=True)
    may = Permission.objects.filter(codename__in=["view_order", "change_order", "view_refund"])
    helper.user_permissions.set(may)
    client = money.fresh(signed_in(helper), helper)
    page = client.get(f"/desk/payments/order/{order.pk}/change/").content.decode()
    assert "Give money back" not in page
    assert client.get(url(order)).status_code == 403
    assert client.post(url(order), ALL).status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="add_refund"))
    client = money.fresh(signed_in(helper), helper)
    assert client.get(url(order)).status_code == 200


def test_strangers_and_learners_get_what_others_get(order: Order, ann_client: Client) -> None:
    assert Client().get(url(order)).status_code == 302
    assert ann_client.get(url(order), follow=True).status_code == 403
    assert ann_client.post(url(order), ALL).status_code in (302, 403)
    assert Refund.objects.count() == 0


def test_the_second_page_names_the_sum_on_its_button(order: Order, coach: Client) -> None:
    page = coach.get(step(coach, order, how_much="part", amount="49.50")).content.decode()
    assert re.search(r'type="submit" class="default" value="Give back 49.50 USD"', page)
