"""What an import did or would do, in plain words."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SHORT = 120  # characters of a value that a summary shows


class BadContent(Exception):
    """Files that cannot be taken in. Each fault names its file and says in plain words what is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Fate(StrEnum):
    """What becomes of one thing."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "unchanged"
    BACK = "brought back from the archive"
    KEPT = "edited at the desk since: left alone"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Change:
    """One field: what stands there and what the file says, each cut short."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Item:
    """One row, picture, film or letter. `mark` is what was compared: with it a plan knows whether it still holds."""

    name: str
    fate: Fate
    changes: tuple[Change, ...] = ()
    mark: str = ""
    taken: bool = False  # edited since, and the file's was chosen all the same


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """The fields that differ."""
    return tuple(
        Change(words(name), *apart(before.get(name), value))
        for name, value in after.items()
        if plain(before.get(name)) != plain(value)
    )


def words(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ")


def plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | None):
        return {True: "yes", False: "no", None: ""}[value]
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def apart(before: Any, after: Any) -> tuple[str, str]:
    """Both from a little before where they begin to differ."""
    old, new = plain(before), plain(after)
    same = next(
        (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    start = max(same - SHORT // 4, 0)
    return cut(old, start), cut(new, start)


def cut(text: str, start: int) -> str:
    piece = text[start : start + SHORT]
    return f"{'…' if start else ''}{piece}{'…' if start + SHORT < len(text) else ''}"


@dataclass
class Report:
    """Every item with its fate; those kept were edited by hand since the last import and left alone."""

    name: str
    items: list[Item] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def of(self, *fates: Fate) -> list[str]:
        return [one.name for one in self.items if one.fate in fates]

    @property
    def added(self) -> list[str]:
        return self.of(Fate.ADDED)

    @property
    def changed(self) -> list[str]:
        return self.of(Fate.CHANGED)

    @property
    def archived(self) -> list[str]:
        return self.of(Fate.ARCHIVED)

    @property
    def kept(self) -> list[str]:
        return self.of(Fate.KEPT)

    @property
    def same(self) -> int:
        return len(self.of(Fate.SAME, Fate.BACK))

    @property
    def lines(self) -> list[str]:
        moved = f"{len(self.added)} added, {len(self.changed)} changed, {len(self.archived)} archived"
        told = [f"{self.name}: {moved}, {self.same} unchanged"]
        told += [f"  archived {one}" for one in self.archived]
        told += [f"  kept as edited by hand: {one}" for one in self.kept]
        return told + [f"  warning: {one}" for one in self.warnings]


def fingerprint(items: Iterable[Item]) -> str:
    """The same as long as the files and all that they would touch are the same; what was chosen does not count."""
    lines = [f"{one.name}\n{Fate.KEPT if one.taken else one.fate}\n{one.mark}" for one in items]
    return hashlib.sha256("\n\n".join(lines).encode()).hexdigest()
