"""Decisions at the desk: what waits, one button for each way, safe to press twice."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from payments import undecided
from payments.admin import deciding
from payments.models import Order, Refund
from tests import factories
from tests.conftest import signed_in
from tests.desk import money
from tests.payments import shop
from tests.payments.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]
HERE = "/desk/payments/order/decisions/"
DECIDED = "This was decided already."


@pytest.fixture
def coach(ines_client: Client, ines: User) -> Client:
    return money.fresh(ines_client, ines)


def press(client: Client, do: str, kind: str, pk: int, **typed: str) -> list[str]:
    answer = client.post(HERE, {"kind": kind, "pk": pk, "do": do, **typed}, follow=True)
    return [str(message) for message in answer.context["messages"]]


def buttons(client: Client) -> dict[str, list[str]]:
    cases: list[Any] = client.get(HERE).context["cases"]
    return {one["case"].kind: [button.label for button in one["buttons"]] for one in cases}


def test_everything_that_waits_has_its_buttons(
    world: World, knots: Course, coach: Client, ines: User, now: dt.datetime
) -> None:
    money.everything(knots, world, ines, now=now)
    assert buttons(money.fresh(coach, ines)) == {
        "mismatch": ["Take it as it is", "Give all of it back"],
        "twice": ["Give back the spare payment"],
        "refund": ["Try again", "I paid it another way"],
        "dispute": [],
        "withdrawal": ["Give all of it back", "Settled otherwise"],
        "plan": ["Give up the rest", "End access"],
        "webhook": ["Ask the payment company again"],
    }
    page = coach.get(HERE).content.decode()
    assert "https://dashboard.stripe.com/test/disputes/" in page
    assert "The pay page asked for 149 USD instead of 99 USD." in page
    for place in ("/desk/", "/desk/payments/order/"):
        assert "7 decisions wait for you" in coach.get(place).content.decode()


def test_nothing_waiting_is_said_too(coach: Client, db: None) -> None:
    assert "Nothing waits for you." in coach.get(HERE).content.decode()
    assert "Decisions: none waiting" in coach.get("/desk/").content.decode()


def test_each_button_works_once(
    world: World, knots: Course, coach: Client, ines: User, now: dt.datetime
) -> None:
    back = "149 USD was given back."
    odd, double = money.odd(knots, world, now=now), money.twice(knots, world, now=now)
    wish, other = (money.withdrawn(knots, world, now=now, number=number) for number in (4, 14))
    broken = Refund.objects.get(payment__attempt__order=money.failed(knots, world, ines, now=now))
    event = money.dead(double, now=now)
    pressed: list[tuple[Any, ...]] = [
        ("accept", "mismatch", odd.pk, "Taken. The order counts as paid."),
        ("give-back", "twice", double.pk, back),
        ("give-back", "withdrawal", wish.pk, back),
        ("otherwise", "withdrawal", other.pk, "Noted."),
        ("again", "refund", broken.pk, back),
        ("ask", "webhook", event.pk, "Asked. The order says how things stand."),
    ]
    for do, kind, pk, words in pressed:
        assert press(coach, do, kind, pk, note="We talked.") == [words], kind
        assert press(coach, do, kind, pk) == [DECIDED], kind
    assert undecided.cases() == []
    actors = {str(one.actor) for order in Order.objects.all() for one in order.entries.filter(kind="clicked")}
    assert actors == {"ines@example.org"}
    assert other.order.entries.filter(says="Wish to withdraw settled otherwise. We talked.").count() == 1


def test_the_rest_of_a_plan_is_given_up_once(
    world: World, knots: Course, coach: Client, ines: User, now: dt.datetime
) -> None:
    plan = money.late(knots, world, now=now)
    money.fresh(coach, ines)
    assert press(coach, "give-up", "plan", plan.pk) == ["Given up. Nothing more is charged."]
    assert press(coach, "end", "plan", plan.pk) == [DECIDED]
    assert shop.grants() == [("buyer6@example.org", "active")]
    page = coach.get(f"/desk/payments/plan/{plan.pk}/change/").content.decode()
    assert "Ended, the rest given up" in page


@pytest.mark.parametrize(
    "typed",
    [
        {}, {"kind": "mismatch"}, {"kind": "mismatch", "do": "accept"}, {"kind": "none", "do": "accept", "pk": "1"},
        {"kind": "mismatch", "do": "none", "pk": "1"}, {"kind": "mismatch", "do": "accept", "pk": "1; drop"},
        {"kind": "mismatch", "do": "accept", "pk": "9" * 30}, {"kind": "dispute", "do": "accept", "pk": "1"},
    ],
)  # fmt: skip
def test_what_no_button_says_does_nothing(coach: Client, db: None, typed: dict[str, str]) -> None:
    answer = coach.post(HERE, typed, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [DECIDED]


def test_no_answer_and_a_refusal_are_told_in_words(
    world: World, knots: Course, coach: Client, now: dt.datetime
) -> None:
    double, disputed = money.twice(knots, world, now=now), money.disputed(knots, world, now=now)
    event = money.dead(double, now=now)
    wish = disputed.withdrawals.create(asked_at=now)
    words = "The buyer’s bank is disputing the payment. What goes back now goes by that dispute."
    assert press(coach, "give-back", "withdrawal", wish.pk) == [f"The payment company refused. {words}"]
    world.cut_off()
    assert press(coach, "ask", "webhook", event.pk) == [
        "The payment company does not answer now. Try again in a minute."
    ]
    [said] = press(coach, "give-back", "twice", double.pk)
    assert said.startswith("The payment company does not answer now. What you decided is written down")
    world.reconnect()


def test_nothing_goes_back_beside_a_dispute(
    world: World, knots: Course, coach: Client, now: dt.datetime
) -> None:
    Order.objects.filter(pk=money.twice(knots, world, now=now).pk).update(disputed=True)
    assert buttons(coach) == {"twice": []}
    [said] = press(coach, "give-back", "twice", Order.objects.get().pk)  # on a page from before
    assert (said, Refund.objects.exists()) == (deciding.HELD, False)
    Order.objects.update(disputed=False)


# ---- who may ----
def test_giving_back_asks_anew_who_it_is(
    world: World, knots: Course, ines_client: Client, now: dt.datetime
) -> None:
    double = money.twice(knots, world, now=now)
    odd = money.odd(knots, world, now=now)
    answer = ines_client.post(HERE, {"kind": "twice", "pk": double.pk, "do": "give-back"})
    assert answer["Location"].startswith(reverse("accounts:show"))
    assert Refund.objects.count() == 0
    assert press(ines_client, "accept", "mismatch", odd.pk)[-1] == "Taken. The order counts as paid."


def test_each_button_needs_its_right(world: World, knots: Course, now: dt.datetime) -> None:
    odd = money.odd(knots, world, now=now)
    helper = factories.user("hal@example.org", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_order"))
    client = money.fresh(signed_in(helper), helper)
    assert buttons(client) == {"mismatch": []}
    for do in ("accept", "give-back"):
        assert client.post(HERE, {"kind": "mismatch", "pk": odd.pk, "do": do}).status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="change_order"))
    client = money.fresh(signed_in(helper), helper)
    assert buttons(client) == {"mismatch": ["Take it as it is"]}
    assert press(client, "accept", "mismatch", odd.pk) == ["Taken. The order counts as paid."]


def test_others_get_what_others_get(ann_client: Client) -> None:
    nobody = factories.user("hal@example.org", is_staff=True)
    assert Client().get(HERE).status_code == 302
    assert ann_client.get(HERE, follow=True).status_code == 403
    assert signed_in(nobody).get(HERE).status_code == 403
    assert "Decisions" not in signed_in(nobody).get("/desk/").content.decode()


def test_the_page_costs_the_same_for_one_and_for_three(
    world: World, knots: Course, coach: Client, now: dt.datetime
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            coach.get(HERE)
        return len(queries)

    money.withdrawn(knots, world, now=now, number=1)
    money.twice(knots, world, now=now, number=2)
    cost()
    few = cost()
    for number in (3, 4):
        money.withdrawn(knots, world, now=now, number=number)
        money.twice(knots, world, now=now, number=number + 10)
    assert cost() == few
