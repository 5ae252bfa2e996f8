"""Prices in words, as Stripe counts decimals (docs.stripe.com/currencies#zero-decimal)."""

NO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
THREE_DECIMALS = "bhd jod kwd omr tnd"


def words(minor: int, currency: str) -> str:
    """`14900, "usd"` is "149.00 USD". Minor units, never a float."""
    places = 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    whole, rest = divmod(minor, 10**places)
    return f"{whole:,}{f'.{rest:0{places}d}' if places else ''} {currency.upper()}"
