"""Foods for the plate, drawn flat in a box of about 50 pixels, the middle at (0, 0)."""

from __future__ import annotations

from drawings.sheet import Sheet
from drawings.space import Pt

FOODS = {  # (path, fill) from far to near; "none" is ink alone
    "leaf": [
        ("M0 20C-22 8 -20 -14 0 -24C20 -14 22 8 0 20Z", "trouser"),
        ("M0 26V-14M0 10L-9 2M0 10L9 2M0 -1L-7 -8M0 -1L7 -8", "none"),
    ],
    "beans": [
        ("M-15 -11C-8 -19 7 -16 8 -6C9 2 3 6 -1 2C-4 -1 -7 -1 -10 1C-17 3 -20 -5 -15 -11Z", "hair"),
        ("M3 -5C10 -13 23 -10 24 0C25 8 19 12 15 8C12 5 10 5 7 7C0 9 -2 1 3 -5Z", "hair"),
        ("M-13 7C-6 -1 9 2 10 12C11 20 5 23 1 20C-2 17 -5 17 -8 19C-15 21 -18 13 -13 7Z", "hair"),
    ],
    "nuts": [
        ("M-14 -10C-5 -4 -4 8 -13 14C-22 9 -22 -4 -14 -10Z", "skin-2"),
        ("M12 -12C21 -6 22 7 13 13C4 7 4 -6 12 -12Z", "skin-2"),
        ("M-1 -4C8 1 9 13 0 19C-9 13 -9 1 -1 -4Z", "skin-2"),
        ("M-13 -3V7M13 -5V6M0 3V12", "none"),
    ],
    "milk": [("M-14 -24H14L11 24H-11Z", "sheet"), ("M-13.4 -13H13.4L11 24H-11Z", "cloth")],
    "cheese": [
        ("M-25 4L14 -15C21 -12 25 -6 25 4V18H-25Z", "skin"),
        ("M-25 4H25M-13 11H-12.9M4 12H4.1M15 9H15.1M6 -4H6.1", "none"),
    ],
    "fish": [
        ("M-26 -4V8C-26 20 26 20 26 8V-4", "hair"),
        ("M-26 -4C-26 8 26 8 26 -4C26 -16 -26 -16 -26 -4Z", "sheet"),
        ("M-17 -4C-10 -11 3 -11 9 -4L17 -9V1L9 -4C3 3 -10 3 -17 -4Z", "trouser"),
    ],
    "banana": [
        ("M-24 -13C-20 12 2 22 25 11C27 9 27 4 24 3C8 8 -9 1 -16 -15C-18 -19 -25 -18 -24 -13Z", "skin"),
        ("M-20 -8C-14 8 2 14 20 8", "none"),
    ],
    "potato": [
        ("M-21 4C-23 -10 -8 -17 4 -15C18 -13 25 -1 21 8C15 19 -4 17 -12 15C-19 13 -21 10 -21 4Z", "skin-2"),
        ("M-9 -4H-8.9M6 -7H6.1M2 6H2.1M13 3H13.1M-12 7H-11.9", "none"),
    ],
    "yogurt": [
        ("M7 -14L16 -32", "none"),
        ("M-15 -12H15L11 20H-11Z", "cloth"),
        ("M-18 -17H18V-11H-18Z", "sheet"),
        ("M-13 0H13", "none"),
    ],
}


def place(sheet: Sheet, name: str, at: Pt, scale: float = 1) -> None:
    """One food at its place."""
    with sheet.group(at=at, scale=scale):
        for d, fill in FOODS[name]:
            sheet.path(d, fill, width=2 if fill != "none" else 1.8)
