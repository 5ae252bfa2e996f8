"""A course in monthly payments: a subscription from Checkout to its end, through the SDK, by the clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from django.db import connection

from sandbox import billing, cards, checkout, passing, portal, rhythm
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Object
from tests.sandbox.conftest import ANN, NOW, pay, plan_params, portal_params

Stripe = stripe.StripeClient
DAY = 24 * 60 * 60
MONTHLY = {"interval": "month", "interval_count": 1}
GOOD, LATER_DECLINED = "4242424242424242", "4000000000000341"


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def kinds(*, after: int = 0) -> list[str]:
    return list(Event.objects.order_by("number").values_list("type", flat=True)[after:])


def begun(gateway: Stripe, number: str = GOOD, *, now: int = NOW, **more: Any) -> stripe.Subscription:
    """A subscription whose first payment is made."""
    session = gateway.v1.checkout.sessions.create(plan_params(**more))
    return gateway.v1.subscriptions.retrieve(str(pay(session.id, number, now=now)["subscription"]))


def item(subscription: stripe.Subscription) -> stripe.SubscriptionItem:
    return subscription["items"].data[0]


def statuses(gateway: Stripe, subscription: stripe.Subscription) -> list[tuple[str | None, int]]:
    """Status and tries of each invoice, the oldest first."""
    listed = gateway.v1.invoices.list({"subscription": subscription.id})
    return [(one.status, one.attempt_count) for one in listed.data][::-1]


def charged() -> list[bool]:
    return list(Object.objects.filter(type="charge").order_by("number").values_list("body__paid", flat=True))


# ---- the calendar ----
@pytest.mark.parametrize(
    ("anchor", "recurring", "ends"),
    [
        ("2027-01-31T09:30:00", MONTHLY, ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2028-01-30T00:00:00", MONTHLY, ["2028-02-29", "2028-03-30"]),
        ("2026-11-15T23:59:59", MONTHLY, ["2026-12-15", "2027-01-15"]),
        ("2026-12-31T00:00:00", {"interval": "month", "interval_count": 2}, ["2027-02-28", "2027-04-30"]),
        ("2028-02-29T12:00:00", {"interval": "year", "interval_count": 1}, ["2029-02-28", "2030-02-28"]),
        ("2027-03-27T12:00:00", {"interval": "week", "interval_count": 1}, ["2027-04-03", "2027-04-10"]),
        ("2027-03-27T12:00:00", {"interval": "day", "interval_count": 3}, ["2027-03-30", "2027-04-02"]),
    ],
)
def test_periods_end_on_the_day_of_the_anchor_or_the_last_of_a_short_month(
    anchor: str, recurring: Any, ends: list[str]
) -> None:
    start = moment(anchor)
    found = []
    for _ in ends:
        start = rhythm.end_of_period(anchor=moment(anchor), start=start, recurring=recurring)
        found.append(datetime.fromtimestamp(start, UTC).isoformat())
    assert found == [f"{day}T{anchor[11:]}+00:00" for day in ends]


def test_how_often_is_said_in_words() -> None:
    assert [rhythm.words(MONTHLY), rhythm.words({"interval": "week", "interval_count": 2})] == [
        "monthly",
        "every 2 weeks",
    ]


# ---- Checkout ----
@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"payment_intent_data": {"metadata": {"a": "b"}}}, "payment_intent_data"),
        ({"customer_creation": "always"}, "customer_creation"),
        ({"allowed_payment_method_types": ["card", "sepa_debit"]}, "allowed_payment_method_types"),
        ({"automatic_tax": {"enabled": True}}, "automatic_tax"),
        ({"mode": "payment", "subscription_data": {"description": "x"}}, "line_items"),
    ],
)
def test_what_does_not_go_with_the_mode_is_refused(client_of_stripe: Stripe, more: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.checkout.sessions.create(plan_params(**more))
    assert (refused.value.param, Object.objects.count()) == (param, 0)


@pytest.mark.parametrize(
    ("recurring", "param"),
    [
        (None, "line_items"),
        ({"interval": "fortnight"}, "line_items[0][price_data][recurring][interval]"),
        ({"interval": "month", "interval_count": 37}, "line_items[0][price_data][recurring][interval_count]"),
        ({"interval": "month", "interval_count": 0}, "line_items[0][price_data][recurring][interval_count]"),
    ],
)
def test_a_rhythm_that_stripe_has_not_is_refused(
    client_of_stripe: Stripe, contract_faults: list[str], recurring: Any, param: str
) -> None:
    params = plan_params()
    price = params["line_items"][0]["price_data"]
    del price["recurring"]
    if recurring:
        price["recurring"] = recurring
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.checkout.sessions.create(params)
    contract_faults.clear()  # asked badly on purpose
    assert (refused.value.param, Object.objects.count()) == (param, 0)


def test_a_one_time_session_takes_no_data_of_a_subscription(client_of_stripe: Stripe) -> None:
    params = plan_params(mode="payment")
    del params["line_items"][0]["price_data"]["recurring"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.checkout.sessions.create(params)
    assert refused.value.param == "subscription_data"


def test_two_lines_and_lines_for_nothing_are_not_played(client_of_stripe: Stripe) -> None:
    params = plan_params()
    params["line_items"] *= 2
    with pytest.raises(stripe.InvalidRequestError, match="more than one price"):
        client_of_stripe.v1.checkout.sessions.create(params)
    params = plan_params()
    params["line_items"][0]["price_data"]["unit_amount"] = 0
    with pytest.raises(stripe.InvalidRequestError, match="cost nothing"):
        client_of_stripe.v1.checkout.sessions.create(params)


def test_the_first_payment_makes_customer_subscription_and_a_paid_invoice(client_of_stripe: Stripe) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(
        plan_params(customer_email="ann@example.org", allowed_payment_method_types=["card"])
    )
    assert (session.mode, session.customer_creation, session.subscription) == ("subscription", "always", None)
    pay(session.id)
    expand: Any = {"expand": ["payment_intent.latest_charge", "subscription", "customer", "invoice.payments"]}
    done = client_of_stripe.v1.checkout.sessions.retrieve(session.id, expand)
    assert (done.status, done.payment_status, done.payment_intent) == ("complete", "paid", None)
    customer, subscription, invoice = done.customer, done.subscription, done.invoice
    assert isinstance(customer, stripe.Customer) and isinstance(subscription, stripe.Subscription)
    assert isinstance(invoice, stripe.Invoice) and invoice.payments is not None
    assert (customer.email, customer.name) == ("ann@example.org", "Ann Miller")
    assert (subscription.status, subscription.metadata["order"]) == ("active", "7")
    assert (subscription.customer, subscription.latest_invoice) == (customer.id, invoice.id)
    assert (subscription.cancel_at, subscription.billing_cycle_anchor) == (None, NOW)
    assert (item(subscription).current_period_start, item(subscription).current_period_end) == (
        NOW,
        moment("2027-02-15T08:00:00"),
    )
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        5200,
        "subscription_create",
    )
    assert invoice.parent is not None and invoice.parent.subscription_details is not None
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert (invoice.attempt_count, invoice.auto_advance, invoice.next_payment_attempt) == (1, False, None)
    assert [one.status for one in invoice.payments.data] == ["paid"]


def test_the_first_payment_is_told_in_order(client_of_stripe: Stripe) -> None:
    begun(client_of_stripe)
    assert kinds() == [
        "customer.created",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.completed",
    ]


def test_a_session_is_found_by_its_subscription(client_of_stripe: Stripe) -> None:
    first, _ = begun(client_of_stripe), begun(client_of_stripe)
    listed = client_of_stripe.v1.checkout.sessions.list({"subscription": first.id})
    assert [one.subscription for one in listed.data] == [first.id]
    assert [one.customer for one in listed.data] == [first.customer]


def test_a_declined_card_leaves_the_session_open_and_makes_no_subscription(client_of_stripe: Stripe) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(plan_params())
    pay(session.id, "4000000000000002")
    read = client_of_stripe.v1.checkout.sessions.retrieve(session.id)
    assert (read.status, read.payment_intent, read.subscription) == ("open", None, None)
    assert Object.objects.filter(type__in=("customer", "subscription", "invoice")).count() == 0
    assert kinds() == ["payment_intent.payment_failed"]
    pay(session.id)
    assert Object.objects.filter(type="payment_intent").count() == 1
    assert charged() == [False, True]
    with pytest.raises(Refused):
        pay(session.id)
    assert Object.objects.filter(type="subscription").count() == 1


@pytest.mark.parametrize(("passed", "status"), [(True, "complete"), (False, "open")])
def test_the_bank_step_comes_before_the_first_payment(
    client_of_stripe: Stripe, passed: bool, status: str
) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(plan_params())
    pay(session.id, "4000002500003155")
    assert Object.objects.filter(type="subscription").count() == 0
    assert checkout.answer(key=session.id, passed=passed, ids=Ids(), now=NOW)["status"] == status
    assert Object.objects.filter(type="subscription").count() == int(passed)


def test_an_unpaid_session_runs_out_and_takes_its_payment_along(
    client_of_stripe: Stripe, settings: Any
) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(plan_params(expires_at=NOW + 1800))
    pay(session.id, "4000000000000002")
    settings.SANDBOX_NOW = NOW + 1800
    assert client_of_stripe.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert Object.objects.get(type="payment_intent").body["status"] == "canceled"


# ---- time ----
def test_each_period_brings_its_invoice_paid_at_once(client_of_stripe: Stripe, settings: Any) -> None:
    subscription = begun(client_of_stripe)
    before = len(kinds())
    end = item(subscription).current_period_end
    settings.SANDBOX_NOW = end - 1
    assert statuses(client_of_stripe, subscription) == [("paid", 1)]
    settings.SANDBOX_NOW = end
    listed = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "expand": ["data.payments"]})
    renewal = listed.data[0]
    assert (renewal.billing_reason, renewal.status, renewal.amount_paid) == (
        "subscription_cycle",
        "paid",
        5200,
    )
    assert (renewal.created, renewal.period_start, renewal.period_end) == (end, NOW, end)
    assert (renewal.lines.data[0].period.start, renewal.lines.data[0].period.end) == (
        end,
        moment("2027-03-15T08:00:00"),
    )
    assert renewal.lines.data[0].description == "1 × Knots (at 52.00 USD / month)"
    assert (renewal.number or "")[-5:] == "-0002"
    assert renewal.payments is not None
    key = str(renewal.payments.data[0].payment.payment_intent)
    intent = client_of_stripe.v1.payment_intents.retrieve(key, {"expand": ["latest_charge"]})
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.customer, intent.latest_charge.customer) == (subscription.customer, subscription.customer)
    assert (intent.latest_charge.paid, intent.latest_charge.amount_captured) == (True, 5200)
    assert kinds(after=before) == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]


def test_periods_that_passed_unseen_are_played_each_at_its_own_moment(
    client_of_stripe: Stripe, settings: Any
) -> None:
    start = settings.SANDBOX_NOW = moment("2027-01-31T10:00:00")
    subscription = begun(client_of_stripe, now=start)
    settings.SANDBOX_NOW = moment("2027-05-01T00:00:00")
    listed = client_of_stripe.v1.invoices.list({"subscription": subscription.id})
    assert [datetime.fromtimestamp(one.created, UTC).date().isoformat() for one in listed.data] == [
        "2027-04-30",
        "2027-03-31",
        "2027-02-28",
        "2027-01-31",
    ]
    told = Event.objects.filter(type="invoice.paid").order_by("number").values_list("created", flat=True)
    assert list(told) == [one.created for one in listed.data][::-1]


def test_it_ends_by_itself_after_the_last_payment(client_of_stripe: Stripe, settings: Any) -> None:
    """Three payments: the end stands at the end of the third period."""
    subscription = begun(client_of_stripe)
    end = moment("2027-04-15T08:00:00")
    changed = client_of_stripe.v1.subscriptions.update(
        subscription.id, {"cancel_at": end, "proration_behavior": "none"}
    )
    assert (changed.cancel_at, changed.status, changed.ended_at) == (end, "active", None)
    settings.SANDBOX_NOW = end + 400 * DAY
    done = client_of_stripe.v1.subscriptions.retrieve(subscription.id)
    assert (done.status, done.ended_at, done.canceled_at) == ("canceled", end, NOW)
    assert statuses(client_of_stripe, subscription) == [("paid", 1)] * 3
    deleted = Event.objects.get(type="customer.subscription.deleted")
    assert (deleted.created, deleted.number) == (end, Event.objects.latest("number").number)


def test_nothing_comes_twice_at_one_moment(client_of_stripe: Stripe, settings: Any) -> None:
    subscription = begun(client_of_stripe)
    now = item(subscription).current_period_end
    assert billing.pass_time(ids=Ids(), now=now) == 1
    seen = (Object.objects.count(), Event.objects.count())
    assert billing.pass_time(ids=Ids(), now=now) == 0
    assert passing.bring(ids=Ids(), now=now) == 0
    assert (Object.objects.count(), Event.objects.count()) == seen


def test_an_end_within_a_later_period_bills_only_the_part_until_then(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe)
    middle = moment("2027-03-01T08:00:00")  # 14 of the 28 days of the second period
    client_of_stripe.v1.subscriptions.update(subscription.id, {"cancel_at": middle})
    settings.SANDBOX_NOW = middle
    listed = client_of_stripe.v1.invoices.list({"subscription": subscription.id})
    assert [one.amount_paid for one in listed.data] == [2600, 5200]
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).ended_at == middle


# ---- payments that fail ----
def test_a_failed_payment_is_tried_again_after_1_3_and_5_days_and_then_left(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    before = len(kinds())
    now = item(subscription).current_period_end
    tries = []
    for days in (0, 1, 3, 5):
        now += days * DAY
        settings.SANDBOX_NOW = now
        invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
        tries.append((invoice.status, invoice.attempt_count, invoice.next_payment_attempt))
    first = item(subscription).current_period_end
    assert tries == [
        ("open", 1, first + 1 * DAY),
        ("open", 2, first + 4 * DAY),
        ("open", 3, first + 9 * DAY),
        ("open", 4, None),
    ]
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    assert charged() == [True, False, False, False, False]
    failed = ["payment_intent.payment_failed", "invoice.payment_failed"]
    assert kinds(after=before) == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        *failed,
        "customer.subscription.updated",
        *failed * 3,
    ]
    updated = Event.objects.filter(type="customer.subscription.updated").latest("number").body["data"]
    assert (updated["previous_attributes"], updated["object"]["status"]) == ({"status": "active"}, "past_due")


def test_paying_by_hand_is_refused_while_the_card_is_and_stays_on_record(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    pay_invoice = client_of_stripe.v1.invoices.pay
    for replayed in (False, True):
        with pytest.raises(stripe.CardError) as refused:
            pay_invoice(invoice.id, options={"idempotency_key": "pay-1"})
        assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
        assert refused.value.json_body["error"]["decline_code"] == "generic_decline"
        assert ("Idempotent-Replayed" in (refused.value.headers or {})) is replayed
    again = client_of_stripe.v1.invoices.retrieve(invoice.id)
    assert (again.status, again.attempt_count) == ("open", 1)
    assert again.next_payment_attempt == invoice.next_payment_attempt
    assert charged() == [True, False, False]
    assert kinds()[-2:] == ["payment_intent.payment_failed", "invoice.payment_failed"]


def test_a_good_card_pays_what_is_open_and_the_subscription_runs_again(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription, other = begun(client_of_stripe, LATER_DECLINED), begun(client_of_stripe)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    update = client_of_stripe.v1.subscriptions.update
    with pytest.raises(stripe.InvalidRequestError) as refused:
        update(subscription.id, {"default_payment_method": str(other.default_payment_method)})
    assert refused.value.param == "default_payment_method"
    card = _give(subscription, GOOD)
    update(subscription.id, {"default_payment_method": card})
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    paid = client_of_stripe.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_remaining, paid.next_payment_attempt) == ("paid", 0, None)
    again = client_of_stripe.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["default_payment_method", "latest_invoice.payments"]}
    )
    assert again.status == "active"
    assert isinstance(again.default_payment_method, stripe.PaymentMethod)
    assert again.default_payment_method.id == card
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client_of_stripe.v1.invoices.pay(invoice.id)
    assert charged() == [True, True, False, True, True]


def _give(subscription: stripe.Subscription, number: str) -> str:
    """Attach another card to the customer, as the customer's page does; returns its id."""
    card = cards.find(number)
    assert card is not None
    request = {"id": None, "idempotency_key": None}
    now = item(subscription).current_period_end
    params = portal_params(str(subscription.customer))
    page = portal.open_page(params=params, ids=Ids(), now=now, request=request)
    assert portal.change_card(key=page["id"], card=card, payer=ANN, ids=Ids(), now=now) is None
    return str(Object.objects.get(key=subscription.id).body["default_payment_method"])


def test_another_card_of_the_customer_can_be_named_for_one_payment(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    old = str(subscription.default_payment_method)
    card = _give(subscription, GOOD)
    client_of_stripe.v1.subscriptions.update(subscription.id, {"default_payment_method": old})
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    assert client_of_stripe.v1.invoices.pay(invoice.id, {"payment_method": card}).status == "paid"
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).default_payment_method == old


def test_a_later_payment_does_not_hide_that_an_older_one_is_open(
    client_of_stripe: Stripe, settings: Any
) -> None:
    """The latest invoice says how the subscription stands (billing/subscriptions/overview, past_due)."""
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end + 20 * DAY
    client_of_stripe.v1.subscriptions.retrieve(subscription.id)
    _give(subscription, GOOD)
    settings.SANDBOX_NOW = moment("2027-03-15T08:00:00")
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert statuses(client_of_stripe, subscription) == [("paid", 1), ("open", 4), ("paid", 1)]


def test_a_void_invoice_is_owed_by_nobody(client_of_stripe: Stripe, settings: Any) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    void = client_of_stripe.v1.invoices.void_invoice(invoice.id)
    assert (void.status, void.next_payment_attempt) == ("void", None)
    payment = client_of_stripe.v1.invoice_payments.list(
        {"invoice": invoice.id, "expand": ["data.payment.payment_intent"]}
    ).data[0]
    assert isinstance(payment.payment.payment_intent, stripe.PaymentIntent)
    assert (payment.status, payment.payment.payment_intent.status) == ("canceled", "canceled")
    for call in (client_of_stripe.v1.invoices.pay, client_of_stripe.v1.invoices.void_invoice):
        with pytest.raises(stripe.InvalidRequestError):
            call(invoice.id)
    settings.SANDBOX_NOW += 10 * DAY
    assert statuses(client_of_stripe, subscription) == [("paid", 1), ("void", 1)]
    assert "invoice.voided" in kinds()


# ---- changes and the end ----
def test_metadata_and_the_end_are_changed_and_the_event_tells_what_was(client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe)
    update = client_of_stripe.v1.subscriptions.update
    end = item(subscription).current_period_end
    assert update(subscription.id, {"cancel_at": end}).canceled_at == NOW
    back = update(subscription.id, {"cancel_at": "", "metadata": {"plan": "3"}})
    assert (back.cancel_at, back.canceled_at) == (None, None)
    assert back.metadata.to_dict() == {"order": "7", "plan": "3"}
    told = Event.objects.filter(type="customer.subscription.updated").latest("number").body
    assert sorted(told["data"]["previous_attributes"]) == [
        "cancel_at",
        "canceled_at",
        "cancellation_details",
        "metadata",
    ]
    seen = Event.objects.count()
    update(subscription.id, {"cancel_at": "", "metadata": {"plan": "3"}})
    assert Event.objects.count() == seen


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"cancel_at": NOW}, "cancel_at"),
        ({"cancel_at": NOW + DAY}, "proration_behavior"),
        ({"default_payment_method": "pm_nobody"}, "default_payment_method"),
    ],
)
def test_a_change_that_cannot_be_is_refused(client_of_stripe: Stripe, params: Any, param: str) -> None:
    subscription = begun(client_of_stripe)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.subscriptions.update(subscription.id, params)
    assert refused.value.param == param


def test_a_cancelled_subscription_takes_no_more_money(client_of_stripe: Stripe, settings: Any) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    cancelled = client_of_stripe.v1.subscriptions.cancel(subscription.id)
    assert (cancelled.status, cancelled.ended_at) == ("canceled", settings.SANDBOX_NOW)
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    assert (invoice.status, invoice.auto_advance, invoice.next_payment_attempt) == ("open", False, None)
    assert kinds()[-2:] == ["customer.subscription.deleted", "invoice.updated"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.subscriptions.cancel(subscription.id)
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription"):
        client_of_stripe.v1.subscriptions.update(subscription.id, {"cancel_at": NOW + 400 * DAY})
    assert client_of_stripe.v1.subscriptions.update(subscription.id, {"metadata": {"a": "b"}}).status == (
        "canceled"
    )
    settings.SANDBOX_NOW += 400 * DAY
    assert charged() == [True, False]
    assert statuses(client_of_stripe, subscription) == [("paid", 1), ("open", 1)]


def test_subscriptions_are_listed_by_customer_status_and_time(client_of_stripe: Stripe) -> None:
    runs, ended = begun(client_of_stripe), begun(client_of_stripe)
    client_of_stripe.v1.subscriptions.cancel(ended.id)

    def listed(**params: Any) -> list[str]:
        return [one.id for one in client_of_stripe.v1.subscriptions.list(params).data]

    assert listed() == [runs.id]
    assert listed(status="all") == [ended.id, runs.id]
    assert (listed(status="canceled"), listed(status="ended")) == ([ended.id], [ended.id])
    assert listed(status="active", customer=str(runs.customer)) == [runs.id]
    assert listed(customer=str(ended.customer)) == []
    assert listed(status="past_due") == []
    assert listed(status="all", created={"gt": NOW}) == []


def test_one_instalment_is_given_back(client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe)
    payments = client_of_stripe.v1.invoice_payments.list({"invoice": str(subscription.latest_invoice)})
    intent = str(payments.data[0].payment.payment_intent)
    by_intent = client_of_stripe.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent}, "status": "paid"}
    )
    assert [one.invoice for one in by_intent.data] == [subscription.latest_invoice]
    refund = client_of_stripe.v1.refunds.create({"payment_intent": intent})
    assert (refund.amount, refund.payment_intent) == (5200, intent)
    assert client_of_stripe.v1.invoices.retrieve(str(subscription.latest_invoice)).status == "paid"


def test_a_group_inside_an_object_is_expanded_too(client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe)
    invoice = client_of_stripe.v1.invoices.retrieve(
        str(subscription.latest_invoice),
        {"expand": ["parent.subscription_details.subscription", "payments.data.payment.payment_intent"]},
    )
    assert invoice.parent is not None and invoice.parent.subscription_details is not None
    assert isinstance(invoice.parent.subscription_details.subscription, stripe.Subscription)
    assert invoice.payments is not None
    assert isinstance(invoice.payments.data[0].payment.payment_intent, stripe.PaymentIntent)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client_of_stripe.v1.invoices.retrieve(
            invoice.id, {"expand": ["parent.subscription_details.metadata"]}
        )


def test_no_card_number_is_in_any_row(client_of_stripe: Stripe) -> None:
    begun(client_of_stripe, LATER_DECLINED)
    rows = [*Object.objects.values_list("body", "private"), *Event.objects.values_list("body")]
    assert rows != []
    assert [row for row in rows if LATER_DECLINED in repr(row)] == []


# ---- two at once ----
def _in_threads(count: int, work: Any) -> list[Any]:
    def run(_: int) -> Any:
        try:
            return work()
        except (Refused, stripe.InvalidRequestError):
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_bill_each_period_once(transactional_db: None, client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe)
    now = moment("2027-06-15T08:00:00")
    played = _in_threads(4, lambda: billing.pass_time(ids=Ids(), now=now))
    assert sum(filter(None, played)) == 5
    assert statuses(client_of_stripe, subscription) == [("paid", 1)] * 6
    assert charged() == [True] * 6


@pytest.mark.django_db(transaction=True)
def test_hands_and_the_clock_at_once_pay_one_invoice_once(
    transactional_db: None, client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe, LATER_DECLINED)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    invoice = client_of_stripe.v1.invoices.list({"subscription": subscription.id, "limit": 1}).data[0]
    _give(subscription, GOOD)
    settings.SANDBOX_NOW += DAY

    def hand() -> Any:
        passing.bring(ids=Ids(), now=settings.SANDBOX_NOW)
        return client_of_stripe.v1.invoices.pay(invoice.id)

    _in_threads(6, hand)
    assert charged() == [True, False, True]
    assert Event.objects.filter(type="invoice.paid", body__data__object__id=invoice.id).count() == 1
