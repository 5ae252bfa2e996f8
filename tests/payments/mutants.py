"""Mutation testing of what decides about money: a rule is broken in one place, and some test must notice.

`make mutants` takes the mutants from mutmut's operators, runs the tests that concern the module on each in a copy of
the project, and writes docs/mutants.md. mutmut's own runner is not used: it moves the sources to another folder, and
our settings are bound to theirs. `ARGS="payments/standing.py 40"` does one module, and of it 40 mutants drawn by lot.
"""

import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from mutmut.mutation import file_mutation

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "mutants.md"
TESTS = "tests/payments/"
SUITES = {
    "payments/standing.py": ["test_standing.py", "test_integrity.py", "test_histories.py", "test_disputes.py"],
    "payments/settlement.py": [
        "test_delivery.py", "test_integrity.py", "test_one_payment.py", "test_after_payment.py", "test_disputes.py",
        "test_coupons.py", "test_debits.py", "test_plans.py", "test_histories.py", "test_decisions.py",
    ],
}  # fmt: skip
HANDS = 2
SLOWEST = 600  # seconds; a mutant that never ends is noticed too


@dataclass(frozen=True)
class Mutant:
    module: str
    source: str
    change: str  # the line before and after


def mutants_of(module: str) -> list[Mutant]:
    code = (ROOT / module).read_text(encoding="utf-8")
    tree, mutations, *_ = file_mutation.create_mutations(module, code)
    made = []
    for one in mutations:
        source = tree.deep_replace(one.original_node, one.mutated_node).code  # type: ignore[arg-type]
        pairs = zip(code.splitlines(), source.splitlines(), strict=False)
        old, new = next(((a, b) for a, b in pairs if a != b), ("", ""))
        made.append(Mutant(module, source, f"{old.strip()} → {new.strip()}"))
    return [one for one in made if one.source != code]


def is_noticed(mutant: Mutant, room: Path) -> bool:
    """Run the module's tests on the mutant in a copy of the project; does any of them fail?"""
    place = room / mutant.module
    kept = place.read_text(encoding="utf-8")
    place.write_text(mutant.source, encoding="utf-8")
    tests = [TESTS + name for name in SUITES[mutant.module]]
    run = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", *tests]
    try:
        return subprocess.run(run, cwd=room, capture_output=True, timeout=SLOWEST).returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        place.write_text(kept, encoding="utf-8")


def main(module: str = "", most: str = "") -> int:
    """Returns 1 when fewer than nine in ten are noticed in any module."""
    lines, poor = ["# Mutants", "", __doc__ or "", ""], False
    for name in [module] if module else SUITES:
        mutants = mutants_of(name)
        chosen = random.Random(60).sample(mutants, min(int(most or len(mutants)), len(mutants)))  # noqa: S311
        left = unnoticed(chosen)
        share = 100 * (len(chosen) - len(left)) // max(len(chosen), 1)
        poor |= share < 90
        lines += [f"## {name}", "", f"{len(chosen)} of {len(mutants)} mutants tried, {share} % noticed.", ""]
        lines += [f"- not noticed: `{one.change}`" for one in left] + [""]
        print("\n".join(lines[-3 - len(left) :]))
    REPORT.write_text("\n".join(lines), encoding="utf-8")
    return int(poor)


def unnoticed(mutants: list[Mutant]) -> list[Mutant]:
    with tempfile.TemporaryDirectory() as place:
        rooms: Queue[Path] = Queue()
        for hand in range(HANDS):
            room = Path(place) / str(hand)
            shutil.copytree(ROOT, room, ignore=shutil.ignore_patterns(".git", ".venv", "var", ".mypy_cache"))
            rooms.put(room)

        def judge(mutant: Mutant) -> bool:
            room = rooms.get()
            try:
                return is_noticed(mutant, room)
            finally:
                rooms.put(room)

        with ThreadPoolExecutor(HANDS) as pool:
            noticed = list(pool.map(judge, mutants))
    return [one for one, seen in zip(mutants, noticed, strict=True) if not seen]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
