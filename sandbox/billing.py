"""What happens to stored subscriptions and their invoices: time passes, somebody pays, somebody ends them.

Whoever changes one locks the subscription first, then the invoice: two at once never wait for each other.
"""

from django.db import transaction

from sandbox import cards, invoices, plans, store
from sandbox.core import Change
from sandbox.errors import Json, Refused
from sandbox.ids import Ids
from sandbox.invoices import Bill
from sandbox.models import Object

SUBSCRIPTION, INVOICE, CUSTOMER = "subscription", "invoice", "customer"


def pass_time(*, ids: Ids, now: int) -> int:
    """Renew, collect and end what is due, each at its own moment and in order; returns how much. Again: none."""
    done, held = 0, list[int]()
    while row := _next_due(now=now, beside=held):
        try:
            done += _play(row, ids=ids)
        except Refused:  # another request holds it: it is left to the next call
            held.append(row.pk)
    return done


def _next_due(*, now: int, beside: list[int]) -> Object | None:
    rows = Object.objects.filter(turn__in=(plans.BILL, invoices.COLLECT), due_at__lte=now)
    return rows.exclude(pk__in=beside).order_by("due_at", "type", "number").first()


def _play(row: Object, *, ids: Ids) -> bool:
    """What one subscription or invoice waits for; False if somebody else was faster. Locks the subscription."""
    moment = row.due_at or 0
    with transaction.atomic():
        subscription = store.find(SUBSCRIPTION, _subscription_of(row), lock=True)
        row.refresh_from_db()
        if row.due_at != moment:
            return False
        if row.type == INVOICE:
            change, seen = _collect(row, subscription, scheduled=True, ids=ids, now=moment)
        elif subscription.body["cancel_at"] == moment:
            change, seen = _end(subscription, now=moment)
        else:
            change, seen = _renew(subscription, ids=ids, now=moment)
        store.apply(change, seen=seen, ids=ids, now=moment)
    return True


def _subscription_of(row: Object) -> str:
    if row.type == SUBSCRIPTION:
        return row.key
    key: str = row.body["parent"]["subscription_details"]["subscription"]
    return key


def _renew(subscription: Object, *, ids: Ids, now: int) -> tuple[Change, list[Object]]:
    customer = store.find(CUSTOMER, subscription.body["customer"], lock=True)
    method = _method(subscription.body, customer.body)
    last = store.find(INVOICE, subscription.body["latest_invoice"]).body
    change = plans.renew(
        subscription=subscription.body,
        customer=customer.body,
        description=last["lines"]["data"][0]["description"],
        method=method,
        card=cards.off_session(method),
        ids=ids,
        now=now,
    )
    return change, [subscription, customer]


def _method(subscription: Json, customer: Json) -> Json:
    """The card that pays when nobody names another one."""
    key = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    body: Json = store.find("payment_method", key).body
    return body


def _collect(
    invoice: Object, subscription: Object, *, scheduled: bool, ids: Ids, now: int, method: Json | None = None
) -> tuple[Change, list[Object]]:
    bill, rows = _bill(invoice)
    if method is None:
        method = _method(subscription.body, store.find(CUSTOMER, subscription.body["customer"]).body)
    change = invoices.charge(
        bill=bill,
        subscription=subscription.body,
        method=method,
        card=cards.off_session(method),
        scheduled=scheduled,
        ids=ids,
        now=now,
    )
    return change, [subscription, *rows]


def _bill(invoice: Object) -> tuple[Bill, list[Object]]:
    payment = store.listed("invoice_payment", invoice=invoice.key)[0]
    intent = store.find("payment_intent", payment.body["payment"]["payment_intent"], lock=True)
    return Bill(invoice.body, payment.body, intent.body), [invoice, payment, intent]


def _end(subscription: Object, *, now: int) -> tuple[Change, list[Object]]:
    details = {"parent__subscription_details__subscription": subscription.key}
    left = list(store.listed(INVOICE, status="open", **details))
    change = plans.end(subscription=subscription.body, open_invoices=[row.body for row in left], now=now)
    return change, [subscription, *left]


def _locked(key: str) -> tuple[Object, Object]:
    """The subscription of an invoice and the invoice, locked in the order in which everybody locks them."""
    subscription = store.find(SUBSCRIPTION, _subscription_of(store.find(INVOICE, key)), lock=True)
    return subscription, store.find(INVOICE, key, lock=True)


def pay(*, key: str, method: str | None, ids: Ids, now: int, request: Json) -> Json:
    """Charge an open invoice now; returns it, paid or still open. Again, once it is paid: Refused.

    `method`: another card of the customer than the one that pays by itself.
    """
    with transaction.atomic():
        subscription, invoice = _locked(key)
        invoices.check_open(invoice.body)
        card = _own_card(subscription.body["customer"], method, param="payment_method") if method else None
        change, seen = _collect(invoice, subscription, scheduled=False, method=card, ids=ids, now=now)
        store.apply(change, seen=seen, ids=ids, now=now, request=request)
    return change.objects[0]


def _own_card(customer: str, key: str, *, param: str) -> Json:
    body: Json = store.find("payment_method", key, param=param).body
    if body["customer"] != customer:
        raise Refused(f"The payment method {key} is not attached to this customer.", param=param)
    return body


def void(*, key: str, ids: Ids, now: int, request: Json) -> Json:
    """Let nobody have to pay an open invoice; returns it. Again: Refused."""
    with transaction.atomic():
        subscription, invoice = _locked(key)
        bill, rows = _bill(invoice)
        change = invoices.void(bill=bill, subscription=subscription.body, now=now)
        store.apply(change, seen=[subscription, *rows], ids=ids, now=now, request=request)
    return change.objects[0]


def update(*, key: str, params: Json, ids: Ids, now: int, request: Json) -> Json:
    """Change a subscription; returns it. Again: the same, and no further event."""
    with transaction.atomic():
        row = store.find(SUBSCRIPTION, key, lock=True)
        if method := params.get("default_payment_method"):
            _own_card(row.body["customer"], method, param="default_payment_method")
        change = plans.update(subscription=row.body, params=params, now=now)
        store.apply(change, seen=[row], ids=ids, now=now, request=request)
    return change.objects[0]


def cancel(*, key: str, ids: Ids, now: int, request: Json) -> Json:
    """End a subscription now; returns it. Again: Refused (404), as Stripe does."""
    with transaction.atomic():
        change, seen = _end(store.find(SUBSCRIPTION, key, lock=True), now=now)
        store.apply(change, seen=seen, ids=ids, now=now, request=request)
    return change.objects[0]
