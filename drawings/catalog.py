"""The list of drawings: what each is called, what it says to a screen reader, who draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drawings.sheet import Sheet

Draw = Callable[[Sheet], None]


@dataclass(frozen=True)
class Drawing:
    key: str  # file name without .svg: an exercise's key or a lesson's slug
    size: tuple[int, int]
    title: str
    desc: str
    draw: Draw

    def svg(self) -> str:
        """The finished file; drawing twice gives the same text."""
        sheet = Sheet(self.key, self.size, self.title, self.desc)
        self.draw(sheet)
        return sheet.svg()


DRAWINGS: dict[str, Drawing] = {}


def drawing(key: str, size: tuple[int, int], title: str, desc: str) -> Callable[[Draw], Draw]:
    """Enter the decorated function into the list."""

    def enter(draw: Draw) -> Draw:
        DRAWINGS[key] = Drawing(key, size, title, desc, draw)
        return draw

    return enter
