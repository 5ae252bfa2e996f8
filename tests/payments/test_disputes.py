"""A bank asks for the money back: opened, inquired, won, lost, appealed, and what the buyer reads. Number 51."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from courses import access, progress
from courses.models import Course, Enrolment, LessonProgress
from mailing import letters
from mailing.models import Letter
from payments import claims, offers, reconciliation, refunds, settlement, words
from payments.models import Attempt, Dispute, Order, Payment
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
IN, RESTS, OUT = (
    [("ann@example.org", "active")],
    [("ann@example.org", "suspended")],
    [("ann@example.org", "ended")],
)


@pytest.fixture(autouse=True)
def coach_is_written_to(settings: Any) -> None:
    settings.COACH_EMAIL = "coach@example.org"


@pytest.fixture
def attempt(world: World, course: Course, ann: User, now: dt.datetime) -> Attempt:
    """Ann has paid, is in, and has done a lesson."""
    shop.paid_order(course, world, user=ann, now=now)
    enrolment = Enrolment.objects.get()
    progress.complete(enrolment=enrolment, lesson=course.lessons.all()[0], now=now)
    return Attempt.objects.get()


def heard(attempt: Attempt, now: dt.datetime) -> tuple[str, bool, list[tuple[str, str]]]:
    """Settle twice, as everything is heard more than once: state, disputed, who is in."""
    for _ in range(2):
        order = settlement.settle(attempt=attempt, now=now)
    return order.state, order.disputed, shop.grants()


def done() -> int:
    return LessonProgress.objects.exclude(done_at=None).count()


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_51_opened_the_course_rests_and_both_sides_are_told_once(
    world: World, attempt: Attempt, now: dt.datetime
) -> None:
    world.dispute(attempt)
    assert heard(attempt, now) == ("paid", True, RESTS)
    assert (shop.letters(), shop.coach_letters()) == (["access-rests", "receipt"], ["dispute"])
    told = letters.render(Letter.objects.get(revision__step__key="access-rests"), now=now).text
    assert "the bank is looking into the payment" in told and "Nothing is lost" in told
    assert done() == 1


def test_51_opened_with_the_policy_to_keep_it_stays_open(
    world: World, attempt: Attempt, now: dt.datetime, settings: Any
) -> None:
    settings.HOLD_ACCESS_ON_DISPUTE = False
    world.dispute(attempt)
    assert heard(attempt, now) == ("paid", True, IN)
    assert (shop.letters(), shop.coach_letters()) == (["receipt"], ["dispute"])


def test_51_an_inquiry_changes_nothing_for_the_buyer(
    world: World, attempt: Attempt, ann_client: Client, now: dt.datetime
) -> None:
    key = world.dispute(attempt, inquiry=True)
    assert heard(attempt, now) == ("paid", False, IN)
    assert Dispute.objects.get().is_inquiry
    assert words.DISPUTED not in text(ann_client, reverse("payments:orders"))
    for how in ("answer", "close"):
        world.move(key, how)
        assert heard(attempt, now) == ("paid", False, IN)
    assert shop.letters() == ["receipt"]


def test_51_an_inquiry_that_becomes_a_dispute_is_one(
    world: World, attempt: Attempt, now: dt.datetime
) -> None:
    key = world.dispute(attempt, inquiry=True)
    heard(attempt, now)
    world.move(key, "escalate")
    assert heard(attempt, now + DAY) == ("paid", True, RESTS)


@pytest.mark.parametrize("end", ["win", "prevent"])
def test_51_decided_for_us_everything_is_back_with_its_progress(
    world: World, attempt: Attempt, course: Course, ann: User, ann_client: Client, now: dt.datetime, end: str
) -> None:
    key = world.dispute(attempt)
    heard(attempt, now)
    assert access.of(ann, course) is None
    world.move(key, end)
    assert heard(attempt, now + DAY) == ("paid", False, IN)
    assert (done(), Payment.objects.get().kept_minor) == (1, 14900)
    assert shop.letters() == ["access-rests", "receipt"]
    assert "1 of 3" in text(ann_client, reverse("courses:learn"))


def test_51_lost_the_access_ends_and_progress_is_kept(
    world: World, attempt: Attempt, ann_client: Client, now: dt.datetime
) -> None:
    key = world.dispute(attempt)
    heard(attempt, now)
    world.move(key, "lose")
    assert heard(attempt, now + DAY) == ("lost", False, OUT)
    assert shop.letters() == ["access-ended", "access-rests", "receipt"]
    assert (done(), Payment.objects.get().kept_minor) == (1, 0)
    page = text(ann_client, reverse("payments:orders"))
    assert "Taken back by the bank" in page and words.KEPT in page


@pytest.mark.parametrize(("end", "state", "who"), [("win", "paid", IN), ("lose", "lost", OUT)])
def test_51_lost_then_appealed_may_be_won_after_all(
    world: World, attempt: Attempt, now: dt.datetime, end: str, state: str, who: list[tuple[str, str]]
) -> None:
    key = world.dispute(attempt)
    world.move(key, "lose")
    assert heard(attempt, now) == ("lost", False, OUT)
    world.move(key, "appeal")
    heard(attempt, now + DAY)
    world.move(key, "answer")
    heard(attempt, now + 2 * DAY)
    world.move(key, end)
    assert heard(attempt, now + 3 * DAY) == (state, False, who)
    assert done() == 1


def test_51_lost_after_a_part_was_given_back_takes_only_what_was_left(
    world: World, attempt: Attempt, now: dt.datetime
) -> None:
    refunds.give_back(payment=Payment.objects.get(), amount_minor=4900, actor=None, now=now)
    key = world.dispute(attempt)
    assert heard(attempt, now) == ("partly_refunded", True, RESTS)
    world.move(key, "lose")
    assert heard(attempt, now + DAY) == ("lost", False, OUT)
    payment = Payment.objects.get()
    assert (payment.refunded_minor, payment.lost_minor, payment.kept_minor) == (4900, 10000, 0)


def test_51_won_after_a_part_was_given_back_leaves_that_part_given_back(
    world: World, attempt: Attempt, now: dt.datetime
) -> None:
    refunds.give_back(payment=Payment.objects.get(), amount_minor=4900, actor=None, now=now)
    key = world.dispute(attempt)
    heard(attempt, now)
    world.move(key, "win")
    assert heard(attempt, now + DAY) == ("partly_refunded", False, IN)


def test_51_a_dispute_no_webhook_told_of_is_found(world: World, attempt: Attempt, now: dt.datetime) -> None:
    key = world.dispute(attempt)
    reconciliation.reconcile(now=now + dt.timedelta(minutes=10))
    assert shop.grants() == RESTS
    world.move(key, "win")
    reconciliation.reconcile(now=now + dt.timedelta(minutes=20))
    assert shop.grants() == IN
    assert reconciliation.reconcile(now=now + dt.timedelta(minutes=30)) == 0


def test_51_an_access_that_the_coach_ended_stays_ended_when_it_is_won(
    world: World, attempt: Attempt, ines: User, now: dt.datetime
) -> None:
    key = world.dispute(attempt)
    heard(attempt, now)
    grant = Enrolment.objects.get().grants.get()
    access.end(grant=grant, reason="asked for it", now=now, actor=ines)
    world.move(key, "win")
    assert heard(attempt, now + DAY) == ("paid", False, OUT)


def test_a_disputed_order_says_what_it_means_and_leads_nowhere_closed(
    world: World, attempt: Attempt, ann_client: Client, now: dt.datetime
) -> None:
    world.dispute(attempt)
    heard(attempt, now)
    for path in (reverse("payments:orders"), reverse("payments:return", args=[attempt.order.key])):
        page = text(ann_client, path)
        assert "With a bank" in page and words.DISPUTED in page
        assert "Your course rests: the bank is looking into the payment." in page
        assert "Go to my course" not in page


def test_a_guest_whose_payment_is_disputed_is_told_so_and_the_price_box_does_not_sell_again(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    guest.post(
        reverse("payments:buy", args=[course.slug]),
        {"agreed": "on", "at_once": "on", "email": "ann@example.org"},
    )
    attempt = Attempt.objects.get()
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    world.dispute(attempt)
    settlement.settle(attempt=attempt, now=now)
    page = text(guest, reverse("payments:return", args=[attempt.order.key]))
    assert words.DISPUTED in page and "Send me the code" not in page
    request = RequestFactory().get("/")
    request.session = guest.session
    told = offers.state(request, course)
    assert told is not None and told["state"] == "rests"


def test_a_guest_who_proves_the_address_meanwhile_has_the_order_and_the_course_rests(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, email="ann@example.org", now=now)
    attempt = Attempt.objects.get()
    key = world.dispute(attempt)
    settlement.settle(attempt=attempt, now=now)
    for _ in range(2):
        claims.fulfil(claim=order.claim, user=ann, now=now)
    assert (Order.objects.get().user, shop.grants()) == (ann, RESTS)
    world.move(key, "win")
    assert heard(attempt, now + DAY) == ("paid", False, IN)
