"""Mutation testing of what decides about money: a rule is broken in one place, and some test must notice.

`make mutants` takes the mutants from mutmut's operators and prints what it found.
mutmut's own runner is not used: it moves the sources to another folder, and our settings are bound to theirs. Here the
tests are collected once and run once unharmed, which must be green and tells which test comes by which line. Then each
mutant lives in a forked process that runs the tests which come by what was changed, until one fails.
Every one has a database of its own, and a first one that changes nothing must stay unnoticed.
`ARGS="payments/standing.py 40"` does one module, and of it 40 mutants drawn by lot.
"""

import ast
import functools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

import coverage
import pytest
from django.db import connections
from mutmut.mutation import file_mutation

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/payments/"
SUITES = {
    "payments/standing.py": ["test_standing.py"],
    "payments/settlement.py": ["test_settlement.py", "test_plans.py", "test_ways.py"],
}  # fmt: skip
ENOUGH = 90  # percent
BROKEN = 3  # exit code
# Seconds, and ten times what its tests take: a mutant that runs longer never ends, and is noticed too.
PATIENCE = 60
ALL = ""  # stands for code outside functions: any test may notice it


@dataclass(frozen=True)
class Mutant:
    place: str  # the function or method that was changed: "settle", "Tried.worth"
    line: int  # where its statement begins; 0 for what is run once, when the module is imported
    source: str  # its new text
    change: str  # the line before and after


NOTHING = Mutant(ALL, 0, "", "")


def mutants_of(module: str) -> list[Mutant]:
    code = (ROOT / module).read_text(encoding="utf-8")
    tree, mutations, *_ = file_mutation.create_mutations(module, code)
    before, made = functions(code), []
    for one in mutations:
        source = tree.deep_replace(one.original_node, one.mutated_node).code  # type: ignore[attr-defined]
        if source == code:
            continue
        pairs = enumerate(zip(code.splitlines(), source.splitlines(), strict=False), 1)
        line, (old, new) = next((number, (a, b)) for number, (a, b) in pairs if a != b)
        after = functions(source)
        place = next((name for name in after if after[name] != before.get(name)), ALL)
        text = after.get(place) or statement(code, source)
        made.append(Mutant(place, begin(code, line), text, f"{old.strip()} → {new.strip()}"))
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


def begin(code: str, line: int) -> int:
    """Where the innermost statement begins that a line is part of, as coverage counts; 0 if no function runs it."""
    tree = ast.parse(code)
    inside = [
        n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for part in f.body for n in ast.walk(part)
    ]
    starts = [n.lineno for n in inside if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or 0)]
    return max(starts, default=0)


def statement(code: str, source: str) -> str:
    """The one statement outside functions that differs."""
    pairs = zip(ast.parse(code).body, ast.parse(source).body, strict=True)
    return next(ast.unparse(new) for old, new in pairs if ast.dump(old) != ast.dump(new))


def read(mutant: Mutant, module: Any) -> Callable[[], None]:
    """Read the new text, which may fail as an import would; the call that comes back changes the running module."""
    owner, _, name = mutant.place.rpartition(".")
    space = dict(vars(module))
    exec(compile(mutant.source, module.__file__, "exec"), space)  # noqa: S102
    return functools.partial(change, module, owner, {name: space[name]} if name else space)


def change(module: Any, owner: str, new: dict[str, Any]) -> None:
    """Others hold the module's classes by name, so a class is changed part by part."""
    for name, value in new.items():
        old = vars(module).get(name)
        if owner or not isinstance(old, type) or issubclass(old, Enum):
            setattr(getattr(module, owner) if owner else module, name, value)
        elif value is not old:
            for part in vars(value).keys() - {"__dict__", "__weakref__", "__module__"}:
                setattr(old, part, vars(value)[part])


class Judge:
    """A pytest plugin that runs the collected tests its own way."""

    def __init__(self, module: str, mutants: list[Mutant]) -> None:
        self.name, self.mutants = module[:-3].replace("/", "."), mutants
        self.unnoticed: list[Mutant] = []
        self.endless: list[Mutant] = []
        self.seconds: dict[pytest.Item, float] = {}
        self.comers: dict[int, set[str]] = {}
        self.noticers: dict[str, Counter[str]] = defaultdict(Counter)
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    @property
    def module(self) -> Any:
        return import_module(self.name)  # not before pytest has set up Django

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        file = self.module.__file__
        lines = coverage.Coverage(data_file=None, include=[file])
        lines.start()
        for item in session.items:
            lines.switch_context(item.nodeid)
            began = time.monotonic()
            run(item)
            self.seconds[item] = time.monotonic() - began
            if self.failed:
                pytest.exit(f"{item.nodeid} fails without any mutant.", returncode=1)
        lines.stop()
        self.comers = {line: set(tests) for line, tests in lines.get_data().contexts_by_lineno(file).items()}
        connections.close_all()
        database = Path(connections["default"].settings_dict["NAME"])
        self.clean = database.read_bytes() if database.exists() else b""  # rules need none
        if self.try_all([NOTHING]):
            pytest.exit("A mutant that changes nothing is noticed.", returncode=1)
        noticed = self.try_all(self.mutants)
        self.unnoticed = [one for one in self.mutants if one not in noticed]
        return True

    def try_all(self, mutants: list[Mutant]) -> list[Mutant]:
        """As many at once as there are processors; the noticed ones come back."""
        waiting, running, noticed = list(reversed(mutants)), dict[int, tuple[Mutant, int]](), list[Mutant]()
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                reading, writing = os.pipe()
                child = os.fork()
                if child == 0:
                    os._exit(self.tried(waiting[-1], writing))
                os.close(writing)
                running[child] = (waiting.pop(), reading)
            child, status = os.wait()
            mutant, reading = running.pop(child)
            with os.fdopen(reading) as told:
                self.noticers[mutant.place][told.read()] += 1
            for left in self.database(child).parent.glob(f"{self.database(child).name}*"):
                left.unlink()
            if os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN:
                pytest.exit(f"This mutant cannot be put in: {mutant.change}", returncode=1)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
                self.endless.append(mutant)
            noticed += [mutant] if status else []
            word = "noticed" if status else "NOT NOTICED"
            done = len(mutants) - len(waiting) - len(running)
            print(f"{done}/{len(mutants)} {word}: {mutant.change}", file=sys.__stdout__, flush=True)
        return noticed

    @staticmethod
    def database(process: int) -> Path:
        return Path(tempfile.gettempdir()) / f"mutant-{process}.sqlite3"

    def may_notice(self, mutant: Mutant) -> list[pytest.Item]:
        """Tests that noticed others of the same function come first, then the quickest."""
        noticers, items = self.noticers[mutant.place], list(self.seconds)
        if mutant.line:
            items = [item for item in items if item.nodeid in self.comers.get(mutant.line, ())]
        return sorted(items, key=lambda item: (-noticers[item.nodeid], self.seconds[item]))

    def tried(self, mutant: Mutant, tell: int) -> int:
        """In a process and a database of its own: does any test fail with it in place? Returns the exit code."""
        tests = self.may_notice(mutant)
        signal.alarm(PATIENCE + 10 * int(sum(self.seconds[item] for item in tests)))
        self.database(os.getpid()).write_bytes(self.clean)
        connections["default"].settings_dict["NAME"] = str(self.database(os.getpid()))
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            try:
                put_in = read(mutant, self.module)
            except BaseException:
                return 1
            try:
                put_in()
            except BaseException:
                return BROKEN
            try:
                for item in tests:
                    run(item)
                    if self.failed:
                        os.write(tell, item.nodeid.encode())
                        return 1
            except BaseException:
                return 2
        return 0


def run(item: pytest.Item) -> None:
    """What belongs to the session, as its database, stays set up."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)


def main(module: str = "", most: str = "") -> int:
    """Returns 1 when fewer than nine in ten are noticed in any module; pytest's word when the tests fail unharmed."""
    if not module:  # a process for each: pytest runs once in one
        run_one = [sys.executable, "-m", "tests.payments.mutants"]
        return max([subprocess.run([*run_one, name], cwd=ROOT).returncode for name in SUITES])
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
