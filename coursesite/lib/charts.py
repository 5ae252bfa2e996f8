"""Small charts as numbers to draw with: the template makes the SVG, whose words and table say the same as its bars."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT = 600, 120, 4  # of the drawing; the foot is the line that the bars stand on
GAP = 0.25  # of a bar's place


@dataclass(frozen=True)
class Bar:
    """One bar, in the units of the drawing."""

    x: str
    y: str
    width: str
    height: str
    is_marked: bool = False


@dataclass(frozen=True)
class Chart:
    """`behind` are paler bars of the same places: what there was before, or what the bars are a part of."""

    key: str  # unique on its page
    title: str
    says: str  # the same in a sentence
    names: tuple[str, str]  # of the bars and of the paler ones
    bars: list[Bar]
    behind: list[Bar]
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]
    top: str  # the highest value, written at the line on top

    @property
    def box(self) -> str:
        return f"0 0 {WIDTH} {HEIGHT + FOOT}"

    @property
    def ground(self) -> int:
        return HEIGHT + 1


def bars(
    *, key: str, title: str, says: str, names: tuple[str, str], values: Sequence[int],
    behind: Sequence[int], heads: Sequence[str], rows: Sequence[Sequence[object]],
    marked: int | None = None, top: str = "",
) -> Chart:  # fmt: skip
    """Values from 0 upwards, each with its place in the table."""
    highest = max([*values, *behind, 1])
    return Chart(
        key, title, says, names, drawn(values, highest, marked), drawn(behind, highest, None), heads, rows,
        top or f"{highest:,}",
    )  # fmt: skip


def drawn(values: Sequence[int], highest: int, marked: int | None) -> list[Bar]:
    place = WIDTH / max(len(values), 1)
    found = []
    for number, value in enumerate(values):
        height = HEIGHT * value / highest
        found.append(
            Bar(
                x=f"{place * (number + GAP / 2):.2f}", y=f"{HEIGHT - height:.2f}",
                width=f"{place * (1 - GAP):.2f}", height=f"{height:.2f}", is_marked=number == marked,
            )
        )  # fmt: skip
    return found
