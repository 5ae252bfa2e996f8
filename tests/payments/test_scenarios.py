"""The scenario list and the tests agree: no number that concerns a card purchase is without a test."""

import re
from pathlib import Path

CARD_PURCHASE = {
    *range(1, 34),
    *range(36, 43),
    *(43, 44, 45, 46, 51, 52, 53, 54, 55, 59, 60),
}


def test_every_scenario_of_a_card_purchase_has_a_test() -> None:
    """Coupons, gifts and refunds made here come with their own work."""
    files = Path(__file__).parent.glob("test_*.py")
    found = {
        int(number) for file in files for number in re.findall(r"^def test_(\d\d)_", file.read_text(), re.M)
    }
    assert found == CARD_PURCHASE
