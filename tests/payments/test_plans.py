"""Monthly payments: late, made good, defaulted, ended in time. Numbers as in the list."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import access, progress
from courses.models import Course, LessonProgress, Price
from mailing import letters
from mailing.models import Letter
from payments import gateway, instalments, overdue, reconciliation, refunds, settlement
from payments.models import Attempt, Entry, Instalment, Order, Payment, Plan, Receipt
from sandbox import cards, portal
from sandbox.core import Payer
from sandbox.ids import Ids
from sandbox.models import Object
from tests.payments import shop
from tests.payments.world import GOOD, World

pytestmark = pytest.mark.django_db
LATER_DECLINED = "4000000000000341"
DAY = dt.timedelta(days=1)
PAID, DUE, LATE = "paid", "due", "past_due"


@pytest.fixture(autouse=True)
def coach_is_written_to(settings: Any) -> None:
    settings.COACH_EMAIL = "coach@example.org"


@pytest.fixture
def price(course: Course) -> Price:
    return Price.objects.create(
        course=course, key="three", title="Three monthly payments", payments=3, amount_minor=5000
    )


@pytest.fixture
def order(world: World, course: Course, price: Price, ann: User, now: dt.datetime) -> Order:
    """The first of three payments is made; every later one will be declined."""
    return shop.paid_order(course, world, user=ann, now=now, price=price, number=LATER_DECLINED)


def month(now: dt.datetime, months: int) -> dt.datetime:
    return instalments.months_later(now, months) + dt.timedelta(minutes=5)


def settled(order: Order, now: dt.datetime) -> Order:
    return settlement.settle(attempt=order.attempts.get(), now=now)


def late(world: World, order: Order, now: dt.datetime) -> Order:
    """A month later the second payment is declined, and we have heard of it."""
    world.later(month(now, 1))
    return settled(order, month(now, 1))


def states() -> list[str]:
    return list(Instalment.objects.order_by("number").values_list("state", flat=True))


def plan() -> Plan:
    return Plan.objects.get()


def url(name: str, order: Order) -> str:
    return reverse(f"payments:{name}", args=[order.key])


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def give_card(world: World, page: str, number: str = GOOD) -> str:
    """On the gateway's page: another card; returns where the browser goes then."""
    key = page.rstrip("/").rpartition("/")[2]
    payer = Payer(email="ann@example.org", name="Ann Miller", expiry=(8, 2029))
    refused = portal.change_card(
        key=key, card=cards.PRACTICE[number], payer=payer, ids=Ids(), now=world.seconds
    )
    assert refused is None
    return portal.onward(world.session(key))


# ---- as it should go ----
def test_all_payments_come_and_the_plan_is_complete_for_good(
    world: World, course: Course, price: Price, ann: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, user=ann, now=now, price=price)
    seen = [(order.state, plan().state, states())]
    for months in (1, 2, 3, 4, 12):
        world.later(month(now, months))
        seen.append((settled(order, month(now, months)).state, plan().state, states()))
    done = ("paid", "complete", [PAID, PAID, PAID])
    assert seen == [
        ("part_paid", "active", [PAID, DUE, DUE]),
        ("part_paid", "active", [PAID, PAID, DUE]),
        *[done] * 4,
    ]
    assert (Payment.objects.count(), shop.grants()) == (3, [("ann@example.org", "active")])
    assert shop.letters() == ["instalment-receipt"] * 3
    assert shop.coach_letters() == []


# ---- 53: late ----
def test_53_a_declined_payment_is_told_once_and_the_course_stays_open(
    world: World, order: Order, now: dt.datetime
) -> None:
    late(world, order, now)
    for days in (0, 1, 3):
        world.later(month(now, 1) + days * DAY)
        assert settled(order, month(now, 1) + days * DAY).state == "part_paid"
    assert (plan().state, states()) == ("past_due", [PAID, LATE, DUE])
    assert shop.grants() == [("ann@example.org", "active")]
    assert (shop.letters(), shop.coach_letters()) == (["instalment-late", "instalment-receipt"], [])
    told = letters.render(Letter.objects.get(revision__step__key="instalment-late"), now=now).text
    assert "Payment 2 of 3" in told and "50 USD" in told and "The bank declined the payment" in told


def test_53_the_course_rests_after_two_weeks_and_not_a_day_before(
    world: World, order: Order, now: dt.datetime
) -> None:
    late(world, order, now)
    settled(order, month(now, 1) + 13 * DAY)
    assert (plan().state, shop.grants()) == ("past_due", [("ann@example.org", "active")])
    for days in (14, 15, 20):
        settled(order, month(now, 1) + days * DAY)
    assert (plan().state, shop.grants()) == ("defaulted", [("ann@example.org", "suspended")])
    assert shop.letters() == ["access-rests", "instalment-late", "instalment-receipt"]
    assert shop.coach_letters() == ["defaulted"]
    story = [one for one in Entry.objects.values_list("says", flat=True) if one.startswith("Monthly")]
    assert story == [
        "Monthly payments: running → a payment is late",
        "Monthly payments: a payment is late → not paid in time",
    ]


def test_53_paid_after_all_gives_the_course_back_with_everything_in_it(
    world: World, order: Order, course: Course, ann: User, now: dt.datetime
) -> None:
    enrolment = access.of(ann, course)
    assert enrolment is not None
    progress.complete(enrolment=enrolment, lesson=course.lessons.all()[0], now=now)
    late(world, order, now)
    then = month(now, 1) + 15 * DAY
    settled(order, then)
    assert access.of(ann, course) is None
    world.at(then)
    give_card(world, page_for_card())
    assert overdue.pay(order=order, now=then) == 1
    assert (plan().state, states()) == ("active", [PAID, PAID, DUE])
    assert access.of(ann, course) == enrolment
    assert LessonProgress.objects.filter(enrolment=enrolment).exclude(done_at=None).count() == 1
    assert shop.letters() == ["access-rests", "instalment-late", *["instalment-receipt"] * 2]


def page_for_card() -> str:
    return gateway.card_page(
        customer_id=plan().customer_id, back_url="http://localhost:8000/", done_url="http://localhost:8000/"
    )


def test_53_paying_twice_at_the_press_of_a_button_takes_the_money_once(
    world: World, order: Order, now: dt.datetime
) -> None:
    late(world, order, now)
    give_card(world, page_for_card())
    assert [overdue.pay(order=order, now=world.now) for _ in range(2)] == [1, 0]
    assert (Payment.objects.count(), order.receipts.count()) == (2, 2)


def test_53_a_card_given_anew_is_taken_for_the_payments_to_come(
    world: World, order: Order, now: dt.datetime
) -> None:
    late(world, order, now)
    give_card(world, page_for_card())
    card = world.session(plan().customer_id)["invoice_settings"]["default_payment_method"]
    old = Object.objects.filter(type="payment_method").exclude(key=card).get().key
    world.change(plan().subscription_id, default_payment_method=old)  # as Checkout leaves it
    overdue.pay(order=order, now=world.now)
    assert world.session(plan().subscription_id)["default_payment_method"] == card
    world.later(month(now, 2))
    assert settled(order, month(now, 2)).state == "paid"


def test_53_declined_again_is_said_and_nothing_is_lost(world: World, order: Order, now: dt.datetime) -> None:
    late(world, order, now)
    for _ in range(2):
        with pytest.raises(overdue.DeclinedError) as declined:
            overdue.pay(order=order, now=world.now)
        assert declined.value.code == "generic_decline"
    assert (states(), shop.grants()) == ([PAID, LATE, DUE], [("ann@example.org", "active")])
    assert shop.letters() == ["instalment-late", "instalment-receipt"]


def test_53_a_late_payment_made_without_us_is_found(world: World, order: Order, now: dt.datetime) -> None:
    """The card was changed, the gateway tried again by itself, and no webhook came."""
    late(world, order, now)
    give_card(world, page_for_card())
    then = month(now, 1) + 2 * DAY
    world.later(then)
    reconciliation.reconcile(now=then)
    assert (plan().state, states()) == ("active", [PAID, PAID, DUE])


def test_53_an_invoice_nobody_tried_to_collect_yet_is_not_late(
    world: World, order: Order, now: dt.datetime
) -> None:
    world.later(month(now, 1))
    world.change(Object.objects.filter(type="invoice").latest("number").key, attempted=False)
    settled(order, month(now, 1))
    assert (states(), shop.letters()) == ([PAID, DUE, DUE], ["instalment-receipt"])


# ---- 54: the end ----
def test_54_the_gateway_is_told_the_end_at_the_first_settling(
    world: World, order: Order, now: dt.datetime
) -> None:
    told = world.session(plan().subscription_id)
    assert told["cancel_at"] == int(instalments.months_later(plan().started_at, 3).timestamp())
    assert plan().ends_at is not None


def test_54_an_end_that_was_lost_is_found_and_told_again(
    world: World, order: Order, now: dt.datetime
) -> None:
    world.change(plan().subscription_id, cancel_at=None)
    Plan.objects.update(ends_at=None)
    Attempt.objects.update(looked_at=now - DAY)
    reconciliation.reconcile(now=now + dt.timedelta(hours=3))
    ends = instalments.months_later(plan().started_at, 3)
    assert plan().ends_at == ends
    assert world.session(plan().subscription_id)["cancel_at"] == int(ends.timestamp())


@pytest.mark.parametrize("kind", ["timeout after create", "error 500"])
def test_54_the_answer_lost_at_the_first_settling_is_asked_for_again(
    world: World, course: Course, price: Price, ann: User, now: dt.datetime, kind: str
) -> None:
    """Told the end, the gateway does not answer: nothing is given yet, and the next look does both."""
    attempt = shop.begin(course, user=ann, now=now, price=price)
    world.pay(attempt.session_id or "")
    world.trouble(kind, "/v1/subscriptions/*", times=2)
    with pytest.raises(gateway.DownError):
        settlement.settle(attempt=attempt, now=now)
    assert (Plan.objects.count(), shop.grants()) == (0, [])
    reconciliation.reconcile(now=now + dt.timedelta(minutes=10))
    assert (plan().state, plan().ends_at is not None) == ("active", True)
    assert shop.grants() == [("ann@example.org", "active")]


def test_54_a_payment_too_many_is_never_taken_silently(
    world: World, course: Course, price: Price, ann: User, now: dt.datetime
) -> None:
    """Nobody could look for months, and the gateway had lost the end: what came too much is told, and it ends now."""
    order = shop.paid_order(course, world, user=ann, now=now, price=price)
    world.change(plan().subscription_id, cancel_at=None)
    world.later(month(now, 4))
    assert settled(order, month(now, 4)).state == Order.State.OVERPAID
    assert (shop.coach_letters(), Payment.objects.count()) == (["overpaid"], 5)
    assert plan().over_at is not None
    assert world.session(plan().subscription_id)["status"] == "canceled"
    assert Receipt.objects.filter(kind=Receipt.Kind.PAYMENT).count() == 5
    world.later(month(now, 6))
    settled(order, month(now, 6))
    assert (shop.coach_letters(), Payment.objects.count()) == (["overpaid"], 5)


def test_54_with_all_money_given_back_no_further_payment_is_taken(
    world: World, course: Course, price: Price, ann: User, now: dt.datetime
) -> None:
    """What the page for asking the money back promises."""
    order = shop.paid_order(course, world, user=ann, now=now, price=price)
    refunds.give_back(payment=Payment.objects.get(), amount_minor=5000, actor=None, now=now)
    assert world.session(plan().subscription_id)["status"] == "canceled"
    world.later(month(now, 2))
    assert settled(order, month(now, 2)).state == "refunded"
    assert (plan().state, Payment.objects.count()) == ("cancelled", 1)
    assert shop.grants() == [("ann@example.org", "ended")]


# ---- the buyer's pages ----
def test_the_purchases_page_shows_each_payment_with_its_day_and_receipt(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    page = text(ann_client, reverse("payments:orders"))
    for word in (
        "50 USD of 150 USD paid so far",
        "Paid on November 20, 2026",
        "Comes on December 20, 2026",
        "Comes on January 20, 2027",
        "the last payment is on January 20, 2027, and nothing more is taken after it",
        url("card", order),
        reverse("payments:paper", args=[order.key, "P2026-00001"]),
    ):
        assert word in page
    assert url("pay_late", order) not in page


def test_a_late_payment_says_why_when_it_is_tried_again_and_what_to_do(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    late(world, order, now)
    page = text(ann_client, reverse("payments:orders"))
    for word in (
        "A payment is late",
        "Payment 2 of 3 did not go through",
        "The bank declined the payment",
        "tried again by itself on December 21, 2026",
        "stays open until January 3, 2027",
        "Late, was due on December 20, 2026",
        "Change my card",
        "Pay it now",
    ):
        assert word in page
    settled(order, month(now, 1) + 15 * DAY)
    assert "Your course rests until it is paid" in text(ann_client, reverse("payments:orders"))


def test_changing_the_card_pays_what_is_late_at_once(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    late(world, order, now)
    answer = ann_client.post(url("card", order))
    assert answer.status_code == 303
    assert "no-store" in answer["Cache-Control"]
    done = give_card(world, answer["Location"])
    assert done == f"http://localhost:8000{url('card_changed', order)}"
    page = ann_client.get(url("card_changed", order), follow=True).content.decode()
    assert "Your card is changed. Paid, thank you." in page
    assert states() == [PAID, PAID, DUE]
    assert "Paid, thank you" not in ann_client.get(url("card_changed", order), follow=True).content.decode()
    assert Payment.objects.count() == 2


def test_a_card_that_is_declined_too_is_said_and_all_stays_as_it_was(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    late(world, order, now)
    give_card(world, ann_client.post(url("card", order))["Location"], LATER_DECLINED)
    page = ann_client.get(url("card_changed", order), follow=True).content.decode()
    assert "Your card is changed. The late payment did not go through. Nothing was charged." in page
    assert states() == [PAID, LATE, DUE]


def test_whoever_did_not_come_from_the_card_page_pays_nothing(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    late(world, order, now)
    give_card(world, page_for_card())
    ann_client.get(url("card_changed", order))
    assert (states(), Payment.objects.count()) == ([PAID, LATE, DUE], 1)


def test_pay_it_now_tries_the_card_on_file(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    late(world, order, now)
    page = ann_client.post(url("pay_late", order), follow=True).content.decode()
    assert "The late payment did not go through. Nothing was charged." in page
    give_card(world, page_for_card())
    page = ann_client.post(url("pay_late", order), follow=True).content.decode()
    assert "Paid, thank you." in page
    page = ann_client.post(url("pay_late", order), follow=True).content.decode()
    assert "Nothing is late any more." in page
    assert Payment.objects.count() == 2


def test_while_the_gateway_is_silent_nothing_is_charged_and_the_page_says_so(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    late(world, order, now)
    world.cut_off()
    for name in ("card", "pay_late"):
        page = ann_client.post(url(name, order), follow=True).content.decode()
        assert "The payment company is not answering. Nothing was charged." in page
    world.reconnect()
    assert states() == [PAID, LATE, DUE]


def test_the_card_is_its_buyers_business_alone(
    world: World, order: Order, ben_client: Client, now: dt.datetime
) -> None:
    late(world, order, now)
    pages = Object.objects.filter(type="billing_portal.session").count()
    assert ben_client.post(url("card", order)).status_code == 404
    assert ben_client.get(url("card_changed", order)).status_code == 404
    assert ben_client.post(url("pay_late", order)).status_code == 404
    visitor = Client()
    for name in ("card", "pay_late"):
        assert visitor.post(url(name, order))["Location"].startswith(reverse("account_login"))
    assert Object.objects.filter(type="billing_portal.session").count() == pages


def test_the_browser_that_paid_as_a_guest_sees_the_plan_and_not_the_card(
    world: World, course: Course, price: Price, guest: Client, now: dt.datetime
) -> None:
    guest.get(reverse("payments:buy", args=[course.slug]))
    word = guest.session["shopper"]
    order = shop.paid_order(course, world, email="ann@example.org", tab=word, now=now, price=price)
    session = guest.session
    session["orders"] = [str(order.key)]
    session.save()
    page = text(guest, url("return", order))
    assert "50 USD of 150 USD paid so far" in page and url("card", order) not in page
    assert guest.post(url("card", order))["Location"].startswith(reverse("account_login"))


def test_nobody_presses_twenty_times_a_minute(
    world: World, order: Order, ann_client: Client, now: dt.datetime
) -> None:
    for _ in range(20):
        ann_client.post(url("card", order))
    page = ann_client.post(url("card", order), follow=True).content.decode()
    assert "a lot in a short time" in page


def test_the_address_of_the_card_page_is_nowhere_kept(
    world: World, order: Order, ann_client: Client, now: dt.datetime, capfd: Any
) -> None:
    address = ann_client.post(url("card", order))["Location"]
    key = address.rstrip("/").rpartition("/")[2]
    assert key not in str(dict(ann_client.session)) and key not in "".join(capfd.readouterr())
    assert Entry.objects.filter(says__contains=key).count() == 0
