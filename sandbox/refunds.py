"""What Stripe does with money that is given back, as pure functions like those in `sandbox.core`."""

from sandbox import shapes
from sandbox.core import Change, News
from sandbox.errors import Json, Refused
from sandbox.ids import Ids


def create(*, charge: Json, params: Json, ids: Ids, now: int) -> Change:
    """Give back `params["amount"]`, or all that is left. The new Refund is the first object of the Change.

    Refused for a charge without money, and for more than is left.
    """
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount <= 0:
        raise Refused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise Refused(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
        )
    back = shapes.refund(key=ids.make("re_"), charge=charge, amount=amount, params=params, now=now)
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge = charge | {"amount_refunded": charge["amount_refunded"] + amount, "refunded": amount == left}
    return Change([back, charge], [News("charge.refunded", charge, before), News("refund.created", back)])
