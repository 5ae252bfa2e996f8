"""How much slower plain Python is here than on the machine on which the bars of mail.md §6 were first measured: bars
in seconds grow with it and never shrink. Counts, ratios and memory stay as they are."""

import statistics
import time

THERE = 0.0040  # seconds that 100,000 additions to a global took there (CPython 3.11)
ADDITIONS = compile("for number in range(100_000): total += number", "additions", "exec")
PIECES = 100


def slowness() -> float:
    """At least 1.0. Takes a second; to be asked anew beside each measurement, since shared machines change their
    pace."""
    return max(1.0, statistics.median(piece() for _ in range(PIECES)) / THERE)


def piece() -> float:
    begun = time.process_time()
    exec(ADDITIONS, {"total": 0})  # noqa: S102 (a constant of this file)
    return time.process_time() - begun


def verdict(found: float, bar: float, slow: float) -> str:
    """How a figure of time stands to its bar: both in the same unit, seconds or a share of a processor."""
    if found <= bar:
        return "holds"
    return f"over, but holds at {slow:.1f} times slower" if found <= bar * slow else "MISSED"
