"""The contract itself is tested: it passes what is right and catches what is not."""

import ast
import copy
import functools
import json
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from django.test import Client
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from sandbox import account, aftermath, api, core, schemas, shapes
from sandbox.ids import Ids
from sandbox.models import Event, Object
from sandbox.wire import Req
from tests.sandbox import contract, watch
from tests.sandbox.conftest import NOW, debit, euros, pay, plan_params, portal_params, session_params

FRACTIONS = ("application_fee_percent",)  # may be a half


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every field of a nested object, metadata left out: its keys are free."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body):
        if key == "metadata":
            continue
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def changed(body: Any, path: tuple[Any, ...], *, name: str | None = None, value: Any = None) -> Any:
    """A copy with one field renamed or given another value."""
    copied = copy.deepcopy(body)
    place = copied
    for part in path[:-1]:
        place = place[part]
    if name:
        place[name] = place.pop(path[-1])
    else:
        place[path[-1]] = value
    return copied


def samples(gateway: stripe.StripeClient) -> list[Any]:
    """One of each object: after a declined card, a payment, a refund, a dispute; and a debit's own."""
    session = gateway.v1.checkout.sessions.create(session_params(customer_email="ann@example.org"))
    pay(session.id, "4000000000000002")
    pay(session.id)
    intent = Object.objects.get(type="payment_intent").key
    refund = gateway.v1.refunds.create({"payment_intent": intent})
    aftermath.dispute(key=str(refund.charge), reason="general", ids=Ids(), now=NOW)
    rows = {row.type: row.body for row in Object.objects.order_by("number")}
    line = Object.objects.get(type="checkout.session").private["lines"][0]
    debit(gateway.v1.checkout.sessions.create(euros()).id)
    debited = Object.objects.filter(body__has_key="sepa_debit") | Object.objects.filter(
        type="charge", body__payment_method_details__type="sepa_debit"
    )
    return [
        *rows.values(),
        *of_a_plan(gateway),
        *debited.values_list("body", flat=True),
        account.balance(),
        *account.endpoints(),
        line,
        line["price"],
        Event.objects.get(type="charge.refunded").body,
    ]


def of_a_plan(gateway: stripe.StripeClient) -> list[Any]:
    """What only monthly payments have."""
    pay(gateway.v1.checkout.sessions.create(plan_params()).id)
    kinds = ("customer", "invoice", "invoice_payment", "subscription")
    rows = {kind: Object.objects.get(type=kind).body for kind in kinds}
    gateway.v1.billing_portal.sessions.create(portal_params(rows["customer"]["id"]))
    item = rows["subscription"]["items"]["data"][0]
    page = Object.objects.get(type="billing_portal.session").body
    return [*rows.values(), *rows["invoice"]["lines"]["data"], item, item["plan"], page]


def test_the_sdk_speaks_the_version_that_is_played(db: None) -> None:
    assert stripe.api_version == shapes.API_VERSION


def test_every_object_has_the_shape_the_sdk_knows(client_of_stripe: stripe.StripeClient) -> None:
    bodies = samples(client_of_stripe)
    assert {body["object"] for body in bodies} == set(contract.OBJECTS)
    assert [fault for body in bodies for fault in contract.faults_of_object(body)] == []


def test_a_misspelt_name_anywhere_is_caught(client_of_stripe: stripe.StripeClient) -> None:
    tried, missed = 0, []
    for body in samples(client_of_stripe):
        for path in places(body):
            if (
                isinstance(path[-1], str)
                and path[-1] not in ("object", "id")
                and path[:2] != ("data", "object")
            ):
                tried += 1
                if not contract.faults_of_object(changed(body, path, name=f"{path[-1]}x")):
                    missed.append((body["object"], path))
    assert missed == []
    assert tried > 200


def test_a_wrong_type_anywhere_is_caught(client_of_stripe: stripe.StripeClient) -> None:
    """Every field that is filled gets a value that cannot be one: a half. A whole number becomes a float, too."""
    tried, missed = 0, []
    for body in samples(client_of_stripe):
        for path in places(body):
            if path[-1] not in ("object", *FRACTIONS) and path[:2] != ("data", "object"):
                there = functools.reduce(operator.getitem, path, body)
                for wrong in (0.5, float(there)) if type(there) is int else (0.5,):
                    tried += 1
                    if not contract.faults_of_object(changed(body, path, value=wrong)):
                        missed.append((body["object"], path, wrong))
    assert missed == []
    assert tried > 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ui_mode", "hosted"),
        ("status", "done"),
        ("payment_method_types", None),
        ("livemode", 0),
        ("created", True),
        ("created", 1.0),
    ],
)
def test_a_word_or_value_of_another_version_is_caught(
    client_of_stripe: stripe.StripeClient, name: str, value: Any
) -> None:
    body = samples(client_of_stripe)[0]
    assert body["object"] == "checkout.session"
    faults = contract.faults_of_object(body | {name: value})
    assert [fault.split(":")[0] for fault in faults] == [f"checkout.session.{name}"]


def test_an_event_type_that_stripe_has_not_is_caught(client_of_stripe: stripe.StripeClient) -> None:
    event = samples(client_of_stripe)[-1]
    assert [f.split(":")[0] for f in contract.faults_of_object(event | {"type": "charge.given_back"})] == [
        "event.type"
    ]


def test_good_parameters_pass_and_misspelt_ones_do_not() -> None:
    assert contract.faults_of_params(session_params(), SessionCreateParams) == []
    assert contract.faults_of_params(session_params(payment_method_types=[]), SessionCreateParams) == [
        "SessionCreateParams.payment_method_types: unknown"
    ]
    assert contract.faults_of_params({"payment_intent": "pi_1", "amount": "5"}, RefundCreateParams) == [
        'RefundCreateParams.amount: "5" is not integer'
    ]
    bad = changed(session_params(), ("line_items", 0, "price_data", "unit_amount"), value=1.5)
    assert [fault.split(":")[0] for fault in contract.faults_of_params(bad, SessionCreateParams)] == [
        "SessionCreateParams.line_items[0].price_data.unit_amount"
    ]


def test_what_no_json_can_hold_is_caught() -> None:
    assert contract.faults_of_params({"expand": {"charge"}}, RefundCreateParams) == [
        "RefundCreateParams: Unsupported type: 'set'"
    ]


def test_a_misspelt_parameter_that_encoding_would_hide_is_caught(
    client_of_stripe: stripe.StripeClient, contract_faults: list[str]
) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(session_params(discount=[]))
    assert (session.status, contract_faults) == ("open", ["SessionCreateParams.discount: unknown"])
    contract_faults.clear()


def test_a_call_is_checked_before_it_is_encoded_and_as_it_arrives(
    client_of_stripe: stripe.StripeClient, contract_faults: list[str]
) -> None:
    client_of_stripe.v1.checkout.sessions.create(session_params(locale="xx"))
    fault = 'SessionCreateParams.locale: "xx" is not one of 42 words'
    assert contract_faults[:2] == [fault, f"{fault} (on the wire)"]
    contract_faults.clear()
    Object.objects.all().delete()  # the Session has that word, too


def test_a_call_over_http_is_checked_as_it_arrives(
    client: Client, client_of_stripe: stripe.StripeClient, contract_faults: list[str]
) -> None:
    form = "mode=payment&success_url=https://x.example/&line_items[0][quantity]=2" + "".join(
        f"&line_items[0][price_data]{part}"
        for part in ("[currency]=EUR", "[unit_amount]=500", "[product_data][name]=Knots")
    )

    def ask(more: str) -> int:
        return client.post(
            "/_sandbox/v1/checkout/sessions",
            form + more,
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": "Bearer sk_test_sandbox_tests"},
        ).status_code

    assert (ask("&metadata[a]=b&expand[]=line_items"), contract_faults) == (200, [])
    assert (ask("&lokale=de"), contract_faults) == (400, [])  # refused: nothing of it gets in
    assert ask("&locale=xx") == 200
    assert contract_faults[0] == 'SessionCreateParams.locale: "xx" is not one of 42 words (on the wire)'
    contract_faults.clear()
    Object.objects.all().delete()  # the Session has that word, too


def test_every_call_that_is_played_is_watched() -> None:
    assert {(one.method, one.pattern.replace(api.ONE, watch.ONE)) for one in api.ROUTES} == set(watch.PARAMS)


def test_the_schemes_hold_no_parameter_that_the_sdk_does_not_know() -> None:
    def example(scheme: Any) -> Any:
        scheme = scheme.scheme if isinstance(scheme, Req) else scheme
        if isinstance(scheme, dict):
            return {name: example(part) for name, part in scheme.items()}
        if isinstance(scheme, list):
            return [example(scheme[0])]
        return {str: "x", int: 1, bool: True}.get(scheme, {})

    def unknown(scheme: Any, kind: type) -> list[str]:
        return [fault for fault in contract.faults_of_params(example(scheme), kind) if "unknown" in fault]

    for route in api.ROUTES:
        kind = watch.PARAMS[route.method, route.pattern.replace(api.ONE, watch.ONE)]
        assert unknown(route.scheme, kind) == []


# ---- drift ----
DRIFTS: list[tuple[str, str, Any]] = [  # object, field, what it becomes: another name (`->`) or another value
    ("checkout.session", "amount_total", "->amount"),
    ("checkout.session", "amount_total", "14900"),
    ("checkout.session", "payment_status", "succeeded"),
    ("checkout.session", "ui_mode", "hosted"),
    ("checkout.session", "expires_at", "->expires"),
    ("checkout.session", "customer_details.email", 7),
    ("payment_intent", "amount_received", "->amount_captured"),
    ("payment_intent", "amount_received", 14900.0),
    ("payment_intent", "status", "paid"),
    ("payment_intent", "latest_charge", ["ch_1"]),
    ("payment_intent", "client_secret", "->secret"),
    ("charge", "amount_refunded", "->refunded_amount"),
    ("charge", "refunded", 1),
    ("charge", "status", "paid"),
    ("charge", "payment_method_details.card.last4", 4242),
    ("charge", "billing_details.address", "->adress"),
    ("refund", "charge", 5),
    ("refund", "reason", "changed_my_mind"),
    ("refund", "created", "->created_at"),
    ("event", "type", "charge.given_back"),
    ("event", "pending_webhooks", "1"),
    ("event", "data.object", "->obj"),
    ("event", "api_version", "->version"),
    ("price", "unit_amount", "->amount"),
    ("price", "type", "once"),
    ("price", "recurring", "monthly"),
    ("item", "quantity", "1"),
    ("item", "amount_subtotal", "->subtotal"),
    ("item", "price", "price_1"),
]


def drifted(body: Any, field: str, becomes: Any) -> tuple[Any, str]:
    """The object with one field changed, and which field the contract must name."""
    path, place = tuple(field.split(".")), f"{body['object']}.{field}"
    if isinstance(becomes, str) and becomes.startswith("->"):
        new = becomes.removeprefix("->")
        return changed(body, path, name=new), f"{place.rpartition('.')[0]}.{new}"
    return changed(body, path, value=becomes), place


def test_drift_in_what_is_answered_is_caught_by_the_name_of_the_field(
    client_of_stripe: stripe.StripeClient,
) -> None:
    bodies = {body["object"]: body for body in reversed(samples(client_of_stripe))}  # the first of each kind
    missed = []
    for kind, field, becomes in DRIFTS:
        body, named = drifted(bodies[kind], field, becomes)
        if named not in [fault.split(":")[0] for fault in contract.faults_of_answer(body)]:
            missed.append((kind, field, becomes))
    print(f"caught {len(DRIFTS) - len(missed)} of {len(DRIFTS)}")
    assert (missed, len(DRIFTS) >= 20) == ([], True)


def test_drift_deep_inside_an_expanded_answer_is_caught_by_its_path(
    client_of_stripe: stripe.StripeClient,
) -> None:
    sessions = client_of_stripe.v1.checkout.sessions
    key = sessions.create(session_params()).id
    pay(key)
    session = sessions.retrieve(key, {"expand": ["payment_intent.latest_charge"]}).to_dict()
    assert contract.faults_of_answer(session) == []
    path = ("payment_intent", "latest_charge", "outcome", "network_status")
    assert contract.faults_of_answer({"object": "list", "data": [changed(session, path, value=3)]}) == [
        "checkout.session.payment_intent.latest_charge.outcome.network_status: 3 is not null or string"
    ]
    assert contract.faults_of_answer(session | {"payment_intent": 3}) == [
        "checkout.session.payment_intent: 3 is not null or object or string"
    ]


def test_every_event_type_that_is_emitted_is_one_of_stripes() -> None:
    emitted = {
        node.args[0].value
        for path in Path(core.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "News"
        if isinstance(node.args[0], ast.Constant)
    }
    known = schemas.definition(stripe.Event)[0]["properties"]["type"]["enum"]
    assert emitted - set(known) == set()
    assert {"charge.refunded", "checkout.session.completed"} < emitted


# ---- what our gateway leans on ----
def test_the_fields_that_payments_uses_are_as_they_were_reviewed() -> None:
    told = contract.difference(contract.SNAPSHOT.read_text(encoding="utf-8"), contract.snapshot())
    assert told == "", (
        f"Used fields of the SDK differ from the snapshot:\n{told}\n"
        "Review them, then: .venv/bin/python -m tests.sandbox.contract --write"
    )


def test_another_shape_of_a_used_field_is_told_line_by_line() -> None:
    field = "stripe.checkout._session.Session.payment_status"
    kept = json.loads(contract.SNAPSHOT.read_text(encoding="utf-8"))
    assert set(kept[field]["enum"]) == {"no_payment_required", "paid", "unpaid"}
    now = contract.snapshot().replace('"no_payment_required", "paid"', '"paid"')
    assert contract.difference(contract.snapshot(), now).splitlines()[3:] == [
        f'- "{field}": {{"enum": ["no_payment_required", "paid", "unpaid"]}},',
        f'+ "{field}": {{"enum": ["paid", "unpaid"]}},',
    ]


def test_the_snapshot_holds_what_is_read_and_sent_and_no_more() -> None:
    tree = ast.parse(
        "found: stripe.Refund = _client().v1.refunds.create({'amount': 5})\n"
        "print(found.status, getattr(found, 'reason'), 'currency')"
    )
    assert contract.objects_read(tree) == [stripe.Refund]
    assert contract.params_sent(tree) == [RefundCreateParams]
    assert contract.names_sent(tree) == {"amount"}
    assert {"status", "reason"} <= contract.names_read(tree)
    assert "amount" not in contract.names_read(tree)
