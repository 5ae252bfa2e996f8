"""Doses: sane numbers, the least first, and the words beside them say the same."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from courses.importing.reading import Entry

# what may be asked of somebody nobody has examined: (least, most)
BOUNDS = {
    "seconds": (5, 600),
    "hold_seconds": (1, 30),
    "repetitions": (1, 15),
    "sets": (1, 5),
    "rest_seconds": (0, 120),
    "times_per_day": (1, 8),
    "days_per_week": (1, 7),
}
NUMBER = re.compile(r"\d+")
WORDS = {"once": 1, "one": 1, "twice": 2}


def faults(exercises: Iterable[Entry]) -> Iterator[str]:
    for entry in exercises:
        dose = entry.head.get("dose", {})
        for fault in [*numbers(dose), *words(dose)]:
            yield f"{entry.file}: {fault}"


def numbers(dose: dict[str, Any]) -> Iterator[str]:
    if not dose.keys() & {"seconds", "repetitions"}:
        yield "the dose needs seconds or repetitions."
    for name in ("sets", "times_per_day", "days_per_week"):
        if name not in dose:
            yield f"the dose needs {name}."
    for name, value in dose.items():
        if name == "text":
            continue
        if name == "sides":
            if value not in (1, 2) or isinstance(value, bool):
                yield "sides must be 1, or 2 for each side."
        elif name not in BOUNDS:
            yield f"{name} is not a word a dose knows."
        else:
            yield from pair(name, value)


def pair(name: str, value: Any) -> Iterator[str]:
    least, most = BOUNDS[name]
    if not (isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value)):
        yield f"{name} must be [least, most] in whole numbers."
    elif value[0] > value[1]:
        yield f"{name}: {value[0]} is more than {value[1]}; the least comes first."
    elif value[0] < least or value[1] > most:
        yield f"{name} {value} is outside {least} to {most}."


def words(dose: dict[str, Any]) -> Iterator[str]:
    """The sentence that people read names the numbers that the timer counts."""
    text = str(dose.get("text", "")).lower()
    told = {int(one) for one in NUMBER.findall(text)} | {
        n for word, n in WORDS.items() if word in text.split()
    }
    for name in ("repetitions", "seconds"):
        for value in dose.get(name, []) if isinstance(dose.get(name), list) else []:
            if type(value) is int and not {value, value / 60} & told:
                yield f"{name} {value} does not appear in its text “{dose.get('text', '')}”."
