"""What banks do to stored debits once the buyer has left. `sandbox.passing` calls it when the time has come."""

from collections.abc import Callable

from django.db import transaction

from sandbox import checkout, debits, ibans, store
from sandbox.core import Change
from sandbox.errors import Json, Refused
from sandbox.ids import Ids
from sandbox.models import Object

CHARGE = "charge"


def settle_due(*, ids: Ids, now: int) -> int:
    """Let the banks answer every debit whose time has come, as its practice account says. Again: none."""
    return each_due(CHARGE, debits.SETTLE, settle, ids=ids, now=now)


def each_due(kind: str, turn: str, act: Callable[..., bool], *, ids: Ids, now: int) -> int:
    """Call `act(key=)` for each object whose turn has come; returns how many acted.

    One that another request holds is left to the next call.
    """
    done = 0
    for key in store.due(kind, turn, now=now):
        try:
            done += act(key=key, ids=ids, now=now)
        except Refused:
            continue
    return done


def settle(*, key: str, ids: Ids, now: int) -> bool:
    """The bank's answer to one debit whose time has come; True if this call brought it. Again: nothing."""
    with transaction.atomic():
        rows = _locked(key)
        charge = rows[2]
        if not store.is_due(charge, debits.SETTLE, now=now):
            return False
        account = ibans.of_details(charge.body["payment_method_details"])
        _answer(rows, pays=account.pays, ids=ids, now=now)
    return True


def answer(*, key: str, pays: bool, ids: Ids, now: int) -> None:
    """Let the bank answer a debit now, whatever its practice account says. Refused the second time."""
    with transaction.atomic():
        _answer(_locked(key), pays=pays, ids=ids, now=now)


def _locked(key: str) -> tuple[Object, Object, Object]:
    """Session, PaymentIntent and charge of one debit, locked in the order in which everybody locks them."""
    intent_key = store.find(CHARGE, key).body["payment_intent"]
    session_key = store.listed(checkout.KIND, payment_intent=intent_key).values_list("key", flat=True).first()
    return (
        store.find(checkout.KIND, session_key or "", lock=True),
        store.find("payment_intent", intent_key, lock=True),
        store.find(CHARGE, key, lock=True),
    )


def _answer(rows: tuple[Object, Object, Object], *, pays: bool, ids: Ids, now: int) -> None:
    session, intent, charge = (row.body for row in rows)
    change = _paid(session, intent, charge, now=now) if pays else _unpaid(session, intent, charge)
    store.apply(change, seen=rows, ids=ids, now=now)


def _paid(session: Json, intent: Json, charge: Json, *, now: int) -> Change:
    account = ibans.of_details(charge["payment_method_details"])
    return debits.confirm(session=session, intent=intent, charge=charge, account=account, now=now)


def _unpaid(session: Json, intent: Json, charge: Json) -> Change:
    method = store.find("payment_method", charge["payment_method"])
    return debits.refuse(session=session, intent=intent, charge=charge, method=method.body)
