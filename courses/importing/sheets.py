"""`::sheet gate-list` on a printed page: filled from content/gate.toml and content/finder.toml, so typed once."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from courses import finder, gate

SHEET = re.compile(r"^::sheet +([\w-]+) *$", re.MULTILINE)
Data = Mapping[str, Any]


def of_gate(data: Data) -> dict[str, str]:
    return {"gate-list": gate.sheet(gate.read(data))}


def of_finder(data: Data) -> dict[str, str]:
    return finder.sheets(finder.read(data))


# what each data file gives, by the name of its sheets; raises BadFile
SOURCES: dict[str, Callable[[Data], dict[str, str]]] = {"gate.toml": of_gate, "finder.toml": of_finder}


def fill(head: Data, sheets: Mapping[str, str]) -> dict[str, Any]:
    """A lesson's front matter with the sheets in its printed pages. One that is unknown stays as it is written."""
    materials = head.get("materials")
    if not isinstance(materials, list):
        return dict(head)
    return {**head, "materials": [filled(one, sheets) for one in materials]}


def filled(one: Any, sheets: Mapping[str, str]) -> Any:
    if not (isinstance(one, dict) and isinstance(one.get("body"), str)):
        return one
    return {**one, "body": SHEET.sub(lambda match: sheets.get(match[1], match[0]), one["body"])}


def unknown(text: str) -> Iterator[str]:
    """The names of sheets that nothing filled."""
    yield from SHEET.findall(text)
