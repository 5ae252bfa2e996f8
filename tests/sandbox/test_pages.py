"""The pay page and the bank's step, as a browser without JavaScript meets them."""

import html
import re
from typing import Any

import pytest
import stripe
from django.http import Http404
from django.test import Client, RequestFactory

from sandbox import views
from sandbox.models import Event, Object
from tests.sandbox.conftest import NOW, pay, session_params

Stripe = stripe.StripeClient
TYPED = {
    "email": "ann@example.org",
    "name": "Ann Miller",
    "number": "4242 4242 4242 4242",
    "expiry": "08 / 29",
    "code": "123",
}


def page_of(gateway: Stripe, **more: Any) -> str:
    """The path of a new Session's pay page."""
    session = gateway.v1.checkout.sessions.create(session_params(**more))
    return str(session.url).removeprefix("https://practice.example")


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


def value(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', answer.content.decode())
    assert found is not None
    return html.unescape(found[1])


def test_the_page_names_price_order_and_that_no_money_moves(client_of_stripe: Stripe, client: Client) -> None:
    answer = client.get(page_of(client_of_stripe))
    assert answer.status_code == 200
    for words in (
        "Pay 149.00 USD",
        "Practice payments: no real money moves.",
        "Knots",
        "A self-help course.",
        "Back without paying",
    ):
        assert words in text(answer)
    assert re.findall(r"(?i)stripe", answer.content.decode()) == []
    assert re.findall(r"<script|style=| on[a-z]+=", answer.content.decode()) == []
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_looking_at_the_page_changes_nothing(client_of_stripe: Stripe, client: Client, settings: Any) -> None:
    url = page_of(client_of_stripe)
    settings.SANDBOX_NOW = NOW + 86400
    before = list(Object.objects.values())
    assert client.get(url).status_code == 410
    assert list(Object.objects.values()) == before


def test_paying_leads_to_the_success_address_with_the_session_in_it(
    client_of_stripe: Stripe, client: Client
) -> None:
    url = page_of(client_of_stripe)
    key = url.split("/")[-2]
    answer = client.post(url, TYPED)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"https://practice.example/thanks/?session={key}",
    )
    session = client_of_stripe.v1.checkout.sessions.retrieve(key)
    assert session.customer_details is not None
    assert (session.payment_status, session.customer_details.email) == ("paid", "ann@example.org")


def test_the_form_needs_its_csrf_token(client_of_stripe: Stripe) -> None:
    url = page_of(client_of_stripe)
    answer = Client(enforce_csrf_checks=True).post(url, TYPED)
    assert answer.status_code == 403
    assert Object.objects.filter(type="charge").count() == 0


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("4000000000000002", "The bank declined this card. Try another card, or call your bank."),
        ("4000000000009995", "There is not enough money on this card. Try another card."),
        ("4000000000000069", "This card has expired. Try another card."),
        ("4000000000000127", "The security code is wrong. Check it and try again."),
    ],
)
def test_a_refusal_is_told_in_plain_words_and_what_was_typed_is_kept(
    client_of_stripe: Stripe, client: Client, number: str, words: str
) -> None:
    answer = client.post(page_of(client_of_stripe), TYPED | {"number": number})
    assert answer.status_code == 402
    assert words in text(answer) and "Nothing was charged." in text(answer)
    assert [value(answer, name) for name in ("email", "name", "number", "expiry", "code")] == [
        "ann@example.org",
        "Ann Miller",
        number,
        "08 / 29",
        "",
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"email": "ann@"}, "Check the email address: it should look like ann@example.org."),
        ({"name": ""}, "Type the name that is on the card."),
        ({"expiry": "13 / 29"}, "Type month and year, like 08 / 29."),
        ({"expiry": "12 / 26"}, "This date has passed. Type one in the future."),
        ({"code": "12"}, "Type the 3 digits on the back of the card."),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_is_tried(
    client_of_stripe: Stripe, client: Client, typed: dict[str, str], words: str
) -> None:
    answer = client.post(page_of(client_of_stripe), TYPED | typed)
    assert (answer.status_code, text(answer).count(words) >= 2) == (422, True)
    assert f'aria-describedby="{"id_expiry_hint " if "expiry" in typed else ""}' in answer.content.decode()
    assert Object.objects.filter(type="payment_intent").count() == 0


def test_a_card_that_may_be_real_is_refused_and_never_shown_again(
    client_of_stripe: Stripe, client: Client
) -> None:
    answer = client.post(page_of(client_of_stripe), TYPED | {"number": "5555 5555 5555 4444"})
    assert answer.status_code == 422
    assert "Never type a real card here" in text(answer)
    assert "4444" not in answer.content.decode()


def test_a_crash_report_shows_nothing_that_was_typed(client_of_stripe: Stripe, rf: RequestFactory) -> None:
    request = rf.post("/", TYPED)
    with pytest.raises(Http404):  # stands for any crash in the view
        views.pay(request, "cs_test_nobody")
    assert request.sensitive_post_parameters == "__ALL__"


def test_an_address_given_by_the_shop_is_fixed(client_of_stripe: Stripe, client: Client) -> None:
    url = page_of(client_of_stripe, customer_email="ann@example.org")
    assert "readonly" in client.get(url).content.decode()
    client.post(url, TYPED | {"email": "ben@example.org"})
    session = client_of_stripe.v1.checkout.sessions.retrieve(url.split("/")[-2])
    assert session.customer_details is not None
    assert session.customer_details.email == "ann@example.org"


def test_the_bank_step_is_passed_with_a_button(client_of_stripe: Stripe, client: Client) -> None:
    url = page_of(client_of_stripe)
    answer = client.post(url, TYPED | {"number": "4000002500003155"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{url}verify/")
    step = client.get(f"{url}verify/")
    assert (step.status_code, "Nothing has been charged yet." in text(step)) == (200, True)
    done = client.post(f"{url}verify/", {"answer": "pass"})
    assert done.headers["Location"].startswith("https://practice.example/thanks/?session=cs_test_")
    again = client.post(f"{url}verify/", {"answer": "pass"})
    assert (again.status_code, again.headers["Location"]) == (303, url)
    assert Object.objects.filter(type="charge").count() == 1


@pytest.mark.parametrize(
    ("number", "button", "words"),
    [
        ("4000000000003220", "fail", "Your bank could not confirm that it was you."),
        ("4000008400001629", "pass", "The bank declined this card."),
    ],
)
def test_a_lost_bank_step_comes_back_to_the_page_with_the_reason(
    client_of_stripe: Stripe, client: Client, number: str, button: str, words: str
) -> None:
    url = page_of(client_of_stripe)
    client.post(url, TYPED | {"number": number})
    answer = client.post(f"{url}verify/", {"answer": button})
    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    page = client.get(url)
    assert words in text(page) and "Nothing was charged." in text(page)
    assert [value(page, name) for name in ("email", "name", "number")] == [
        "ann@example.org",
        "Ann Miller",
        "",
    ]


def test_the_bank_step_is_not_there_when_nobody_asked_for_it(
    client_of_stripe: Stripe, client: Client
) -> None:
    url = page_of(client_of_stripe)
    answer = client.get(f"{url}verify/")
    assert (answer.status_code, answer.headers["Location"]) == (303, url)


def test_a_paid_page_explains_itself_and_leads_on(client_of_stripe: Stripe, client: Client) -> None:
    url = page_of(client_of_stripe)
    pay(url.split("/")[-2])
    for answer in (client.get(url), client.post(url, TYPED)):
        assert (answer.status_code, "This is already paid" in text(answer)) == (200, True)
        assert (
            f'href="https://practice.example/thanks/?session={url.split("/")[-2]}"' in answer.content.decode()
        )
    assert Event.objects.filter(type="charge.succeeded").count() == 1


def test_an_expired_page_explains_itself_and_leads_back(
    client_of_stripe: Stripe, client: Client, settings: Any
) -> None:
    url = page_of(client_of_stripe)
    settings.SANDBOX_NOW = NOW + 86400
    answer = client.get(url)
    assert (answer.status_code, "This payment page has expired" in text(answer)) == (410, True)
    assert 'href="https://practice.example/course/"' in answer.content.decode()
    assert client.post(url, TYPED).status_code == 410
    assert Object.objects.filter(type="charge").count() == 0


def test_a_page_of_nobody_is_not_found(client_of_stripe: Stripe, client: Client) -> None:
    assert client.get("/_sandbox/pay/cs_test_nobody/").status_code == 404
    assert client.get("/_sandbox/pay/cs_test_nobody/verify/").status_code == 404
