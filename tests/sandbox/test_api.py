"""The API through both doors: lists, expansion, refusals, idempotency, refunds, events."""

from base64 import b64encode
from typing import Any

import pytest
import stripe
from django.test import Client

from sandbox import doors, front, idempotency
from sandbox.errors import Refused
from sandbox.ids import Ids
from sandbox.models import Event, Fault, IdempotencyKey, Object
from tests.sandbox.conftest import NOW, pay, session_params

Stripe = stripe.StripeClient
BEARER = {"Authorization": "Bearer sk_test_sandbox_tests"}


def line(*, quantity: int = 1, **data: Any) -> Any:
    """The parameters of one line, with some of its price changed."""
    price = {"currency": "usd", "unit_amount": 1, "product_data": {"name": "Knots"}} | data
    return {"line_items": [{"price_data": price, "quantity": quantity}]}


def paid(gateway: Stripe, **more: Any) -> str:
    """The id of a PaymentIntent with money on it."""
    session = gateway.v1.checkout.sessions.create(session_params(**more))
    return str(pay(session.id)["payment_intent"])


def test_the_same_seed_gives_the_same_ids_and_no_seed_gives_others() -> None:
    assert Ids("a").make("pi_") == Ids("a").make("pi_")
    assert len({Ids().make("pi_") for _ in range(100)}) == 100


def test_only_a_practice_key_is_let_in(client_of_stripe: Stripe) -> None:
    for key in ("sk_live_1", "sk_test_sandbox", "sk_test_sandbox_tests2", "sk_test_sändbox"):
        stranger = stripe.StripeClient(key, http_client=doors.Client())
        with pytest.raises(stripe.AuthenticationError):
            stranger.v1.refunds.list()


def test_with_a_live_key_in_the_settings_nobody_is_let_in(client_of_stripe: Stripe, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_1"
    for key in ("sk_live_1", "sk_test_sandbox_tests"):
        with pytest.raises(stripe.AuthenticationError):
            stripe.StripeClient(key, http_client=doors.Client()).v1.refunds.list()


def test_another_api_version_is_refused(client_of_stripe: Stripe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"2025-01-27\.acacia"):
        client_of_stripe.v1.refunds.list(options={"stripe_version": "2025-01-27.acacia"})


def test_a_call_that_is_not_played_says_so(client_of_stripe: Stripe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refused:
        client_of_stripe.v1.coupons.list()
    assert refused.value.http_status == 404


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"ui_mode": "hosted"}, "ui_mode"),
        ({"mode": "setup"}, "mode"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"line_items": "x"}, "line_items"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price_data]"),
        ({"metadata": {"a": {"b": "c"}}}, "metadata[a]"),
        ({"metadata": {"a": "b" * 501}}, "metadata[a]"),
        ({"metadata": {f"k{i}": "v" for i in range(51)}}, "metadata"),
        ({"customer_email": "ann@"}, "customer_email"),
        (line(quantity=0), "line_items[0][quantity]"),
        (line(unit_amount=-1), "line_items[0][price_data][unit_amount]"),
        (line(currency="dollars"), "line_items[0][price_data][currency]"),
    ],
)
def test_bad_parameters_are_refused_by_name_and_open_nothing(
    client_of_stripe: Stripe, contract_faults: list[str], more: Any, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.checkout.sessions.create(session_params(**more))
    contract_faults.clear()  # asked badly on purpose
    assert refused.value.param == param
    assert Object.objects.count() == 0
    assert IdempotencyKey.objects.count() == 0


def test_an_unknown_id_is_a_404(client_of_stripe: Stripe) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.checkout.sessions.retrieve("cs_test_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_lists_come_newest_first_a_page_at_a_time(client_of_stripe: Stripe) -> None:
    made = [client_of_stripe.v1.checkout.sessions.create(session_params()).id for _ in range(5)]
    first = client_of_stripe.v1.checkout.sessions.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (made[:2:-1], True)
    rest = client_of_stripe.v1.checkout.sessions.list({"limit": 3, "starting_after": made[3]})
    assert ([one.id for one in rest.data], rest.has_more) == (made[2::-1], False)
    back = client_of_stripe.v1.checkout.sessions.list({"limit": 2, "ending_before": made[2]})
    assert [one.id for one in back.data] == [made[4], made[3]]
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]


def test_lists_can_be_bounded_by_time(client_of_stripe: Stripe, settings: Any) -> None:
    old = client_of_stripe.v1.checkout.sessions.create(session_params())
    settings.SANDBOX_NOW = NOW + 60
    new = client_of_stripe.v1.checkout.sessions.create(session_params())
    listing = client_of_stripe.v1.checkout.sessions.list
    assert [one.id for one in listing({"created": {"gte": NOW + 1}})] == [new.id]
    assert [one.id for one in listing({"created": {"lt": NOW + 60}})] == [old.id]
    assert [one.id for one in listing({"created": NOW})] == [old.id]


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_of_a_size_stripe_does_not_allow_is_refused(client_of_stripe: Stripe, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.refunds.list({"limit": limit})
    assert refused.value.param == "limit"


def test_sessions_can_be_found_by_their_payment_and_status(client_of_stripe: Stripe) -> None:
    intent = paid(client_of_stripe)
    client_of_stripe.v1.checkout.sessions.create(session_params())
    listing = client_of_stripe.v1.checkout.sessions.list
    assert [one.payment_intent for one in listing({"payment_intent": intent})] == [intent]
    assert [one.payment_intent for one in listing({"status": "open"})] == [None]


def test_line_items_come_when_they_are_asked_for(client_of_stripe: Stripe) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(session_params())
    assert "line_items" not in session.to_dict()
    asked = client_of_stripe.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert asked.line_items is not None
    assert [(line.description, line.amount_total) for line in asked.line_items.data] == [("Knots", 14900)]
    alone = client_of_stripe.v1.checkout.sessions.line_items.list(session.id)
    assert [line.quantity for line in alone.data] == [1]


def test_a_list_expands_inside_its_data(client_of_stripe: Stripe) -> None:
    intent = paid(client_of_stripe)
    listed = client_of_stripe.v1.checkout.sessions.list({"expand": ["data.payment_intent.latest_charge"]})
    inner = listed.data[0].payment_intent
    assert isinstance(inner, stripe.PaymentIntent) and isinstance(inner.latest_charge, stripe.Charge)
    assert (inner.id, inner.latest_charge.amount) == (intent, 14900)


def test_what_cannot_be_expanded_is_refused(client_of_stripe: Stripe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client_of_stripe.v1.checkout.sessions.list({"expand": ["data.payment_intent"]})
        paid(client_of_stripe)
        client_of_stripe.v1.checkout.sessions.list({"expand": ["data.status"]})


# ---- idempotency ----
def test_the_same_key_and_parameters_give_the_same_session(client_of_stripe: Stripe) -> None:
    create = client_of_stripe.v1.checkout.sessions.create
    first = create(session_params(), {"idempotency_key": "attempt-1"})
    again = create(session_params(), {"idempotency_key": "attempt-1"})
    assert first.id == again.id
    assert first.last_response is not None and again.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert Object.objects.count() == 1


def test_the_same_key_with_other_parameters_is_our_mistake(client_of_stripe: Stripe) -> None:
    create = client_of_stripe.v1.checkout.sessions.create
    create(session_params(), {"idempotency_key": "attempt-1"})
    with pytest.raises(stripe.IdempotencyError):
        create(session_params(metadata={"order": "8"}), {"idempotency_key": "attempt-1"})


def test_a_key_in_use_is_a_conflict_until_it_counts_as_abandoned(client_of_stripe: Stripe) -> None:
    request = idempotency.digest(method="post", path="/x", params={})
    IdempotencyKey.objects.create(key="k", request=request, created=NOW)
    with pytest.raises(Refused) as refused:
        idempotency.once(key="k", request=request, work=dict, now=NOW + 59)
    assert (refused.value.status, refused.value.code) == (409, "idempotency_key_in_use")
    assert idempotency.once(key="k", request=request, work=dict, now=NOW + 60).replayed is False


def test_a_key_is_forgotten_after_a_day(client_of_stripe: Stripe, settings: Any) -> None:
    create = client_of_stripe.v1.checkout.sessions.create
    first = create(session_params(), {"idempotency_key": "attempt-1"})
    settings.SANDBOX_NOW = NOW + idempotency.KEPT
    assert create(session_params(), {"idempotency_key": "attempt-1"}).id != first.id


def test_a_key_that_is_too_long_is_refused(client_of_stripe: Stripe) -> None:
    with pytest.raises(stripe.IdempotencyError):
        client_of_stripe.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k" * 256})


def test_a_refused_request_leaves_its_key_free(client_of_stripe: Stripe) -> None:
    create = client_of_stripe.v1.checkout.sessions.create
    with pytest.raises(stripe.InvalidRequestError):
        create(session_params(expires_at=NOW), {"idempotency_key": "attempt-1"})
    assert create(session_params(), {"idempotency_key": "attempt-1"}).status == "open"


def test_a_timeout_after_create_loses_the_answer_but_not_the_session(client_of_stripe: Stripe) -> None:
    Fault.objects.create(kind=Fault.Kind.TIMEOUT_AFTER_CREATE, match="/v1/checkout/sessions")
    create = client_of_stripe.v1.checkout.sessions.create
    options: Any = {"idempotency_key": "attempt-1", "max_network_retries": 0}
    with pytest.raises(stripe.APIConnectionError):
        create(session_params(), options)
    made = Object.objects.get(type="checkout.session").key
    assert create(session_params(), options).id == made


# ---- refunds ----
def test_a_full_refund_gives_all_back_and_cannot_be_had_twice(client_of_stripe: Stripe) -> None:
    intent = paid(client_of_stripe)
    refund = client_of_stripe.v1.refunds.create({"payment_intent": intent, "reason": "requested_by_customer"})
    assert (refund.amount, refund.status, refund.payment_intent) == (14900, "succeeded", intent)
    charge = client_of_stripe.v1.charges.retrieve(str(refund.charge), {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (14900, True)
    assert charge.refunds is not None
    assert [one.id for one in charge.refunds.data] == [refund.id]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    assert list(Event.objects.order_by("number").values_list("type", flat=True))[3:] == [
        "charge.refunded",
        "refund.created",
    ]


def test_partial_refunds_add_up_and_never_exceed_the_payment(client_of_stripe: Stripe) -> None:
    intent = paid(client_of_stripe)
    first = client_of_stripe.v1.refunds.create({"payment_intent": intent, "amount": 4900})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client_of_stripe.v1.refunds.create({"payment_intent": intent, "amount": 10001})
    assert refused.value.param == "amount"
    charge = client_of_stripe.v1.charges.retrieve(str(first.charge))
    assert (charge.amount_refunded, charge.refunded) == (4900, False)
    second = client_of_stripe.v1.refunds.create({"charge": charge.id})
    assert second.amount == 10000
    listed = client_of_stripe.v1.refunds.list({"payment_intent": intent})
    assert [one.id for one in listed.data] == [second.id, first.id]
    assert client_of_stripe.v1.refunds.retrieve(first.id).amount == 4900


def test_a_payment_that_never_came_cannot_be_given_back(client_of_stripe: Stripe) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(session_params())
    intent = str(pay(session.id, "4000000000000002")["payment_intent"])
    with pytest.raises(stripe.InvalidRequestError):
        client_of_stripe.v1.refunds.create({"payment_intent": intent})
    assert Object.objects.filter(type="refund").count() == 0


def test_a_refund_is_relabelled_and_the_event_tells_what_it_was(client_of_stripe: Stripe) -> None:
    refund = client_of_stripe.v1.refunds.create(
        {"payment_intent": paid(client_of_stripe), "metadata": {"why": "x", "who": "y"}}
    )
    after = client_of_stripe.v1.refunds.update(refund.id, {"metadata": {"why": "", "who": "z"}})
    assert after.metadata is not None and after.metadata.to_dict() == {"who": "z"}
    event = client_of_stripe.v1.events.list({"type": "refund.updated"}).data[0]
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes.to_dict() == {"metadata": {"why": "x", "who": "y"}}


# ---- events ----
def test_events_are_listed_by_type_and_by_delivery(client_of_stripe: Stripe) -> None:
    paid(client_of_stripe)
    listing = client_of_stripe.v1.events.list
    assert [one.type for one in listing({"type": "charge.succeeded"})] == ["charge.succeeded"]
    assert len(listing({"delivery_success": False}).data) == 3
    assert len(listing({"delivery_success": True}).data) == 0
    one = listing({"types": ["checkout.session.completed"]}).data[0]
    again = client_of_stripe.v1.events.retrieve(one.id)
    assert (again.type, again.pending_webhooks, again.api_version) == (
        "checkout.session.completed",
        1,
        stripe.api_version,
    )


def test_an_event_names_the_request_that_caused_it(client_of_stripe: Stripe) -> None:
    refund = client_of_stripe.v1.refunds.create(
        {"payment_intent": paid(client_of_stripe)}, {"idempotency_key": "refund-1"}
    )
    event = client_of_stripe.v1.events.list({"type": "refund.created"}).data[0]
    assert event.request is not None and refund.last_response is not None
    assert event.request.idempotency_key == "refund-1"
    assert event.request.id == refund.last_response.request_id


# ---- the door over HTTP ----
def test_the_http_door_answers_as_the_inner_one(client_of_stripe: Stripe, client: Client) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(session_params())
    url = f"/_sandbox/v1/checkout/sessions/{session.id}"
    answer = client.get(url + "?expand[]=line_items", headers=BEARER)
    assert (answer.status_code, answer.json()["id"]) == (200, session.id)
    assert answer.json()["line_items"]["data"][0]["quantity"] == 1
    assert answer.headers["Request-Id"].startswith("req_")
    basic = b64encode(b"sk_test_sandbox_tests:").decode()
    assert client.get(url, headers={"Authorization": f"Basic {basic}"}).status_code == 200
    assert client.get(url, headers={"Authorization": "Basic !"}).status_code == 401
    assert client.get(url).status_code == 401


def test_the_http_door_takes_a_form_without_a_csrf_token(client_of_stripe: Stripe) -> None:
    browserless = Client(enforce_csrf_checks=True)
    form = "mode=payment&success_url=https://x.example/&line_items[0][quantity]=2" + "".join(
        f"&line_items[0][price_data]{part}"
        for part in ("[currency]=EUR", "[unit_amount]=500", "[product_data][name]=Knots")
    )
    answer = browserless.post(
        "/_sandbox/v1/checkout/sessions",
        form,
        content_type="application/x-www-form-urlencoded",
        headers=BEARER,
    )
    assert (answer.status_code, answer.json()["amount_total"], answer.json()["currency"]) == (
        200,
        1000,
        "eur",
    )
    assert browserless.delete("/_sandbox/v1/checkout/sessions", headers=BEARER).status_code == 404
    assert browserless.put("/_sandbox/v1/checkout/sessions", headers=BEARER).status_code == 405


@pytest.mark.parametrize(
    "pairs",
    [[("a[", "1")], [("", "1")], [("a", "1"), ("a[b]", "2")], [("line_items[x]", "1")], [("[]", "1")]],
)
def test_a_garbled_form_is_refused_and_never_a_crash(db: None, pairs: list[tuple[str, str]]) -> None:
    answer = front.answer(
        method="post",
        path="/v1/checkout/sessions",
        pairs=pairs,
        headers={"authorization": "Bearer sk_test_sandbox_tests"},
        ids=Ids(),
        now=NOW,
    )
    assert (answer.status, answer.body["error"]["type"]) == (400, "invalid_request_error")


def test_the_sdk_over_the_network_sees_what_it_sees_in_process(live_server: Any, settings: Any) -> None:
    """The same calls through the HTTP door: only the base address differs."""
    settings.SANDBOX_NOW = NOW
    network = stripe.RequestsClient(timeout=10)
    afar = stripe.StripeClient(
        "sk_test_sandbox_tests",
        base_addresses={"api": f"{live_server.url}/_sandbox"},
        http_client=network,
    )
    near = stripe.StripeClient("sk_test_sandbox_tests", http_client=doors.Client())
    made = afar.v1.checkout.sessions.create(
        session_params(metadata={"order": "7"}), {"idempotency_key": "attempt-1"}
    )
    pay(made.id)
    expand: Any = {"expand": ["payment_intent.latest_charge", "line_items"]}
    far_one, near_one = (one.v1.checkout.sessions.retrieve(made.id, expand) for one in (afar, near))
    assert far_one.to_dict() == near_one.to_dict()
    with pytest.raises(stripe.IdempotencyError):
        near.v1.checkout.sessions.create(session_params(), {"idempotency_key": "attempt-1"})
    with pytest.raises(stripe.InvalidRequestError, match="No such refund"):
        afar.v1.refunds.retrieve("re_nobody")
    network.close()
