"""The practice bank accounts and what each of them does. Real ones are refused, never kept, never shown again."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Account:
    """How one practice account behaves. Holds no IBAN: bank and last four digits are all that is stored."""

    last4: str
    pays: bool = True
    late: bool = False  # the bank takes three minutes
    disputed: str = ""  # the reason of the dispute that follows the payment
    bank_code: str = "19043"
    country: str = "AT"


PRACTICE = {
    "AT611904300234573201": Account("3201"),
    "AT321904300235473204": Account("3204", late=True),
    "AT861904300235473202": Account("3202", pays=False),
    "AT051904300235473205": Account("3205", pays=False, late=True),
    "AT591904300235473203": Account("3203", disputed="debit_not_authorized"),
}


def plain(iban: str) -> str:
    """Drop the spaces and dashes people type between groups."""
    return re.sub(r"[\s-]", "", iban).upper()


def find(iban: str) -> Account | None:
    """The practice account with this IBAN, or None: then it may be a real one."""
    return PRACTICE.get(plain(iban))


def of_details(details: dict[str, Any]) -> Account:
    """The practice account behind a charge's details: its last four digits tell."""
    return next(one for one in PRACTICE.values() if one.last4 == details["sepa_debit"]["last4"])


TRY = (
    ("AT61 1904 3002 3457 3201", "pays in a few seconds"),
    ("AT32 1904 3002 3547 3204", "pays after three minutes"),
    ("AT86 1904 3002 3547 3202", "is refused by the bank in a few seconds"),
    ("AT05 1904 3002 3547 3205", "is refused by the bank after three minutes"),
    ("AT59 1904 3002 3547 3203", "pays, and then the payment is disputed"),
)
