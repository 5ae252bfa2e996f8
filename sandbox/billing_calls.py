"""Stripe's calls about customers, subscriptions, invoices and the customer's own page."""

from sandbox import billing, pages, portal, schemes, store
from sandbox.calls import ONE, Call, Route, body_of, given, page
from sandbox.errors import Json, Refused

SUBSCRIPTION_OF = "parent__subscription_details__subscription"  # where an invoice names it
ENDED = ("canceled", "incomplete_expired")


def read_customer(call: Call, key: str) -> Json:
    return body_of(store.find("customer", key))


def read_subscription(call: Call, key: str) -> Json:
    return body_of(store.find("subscription", key))


def list_subscriptions(call: Call) -> Json:
    """Those that have not ended, or as `status` says: `all`, `ended`, or one status."""
    rows = store.listed("subscription", **given(call, "customer"))
    status = call.params.get("status")
    if status is None:
        rows = rows.exclude(body__status="canceled")
    elif status == "ended":
        rows = rows.filter(body__status__in=ENDED)
    elif status != "all":
        rows = rows.filter(body__status=status)
    return pages.page(rows, params=call.params, url=call.path)


def update_subscription(call: Call, key: str) -> Json:
    return billing.update(key=key, params=call.params, ids=call.ids, now=call.now, request=call.request)


def cancel_subscription(call: Call, key: str) -> Json:
    """End it at once. Giving back what was not used is not played: it is refused."""
    for name in ("invoice_now", "prorate"):
        if call.params.get(name):
            raise Refused(f"`{name}` is not played here.", param=name)
    return billing.cancel(key=key, ids=call.ids, now=call.now, request=call.request)


def read_invoice(call: Call, key: str) -> Json:
    return body_of(store.find("invoice", key))


def list_invoices(call: Call) -> Json:
    filters = given(call, "customer", "status")
    if subscription := call.params.get("subscription"):
        filters[SUBSCRIPTION_OF] = subscription
    return page(call, "invoice", filters)


def pay_invoice(call: Call, key: str) -> Json:
    """The invoice, paid. A card that is declined is refused (402), and the try stays on record."""
    method = call.params.get("payment_method")
    invoice = billing.pay(key=key, method=method, ids=call.ids, now=call.now, request=call.request)
    if invoice["status"] == "paid":
        return invoice
    intent = payments_of(invoice)["data"][0]["payment"]["payment_intent"]
    raise declined(store.find("payment_intent", intent).body["last_payment_error"])


def declined(error: Json) -> Refused:
    """A card's refusal as an answer of the API."""
    more: Json = {name: error[name] for name in ("charge", "decline_code", "payment_method") if name in error}
    return Refused(
        error["message"], status=402, kind=error["type"], code=error["code"], saved=True, more=more
    )


def void_invoice(call: Call, key: str) -> Json:
    return billing.void(key=key, ids=call.ids, now=call.now, request=call.request)


def list_payments(call: Call) -> Json:
    filters = given(call, "invoice", "status")
    if intent := call.params.get("payment", {}).get("payment_intent"):
        filters["payment__payment_intent"] = intent
    return page(call, "invoice_payment", filters)


def payments_of(invoice: Json) -> Json:
    """What an invoice holds as `payments`, for those who ask for it."""
    rows = store.listed("invoice_payment", invoice=invoice["id"])
    return pages.page(rows, params={}, url=f"/v1/invoice_payments?invoice={invoice['id']}")


def open_portal(call: Call) -> Json:
    return portal.open_page(params=call.params, ids=call.ids, now=call.now, request=call.request)


EXPANDABLE: dict[str, tuple[str, ...]] = {
    "customer.invoice_settings": ("default_payment_method",),
    "invoice": ("customer", "default_payment_method"),
    "invoice.parent.subscription_details": ("subscription",),
    "invoice_payment": ("invoice",),
    "invoice_payment.payment": ("payment_intent",),
    "payment_method": ("customer",),
    "subscription": ("customer", "default_payment_method", "latest_invoice"),
}

SUBSCRIPTIONS, INVOICES = "/v1/subscriptions", "/v1/invoices"
ROUTES = (
    Route("get", "/v1/customers" + ONE, schemes.EXPAND, read_customer),
    Route("get", SUBSCRIPTIONS, schemes.SUBSCRIPTION_LIST, list_subscriptions),
    Route("get", SUBSCRIPTIONS + ONE, schemes.EXPAND, read_subscription),
    Route("post", SUBSCRIPTIONS + ONE, schemes.SUBSCRIPTION_UPDATE, update_subscription),
    Route("delete", SUBSCRIPTIONS + ONE, schemes.SUBSCRIPTION_CANCEL, cancel_subscription),
    Route("get", INVOICES, schemes.INVOICE_LIST, list_invoices),
    Route("get", INVOICES + ONE, schemes.EXPAND, read_invoice),
    Route("post", INVOICES + ONE + "/pay", schemes.INVOICE_PAY, pay_invoice),
    Route("post", INVOICES + ONE + "/void", schemes.EXPAND, void_invoice),
    Route("get", "/v1/invoice_payments", schemes.INVOICE_PAYMENT_LIST, list_payments),
    Route("post", "/v1/billing_portal/sessions", schemes.PORTAL_CREATE, open_portal),
)
