"""Small ink drawings in a box of about 30 pixels, the middle at (0, 0)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from drawings.sheet import Sheet, num
from drawings.space import Pt


@dataclass(frozen=True)
class Icon:
    """A filled ink shape, more ink lines, and lines in the accent color that say where."""

    shape: str
    lines: str = ""
    accent: str = ""
    fill: str = "sheet"


ICONS = {
    "octagon": Icon("M-8.3 -20H8.3L20 -8.3V8.3L8.3 20H-8.3L-20 8.3V-8.3Z", "", "M0 -10V10M-10 0H10"),
    "triangle": Icon("M0 -19L21 18H-21Z", "", "M0 -6V5M0 11.4V11.5"),
    "circle": Icon("M20 0A20 20 0 1 1 -20 0A20 20 0 1 1 20 0Z", "", "M-9 -5H9M-9 -5V9H9V-5M-4 -9V-3M4 -9V-3"),
    "chest": Icon(
        "M-16 16V2C-16 -6 -12 -9 -6 -11L-4 -16H4L6 -11C12 -9 16 -6 16 2V16",
        "M-10 16V6M10 16V6",
        "M1 10C-6 4 -6 -3 -2 -3C0 -3 1 -1.6 1 0C1 -1.6 2 -3 4 -3C8 -3 8 4 1 10Z",
        "cloth",
    ),
    "bladder": Icon(
        "M-14 -16C-12 -6 -16 0 -17 16H-4C-3 9 3 9 4 16H17C16 0 12 -6 14 -16Z",
        "",
        "M0 -9C4 -3 5 -1 5 1.4A5 5 0 0 1 -5 1.4C-5 -1 -4 -3 0 -9Z",
        "trouser",
    ),
    "leg": Icon(
        "M-9 -17H7C8 -8 4 -2 4 4C4 8 5 10 9 11C13 12 14 14 14 16H-5C-6 8 -10 0 -9 -17Z",
        "",
        "M14 -14L10 -9H16L12 -3",
        "trouser",
    ),
    "thermometer": Icon(
        "M-4 -13A4 4 0 0 1 4 -13V3A7.4 7.4 0 1 1 -4 3Z", "M9 -12H13M9 -6H13M9 0H13", "M0 -8V9"
    ),
    "hand": Icon(
        "M-8 17C-10 9 -14 5 -13 2C-12 0 -9 2 -7 5V-6A2.3 2.3 0 0 1 -2.4 -6V-8A2.3 2.3 0 0 1 2.2 -8V-7A2.3 2.3 0 0 1 "
        "6.8 -7V-3A2.2 2.2 0 0 1 11.2 -3V6C11 11 9 14 8 17Z",
        "M-2.4 -6V2M2.2 -7V2M6.8 -5V3",
        "M-8 -12L-9 -15M-1 -14V-17M6 -13L7 -16M12 -9L14 -11",
        "skin",
    ),
    "pills": Icon("M-8 -7H8V14H-8Z", "M-6 -7V-10H6V-7M-9 -15H9V-10H-9ZM-8 0H8M-8 8H8M-3 4H3", fill="cloth"),
    "screen": Icon("M-15 -12H15V7H-15Z", "M0 7V13M-8 13H8M-9 -6H5M-9 -1H1", fill="cloth"),
    "dumbbell": Icon(
        "M-10 -9H-6V9H-10ZM6 -9H10V9H6ZM-15 -6H-10V6H-15ZM10 -6H15V6H10Z", "M-6 0H6", fill="trouser"
    ),
    "elbow": Icon(
        "M-15 -14C-10 -16 -5 -15 -4 -12L2 3L13 -2C16 -3 17 2 14 4L1 13C-2 15 -6 14 -7 11L-15 -4Z",
        "M12 -1L9 5",
        fill="cloth",
    ),
    "tilt": Icon(
        "M-9 -3C-3 -4 4 -6 10 -8L6 6H-5Z",
        "M-4 6V15M5 6V15M1.6 -10.4A3.8 3.8 0 1 1 -6 -10.4A3.8 3.8 0 1 1 1.6 -10.4Z",
        "M-16 .4L17 -10",
        "cloth",
    ),
}


def place(sheet: Sheet, name: str, at: Pt, width: float = 1.8) -> None:
    icon = ICONS[name]
    with sheet.group(at=at):
        sheet.path(icon.shape, icon.fill, width=width)
        if icon.lines:
            sheet.path(icon.lines, width=width)
        if icon.accent:
            sheet.path(icon.accent, stroke="accent", width=width + 0.6)


def sign(sheet: Sheet, name: str, at: Pt, mark: str, width: float = 2.2) -> None:
    """The outer shape of an icon, smaller, with another mark inside."""
    with sheet.group(at=at, scale=0.75):
        sheet.path(ICONS[name].shape, "sheet", width=width)
        sheet.path(mark, width=width + 1)


def clock(sheet: Sheet, at: Pt, r: float, hours: int = 12) -> None:
    """A clock face with its hour marks, long at the quarters; the caller adds hands and wedges."""
    sheet.circle(at, r, "sheet")
    marks = []
    for n in range(hours):
        (sx, sy), (ex, ey) = (
            on_dial(at, k * r, 360 * n / hours) for k in (0.8 if n * 4 % hours == 0 else 0.88, 0.94)
        )
        marks.append(f"M{num(sx)} {num(sy)}L{num(ex)} {num(ey)}")
    sheet.path("".join(marks), width=1.4)


def on_dial(at: Pt, r: float, angle: float) -> Pt:
    """A place on a clock face, in degrees clockwise from the top."""
    a = math.radians(angle)
    return (at[0] + r * math.sin(a), at[1] - r * math.cos(a))


def wedge(at: Pt, r: float, a: float, b: float) -> str:
    """A slice of the dial between two angles."""
    (ax, ay), (bx, by) = on_dial(at, r, a), on_dial(at, r, b)
    arc = f"A{num(r)} {num(r)} 0 {int(b - a > 180)} 1 {num(bx)} {num(by)}"
    return f"M{num(at[0])} {num(at[1])}L{num(ax)} {num(ay)}{arc}Z"
