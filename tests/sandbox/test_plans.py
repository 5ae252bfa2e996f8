"""A course in monthly payments: a subscription from Checkout to its end, through the SDK, by the clock."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from sandbox import billing, checkout, passing
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Fault, Object
from tests.sandbox.conftest import NOW, in_threads, pay, plan_params
from tests.sandbox.monthly import DAY, LATER_DECLINED, begun, charged, item, kinds, moment, statuses

Stripe = stripe.StripeClient


# ---- Checkout ----
@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"payment_intent_data": {"metadata": {"a": "b"}}}, "payment_intent_data"),
        ({"customer_creation": "always"}, "customer_creation"),
        ({"allowed_payment_method_types": ["card", "sepa_debit"]}, "allowed_payment_method_types"),
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


@pytest.mark.parametrize(("behavior", "paid", "tax"), [("exclusive", 6240, 1040), ("inclusive", 5200, 867)])
def test_tax_is_in_every_payment(
    client_of_stripe: Stripe, settings: Any, behavior: str, paid: int, tax: int
) -> None:
    params = plan_params(automatic_tax={"enabled": True})
    params["line_items"][0]["price_data"]["tax_behavior"] = behavior
    session = client_of_stripe.v1.checkout.sessions.create(params)
    assert (session.amount_subtotal, session.amount_total) == (5200, paid)
    key = str(pay(session.id)["subscription"])
    subscription = client_of_stripe.v1.subscriptions.retrieve(key)
    settings.SANDBOX_NOW = item(subscription).current_period_end
    for invoice in client_of_stripe.v1.invoices.list({"subscription": key}).data:
        assert (invoice.amount_paid, invoice.subtotal, invoice.total) == (paid, 5200, paid)
        assert (invoice.automatic_tax.status, invoice.total_excluding_tax) == ("complete", paid - tax)
        assert [one.amount for one in invoice.total_taxes or []] == [tax]
    charges = Object.objects.filter(type="charge").values_list("body__amount", flat=True)
    assert list(charges) == [paid, paid]


def test_a_tax_that_could_not_be_computed_stays_away(client_of_stripe: Stripe) -> None:
    Fault.objects.create(kind=Fault.Kind.TAX_FAILS)
    params = plan_params(automatic_tax={"enabled": True})
    params["line_items"][0]["price_data"]["tax_behavior"] = "exclusive"
    session = client_of_stripe.v1.checkout.sessions.create(params)
    invoice = client_of_stripe.v1.invoices.retrieve(str(pay(session.id)["invoice"]))
    assert (invoice.amount_paid, invoice.automatic_tax.enabled, invoice.total_taxes) == (5200, False, [])


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


def test_an_end_a_moment_after_a_period_brings_an_invoice_over_nothing(
    client_of_stripe: Stripe, settings: Any
) -> None:
    subscription = begun(client_of_stripe)
    late = item(subscription).current_period_end + 1
    client_of_stripe.v1.subscriptions.update(subscription.id, {"cancel_at": late})
    settings.SANDBOX_NOW = late
    last = client_of_stripe.v1.invoices.list(
        {"subscription": subscription.id, "expand": ["data.payments"], "limit": 1}
    ).data[0]
    assert last.payments is not None
    assert (last.status, last.amount_due, last.attempt_count, last.payments.data) == ("paid", 0, 0, [])
    assert charged() == [True]
    assert client_of_stripe.v1.subscriptions.retrieve(subscription.id).ended_at == late


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
    cancel = client_of_stripe.v1.subscriptions.cancel
    with pytest.raises(stripe.InvalidRequestError) as refused:
        cancel(subscription.id, {"prorate": True})
    assert refused.value.param == "prorate"
    cancelled = cancel(subscription.id, {"invoice_now": False, "prorate": False})
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


def test_no_card_number_is_in_any_row(client_of_stripe: Stripe) -> None:
    begun(client_of_stripe, LATER_DECLINED)
    rows = [*Object.objects.values_list("body", "private"), *Event.objects.values_list("body")]
    assert rows != []
    assert [row for row in rows if LATER_DECLINED in repr(row)] == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_bill_each_period_once(transactional_db: None, client_of_stripe: Stripe) -> None:
    subscription = begun(client_of_stripe)
    now = moment("2027-06-15T08:00:00")
    assert sum(in_threads(4, lambda: billing.pass_time(ids=Ids(), now=now))) == 5
    assert statuses(client_of_stripe, subscription) == [("paid", 1)] * 6
    assert charged() == [True] * 6
