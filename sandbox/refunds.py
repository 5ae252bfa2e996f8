"""What Stripe does with money that is given back, as pure functions like those in `sandbox.core`.

docs.stripe.com/refunds: to a card at once, to a bank account after a while; and a refund that succeeded may
still fail when the bank cannot book it.
"""

from sandbox import cards, shapes
from sandbox.core import LATE, SOON, Change, News, Turn
from sandbox.errors import Json, Refused
from sandbox.ids import Ids

SUCCEED, FAIL = "succeed", "fail"  # turns of a refund


def create(*, charge: Json, disputes: list[Json], params: Json, ids: Ids, now: int) -> Change:
    """Give back `params["amount"]`, or all that is left. The new Refund is the first object of the Change.

    Refused for a charge without money, for one that its owner's bank has charged back, for more than is left.
    """
    amount = _amount(charge=charge, disputes=disputes, params=params)
    back = shapes.refund(key=ids.make("re_"), charge=charge, amount=amount, params=params, now=now)
    details = charge["payment_method_details"]
    turn = None
    if details["type"] != "card":
        back |= {"destination_details": None, "pending_reason": "processing", "status": "pending"}
        turn = Turn(SUCCEED, now + SOON)
    elif cards.of_method(details).refund_fails:
        turn = Turn(FAIL, now + LATE)
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    given = charge["amount_refunded"] + amount
    charge = charge | {"amount_refunded": given, "refunded": given == charge["amount_captured"]}
    return Change(
        [back, charge],
        [News("charge.refunded", charge, before), News("refund.created", back)],
        {back["id"]: turn},
    )


def _amount(*, charge: Json, disputes: list[Json], params: Json) -> int:
    """How much to give back; Refused if that cannot be."""
    if any(not dispute["is_charge_refundable"] for dispute in disputes):
        raise Refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise Refused(f"Charge {charge['id']} has not succeeded.", code="charge_not_refundable")
    if left <= 0:
        raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount: int = params.get("amount", left)
    if amount <= 0:
        raise Refused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise Refused(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
        )
    return amount


def succeed(refund: Json) -> Change:
    """The bank has booked a pending refund. Refused unless it was waited for."""
    if refund["status"] != "pending":
        raise Refused(f"Refund {refund['id']} is {refund['status']}.")
    before = {name: refund[name] for name in ("pending_reason", "status")}
    refund = refund | {"pending_reason": None, "status": "succeeded"}
    return Change([refund], _updated(refund, before), {refund["id"]: None})


def fail(*, refund: Json, charge: Json, reason: str) -> Change:
    """The bank sends a refund back: the money is the seller's again. Refused for one that has failed already."""
    if refund["status"] not in ("pending", "succeeded"):
        raise Refused(f"Refund {refund['id']} is {refund['status']}.")
    before = {name: refund.get(name) for name in ("failure_reason", "status")}
    refund = refund | {"failure_reason": reason, "pending_reason": None, "status": "failed"}
    charge = charge | {"amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False}
    news = [*_updated(refund, before), News("refund.failed", refund)]
    return Change([refund, charge], news, {refund["id"]: None})


def _updated(refund: Json, before: Json) -> list[News]:
    """Both names under which Stripe tells of it."""
    return [News("refund.updated", refund, before), News("charge.refund.updated", refund, before)]
