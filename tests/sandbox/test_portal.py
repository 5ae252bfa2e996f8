"""The page on which a customer changes the card, and the pay page of monthly payments."""

import html
import re
from typing import Any

import pytest
import stripe
from django.test import Client

from sandbox import cards, doors, portal
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Object
from tests.browser import DESKTOP, PHONE, axe, overflows
from tests.sandbox.conftest import ANN, NOW, in_threads, plan_params, portal_params
from tests.sandbox.monthly import LATER_DECLINED, begun, kinds

Stripe = stripe.StripeClient
TYPED = {"name": "Ann Miller", "number": "4242 4242 4242 4242", "expiry": "09 / 30", "code": "123"}
BACK = "https://practice.example/card-changed/"


def opened(gateway: Stripe, subscription: stripe.Subscription) -> stripe.billing_portal.Session:
    return gateway.v1.billing_portal.sessions.create(portal_params(str(subscription.customer)))


def path(page: stripe.billing_portal.Session) -> str:
    return page.url.removeprefix("https://practice.example")


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


# ---- opening it ----
def test_a_page_is_opened_for_one_customer(client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    page = opened(client_of_stripe, subscription)
    assert (page.customer, page.created, page.livemode) == (subscription.customer, NOW, False)
    assert page.url == f"https://practice.example/_sandbox/portal/{page.id}/"
    assert page.flow is not None and page.flow.after_completion.redirect is not None
    assert page.flow.after_completion.redirect.return_url == BACK
    assert kinds()[-1] == "billing_portal.session.created"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"customer": "cus_nobody"}, "customer"),
        ({"flow_data": {"type": "subscription_cancel"}}, "flow_data[type]"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        (
            {"flow_data": {"type": "payment_method_update", "after_completion": {"type": "redirect"}}},
            "flow_data[after_completion][redirect][return_url]",
        ),
        (
            {
                "flow_data": {
                    "type": "payment_method_update",
                    "after_completion": {"type": "hosted_confirmation"},
                }
            },
            "flow_data[after_completion][type]",
        ),
    ],
)
def test_what_such_a_page_cannot_do_is_refused(client_of_stripe: Stripe, changes: Any, param: str) -> None:
    params = portal_params(str(begun(client_of_stripe, LATER_DECLINED).customer)) | changes
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.billing_portal.sessions.create(params)
    assert refused.value.param == param
    assert Object.objects.filter(type="billing_portal.session").count() == 0


def test_without_a_place_to_go_on_the_customer_goes_back(client_of_stripe: Stripe, client: Client) -> None:
    params = portal_params(str(begun(client_of_stripe, LATER_DECLINED).customer))
    params["flow_data"] = {"type": "payment_method_update"}
    page = client_of_stripe.v1.billing_portal.sessions.create(params)
    answer = client.post(path(page), TYPED)
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://practice.example/account/")


# ---- using it ----
def test_the_page_names_the_card_and_that_nothing_is_charged(
    client_of_stripe: Stripe, client: Client
) -> None:
    answer = client.get(path(opened(client_of_stripe, begun(client_of_stripe, LATER_DECLINED))))
    assert answer.status_code == 200
    for words in (
        "Practice payments: no real money moves.",
        "the Visa card that ends in 0341",
        "Nothing is charged now.",
        "Keep the old card",
    ):
        assert words in text(answer)
    assert re.findall(r"(?i)stripe", answer.content.decode()) == []
    assert re.findall(r"<script|style=| on[a-z]+=", answer.content.decode()) == []
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_a_new_card_pays_from_then_on_and_the_customer_goes_on(
    client_of_stripe: Stripe, client: Client, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    answer = client.post(path(opened(client_of_stripe, subscription)), TYPED)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    expand: Any = {"expand": ["default_payment_method"]}
    method = client_of_stripe.v1.subscriptions.retrieve(subscription.id, expand).default_payment_method
    assert isinstance(method, stripe.PaymentMethod) and method.card is not None
    assert (method.customer, method.card.last4, method.card.exp_year) == (subscription.customer, "4242", 2030)
    customer = client_of_stripe.v1.customers.retrieve(
        str(subscription.customer), {"expand": ["invoice_settings.default_payment_method"]}
    )
    assert customer.invoice_settings is not None
    assert isinstance(customer.invoice_settings.default_payment_method, stripe.PaymentMethod)
    assert customer.invoice_settings.default_payment_method.id == method.id
    assert kinds()[-3:] == ["payment_method.attached", "customer.updated", "customer.subscription.updated"]
    settings.SANDBOX_NOW = subscription["items"].data[0].current_period_end
    assert [one.status for one in client_of_stripe.v1.invoices.list({"subscription": subscription.id})] == [
        "paid",
        "paid",
    ]


def test_what_fell_due_before_is_tried_with_the_old_card(
    client_of_stripe: Stripe, client: Client, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = subscription["items"].data[0].current_period_end - 60
    url = path(opened(client_of_stripe, subscription))
    settings.SANDBOX_NOW += 60
    assert client.post(url, TYPED).status_code == 303
    read = client_of_stripe.v1.subscriptions.retrieve(subscription.id)
    assert read.status == "past_due"
    assert client_of_stripe.v1.invoices.pay(str(read.latest_invoice)).status == "paid"
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_an_ended_subscription_keeps_its_card(client_of_stripe: Stripe, client: Client) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    page = opened(client_of_stripe, subscription)
    client_of_stripe.v1.subscriptions.cancel(subscription.id)
    assert client.post(path(page), TYPED).status_code == 303
    read = client_of_stripe.v1.subscriptions.retrieve(subscription.id)
    assert read.default_payment_method == subscription.default_payment_method


def test_the_page_works_once(client_of_stripe: Stripe, client: Client) -> None:
    url = path(opened(client_of_stripe, begun(client_of_stripe, LATER_DECLINED)))
    client.post(url, TYPED)
    seen = (Object.objects.count(), Event.objects.count())
    for answer in (client.get(url), client.post(url, TYPED)):
        assert (answer.status_code, "This page is over" in text(answer)) == (410, True)
        assert f'href="{BACK}"' in answer.content.decode()
    assert (Object.objects.count(), Event.objects.count()) == seen


def test_the_page_works_for_an_hour(client_of_stripe: Stripe, client: Client, settings: Any) -> None:
    url = path(opened(client_of_stripe, begun(client_of_stripe, LATER_DECLINED)))
    settings.SANDBOX_NOW = NOW + 3599
    assert client.get(url).status_code == 200
    settings.SANDBOX_NOW = NOW + 3600
    assert (client.get(url).status_code, client.post(url, TYPED).status_code) == (410, 410)
    assert Object.objects.filter(type="payment_method").count() == 1


def test_a_declined_card_changes_nothing_and_the_page_can_be_used_again(
    client_of_stripe: Stripe, client: Client
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    url = path(opened(client_of_stripe, subscription))
    answer = client.post(url, TYPED | {"number": "4000000000009995"})
    assert answer.status_code == 402
    assert "There is not enough money on this card." in text(answer)
    assert "Nothing was charged." in text(answer)
    assert Object.objects.filter(type="payment_method").count() == 1
    assert client.post(url, TYPED).status_code == 303


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"number": "5555 5555 5555 4444"}, "Never type a real card here"),
        ({"expiry": "12 / 26"}, "This date has passed. Type one in the future."),
        ({"name": ""}, "Type the name that is on the card."),
    ],
)
def test_a_fault_is_told_at_its_field(
    client_of_stripe: Stripe, client: Client, typed: dict[str, str], words: str
) -> None:
    answer = client.post(
        path(opened(client_of_stripe, begun(client_of_stripe, LATER_DECLINED))), TYPED | typed
    )
    assert (answer.status_code, text(answer).count(words) >= 2) == (422, True)
    assert "4444" not in answer.content.decode()
    assert Object.objects.filter(type="payment_method").count() == 1


def test_a_card_that_asks_the_bank_is_not_played_here_and_says_so(
    client_of_stripe: Stripe, client: Client
) -> None:
    answer = client.post(
        path(opened(client_of_stripe, begun(client_of_stripe, LATER_DECLINED))),
        TYPED | {"number": "4000002500003155"},
    )
    assert answer.status_code == 422
    assert "This practice card asks the bank first, which is not played on this page." in text(answer)
    assert Object.objects.filter(type="payment_method").count() == 1


def test_the_form_needs_its_csrf_token(client_of_stripe: Stripe) -> None:
    url = path(opened(client_of_stripe, begun(client_of_stripe, LATER_DECLINED)))
    assert Client(enforce_csrf_checks=True).post(url, TYPED).status_code == 403


def test_a_page_of_nobody_is_not_found(client_of_stripe: Stripe, client: Client) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(plan_params())
    for key in ("bps_nobody", session.id):
        assert client.get(f"/_sandbox/portal/{key}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_four_hands_on_one_page_change_the_card_once(
    transactional_db: None, client_of_stripe: Stripe
) -> None:
    key = opened(client_of_stripe, begun(client_of_stripe, LATER_DECLINED)).id
    card = cards.PRACTICE["4242424242424242"]

    def hand() -> int:
        try:
            return portal.change_card(key=key, card=card, payer=ANN, ids=Ids(), now=NOW) is None
        except Refused:
            return 0

    assert sum(in_threads(4, hand)) == 1
    assert Object.objects.filter(type="payment_method").count() == 2


# ---- the pay page of monthly payments ----
def test_the_pay_page_says_what_is_paid_now_and_what_later(client_of_stripe: Stripe, client: Client) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(plan_params())
    url = str(session.url).removeprefix("https://practice.example")
    answer = client.get(url)
    for words in ("Pay 52.00 USD", "52.00 USD now, then monthly.", "You pay now", "4000 0000 0000 0341"):
        assert words in text(answer)
    assert "You pay once" not in text(answer)
    done = client.post(url, TYPED | {"email": "ann@example.org"})
    assert done.headers["Location"] == f"https://practice.example/thanks/?session={session.id}"
    again = text(client.get(url))
    assert "The first practice payment of 52.00 USD went through." in again
    assert "charged once only" not in again


def test_a_refusal_on_that_page_is_told_and_the_next_card_pays(
    client_of_stripe: Stripe, client: Client
) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(plan_params())
    url = str(session.url).removeprefix("https://practice.example")
    refused = client.post(url, TYPED | {"email": "ann@example.org", "number": "4000000000000002"})
    assert (refused.status_code, "The bank declined this card." in text(refused)) == (402, True)
    asked = client.post(url, TYPED | {"email": "ann@example.org", "number": "4000002500003155"})
    assert asked.headers["Location"] == f"{url}verify/"
    assert client.get(f"{url}verify/").status_code == 200
    assert client.post(f"{url}verify/", {"answer": "pass"}).status_code == 303
    assert client_of_stripe.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


# ---- in a browser ----
@pytest.fixture
def afar(live_server: Any, settings: Any, transactional_db: None) -> Stripe:
    settings.SITE_URL = live_server.url
    settings.SANDBOX_WEBHOOK_URL = ""
    return stripe.StripeClient("sk_test_sandbox_tests", http_client=doors.Client())


def type_in(page: Any, first: str, *texts: str) -> None:
    """By keyboard alone: from the first field to the button."""
    page.locator(f"[name={first}]").focus()
    for words in texts:
        page.keyboard.press("Control+A")
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("size", "dark", "javascript"), [(PHONE, True, True), (DESKTOP, False, True), ((320, 700), False, False)]
)
def test_both_pages_are_clean_for_axe_and_walked_by_keyboard(
    browser_page: Any, afar: Stripe, size: tuple[int, int], dark: bool, javascript: bool
) -> None:
    def clean() -> bool:
        return (axe(page) if javascript else [], overflows(page)) == ([], False)

    here = str(afar.v1.checkout.sessions.create(plan_params()).url).split("pay/")[0] + "pay/"
    session = afar.v1.checkout.sessions.create(
        plan_params(success_url=here + "{CHECKOUT_SESSION_ID}/?paid=1", cancel_url=here)
    )
    page = browser_page(size=size, dark=dark, javascript=javascript)
    page.goto(session.url)
    assert clean()
    type_in(page, "email", "ann@example.org", LATER_DECLINED, "08 / 29", "123", "Ann Miller")
    page.wait_for_url("**/?paid=1")
    assert clean()
    params = portal_params(str(afar.v1.checkout.sessions.retrieve(session.id).customer))
    params["flow_data"]["after_completion"]["redirect"]["return_url"] = page.url + "&card=new"
    mine = afar.v1.billing_portal.sessions.create(params)
    page.goto(mine.url)
    assert clean()
    type_in(page, "number", "4000000000000002", "08 / 29", "123", "Ann Miller")
    page.locator(".errors").wait_for()
    assert clean()
    type_in(page, "number", "4242424242424242", "08 / 29", "123", "Ann Miller")
    page.wait_for_url("**&card=new")
    page.goto(mine.url)
    assert (page.locator("h1").inner_text(), clean()) == ("This page is over", True)
