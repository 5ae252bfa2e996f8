"""The pages of an order in each of its situations, the desk, the price box, and the till's own checks."""

import datetime as dt
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client, RequestFactory
from django.urls import reverse

from courses.models import Course
from mailing.models import Letter
from payments import checks, offers, words
from payments.models import Attempt, Order
from tests.payments import shop
from tests.payments.world import DECLINED, POOR, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(world: World, course: Course, guest: Client) -> Attempt:
    """A guest stands on the pay page."""
    guest.post(
        reverse("payments:buy", args=[course.slug]),
        {"agreed": "on", "at_once": "on", "email": "ann@example.org"},
    )
    return Attempt.objects.select_related("order").get()


def url(name: str, attempt: Attempt) -> str:
    return reverse(f"payments:{name}", args=[attempt.order.key])


def text(client: Client, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()  # type: ignore[arg-type]


def offer(client: Client, course: Course) -> Any:
    request = RequestFactory().get("/")
    request.session = client.session
    return offers.state(request, course)


@pytest.mark.parametrize(
    ("card", "reason"),
    [(DECLINED, words.DECLINED), (POOR, "There was not enough money on the card or account.")],
)
def test_a_decline_is_told_in_plain_words_with_one_tap_to_try_again(
    world: World, begun: Attempt, guest: Client, course: Course, card: str, reason: str
) -> None:
    world.pay(begun.session_id or "", card)
    page = text(guest, url("cancelled", begun))
    assert "Nothing was charged" in page and reason in page
    assert guest.post(url("resume", begun))["Location"] == begun.url
    assert offer(guest, course)["state"] == "failed"
    world.pay(begun.session_id or "")
    assert "Paid, thank you" in text(guest, url("return", begun))


def test_coming_back_without_paying_keeps_everything(
    world: World, begun: Attempt, guest: Client, course: Course
) -> None:
    assert "You came back before paying" in text(guest, url("cancelled", begun))
    assert offer(guest, course) == {
        "state": "buy",
        "button_text": "Go on paying",
        "button_url": url("cancelled", begun),
        "note": "You began to pay and did not finish. Nothing was charged.",
    }
    assert guest.post(url("resume", begun))["Location"] == begun.url


def test_while_the_gateway_is_silent_the_page_waits_polls_and_goes_on_by_itself(
    world: World, begun: Attempt, guest: Client
) -> None:
    world.pay(begun.session_id or "")
    world.cut_off()
    page = text(guest, url("return", begun))
    assert "Finishing your payment" in page and f'data-hx-get="{url("status", begun)}"' in page
    assert "a few seconds" in text(guest, url("status", begun), HX_Request="true")
    world.reconnect()
    answer = guest.get(url("status", begun), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == url("return", begun)
    assert shop.state(begun) == Order.State.PAID
    assert guest.get(url("status", begun))["Location"] == url("return", begun)


def test_a_page_left_open_stops_polling(
    world: World, begun: Attempt, guest: Client, now: dt.datetime
) -> None:
    world.cut_off()
    world.at(now + dt.timedelta(minutes=11))
    assert guest.get(url("status", begun), headers={"HX-Request": "true"}).status_code == 286


def test_the_price_box_of_a_browser_that_never_ordered_costs_no_query(
    course: Course, guest: Client, django_assert_num_queries: Any
) -> None:
    request = RequestFactory().get("/")
    request.session = guest.session
    with django_assert_num_queries(0):
        assert offers.state(request, course) is None


def test_the_receipt_names_everything_and_is_for_the_buyer_alone(
    world: World, begun: Attempt, guest: Client, ben_client: Client
) -> None:
    assert guest.get(url("receipt", begun)).status_code == 404
    world.pay(begun.session_id or "")
    text(guest, url("return", begun))
    page = guest.get(url("receipt", begun), follow=True).content.decode()
    for word in (begun.order.number, "149 USD", "November 20, 2026", "ann@example.org", "1 Practice Street"):
        assert word in page
    assert "Practice purchase" in page
    assert ben_client.get(url("receipt", begun)).status_code == 404


def test_the_receipt_letter_can_be_written(world: World, begun: Attempt, guest: Client) -> None:
    from mailing import letters

    world.pay(begun.session_id or "")
    text(guest, url("return", begun))
    told = {
        letter.revision.step.key: letters.render(letter, now=world.now) for letter in Letter.objects.all()
    }
    assert sorted(told) == ["open-your-course", "receipt"]
    assert "149 USD" in told["receipt"].text and begun.order.number in told["receipt"].text
    paper = reverse("payments:paper", args=[begun.order.key, "P2026-00001"])
    assert f"http://localhost:8000{paper}" in told["receipt"].text
    assert "/claims/" in told["open-your-course"].text


def test_the_desk_finds_an_order_and_asks_the_gateway_again(
    world: World, begun: Attempt, ines_client: Client
) -> None:
    listing = reverse("admin:payments_order_changelist")
    for wanted in ("ann@example.org", begun.order.number, str(begun.order.key), begun.session_id):
        assert "1 order" in text(ines_client, f"{listing}?q={wanted}")
    assert "Nothing here fits" in text(ines_client, f"{listing}?q=nobody")
    world.pay(begun.session_id or "")
    answer = ines_client.post(
        listing, {"action": "ask_again", "_selected_action": [begun.order.pk]}, follow=True
    )
    assert "Paid (before: not paid yet)" in answer.content.decode()
    story = text(ines_client, reverse("admin:payments_order_change", args=[begun.order.pk]))
    assert "Ordered by ann@example.org" in story and "“Your receipt” to ann@example.org: waiting" in story
    assert (
        ines_client.post(reverse("admin:payments_order_change", args=[begun.order.pk]), {}).status_code == 403
    )


@pytest.mark.parametrize("model", ["order", "attempt", "eventinbox", "claim"])
def test_nothing_about_money_is_typed_at_the_desk(
    world: World, begun: Attempt, ines_client: Client, model: str
) -> None:
    assert ines_client.get(reverse(f"admin:payments_{model}_changelist")).status_code == 200
    assert ines_client.get(reverse(f"admin:payments_{model}_add")).status_code == 403


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, []),
        ({"STRIPE_SECRET_KEY": "pk_live_1"}, ["payments.E001"]),
        (
            {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRETS": ["whsec_1"]},
            ["payments.E002"],
        ),
        ({"STRIPE_WEBHOOK_SECRETS": ["secret"]}, ["payments.E003"]),
        (
            {"STRIPE_SECRET_KEY": "rk_live_1", "STRIPE_HTTP_CLIENT": "", "STRIPE_WEBHOOK_SECRETS": []},
            ["payments.E004"],
        ),
        ({"STRIPE_PAYMENT_METHODS": ["card", "paypal"]}, ["payments.E005"]),
        ({"STRIPE_PAYMENT_METHODS": []}, ["payments.E005"]),
        ({"STRIPE_TAX": "extra"}, ["payments.E006"]),
        ({"VAT_RATE_POINTS": -1}, ["payments.E007"]),
        ({"VAT_RATE_POINTS": 10_000}, ["payments.E007"]),
        ({"STRIPE_TAX": "added", "VAT_RATE_POINTS": 1900}, ["payments.E008"]),
        ({"IS_PRODUCTION": True}, ["payments.W001"]),
        ({"VAT_RATE_POINTS": 19}, ["payments.W002"]),
        ({"IS_PRODUCTION": True, "VAT_RATE_POINTS": 1900}, ["payments.W001", "payments.W003"]),
        ({"IS_PRODUCTION": True, "STRIPE_TAX": "counted"}, ["payments.W001", "payments.W003"]),
        ({"VAT_RATE_POINTS": 1900, "SELLER_VAT_ID": "DE1"}, []),
    ],
)
def test_settings_that_would_lose_money_are_told(
    settings: Any, values: dict[str, Any], ids: list[str]
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    assert [message.id for message in checks.the_till_is_sound(None)] == ids
    assert all(message.hint for message in checks.the_till_is_sound(None))


def test_the_till_is_checked_at_the_start() -> None:
    assert [message for message in run_checks() if (message.id or "").startswith("payments.")] == []
