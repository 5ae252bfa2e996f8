"""The page on which a customer gives another card for what is still to be paid. It works once, for an hour."""

from django.db import transaction

from sandbox import billing, core, planshapes, shapes, store
from sandbox.cards import Card
from sandbox.checkout import address
from sandbox.core import Change, News, Payer, Turn
from sandbox.errors import Json, Refused
from sandbox.ids import Ids
from sandbox.models import Object

KIND = "billing_portal.session"
CLOSE = "close"  # the turn of a page that can be used; nothing happens then, but that it is over
OPEN_FOR = 60 * 60


def open_page(*, params: Json, ids: Ids, now: int, request: Json) -> Json:
    """A new page for one customer. Each call opens another. Refused for what else such pages can do."""
    store.find(billing.CUSTOMER, params["customer"], param="customer")
    _check(params)
    key = ids.make("bps_")
    page = planshapes.portal(
        key=key, configuration=ids.make("bpc_"), params=params, url=address("portal", key), now=now
    )
    change = Change(
        [page], [News("billing_portal.session.created", page)], {key: Turn(CLOSE, now + OPEN_FOR)}
    )
    with transaction.atomic():
        store.apply(change, seen=[], ids=ids, now=now, request=request)
    return page


def _check(params: Json) -> None:
    flow = params["flow_data"]
    if flow["type"] != "payment_method_update":
        raise Refused("Only `payment_method_update` is played here.", param="flow_data[type]")
    after = flow.get("after_completion", {"type": "portal_homepage"})
    addresses = {"return_url": params["return_url"]}
    if after["type"] == "redirect":
        where = "flow_data[after_completion][redirect][return_url]"
        addresses[where] = after.get("redirect", {}).get("return_url", "")
    elif after["type"] != "portal_homepage":
        raise Refused("Only `redirect` is played here.", param="flow_data[after_completion][type]")
    for param, given in addresses.items():
        if not given.startswith(("https://", "http://")):
            raise Refused("Not a valid URL", code="url_invalid", param=param)


def is_open(page: Object, *, now: int) -> bool:
    """Whether the page can be used: not used yet, and not too old."""
    return page.turn == CLOSE and page.due_at is not None and page.due_at > now


def shown(page: Object) -> Json:
    """What the page says: whose it is, and the card that pays now."""
    customer = store.find(billing.CUSTOMER, page.body["customer"]).body
    running = store.listed(billing.SUBSCRIPTION, customer=customer["id"]).exclude(body__status="canceled")
    keys = [row.body["default_payment_method"] for row in running]
    key = next(iter(keys), None) or customer["invoice_settings"]["default_payment_method"]
    return {"session": page.body, "customer": customer, "method": store.body(key)}


def onward(page: Json) -> str:
    """Where the customer goes once it is done."""
    after = page["flow"]["after_completion"]
    place: str = after["redirect"]["return_url"] if after["redirect"] else page["return_url"]
    return place


def change_card(*, key: str, card: Card, payer: Payer, ids: Ids, now: int) -> Json | None:
    """The customer's new card, for everything that still runs; returns None, or the bank's refusal of it.

    What fell due before is charged to the old card first. Refused when the page is over, so also the second
    time. Locks the subscriptions, then the page.
    """
    billing.pass_time(ids=ids, now=now)
    with transaction.atomic():
        customer_key = store.find(KIND, key).body["customer"]
        running = list(
            store.listed(billing.SUBSCRIPTION, customer=customer_key)
            .exclude(body__status="canceled")
            .select_for_update()
        )
        customer = store.find(billing.CUSTOMER, customer_key, lock=True)
        page = store.find(KIND, key, lock=True)
        if not is_open(page, now=now):
            raise Refused("This page can no longer be used.", code="billing_portal_session_over")
        method = _method(card, payer, customer.body, ids=ids, now=now)
        if card.code:
            return core.card_error(card=card, method=method)
        change = _attached(method, page.body, customer.body, [row.body for row in running])
        store.apply(change, seen=[page, customer, *running], ids=ids, now=now)
    return None


def _method(card: Card, payer: Payer, customer: Json, *, ids: Ids, now: int) -> Json:
    billing_details = shapes.billing_details(email=payer.email, name=payer.name)
    method = shapes.payment_method(
        key=ids.make("pm_"),
        last4=card.last4,
        brand=card.brand,
        expiry=payer.expiry,
        billing=billing_details,
        now=now,
    )
    return method | {"customer": customer["id"]}


def _attached(method: Json, page: Json, customer: Json, running: list[Json]) -> Change:
    before = {"invoice_settings": customer["invoice_settings"]}
    default = {"default_payment_method": method["id"]}
    customer = customer | {"invoice_settings": customer["invoice_settings"] | default}
    change = Change(
        [method, customer, page],
        [News("payment_method.attached", method), News("customer.updated", customer, before)],
        {page["id"]: None},
    )
    for subscription in running:
        former = {"default_payment_method": subscription["default_payment_method"]}
        subscription = subscription | default
        change.objects.append(subscription)
        change.news.append(News("customer.subscription.updated", subscription, former))
    return change
