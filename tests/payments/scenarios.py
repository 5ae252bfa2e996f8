"""The sixty ways in which payments go wrong elsewhere, and the tests that hold each of them.

`make check-payments` runs them with the contract checks, prints number and tests, and fails on a gap or a fault.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
SCENARIOS = dict(
    enumerate(
        """same event twice, one after the other
same event twice, at once
two events for one change
webhook before the redirect
redirect before the webhook
webhook and return page at the same instant
event before our row is there
refund heard of before the payment
old event retried after a refund
a handler that fails
event of another system on the account
unknown event, value or field
bad, missing or old-scheme signature
signature too old
signature checked in the request
timestamp in the future
our clock is off
two secrets while one replaces the other
bodies that nobody can read
data that is null or no object
a body of 20 MB
a thin event
event of another API version
event of the other mode
all webhooks lost
event that was never made
webhook taken, order still pending
running out of time against a payment
tampered or foreign session id
return page bookmarked and reloaded
session paid for another order
amount or currency differs
price changes while paying
coupon used up in a race
coupon of all the price, without a gateway
nothing to pay
currencies with none and three decimals
double click and two tabs
first tab expires after the second paid
answer lost after the gateway acted
same key, other wishes
a gateway that never answers
debit: complete and not paid is neither failure nor access
debit that fails days later
money after the order ran out
full refund in the dashboard
partial refund leaves other lines alone
our refund and its own webhook
refund of a double payment
refund that fails later
disputes: opened, inquiry, won, lost, appealed
who is in already buys again
an instalment fails, and is paid later
a plan that must stop
guest with somebody's address
another address typed at the gateway
gift: one code, redeemed once
account deleted while a plan runs
broker down, task before commit
killed at any line of settling""".splitlines(),
        1,
    )
)


def tests_of() -> dict[int, list[str]]:
    return tests_in(*sorted(FOLDER.glob("test_*.py")))


def tests_in(*files: Path) -> dict[int, list[str]]:
    """The names of the tests of each scenario, by the number in them."""
    found = defaultdict(list)
    for file in files:
        for name, number in re.findall(
            r"^def (test_(\d\d)_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found[int(number)].append(f"{file.name}::{name}")
    return found


class Outcomes:
    """Which tests of the run passed, by file and function."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        name = re.sub(
            r"\[.*", "", f"{Path(report.fspath).name}::{report.nodeid.rpartition('::')[2]}", flags=re.S
        )
        if report.failed:
            self.failed.add(name)
        elif report.when == "call" and report.passed:
            self.passed.add(name)


def main() -> int:
    """Run, print the map, and answer with an exit code."""
    outcomes, held = Outcomes(), tests_of()
    files = sorted({name.partition("::")[0] for names in held.values() for name in names} - {"test_chaos.py"})
    places = [str(FOLDER / name) for name in files] + [str(FOLDER.parent / "sandbox" / "test_contract.py")]
    code = pytest.main(["-q", "-n", "auto", *places], plugins=[outcomes])
    gaps = 0
    for number, title in SCENARIOS.items():
        good = [one for one in held[number] if one in outcomes.passed and one not in outcomes.failed]
        bad = [one for one in held[number] if one in outcomes.failed]
        gaps += not good or bool(bad)
        print(f"{number:2}  {'ok ' if good and not bad else 'GAP'}  {title}")
        for name in good + [f"{one}  FAILED" for one in bad]:
            print(f"         {name}")
    print(
        f"{len(SCENARIOS) - gaps} of {len(SCENARIOS)} scenarios are held by {sum(map(len, held.values()))} tests."
    )
    return int(code) or bool(gaps)


if __name__ == "__main__":
    sys.exit(main())
