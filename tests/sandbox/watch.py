"""Holds a whole test to the contract: each call before it is encoded and as it arrives, each answer as it leaves.

Encoding hides faults: an empty list vanishes in it, together with the misspelt name it had. It makes some, too, and
whoever calls over HTTP does his own.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from stripe import params
from stripe._api_requestor import _APIRequestor

from sandbox import api, front, wire
from sandbox.errors import Refused
from tests.sandbox import contract

ONE = r"/\w+"
PARAMS: dict[tuple[str, str], type] = {
    ("post", "/v1/checkout/sessions"): params.checkout.SessionCreateParams,
    ("get", "/v1/checkout/sessions"): params.checkout.SessionListParams,
    ("get", f"/v1/checkout/sessions{ONE}"): params.checkout.SessionRetrieveParams,
    ("post", f"/v1/checkout/sessions{ONE}"): params.checkout.SessionUpdateParams,
    ("post", f"/v1/checkout/sessions{ONE}/expire"): params.checkout.SessionExpireParams,
    ("get", f"/v1/checkout/sessions{ONE}/line_items"): params.checkout.SessionListLineItemsParams,
    ("get", "/v1/payment_intents"): params.PaymentIntentListParams,
    ("get", f"/v1/payment_intents{ONE}"): params.PaymentIntentRetrieveParams,
    ("get", "/v1/charges"): params.ChargeListParams,
    ("get", f"/v1/charges{ONE}"): params.ChargeRetrieveParams,
    ("get", "/v1/disputes"): params.DisputeListParams,
    ("get", f"/v1/disputes{ONE}"): params.DisputeRetrieveParams,
    ("post", "/v1/refunds"): params.RefundCreateParams,
    ("get", "/v1/refunds"): params.RefundListParams,
    ("get", f"/v1/refunds{ONE}"): params.RefundRetrieveParams,
    ("post", f"/v1/refunds{ONE}"): params.RefundUpdateParams,
    ("get", "/v1/events"): params.EventListParams,
    ("get", f"/v1/events{ONE}"): params.EventRetrieveParams,
    ("get", f"/v1/customers{ONE}"): params.CustomerRetrieveParams,
    ("get", "/v1/subscriptions"): params.SubscriptionListParams,
    ("get", f"/v1/subscriptions{ONE}"): params.SubscriptionRetrieveParams,
    ("post", f"/v1/subscriptions{ONE}"): params.SubscriptionUpdateParams,
    ("delete", f"/v1/subscriptions{ONE}"): params.SubscriptionCancelParams,
    ("get", "/v1/invoices"): params.InvoiceListParams,
    ("get", f"/v1/invoices{ONE}"): params.InvoiceRetrieveParams,
    ("post", f"/v1/invoices{ONE}/pay"): params.InvoicePayParams,
    ("post", f"/v1/invoices{ONE}/void"): params.InvoiceVoidInvoiceParams,
    ("get", "/v1/invoice_payments"): params.InvoicePaymentListParams,
    ("post", "/v1/billing_portal/sessions"): params.billing_portal.SessionCreateParams,
    ("get", "/v1/balance"): params.BalanceRetrieveParams,
    ("get", "/v1/webhook_endpoints"): params.WebhookEndpointListParams,
}


def start(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Watch until the test ends; the list fills with everything that breaks the contract."""
    faults: list[str] = []
    ask, answer = _APIRequestor.request, front.answer

    def asked(self: Any, method: str, url: str, params: Any = None, *args: Any, **more: Any) -> Any:
        faults.extend(faults_of_call(method, url, params or {}))
        return ask(self, method, url, params, *args, **more)

    def answered(**call: Any) -> front.Answer:
        call["pairs"] = list(call["pairs"])
        faults.extend(faults_on_the_wire(call["method"], call["path"], call["pairs"]))
        given = answer(**call)
        faults.extend(contract.faults_of_answer(given.body))
        return given

    monkeypatch.setattr(_APIRequestor, "request", asked)
    monkeypatch.setattr(front, "answer", answered)
    return faults


def faults_of_call(method: str, url: str, given: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parameters of one call, by the SDK's own type of them."""
    for (verb, pattern), kind in PARAMS.items():
        if verb == method and re.fullmatch(pattern, url):
            return contract.faults_of_params(given, kind)
    return []  # not played: the answer is a 404


def faults_on_the_wire(method: str, path: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """What is wrong with one call as it arrived, decoded; what cannot be decoded is refused and goes no further."""
    try:
        route, _ = api.route(method, path)
        decoded = wire.typed(wire.nested(pairs), route.scheme)
    except Refused:
        return []
    return [f"{fault} (on the wire)" for fault in faults_of_call(method, path, decoded)]
