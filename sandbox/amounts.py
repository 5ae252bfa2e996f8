"""Prices in words, as Stripe counts decimals (docs.stripe.com/currencies#zero-decimal)."""

import re

NO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
THREE_DECIMALS = "bhd jod kwd omr tnd"


def words(minor: int, currency: str) -> str:
    """`14900, "usd"` is "149.00 USD". Minor units, never a float."""
    return f"{plain(minor, currency, thousands=',')} {currency.upper()}"


def plain(minor: int, currency: str, *, thousands: str = "") -> str:
    """The number alone, as one types it: `14900, "usd"` is "149.00"."""
    places = _places(currency)
    whole, rest = divmod(minor, 10**places)
    return f"{whole:{thousands}}{f'.{rest:0{places}d}' if places else ''}"


def minor(text: str, currency: str) -> int | None:
    """What somebody typed, in minor units; None if it is no amount of this currency."""
    places = _places(currency)
    match = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,3}))?", text.strip(), re.ASCII)
    if not match or len(match[2] or "") > places:
        return None
    return int(match[1] + (match[2] or "").ljust(places, "0"))


def _places(currency: str) -> int:
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
