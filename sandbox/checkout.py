"""What happens to stored Checkout Sessions: they are made, read, paid, or run out. Seconds, minor units."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from sandbox import cards, core, debits, faults, plans, store, tax
from sandbox.cards import Card
from sandbox.core import Change, Payer, Turn
from sandbox.errors import Json
from sandbox.ibans import Account
from sandbox.ids import Ids
from sandbox.models import Fault, Object

KIND = "checkout.session"
EXPIRE = "expire"  # the turn of an open Session


def address(name: str, key: str) -> str:
    """The full address of a page of ours about one Session."""
    return getattr(settings, "SITE_URL", "") + reverse(f"sandbox:{name}", args=[key])


def create(*, params: Json, ids: Ids, now: int) -> Json:
    """Open a Session. Each call opens another: what must happen once has an idempotency key."""
    page = address("pay", "KEY").replace("KEY", "{id}")
    plans.check(params)
    session, lines = core.open_session(params=params, page=page, ids=ids, now=now)
    session = plans.of_session(session)
    if params.get("automatic_tax", {}).get("enabled"):
        fails = faults.strike(kind=Fault.Kind.TAX_FAILS, what=KIND) is not None
        session, lines = tax.apply(session, lines, fails=fails)
    store.add(
        session,
        now=now,
        turn=Turn(EXPIRE, session["expires_at"]),
        lines=lines,
        data=params.get("payment_intent_data", {}),
        texts=_texts(params),
        plan=params.get("subscription_data", {}),
    )
    return session


def _texts(params: Json) -> list[str]:
    """What the pay page says under each line; Stripe keeps it with the product."""
    return [line["price_data"]["product_data"].get("description", "") for line in params["line_items"]]


def read(*, key: str, ids: Ids, now: int) -> Object:
    """The Session as it is now, closed first if its time is up. Again: the same. Refused (404) if unknown."""
    row = store.find(KIND, key)
    if core.is_over(row.body, now=now):
        run_out(key=key, ids=ids, now=now)
        row.refresh_from_db()
    return row


def run_out(*, key: str, ids: Ids, now: int) -> bool:
    """Close the Session if its time is up; True if this call did it. Again: nothing. Locks the Session."""
    with transaction.atomic():
        row = store.find(KIND, key, lock=True)
        if not core.is_over(row.body, now=now):
            return False
        _expire(row, ids=ids, now=now, request=None)
    return True


def sweep(*, ids: Ids, now: int) -> int:
    """Close every Session whose time is up; returns how many. Again: none."""
    return sum(run_out(key=key, ids=ids, now=now) for key in store.due(KIND, EXPIRE, now=now))


def expire(*, key: str, ids: Ids, now: int, request: Json) -> Json:
    """Close an open Session before its time. Refused the second time, as Stripe does. Needs a transaction."""
    row = store.find(KIND, key, lock=True)
    _expire(row, ids=ids, now=now, request=request)
    row.refresh_from_db()
    body: Json = row.body
    return body


def _expire(row: Object, *, ids: Ids, now: int, request: Json | None) -> None:
    intent = _intent(row)
    change = core.expire(session=row.body, intent=intent.body if intent else None, now=now)
    store.apply(change, seen=[row, *([intent] if intent else [])], ids=ids, now=now, request=request)


def _intent(row: Object) -> Object | None:
    return _row(_intent_key(row))


def _intent_key(row: Object) -> str | None:
    """The PaymentIntent that is tried for a Session. A subscription's is not shown in it."""
    key: str | None = row.body["payment_intent"] or row.private.get("intent")
    return key


def _row(key: str | None) -> Object | None:
    return Object.objects.filter(key=key).first() if key else None


def pay(*, key: str, card: Card, payer: Payer, ids: Ids, now: int) -> Json:
    """The buyer presses pay; returns the Session after it. Locks the Session.

    The result shows in the objects: paid, refused (the PaymentIntent's `last_payment_error`) or waiting for
    the 3-D Secure step. Again after a payment, or after its time: Refused, and no second payment.
    """
    read(key=key, ids=ids, now=now)
    with transaction.atomic():
        row = store.find(KIND, key, lock=True)
        intent = _intent(row)
        change = core.try_card(
            session=row.body,
            intent=intent.body if intent else None,
            data=row.private["data"],
            card=card,
            payer=payer,
            step=address("verify", key),
            ids=ids,
            now=now,
        )
        return _settle(change, rows=[row, *([intent] if intent else [])], ids=ids, now=now)


def debit(*, key: str, account: Account, payer: Payer, ids: Ids, now: int) -> Json:
    """The buyer orders a debit of a bank account; returns the Session, complete and unpaid. Locks the Session.

    What the bank says comes with time (`sandbox.bank`). Again, or after its time: Refused, no second debit.
    """
    read(key=key, ids=ids, now=now)
    with transaction.atomic():
        row = store.find(KIND, key, lock=True)
        intent = _intent(row)
        change = debits.start(
            session=row.body,
            intent=intent.body if intent else None,
            data=row.private["data"],
            account=account,
            payer=payer,
            ids=ids,
            now=now,
        )
        return _settle(change, rows=[row, *([intent] if intent else [])], ids=ids, now=now)


def take(*, key: str, payer: Payer, ids: Ids, now: int) -> Json:
    """The buyer takes what costs nothing; returns the Session. Again, or if it costs: Refused. Locks it."""
    read(key=key, ids=ids, now=now)
    with transaction.atomic():
        row = store.find(KIND, key, lock=True)
        change = core.take_free(session=row.body, payer=payer)
        return _settle(change, rows=[row], ids=ids, now=now)


def answer(*, key: str, passed: bool, ids: Ids, now: int) -> Json:
    """The buyer answers the 3-D Secure step; returns the Session. Again: Refused. Locks the Session."""
    read(key=key, ids=ids, now=now)
    with transaction.atomic():
        row = store.find(KIND, key, lock=True)
        intent = store.find("payment_intent", _intent_key(row) or "")
        method = _row(intent.body["payment_method"])
        change = core.answer_challenge(
            session=row.body,
            intent=intent.body,
            method=method.body if method else {},
            card=cards.of_method(method.body) if method else Card(""),
            passed=passed,
            ids=ids,
            now=now,
        )
        return _settle(change, rows=[row, intent, *([method] if method else [])], ids=ids, now=now)


def _settle(change: Change, *, rows: list[Object], ids: Ids, now: int) -> Json:
    session = rows[0]
    if session.body["mode"] == plans.MODE:
        session.private["intent"] = change.objects[1]["id"]
        session.save(update_fields=["private"])
        data, line = session.private["plan"], session.private["lines"][0]
        change = plans.at_checkout(change, line=line, data=data, ids=ids, now=now)
    store.apply(change, seen=rows, ids=ids, now=now)
    return change.objects[0]


def shown(row: Object) -> dict[str, Any]:
    """What the pay page says about a Session: lines with their small print, the amount, the last refusal."""
    intent = store.body(_intent_key(row)) or {}
    texts = row.private["texts"]
    return {
        "session": row.body,
        "lines": [line | {"text": text} for line, text in zip(row.private["lines"], texts, strict=True)],
        "refusal": intent.get("last_payment_error"),
        "waits": intent.get("status") == "requires_action",
        "confirming": intent.get("status") == "processing",
    }
