"""Exercise sheets: two panels with the same camera, numbered, and what is common to many of them."""

from __future__ import annotations

from collections.abc import Callable

from drawings.sheet import Sheet
from drawings.space import Pt

WIDE = (400, 260)  # two panels side by side
ACROSS = (200, 0)  # from the first panel to the second
DOWN = (0, 165)
TALL = (400, 330)  # two panels one above the other, for lying figures


def beside(sheet: Sheet) -> None:
    """Number badges and the fold between two upright panels."""
    sheet.path("M200 14V246", stroke="stripe", width=1.4, dash="4 6")
    sheet.number(1, (17, 19))
    sheet.number(2, (217, 19))


def above(sheet: Sheet) -> None:
    """Number badges and the fold between two lying panels."""
    sheet.path("M14 165H386", stroke="stripe", width=1.4, dash="4 6")
    sheet.number(1, (17, 19))
    sheet.number(2, (17, 184))


def shared(sheet: Sheet, n: int, name: str, by: Pt, draw: Callable[[], object]) -> None:
    """What looks the same in both panels: drawn in the first, used again in the second."""
    if n:
        sheet.again(name, by)
        return
    with sheet.group(name):
        draw()
