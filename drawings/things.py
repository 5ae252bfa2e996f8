"""Things drawn flat, straight on the sheet: a car seat, a stroller, a kettle, a door."""

from __future__ import annotations

from drawings.sheet import Sheet
from drawings.space import Pt


def car_seat(sheet: Sheet, at: Pt) -> None:
    """An infant seat with a child in it, from the side; `at` is the top of the handle."""
    with sheet.group(at=at):
        sheet.path("M-21 26C-26 -8 24 -8 21 24", width=3)
        sheet.path(
            "M-31 14C-33 42 -16 50 3 50C20 50 31 40 32 24L20 22C14 36 -6 36 -12 22Z", "trouser", width=2
        )
        sheet.path("M-31 14C-32 -2 -16 -4 -9 8L-12 22Z", "cloth", width=2)
        sheet.circle((-6, 21), 6.4, "skin", width=1.8)
        sheet.path("M0 29C8 24 16 22 20 22C18 36 2 42 -6 33Z", "cloth", width=1.8)


def stroller(sheet: Sheet, hand: Pt, ground: float) -> None:
    """A stroller from the side; `hand` is where it is pushed."""
    foot = ground - hand[1] - 10
    with sheet.group(at=hand):
        sheet.line((-4, 0), (8, 0), (30, foot), width=3)
        sheet.line((18, 38), (62, foot), width=3)
        sheet.path("M12 14C14 44 24 46 42 46C62 46 66 30 66 18L44 20Z", "trouser", width=2)
        sheet.path("M12 14C10 -14 34 -20 44 -8L38 18Z", "cloth", width=2)
        for wheel in (26, 62):
            sheet.circle((wheel, foot + 1), 9, "sheet", width=2.4)
            sheet.circle((wheel, foot + 1), 2, "ink", "none")


def kettle(sheet: Sheet, at: Pt) -> None:
    """A kettle with steam."""
    with sheet.group(at=at):
        sheet.path("M-17 -12C-20 -36 20 -36 17 -12", width=3)
        sheet.path("M20 4L33 -12L38 -8L24 16Z", "trouser", width=2.2)
        sheet.path("M-24 20C-28 -4 -16 -15 0 -15C16 -15 28 -4 24 20Z", "trouser", width=2.2)
        sheet.path("M-9 -15C-9 -20 9 -20 9 -15Z", "sheet", width=2)
        sheet.path("M36 -18C32 -23 40 -26 36 -32", stroke="accent", width=2.4)


def door(sheet: Sheet, at: Pt, size: Pt) -> None:
    """A door that stands ajar, with the sign of a clinic."""
    (x, y), (w, h) = at, size
    sheet.box(at, size, "trouser", width=2.4)
    sheet.line(
        (x + 5, y + 5), (x + w - 8, y + 12), (x + w - 8, y + h - 1), (x + 5, y + h), fill="sheet", width=2.2
    )
    sheet.circle((x + w - 14, y + 0.56 * h), 2.6, "ink", "none")


def flag(sheet: Sheet, at: Pt, number: int, scale: float = 1) -> None:
    """A flag with the number of a week; `at` is the foot of its pole."""
    with sheet.group(at=at, scale=scale):
        sheet.line((0, 0), (0, -86), width=3)
        sheet.path("M0 -86C18 -93 36 -79 56 -86V-40C36 -33 18 -47 0 -40Z", "sheet", width=2.2)
        sheet.text((27, -66), "week", size=14)
        sheet.text((27, -46), str(number), size=21)


HAIR = "M44 -4C34 40 40 84 34 112C56 122 152 122 174 112C168 84 174 40 164 -4Z"
SKIN = (
    "M70 40C74 76 74 96 66 122C58 140 40 146 24 152V230H184V152C168 146 150 140 142 122C134 96 134 76 138 40Z"
)
SHIRT = (
    "M6 252C2 206 0 164 20 154L44 146C56 186 82 206 104 206"
    "C126 206 152 186 164 146L188 154C208 164 206 206 202 252Z"
)
FACE = "M54 -4C54 40 70 78 104 80C138 78 154 40 154 -4Z"


def neck(sheet: Sheet, bold: float = 1) -> None:
    """Chin, neck and collar from the front, 208 wide, from -4 to 252; the drawing cuts it off above and below.

    `bold` makes up for a group that scales it down.
    """
    ink, fine = sheet.ink * bold, 1.7 * bold
    sheet.path(HAIR, "hair", width=ink)
    sheet.path(SKIN, "skin", width=ink)
    sheet.path(SHIRT, "cloth", width=ink)
    folds = "M14 214C60 226 148 226 194 214M12 184C30 192 44 198 54 204M196 184C178 192 164 198 154 204"
    sheet.path(folds, stroke="stripe", width=fine)
    sheet.path("M32 168C56 160 76 162 92 172M176 168C152 160 132 162 116 172", width=fine)  # collar bones
    sheet.path("M94 84V104M114 84V104M95 140V166M113 140V166", stroke="stripe", width=fine)  # windpipe
    sheet.path(FACE, "skin", width=ink)
    sheet.path("M88 40C98 43 110 43 120 40M100 17C102 20 106 20 108 17", width=fine)
