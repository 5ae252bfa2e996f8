import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from django.db import connection

from sandbox import cards, checkout, doors, ibans
from sandbox.core import Payer
from sandbox.errors import Json
from sandbox.ids import Ids
from sandbox.models import Event, Object
from tests.sandbox import contract
from tests.sandbox.shop import Shop

SECRET = "whsec_of_the_test"
NOW = 1_800_000_000
ANN = Payer(email="ann@example.org", name="Ann Miller", expiry=(8, 2029))


@pytest.fixture(autouse=True)
def practice_key(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_tests"


@pytest.fixture
def client_of_stripe(settings: Any, db: None) -> stripe.StripeClient:
    settings.SANDBOX_NOW = NOW
    settings.SANDBOX_WEBHOOK_URL = "http://127.0.0.1:1/hook/"
    settings.SITE_URL = "https://practice.example"
    return stripe.StripeClient("sk_test_sandbox_tests", http_client=doors.Client(seed="tests"))


@pytest.fixture
def shop(client_of_stripe: stripe.StripeClient, settings: Any) -> Iterator[Shop]:
    server = Shop()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    settings.SANDBOX_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook/"
    settings.SANDBOX_WEBHOOK_SECRET = SECRET
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def nothing_emitted_breaks_the_contract(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test with rows: each object and event in them has the SDK's shape."""
    has_rows = bool({"db", "transactional_db"} & set(request.fixturenames))
    if has_rows:
        request.getfixturevalue("_django_db_helper")  # so that this ends before the rows are gone
    yield
    if has_rows:
        bodies = [
            *Object.objects.values_list("body", flat=True),
            *Event.objects.values_list("body", flat=True),
        ]
        assert [fault for body in bodies for fault in contract.faults_of_object(body)] == []


def session_params(**more: Any) -> Any:
    """The smallest call that opens a Session for the course."""
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": "https://practice.example/thanks/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://practice.example/course/",
        "line_items": [
            {
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 14900,
                    "product_data": {"name": "Knots", "description": "A self-help course."},
                },
                "quantity": 1,
            }
        ],
    } | more


def euros(**more: Any) -> Any:
    """The same in euros, to be paid by card or from a bank account."""
    params = session_params(allowed_payment_method_types=["card", "sepa_debit"], **more)
    params["line_items"][0]["price_data"]["currency"] = "eur"
    return params


def debit(key: str, iban: str = "AT61 1904 3002 3457 3201", *, now: int = NOW) -> Json:
    """Order a debit as the pay page does."""
    account = ibans.find(iban)
    assert account is not None
    return checkout.debit(
        key=key, account=account, payer=Payer(email=ANN.email, name=ANN.name), ids=Ids(), now=now
    )


def pay(key: str, number: str = "4242 4242 4242 4242", *, now: int = NOW) -> Json:
    """Pay a Session as its page does."""
    card = cards.find(number)
    assert card is not None
    return checkout.pay(key=key, card=card, payer=ANN, ids=Ids(), now=now)


def in_threads(count: int, work: Any) -> list[int]:
    """Do the work in so many threads at once; what each of them returned."""

    def run(_: int) -> int:
        try:
            return int(work())
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def plan_params(**more: Any) -> Any:
    """The smallest call that opens a Session for the course in monthly payments."""
    params = session_params(mode="subscription", subscription_data={"metadata": {"order": "7"}}) | more
    price = params["line_items"][0]["price_data"]
    price |= {"unit_amount": 5200, "recurring": {"interval": "month", "interval_count": 1}}
    return params


def portal_params(customer: str) -> Any:
    """The call that opens a page on which a customer changes the card."""
    back = {"redirect": {"return_url": "https://practice.example/card-changed/"}, "type": "redirect"}
    return {
        "customer": customer,
        "flow_data": {"after_completion": back, "type": "payment_method_update"},
        "return_url": "https://practice.example/account/",
    }
