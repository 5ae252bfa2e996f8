"""Mutation testing of what decides about money: a rule is broken in one place, and some test must notice.

`make mutants` takes the mutants from mutmut's operators and prints what it found.
mutmut's own runner is not used: it moves the sources to another folder, and our settings are bound to theirs. Here the
tests are collected once and run once unharmed, which must be green and tells which test calls which function. Then each
mutant lives in a forked process that runs the tests which call what was changed, the quickest first, until one fails.
Every one begins with the same database, and a first one that changes nothing must stay unnoticed. A test that takes
long alone is left out, so a few more may be noticed than is said. The modules are done at the same time;
`ARGS="payments/standing.py 40"` does one, and of it 40 mutants drawn by lot.
"""

import ast
import functools
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from mutmut.mutation import file_mutation

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/payments/"
SUITES = {
    "payments/standing.py": [
        "test_standing.py", "test_permutations.py", "test_integrity.py", "test_histories.py", "test_disputes.py",
        "test_plans.py", "test_ways.py",
    ],
    "payments/settlement.py": [
        "test_delivery.py", "test_integrity.py", "test_one_payment.py", "test_after_payment.py", "test_disputes.py",
        "test_coupons.py", "test_debits.py", "test_plans.py", "test_histories.py", "test_decisions.py",
        "test_withdrawals.py", "test_refunds.py", "test_farewell.py", "test_order_and_crash.py", "test_races.py",
    ],
}  # fmt: skip
ENOUGH = 90  # percent
BROKEN = 3  # exit code
LONG = 10  # seconds; a test that takes longer is left out
# Seconds, and ten times what its tests take: a mutant that runs longer never ends, and is noticed too.
PATIENCE = 60
ALL = ""  # stands for code outside functions: any test may notice it


@dataclass(frozen=True)
class Mutant:
    place: str  # the function or method that was changed: "settle", "Tried.worth"
    source: str  # its new text
    change: str  # the line before and after


NOTHING = Mutant(ALL, "", "")


def mutants_of(module: str) -> list[Mutant]:
    code = (ROOT / module).read_text(encoding="utf-8")
    tree, mutations, *_ = file_mutation.create_mutations(module, code)
    before, made = functions(code), []
    for one in mutations:
        source = tree.deep_replace(one.original_node, one.mutated_node).code  # type: ignore[arg-type]
        if source == code:
            continue
        pairs = zip(code.splitlines(), source.splitlines(), strict=False)
        old, new = next(((a, b) for a, b in pairs if a != b), ("", ""))
        after = functions(source)
        place = next((name for name in after if after[name] != before.get(name)), ALL)
        text = after.get(place) or statement(code, source)
        made.append(Mutant(place, text, f"{old.strip()} → {new.strip()}"))
    return made


def functions(code: str) -> dict[str, str]:
    """The functions and methods of a module, each with its text."""
    found = {}
    for node in ast.parse(code).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef):
                owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                found[owner + inner.name] = ast.unparse(inner)
    return found


def statement(code: str, source: str) -> str:
    """The one statement outside functions that differs."""
    pairs = zip(ast.parse(code).body, ast.parse(source).body, strict=True)
    return next(ast.unparse(new) for old, new in pairs if ast.dump(old) != ast.dump(new))


def put_in(mutant: Mutant, module: Any) -> None:
    """Change the running module; the names that others hold of its classes stay what they are."""
    owner, _, name = mutant.place.rpartition(".")
    space = dict(vars(module)) if owner else vars(module)
    exec(compile(mutant.source, module.__file__, "exec"), space)  # noqa: S102
    if owner:
        setattr(getattr(module, owner), name, space[name])


class Judge:
    """A pytest plugin that runs the collected tests its own way."""

    def __init__(self, module: str, mutants: list[Mutant]) -> None:
        self.name, self.mutants = module[:-3].replace("/", "."), mutants
        self.unnoticed: list[Mutant] = []
        self.endless: list[Mutant] = []
        self.seconds: dict[pytest.Item, float] = {}
        self.callers: dict[str, set[pytest.Item]] = defaultdict(set)
        self.item: pytest.Item
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    @property
    def module(self) -> Any:
        return import_module(self.name)  # not before pytest has set up Django

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.watch()
        for item in session.items:
            self.item, began = item, time.monotonic()
            run(item)
            self.seconds[item] = time.monotonic() - began
            if self.failed:
                pytest.exit(f"{item.nodeid} fails without any mutant.", returncode=1)
        self.seconds = {item: seconds for item, seconds in self.seconds.items() if seconds <= LONG}
        connections.close_all()
        database = Path(connections["default"].settings_dict["NAME"])
        clean = database.read_bytes()
        if self.is_noticed(NOTHING):
            pytest.exit("A mutant that changes nothing is noticed.", returncode=1)
        for number, mutant in enumerate(self.mutants, 1):
            noticed = self.is_noticed(mutant)
            word = "noticed" if noticed else "NOT NOTICED"
            print(f"{number}/{len(self.mutants)} {word}: {mutant.change}", file=sys.__stdout__, flush=True)
            if not noticed:
                self.unnoticed.append(mutant)
            for left in database.parent.glob(f"{database.name}-*"):
                left.unlink()  # of a process that was ended
            database.write_bytes(clean)
        return True

    def watch(self) -> None:
        """From now on note which test calls which function of the module, in whatever thread."""
        for place in functions(Path(self.module.__file__).read_text(encoding="utf-8")):
            owner, _, name = place.rpartition(".")
            holder = getattr(self.module, owner) if owner else self.module
            whole = vars(holder)[name]
            if isinstance(whole, property) and whole.fget:
                setattr(holder, name, property(self.noting(place, whole.fget)))
            else:
                setattr(holder, name, self.noting(place, whole))

    def noting(self, place: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            self.callers[place].add(self.item)
            return function(*args, **kwargs)

        return noted

    def is_noticed(self, mutant: Mutant) -> bool:
        """In a process of its own, with the mutant in place: does any test that may notice fail?"""
        tests = self.seconds.keys() & (self.callers[mutant.place] if mutant.place else self.seconds.keys())
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE + 10 * int(sum(self.seconds[item] for item in tests)))
            with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
                try:
                    put_in(mutant, self.module)
                except BaseException:
                    os._exit(BROKEN)
                try:
                    for item in sorted(tests, key=self.seconds.__getitem__):
                        run(item)
                        if self.failed:
                            os._exit(1)
                except BaseException:
                    os._exit(2)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN:
            pytest.exit(f"This mutant cannot be put in: {mutant.change}", returncode=1)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            self.endless.append(mutant)
        return status != 0


def run(item: pytest.Item) -> None:
    """What belongs to the session, as its database, stays set up."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)


def main(module: str = "", most: str = "") -> int:
    """Returns 1 when fewer than nine in ten are noticed in any module; pytest's word when the tests fail unharmed."""
    if not module:  # a process for each: pytest runs once in one
        run_one = [sys.executable, "-m", "tests.payments.mutants"]
        return max([one.wait() for one in [subprocess.Popen([*run_one, name], cwd=ROOT) for name in SUITES]])
    mutants = mutants_of(module)
    chosen = random.Random(60).sample(mutants, min(int(most or len(mutants)), len(mutants)))  # noqa: S311
    judge = Judge(module, chosen)
    code = pytest.main(["-q", "-n", "0", *(TESTS + name for name in SUITES[module])], [judge])
    if code or not chosen:
        return int(code) or 1
    share = 100 * (len(chosen) - len(judge.unnoticed)) // max(len(chosen), 1)
    lines = [f"## {module}", "", f"{len(chosen)} of {len(mutants)} mutants tried, {share} % noticed.", ""]
    lines += [f"- not noticed: `{one.change}`" for one in judge.unnoticed]
    lines += [f"- never ended: `{one.change}`" for one in judge.endless]
    print("\n".join(lines))
    return int(share < ENOUGH)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
