"""The get-checked-first list (content/gate.toml): which level somebody's ticks come to, and the list as a printed page.

Pure: nothing is asked, stored or logged here. Whoever asks keeps the level and the date, never the ticks.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from coursesite.lib.frontmatter import BadFile

OPEN, NOT_ADMITTED = "open", "not admitted"


@dataclass(frozen=True)
class Level:
    key: str
    heading: str
    note: str = ""


@dataclass(frozen=True)
class Item:
    """`label`: how the printed list calls it, if not by its number."""

    key: str
    level: str
    text: str
    note: str = ""
    label: str = ""


@dataclass(frozen=True)
class Row:
    """An example that must hold: these ticks come to this level."""

    level: str
    ticked: tuple[str, ...] = ()
    age: int | None = None


@dataclass(frozen=True)
class Gate:
    """`levels`: the gravest first."""

    least_age: int
    levels: tuple[Level, ...]
    items: tuple[Item, ...]
    rows: tuple[Row, ...]


def read(data: Mapping[str, Any]) -> Gate:
    """Raises BadFile with what is wrong in plain words."""
    try:
        gate = Gate(
            least_age=data["least_age"],
            levels=tuple(Level(**one) for one in data["levels"]),
            items=tuple(Item(**one) for one in data["items"]),
            rows=tuple(Row(**{**one, "ticked": tuple(one.get("ticked", ()))}) for one in data["rows"]),
        )
    except (KeyError, TypeError) as error:
        raise BadFile(f"A word is missing or unknown: {error}") from error
    keys = [item.key for item in gate.items]
    if len(set(keys)) < len(keys):
        raise BadFile("Two items have the same key.")
    if strange := {item.level for item in gate.items} - {level.key for level in gate.levels}:
        raise BadFile(f"There is no level {', '.join(sorted(strange))}.")
    return gate


def level(gate: Gate, *, ticked: Collection[str], age: int | None = None) -> str:
    """The gravest level among the ticks, OPEN for none. Who is known to be too young is NOT_ADMITTED.

    Raises ValueError for a tick that is not on the list: a sign must never be lost silently.
    """
    known = {item.key: item.level for item in gate.items}
    if strange := set(ticked) - set(known):
        raise ValueError(f"Not on the list: {', '.join(sorted(strange))}")
    found = {known[key] for key in ticked}
    gravest = next((one.key for one in gate.levels if one.key in found), OPEN)
    is_emergency = gravest == gate.levels[0].key
    return NOT_ADMITTED if age is not None and age < gate.least_age and not is_emergency else gravest


def sheet(gate: Gate) -> str:
    """The list with boxes, level by level."""
    return "\n\n".join(part(gate, one) for one in gate.levels)


def part(gate: Gate, one: Level) -> str:
    lines = [box(item) for item in gate.items if item.level == one.key]
    return "\n\n".join([f"## {one.heading}", *([f"*{one.note}*"] if one.note else []), "\n".join(lines)])


def box(item: Item) -> str:
    note = f" *{item.note}*" if item.note else ""
    return f"- ☐ **{item.label or item.key.removeprefix('R')}.** {item.text}{note}"
