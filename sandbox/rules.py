"""What Stripe refuses about a Checkout Session."""

import re

from sandbox.errors import Json, Refused

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60  # how long a Session may stay open, in seconds


def check(params: Json, *, lifetime: int) -> None:
    """Refuse what Stripe would refuse: lifetime, addresses, amounts."""
    if not SHORTEST <= lifetime <= LONGEST:
        raise Refused(
            "The `expires_at` timestamp must be 30 minutes to 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "https://").startswith(("https://", "http://")):
            raise Refused("Not a valid URL", code="url_invalid", param=name)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", params.get("customer_email", "ann@example.org")):
        raise Refused("Invalid email address", code="email_invalid", param="customer_email")
    for index, line in enumerate(params["line_items"]):
        _check_line(line, where=f"line_items[{index}]")


def _check_line(line: Json, *, where: str) -> None:
    data = line["price_data"]
    if not re.fullmatch(r"[A-Za-z]{3}", data["currency"], re.ASCII):
        raise Refused(f"Invalid currency: {data['currency']}", param=f"{where}[price_data][currency]")
    if data["unit_amount"] < 0:
        raise Refused("Invalid non-negative integer", param=f"{where}[price_data][unit_amount]")
    if line["quantity"] < 1:
        raise Refused("Invalid positive integer", param=f"{where}[quantity]")


def methods(params: Json, *, currency: str) -> list[str]:
    """The ways to pay that the seller allows: a card if nothing is said. Refused for a debit without euros."""
    allowed: list[str] = params.get("allowed_payment_method_types") or ["card"]
    if "sepa_debit" in allowed and currency != "eur":
        raise Refused(
            f"Invalid currency: {currency}. "
            "The payment method `sepa_debit` only supports the following currencies: eur.",
            param="allowed_payment_method_types",
        )
    return allowed


def check_open(session: Json, *, method: str | None) -> None:
    """Refuse a payment of a Session that is closed, or that is not to be paid so. `method` None: for nothing."""
    if session["status"] != "open":
        raise Refused("This Checkout Session is no longer open.", code="checkout_session_not_open")
    allowed = (
        [None] if session["payment_status"] == "no_payment_required" else session["payment_method_types"]
    )
    if method not in allowed:
        raise Refused(f"{method} is not allowed here.", code="payment_intent_incompatible_payment_method")
