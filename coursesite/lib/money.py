"""Money is a whole number of minor units and a currency; never a float."""

ZERO_DECIMALS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())
THREE_DECIMALS = frozenset("bhd jod kwd omr tnd".split())

# The least that may be charged, in minor units: 0.50 USD or EUR, 50 JPY (docs.stripe.com/currencies#minimum-and-
# maximum-charge-amounts; currencies of less worth per unit have higher ones, which the gateway tells).
LEAST_MINOR = 50


def exponent(currency: str) -> int:
    """Decimals of an ISO 4217 currency as Stripe counts them (docs.stripe.com/currencies#zero-decimal)."""
    code = currency.lower()
    return 0 if code in ZERO_DECIMALS else 3 if code in THREE_DECIMALS else 2


def is_too_little(minor: int) -> bool:
    """More than nothing, and less than can be charged?"""
    return 0 < minor < LEAST_MINOR


def amount_text(minor: int, currency: str) -> str:
    """`14900, "usd"` -> "149 USD", `14950` -> "149.50 USD": the form in which the site names every price."""
    digits = exponent(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    decimals = f".{rest:0{digits}d}" if rest else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{decimals} {currency.upper()}"
