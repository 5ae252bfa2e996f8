"""What the documents say of the stand-in is there."""

import re
from pathlib import Path

from django.conf import settings

from sandbox import cards, ibans
from sandbox.models import Fault

ROOT = Path(settings.BASE_DIR)
TABLE = (ROOT / "docs/sandbox.md").read_text()
README = (ROOT / "sandbox/README.md").read_text()


def test_every_test_in_the_table_of_rules_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    sources = "".join(path.read_text() for path in (ROOT / "tests/sandbox").glob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", sources, re.M))
    assert (named - there, len(named) > 50) == (set(), True)


def test_every_row_of_the_table_names_a_test_and_a_source() -> None:
    rows = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith("| rule")]
    assert [row for row in rows if row.count(" | ") != 2 or row.split(" | ")[1] == ""] == []
    assert [row for row in rows if "`test_" not in row] == []


def test_every_practice_card_and_account_and_every_fault_is_in_the_readme() -> None:
    assert [card.last4 for card in cards.PRACTICE.values() if card.last4 not in README] == []
    assert [iban for iban in ibans.PRACTICE if iban not in README.replace(" ", "")] == []
    assert [kind for kind in Fault.Kind if f"`{kind}`" not in README] == []


def test_what_the_pay_page_offers_to_try_is_a_practice_value() -> None:
    assert [
        number for number, _ in (*cards.TRY, *cards.TRY_PLAN, *cards.TRY_CHANGE) if not cards.find(number)
    ] == []
    assert sorted(ibans.plain(iban) for iban, _ in ibans.TRY) == sorted(ibans.PRACTICE)
