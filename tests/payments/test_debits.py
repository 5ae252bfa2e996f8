"""Bank debits: paid by a yes that comes days later, or a no. Numbers as in the list."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from mailing import letters
from mailing.models import Letter
from payments import reconciliation, settlement, words
from payments.models import Attempt, Claim, Order
from tests.payments import shop
from tests.payments.world import BOUNCED, BOUNCED_LATE, COMPLAINED, DEBITED, DEBITED_LATE, GOOD, World

pytestmark = pytest.mark.django_db
DAYS = dt.timedelta(days=4)


@pytest.fixture(autouse=True)
def in_euros(course: Course) -> None:
    """Debits are in euros."""
    Course.objects.update(currency="eur")
    course.refresh_from_db()


@pytest.fixture
def begun(world: World, course: Course, guest: Client) -> Attempt:
    """A guest stands on the pay page."""
    form = {"agreed": "on", "at_once": "on", "email": "ann@example.org"}
    guest.post(reverse("payments:buy", args=[course.slug]), form)
    return Attempt.objects.select_related("order").get()


def url(name: str, attempt: Attempt) -> str:
    return reverse(f"payments:{name}", args=[attempt.order.key])


def text(client: Client, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()  # type: ignore[arg-type]


def settled(attempt: Attempt, now: dt.datetime) -> str:
    return settlement.settle(attempt=attempt, now=now).state


def test_43_complete_and_unpaid_is_neither_a_failure_nor_access(
    world: World, begun: Attempt, guest: Client
) -> None:
    world.debit(begun.session_id or "", DEBITED_LATE)
    page = text(guest, url("return", begun))
    for word in ("Your bank is confirming", "up to several working days", "there is nothing else to do"):
        assert word in page
    assert (shop.state(begun), shop.letters(), shop.grants()) == (Order.State.PROCESSING, [], [])
    assert Claim.objects.count() == 0


def test_43_a_page_that_waits_for_days_does_not_ask_every_two_seconds(
    world: World, begun: Attempt, guest: Client
) -> None:
    world.debit(begun.session_id or "", DEBITED_LATE)
    page = text(guest, url("return", begun))
    assert "data-hx-get" not in page and "htmx" not in page
    left_open = guest.get(url("status", begun), headers={"HX-Request": "true"})
    assert left_open.status_code == 286


def test_43_pressing_pay_again_meanwhile_leads_back_to_the_waiting_page(
    world: World, begun: Attempt, guest: Client, course: Course
) -> None:
    world.debit(begun.session_id or "", DEBITED_LATE)
    text(guest, url("return", begun))
    assert guest.post(url("resume", begun))["Location"] == url("return", begun)
    form = {"agreed": "on", "at_once": "on", "email": "ann@example.org"}
    assert guest.post(reverse("payments:buy", args=[course.slug]), form)["Location"] == url("return", begun)
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("iban", [DEBITED, DEBITED_LATE])
def test_43_a_yes_days_later_gives_the_receipt_and_the_way_in(
    world: World, begun: Attempt, guest: Client, now: dt.datetime, iban: str
) -> None:
    world.debit(begun.session_id or "", iban)
    text(guest, url("return", begun))
    world.later(now + DAYS)
    reconciliation.reconcile(now=now + DAYS)
    assert (shop.state(begun), shop.letters()) == (Order.State.PAID, ["open-your-course", "receipt"])
    assert Claim.objects.get().state == Claim.State.UNCLAIMED
    assert "Paid, thank you" in text(guest, url("return", begun))
    assert settled(begun, now + 2 * DAYS) == Order.State.PAID
    assert shop.letters() == ["open-your-course", "receipt"]


def test_43_an_account_gets_access_with_the_yes_and_not_before(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.debit(attempt.session_id or "", DEBITED_LATE)
    settled(attempt, now)
    assert "Being confirmed" in text(ann_client, reverse("payments:orders"))
    assert shop.grants() == []
    world.later(now + DAYS)
    assert settled(attempt, now + DAYS) == Order.State.PAID
    assert (shop.grants(), shop.letters()) == ([("ann@example.org", "active")], ["receipt"])


@pytest.mark.parametrize("iban", [BOUNCED, BOUNCED_LATE])
def test_44_a_no_days_later_is_told_with_a_fresh_link_and_nobody_was_ever_in(
    world: World, begun: Attempt, guest: Client, now: dt.datetime, iban: str
) -> None:
    world.debit(begun.session_id or "", iban)
    text(guest, url("return", begun))
    world.later(now + DAYS)
    for _ in range(2):
        assert settled(begun, now + DAYS) == Order.State.FAILED
    assert (shop.letters(), shop.grants()) == (["payment-failed"], [])
    page = text(guest, url("return", begun))
    assert "Nothing was charged" in page and "another card or another way to pay" in page
    assert words.DECLINES["insufficient_funds"] in page  # the charge says why, the intent does not
    told = letters.render(Letter.objects.get(), now=now + DAYS).text
    assert "so nothing has been bought" in told


def test_44_the_link_in_the_letter_leads_to_a_new_pay_page_from_any_browser(
    world: World, begun: Attempt, guest: Client, now: dt.datetime, settings: Any
) -> None:
    world.debit(begun.session_id or "", BOUNCED_LATE)
    text(guest, url("return", begun))
    world.later(now + DAYS)
    settled(begun, now + DAYS)
    elsewhere = Client()
    link = Letter.objects.get().context["button_url"].removeprefix(settings.SITE_URL)
    page = elsewhere.get(link, follow=True).content.decode()
    assert "Nothing was charged" in page
    onward = elsewhere.post(link)["Location"]
    fresh = Attempt.objects.exclude(pk=begun.pk).get()
    assert onward == fresh.url != begun.url
    world.pay(fresh.session_id or "", GOOD)
    assert settled(fresh, now + DAYS) == Order.State.PAID
    assert shop.letters() == ["open-your-course", "payment-failed", "receipt"]


def test_44_a_no_on_the_purchases_page_can_be_tried_again(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.debit(attempt.session_id or "", BOUNCED_LATE)
    settled(attempt, now)
    world.later(now + DAYS)
    settled(attempt, now + DAYS)
    page = text(ann_client, reverse("payments:orders"))
    assert "Nothing was charged: the payment did not go through." in page and url("resume", attempt) in page


def test_45_a_yes_after_the_course_left_the_shelf_is_looked_at_and_not_lost(
    world: World, course: Course, ann: User, now: dt.datetime, settings: Any
) -> None:
    settings.COACH_EMAIL = "coach@example.org"
    attempt = shop.begin(course, user=ann, now=now)
    world.debit(attempt.session_id or "", DEBITED_LATE)
    settled(attempt, now)
    Course.objects.update(status=Course.Status.ARCHIVED)
    world.later(now + DAYS)
    assert settled(attempt, now + DAYS) == Order.State.REVIEW
    assert (shop.coach_letters(), shop.grants()) == (["review"], [])


def test_45_a_yes_after_the_order_had_run_out_counts(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.debit(attempt.session_id or "", DEBITED_LATE)
    Attempt.objects.update(state=Attempt.State.EXPIRED)
    Order.objects.update(state=Order.State.EXPIRED)
    world.later(now + DAYS)
    reconciliation.reconcile(now=now + DAYS, look_back=2 * DAYS)
    assert (shop.state(attempt), shop.grants()) == (Order.State.PAID, [("ann@example.org", "active")])


def test_51_a_debit_called_back_by_its_account_is_a_dispute(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.debit(attempt.session_id or "", COMPLAINED)
    for days in (1, 2):
        world.later(now + days * DAYS)
        settled(attempt, now + days * DAYS)
    order = Order.objects.get()
    assert (order.state, order.disputed) == (Order.State.PAID, True)
    assert shop.grants() == [("ann@example.org", "suspended")]
