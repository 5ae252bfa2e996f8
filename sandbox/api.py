"""Stripe's calls that are played here, each a path, a scheme and what it does."""

import re
from typing import Any

from sandbox import account, aftermath, billing_calls, checkout, core, pages, schemes, shapes, store
from sandbox.calls import ONE, Route, body_of, given, page
from sandbox.calls import Call as Call  # so that whoever answers calls finds them here
from sandbox.errors import Json, Refused, missing
from sandbox.models import Delivery, Event, Object


def create_session(call: Call) -> Json:
    return checkout.create(params=call.params, ids=call.ids, now=call.now)


def read_session(call: Call, key: str) -> Json:
    body: Json = checkout.read(key=key, ids=call.ids, now=call.now).body
    return body


def list_sessions(call: Call) -> Json:
    filters = given(call, "customer", "payment_intent", "status", "subscription")
    if email := call.params.get("customer_details", {}).get("email"):
        filters["customer_details__email"] = email
    return page(call, checkout.KIND, filters)


def relabel_session(call: Call, key: str) -> Json:
    return _relabel(call, checkout.read(key=key, ids=call.ids, now=call.now))


def expire_session(call: Call, key: str) -> Json:
    checkout.read(key=key, ids=call.ids, now=call.now)
    return checkout.expire(key=key, ids=call.ids, now=call.now, request=call.request)


def line_items(call: Call, key: str) -> Json:
    """All lines of a Session. There are few: one page holds them."""
    row = store.find(checkout.KIND, key)
    return shapes.listing(url=call.path, data=row.private["lines"], has_more=False)


def read_intent(call: Call, key: str) -> Json:
    return body_of(store.find("payment_intent", key))


def list_intents(call: Call) -> Json:
    return page(call, "payment_intent", {})


def read_charge(call: Call, key: str) -> Json:
    return body_of(store.find("charge", key))


def list_charges(call: Call) -> Json:
    return page(call, "charge", given(call, "payment_intent"))


def list_disputes(call: Call) -> Json:
    return page(call, "dispute", given(call, "charge", "payment_intent"))


def read_dispute(call: Call, key: str) -> Json:
    return body_of(store.find("dispute", key))


def create_refund(call: Call) -> Json:
    """Give money back from a charge, named itself or by its PaymentIntent."""
    key = call.params.get("charge")
    if intent := call.params.get("payment_intent"):
        key = store.find("payment_intent", intent, param="payment_intent").body["latest_charge"]
    if not key:
        raise Refused(
            "You must provide a charge or payment_intent with money on it.", code="parameter_missing"
        )
    return aftermath.refund(key=key, params=call.params, ids=call.ids, now=call.now, request=call.request)


def read_refund(call: Call, key: str) -> Json:
    return body_of(store.find("refund", key))


def list_refunds(call: Call) -> Json:
    return page(call, "refund", given(call, "charge", "payment_intent"))


def relabel_refund(call: Call, key: str) -> Json:
    row = store.find("refund", key, lock=True)
    before = {"metadata": row.body["metadata"]}
    body = _relabel(call, row)
    store.tell(core.News("refund.updated", body, before), ids=call.ids, now=call.now, request=call.request)
    return body


def read_event(call: Call, key: str) -> Json:
    event = Event.objects.filter(key=key).first()
    if event is None:
        raise missing("event", key)
    return body_of(event)


def list_events(call: Call) -> Json:
    """Events, newest first. `delivery_success=false`: those with a delivery that has not (yet) worked."""
    rows = Event.objects.order_by("-number")
    kinds = call.params.get("types", []) + ([call.params["type"]] if "type" in call.params else [])
    if kinds:
        rows = rows.filter(type__in=kinds)
    undone = Delivery.objects.exclude(state=Delivery.State.DONE).values("event")
    if (success := call.params.get("delivery_success")) is not None:
        rows = rows.exclude(pk__in=undone) if success else rows.filter(pk__in=undone)
    return pages.page(rows, params=call.params, url=call.path)


def read_balance(call: Call) -> Json:
    return account.balance()


def list_endpoints(call: Call) -> Json:
    return shapes.listing(url=call.path, data=account.endpoints(), has_more=False)


def _relabel(call: Call, row: Object) -> Json:
    body = core.relabel(body=row.body, metadata=call.params.get("metadata", {}))
    store.apply(core.Change([body]), seen=[row], ids=call.ids, now=call.now)
    return body


def load(body: Json, field: str) -> Json | None:
    """What an expandable field holds. Refused for a field that is none."""
    if (body["object"], field) == ("checkout.session", "line_items"):
        row = store.find(checkout.KIND, body["id"])
        url = f"/v1/checkout/sessions/{row.key}/line_items"
        return shapes.listing(url=url, data=row.private["lines"], has_more=False)
    if (body["object"], field) == ("charge", "refunds"):
        url = f"/v1/charges/{body['id']}/refunds"
        return pages.page(store.listed("refund", charge=body["id"]), params={}, url=url)
    if (body["object"], field) == ("invoice", "payments"):
        return billing_calls.payments_of(body)
    if field not in EXPANDABLE.get(body["object"], ()):
        raise Refused(f"This property cannot be expanded ({field}).", param="expand")
    return store.body(body[field])


EXPANDABLE: dict[str, tuple[str, ...]] = {
    "checkout.session": ("payment_intent", "customer", "invoice", "setup_intent", "subscription"),
    "payment_intent": ("latest_charge", "payment_method", "customer"),
    "charge": ("payment_intent", "balance_transaction", "customer"),
    "refund": ("charge", "payment_intent", "balance_transaction"),
    "dispute": ("charge", "payment_intent"),
    **billing_calls.EXPANDABLE,
}

SESSIONS = "/v1/checkout/sessions"
ROUTES = (
    Route("post", SESSIONS, schemes.SESSION_CREATE, create_session),
    Route("get", SESSIONS, schemes.SESSION_LIST, list_sessions),
    Route("get", SESSIONS + ONE, schemes.EXPAND, read_session),
    Route("post", SESSIONS + ONE, schemes.RELABEL, relabel_session),
    Route("post", SESSIONS + ONE + "/expire", schemes.EXPAND, expire_session),
    Route("get", SESSIONS + ONE + "/line_items", schemes.PAGE, line_items),
    Route("get", "/v1/payment_intents", schemes.LIST, list_intents),
    Route("get", "/v1/payment_intents" + ONE, schemes.EXPAND, read_intent),
    Route("get", "/v1/charges", schemes.CHARGE_LIST, list_charges),
    Route("get", "/v1/charges" + ONE, schemes.EXPAND, read_charge),
    Route("get", "/v1/disputes", schemes.OF_PAYMENT, list_disputes),
    Route("get", "/v1/disputes" + ONE, schemes.EXPAND, read_dispute),
    Route("post", "/v1/refunds", schemes.REFUND_CREATE, create_refund),
    Route("get", "/v1/refunds", schemes.OF_PAYMENT, list_refunds),
    Route("get", "/v1/refunds" + ONE, schemes.EXPAND, read_refund),
    Route("post", "/v1/refunds" + ONE, schemes.RELABEL, relabel_refund),
    Route("get", "/v1/events", schemes.EVENT_LIST, list_events),
    Route("get", "/v1/events" + ONE, schemes.EXPAND, read_event),
    *billing_calls.ROUTES,
    Route("get", "/v1/balance", schemes.EXPAND, read_balance),
    Route("get", "/v1/webhook_endpoints", schemes.PAGE, list_endpoints),
)


def route(method: str, path: str) -> tuple[Route, tuple[Any, ...]]:
    """Which call this is, and the ids in its path. Refused (404) for one that is not played."""
    for one in ROUTES:
        if one.method == method and (match := re.fullmatch(one.pattern, path)):
            return one, match.groups()
    raise Refused(f"Unrecognized request URL ({method.upper()}: {path}).", status=404)
