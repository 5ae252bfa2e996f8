"""The till as a browser sees it."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import access
from courses.models import Course
from mailing.models import Letter
from payments.models import Attempt, Claim, Order
from tests.payments.world import World

pytestmark = pytest.mark.django_db
YES = {"agreed": "on", "at_once": "on"}


def buy_url(course: Course) -> str:
    return reverse("payments:buy", args=[course.slug])


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_a_guest_is_asked_one_address_and_led_to_the_pay_page(
    world: World, course: Course, guest: Client
) -> None:
    page = text(guest.get(buy_url(course)))
    assert re.findall(r'<input type="(?!hidden)(\w+)" name="(\w+)"', page) == [
        ("email", "email"),
        ("checkbox", "agreed"),
        ("checkbox", "at_once"),
        ("checkbox", "may_remind"),
    ]
    assert "Go on to pay 149 USD" in page and course.tagline in page
    answer = guest.post(buy_url(course), {**YES, "email": "ann@example.org"})
    assert (answer.status_code, answer["Location"]) == (303, Attempt.objects.get().url)


def test_the_price_comes_from_the_course_whatever_the_browser_says(
    world: World, course: Course, guest: Client
) -> None:
    lies = {"amount": "1", "price": "1", "price_minor": "1", "currency": "jpy", "course": "9"}
    guest.post(buy_url(course), {**YES, **lies, "email": "ann@example.org"})
    order = Order.objects.get()
    session = world.session(order.attempts.get().session_id)
    assert (session["amount_total"], session["currency"], order.amount_minor) == (14900, "usd", 14900)


def test_without_the_tick_nothing_is_ordered_and_nothing_typed_is_lost(
    world: World, course: Course, guest: Client
) -> None:
    answer = guest.post(buy_url(course), {"email": "ann@example.org"})
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert 'value="ann@example.org"' in text(answer) and "Tick the box" in text(answer)


def test_known_and_unknown_addresses_get_the_same_answer(world: World, course: Course, ann: User) -> None:
    access.grant(user=ann, course=course, source="manual:1", now=world.now)
    shapes = []
    for email in ("ann@example.org", "nobody@example.org"):
        browser = Client()
        answer = browser.post(buy_url(course), {**YES, "email": email})
        order = Order.objects.get(email=email)
        back = browser.get(reverse("payments:return", args=[order.key]))
        shapes.append((answer.status_code, re.sub(r"[\w-]{20,}|\d{6}", "", text(back)), order.user))
    assert shapes[0] == shapes[1]


def test_somebody_signed_in_who_has_the_course_is_told_so(
    world: World, course: Course, ann: User, ann_client: Client
) -> None:
    access.grant(user=ann, course=course, source="manual:1", now=world.now)
    for answer in (ann_client.get(buy_url(course)), ann_client.post(buy_url(course), YES)):
        assert "You’re in already" in text(answer)
    assert Order.objects.count() == 0


def test_a_draft_cannot_be_bought(world: World, course: Course, guest: Client) -> None:
    Course.objects.update(status=Course.Status.DRAFT)
    assert guest.post(buy_url(course), {**YES, "email": "ann@example.org"}).status_code == 404


def test_a_free_course_is_given_to_somebody_signed_in_at_once(
    world: World, ann: User, ann_client: Client, course: Course
) -> None:
    Course.objects.update(price_minor=0)
    assert "Start now, it’s free" in text(ann_client.get(buy_url(course)))
    answer = ann_client.post(buy_url(course), YES, follow=False)
    order = Order.objects.get()
    assert answer["Location"] == reverse("payments:return", args=[order.key])
    assert access.of(ann, course) is not None
    assert (order.state, order.gateway, order.attempts.count()) == (Order.State.PAID, "", 0)
    onward = ann_client.get(answer["Location"])
    assert onward["Location"] == reverse("courses:carry_on", args=[course.slug])


def test_a_free_course_waits_for_a_guest(world: World, course: Course, guest: Client) -> None:
    Course.objects.update(price_minor=0)
    answer = guest.post(buy_url(course), {**YES, "email": "ann@example.org"})
    assert "One step left" in text(guest.get(answer["Location"]))
    assert Claim.objects.get().state == Claim.State.UNCLAIMED
    assert list(Letter.objects.values_list("revision__step__key", flat=True)) == ["open-your-course"]


def test_when_the_gateway_is_silent_the_order_is_kept_and_one_tap_tries_again(
    world: World, course: Course, guest: Client
) -> None:
    world.trouble("timeout after create", times=2)
    answer = guest.post(buy_url(course), {**YES, "email": "ann@example.org"})
    order = Order.objects.get()
    assert "not answering" in text(answer) and "Nothing was charged" in text(answer)
    assert order.attempts.get().state == Attempt.State.UNKNOWN
    again = guest.post(reverse("payments:resume", args=[order.key]))
    assert again["Location"] == order.attempts.get().url


def test_a_guest_who_paid_and_presses_buy_again_is_led_to_what_waits(
    world: World, course: Course, guest: Client, now: dt.datetime
) -> None:
    guest.post(buy_url(course), {**YES, "email": "ann@example.org"})
    order = Order.objects.get()
    world.pay(order.attempts.get().session_id)
    guest.get(reverse("payments:return", args=[order.key]))
    assert guest.get(buy_url(course))["Location"] == reverse("payments:return", args=[order.key])
    assert Order.objects.count() == 1


def test_what_was_typed_is_there_again_for_this_browser_alone(
    world: World, course: Course, guest: Client
) -> None:
    guest.post(buy_url(course), {**YES, "email": "ann@example.org"})
    assert 'value="ann@example.org"' in text(guest.get(buy_url(course)))
    assert "ann@example.org" not in text(Client().get(buy_url(course)))


def test_nobody_presses_more_than_twenty_times_a_minute(world: World, course: Course, guest: Client) -> None:
    answers = [
        guest.post(buy_url(course), {**YES, "email": "ann@example.org"}).status_code for _ in range(21)
    ]
    assert answers == [303] * 20 + [422]
    assert (Order.objects.count(), Attempt.objects.count()) == (1, 1)


def test_a_prankster_with_a_free_course_cannot_flood_an_address(world: World, course: Course) -> None:
    Course.objects.update(price_minor=0)
    for _ in range(5):
        Client().post(buy_url(course), {**YES, "email": "ann@example.org"})
    assert (Claim.objects.count(), Letter.objects.count()) == (5, 3)


def test_the_log_tells_nothing_that_is_secret(
    world: World, course: Course, guest: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "payments")
    guest.post(buy_url(course), {**YES, "email": "canary@example.org"})
    order = Order.objects.get()
    attempt = order.attempts.get()
    world.pay(attempt.session_id or "")
    world.change(attempt.session_id or "", amount_total=1)
    world.post(world.events("checkout.session.completed")[0], secret="whsec_wrong")
    guest.get(reverse("payments:return", args=[order.key]))
    assert "needs a look" in caplog.text and "Webhook refused" in caplog.text
    for secret in ("canary", "whsec_", "sk_test", attempt.url, "client_secret", attempt.idempotency_key):
        assert secret not in caplog.text
