"""The tax of a Checkout Session, as Stripe Tax would put it: one rate for everybody, whole minor units."""

from sandbox.errors import Json, Refused

RATE = 20  # per cent


def apply(session: Json, lines: list[Json], *, fails: bool) -> tuple[Json, list[Json]]:
    """Session and lines with their tax in them. `fails`: it cannot be computed, and the Session says so."""
    if not fails:
        lines = [of_line(line) for line in lines]
    said = {
        "enabled": True,
        "liability": {"type": "self"},
        "provider": "stripe",
        "status": "failed" if fails else "complete",
    }
    taxed = {
        "amount_total": sum(line["amount_total"] for line in lines),
        "automatic_tax": said,
        "total_details": session["total_details"] | {"amount_tax": sum(line["amount_tax"] for line in lines)},
    }
    return session | taxed, lines


def of_line(line: Json) -> Json:
    """The line with its tax: on top of an exclusive price, inside an inclusive one.

    Refused for a price that says neither.
    """
    amount = line["amount_subtotal"]
    behavior = line["price"]["tax_behavior"]
    if behavior == "exclusive":
        tax = _rounded(amount * RATE, 100)
        return line | {"amount_tax": tax, "amount_total": amount + tax}
    if behavior == "inclusive":
        return line | {"amount_tax": _rounded(amount * RATE, 100 + RATE)}
    raise Refused(
        "Automatic tax needs prices whose `tax_behavior` is `inclusive` or `exclusive`.", param="line_items"
    )


def of_amount(amount: int, *, price: Json, rate: str) -> Json:
    """The tax of an amount billed for a price, as a line of an invoice tells it. `rate`: the id of the rate."""
    tax = of_line({"amount_subtotal": amount, "price": price})["amount_tax"]
    return {
        "amount": tax,
        "tax_behavior": price["tax_behavior"],
        "tax_rate_details": {"tax_rate": rate},
        "taxability_reason": "standard_rated",
        "taxable_amount": amount if price["tax_behavior"] == "exclusive" else amount - tax,
        "type": "tax_rate_details",
    }


def _rounded(part: int, whole: int) -> int:
    """`part / whole`, halves upward."""
    return (2 * part + whole) // (2 * whole)
