"""The sixty ways in which letters go wrong elsewhere, and the tests that hold each of them.

`make check-letters` runs them, prints number and tests, and fails on a gap or a fault.
"""

import sys
from pathlib import Path

import pytest

from tests.payments.scenarios import Outcomes, tests_in

FOLDER = Path(__file__).parent
FILES = [
    *sorted(FOLDER.glob("test_*.py")),
    *(FOLDER.parent / name for name in ("courses/test_journeys.py", "courses/test_five_letters.py")),
    FOLDER.parent / "desk" / "test_letters.py",
]
SCENARIOS = dict(
    enumerate(
        """killed between lease and DATA
killed between dot and mark
killed inside the planner
many random kills of senders and relays
restarted in the middle of a letter to many
paused, another rate, resumed
two beats, or an orphan of one
five ticks at the same second
broker flushed, restarted or down
worker that stops consuming
task delivered again while the first runs
database restarted in the middle of sending
disk full, database read-only
mail server that takes the call and never answers
mail server that hangs up every N letters
a provider that wants a pause
an address that does not exist
a provider that refuses us
a mailbox that is full once
vacation reply to the bounce address
forged bounce, and mail that is no bounce
the same webhook many times, out of order
webhook before our own mark
complaint
scanner opens the unsubscribe address
one-click unsubscribe without cookie or login
unsubscribed while thousands are queued
no reminders, but lessons
scanner opens the opt-in address
hundreds of opt-in posts for one victim
confirmed twice, or too late
opt-in by somebody who is a student
mini-course visitor buys
refund a minute before the lesson
lesson finished early
course finished
reminder planned, then they come back
away two weeks
joined late at night, or just before the hour
joined after the time of a reminder
clock change, odd zones, day line
flies to another zone
zone unknown or empty
three days down
a sequence switched on for old students
a letter inserted or deleted
a typo mended while letters go out
a letter that cannot be written for one student
letter to many pressed by mistake
who joins in the middle of a letter to many
address changed after planning
two contacts merged
server's clock jumps
ten megabytes in a lesson
long lines, emoji, line breaks in names
addresses in other letters
personal data erased
database restored from a backup
copy of the real data
who gets what tomorrow""".splitlines(),
        1,
    )
)


def main() -> int:
    """Run, print the map, and answer with an exit code."""
    outcomes, held = Outcomes(), tests_in(*FILES)
    code = pytest.main(["-q", "-n", "auto", *map(str, FILES)], plugins=[outcomes])
    gaps = 0
    for number, title in SCENARIOS.items():
        good = [one for one in held[number] if one in outcomes.passed and one not in outcomes.failed]
        bad = [one for one in held[number] if one in outcomes.failed]
        gaps += not good or bool(bad)
        print(f"{number:2}  {'ok ' if good and not bad else 'GAP'}  {title}")
        for name in good + [f"{one}  FAILED" for one in bad]:
            print(f"         {name}")
    tests = sum(map(len, held.values()))
    print(f"{len(SCENARIOS) - gaps} of {len(SCENARIOS)} scenarios are held by {tests} tests.")
    return int(code) or bool(gaps)


if __name__ == "__main__":
    sys.exit(main())
