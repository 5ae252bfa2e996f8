"""What happens to stored payments after they came: refunds and disputes. The rules are in their own modules."""

from django.db import transaction

from sandbox import bank, cards, debits, disputes, ibans, refunds, store
from sandbox.errors import Json, Refused
from sandbox.ids import Ids
from sandbox.models import Object

CHARGE, REFUND, DISPUTE = "charge", "refund", "dispute"


def refund(*, key: str, params: Json, ids: Ids, now: int, request: Json | None = None) -> Json:
    """Give money of a charge back; returns the Refund. Each call gives more, until nothing is left: Refused."""
    with transaction.atomic():
        row = store.find(CHARGE, key, param="charge", lock=True)
        against = [one.body for one in store.listed(DISPUTE, charge=key)]
        change = refunds.create(charge=row.body, disputes=against, params=params, ids=ids, now=now)
        store.apply(change, seen=[row], ids=ids, now=now, request=request)
    return change.objects[0]


def refunds_due(*, ids: Ids, now: int) -> int:
    """Book pending refunds, and send back those that fail, whose time has come. Again: none."""
    booked = bank.each_due(REFUND, refunds.SUCCEED, book, ids=ids, now=now)
    return booked + bank.each_due(REFUND, refunds.FAIL, send_back, ids=ids, now=now)


def book(*, key: str, ids: Ids, now: int) -> bool:
    """The bank books a pending refund. Refused the second time. Locks the refund."""
    with transaction.atomic():
        row = store.find(REFUND, key, lock=True)
        store.apply(refunds.succeed(row.body), seen=[row], ids=ids, now=now)
    return True


def send_back(*, key: str, ids: Ids, now: int) -> bool:
    """The bank cannot book a refund: the money comes back. Refused the second time. Locks charge, refund."""
    with transaction.atomic():
        charge = store.find(CHARGE, store.find(REFUND, key).body["charge"], lock=True)
        row = store.find(REFUND, key, lock=True)
        details = charge.body["payment_method_details"]
        reason = cards.of_method(details).refund_fails if details["type"] == "card" else ""
        change = refunds.fail(refund=row.body, charge=charge.body, reason=reason or "unknown")
        store.apply(change, seen=[row, charge], ids=ids, now=now)
    return True


def disputes_due(*, ids: Ids, now: int) -> int:
    """Open the disputes that follow some practice payments and whose time has come. Again: none."""
    return bank.each_due(CHARGE, debits.DISPUTE, _complain, ids=ids, now=now)


def _complain(*, key: str, ids: Ids, now: int) -> bool:
    with transaction.atomic():
        row = store.find(CHARGE, key, lock=True)
        if not store.is_due(row, debits.DISPUTE, now=now):
            return False
        details = row.body["payment_method_details"]
        payer = cards.of_method(details) if details["type"] == "card" else ibans.of_details(details)
        _begin(row, reason=payer.disputed, inquiry=False, ids=ids, now=now)
    return True


def dispute(*, key: str, reason: str, inquiry: bool = False, ids: Ids, now: int) -> Json:
    """The payer complains about a charge; returns the dispute. Refused while another one is open."""
    with transaction.atomic():
        row = store.find(CHARGE, key, lock=True)
        return _begin(row, reason=reason, inquiry=inquiry, ids=ids, now=now)


def _begin(row: Object, *, reason: str, inquiry: bool, ids: Ids, now: int) -> Json:
    for other in store.listed(DISPUTE, charge=row.key):
        if other.body["status"] in disputes.UNDECIDED:
            raise Refused(f"Charge {row.key} is disputed already: {other.key}.")
    change = disputes.begin(charge=row.body, reason=reason, inquiry=inquiry, ids=ids, now=now)
    store.apply(change, seen=[row], ids=ids, now=now)
    return change.objects[0]


def move_dispute(*, key: str, how: str, ids: Ids, now: int) -> Json:
    """Let one of `disputes.MOVES` happen; returns the dispute. Refused where it cannot, so mostly twice."""
    with transaction.atomic():
        row = store.find(DISPUTE, key, lock=True)
        change = disputes.move(row.body, how, now=now)
        store.apply(change, seen=[row], ids=ids, now=now)
    return change.objects[0]
