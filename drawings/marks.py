"""Marks and things that lesson drawings share: crosses and ticks, a band, a door, dots that say where."""

from __future__ import annotations

import math

from drawings import icons
from drawings.outline import curve
from drawings.sheet import Sheet, polyline
from drawings.space import Camera, Pt, Vec


def cross(sheet: Sheet, at: Pt, r: float, width: float = 4) -> None:
    """Not here, not this way: a cross on a paper halo."""
    x, y = at
    d = f"M{x - r:.1f} {y - r:.1f}L{x + r:.1f} {y + r:.1f}M{x + r:.1f} {y - r:.1f}L{x - r:.1f} {y + r:.1f}"
    sheet.path(d, stroke="sheet", width=width + 4)
    sheet.path(d, stroke="accent", width=width)


def tick(sheet: Sheet, at: Pt, r: float, width: float = 4) -> None:
    """Yes, like this."""
    x, y = at
    way = ((x - r, y + 0.1 * r), (x - 0.3 * r, y + 0.8 * r), (x + r, y - 0.8 * r))
    sheet.line(*way, stroke="sheet", width=width + 4)
    sheet.line(*way, width=width)


def band(sheet: Sheet, *pts: Pt, width: float = 6) -> None:
    """An elastic band: an ink line with a lighter core."""
    sheet.line(*pts, width=width)
    sheet.line(*pts, stroke="cloth", width=width - 3.4)


def spot(sheet: Sheet, at: Pt, r: float) -> None:
    """A sore place: a ring with a full middle."""
    sheet.circle(at, r, "sheet", "accent", 0.32 * r)
    sheet.circle(at, 0.45 * r, "accent", "none")


def ring(sheet: Sheet, at: Pt, rx: float, ry: float, width: float = 3) -> None:
    """Look here: a ring in the accent color with a paper halo, open as if drawn by hand."""
    way = [
        (at[0] + rx * math.cos(a), at[1] + ry * math.sin(a))
        for a in (math.radians(-60 + 345 * n / 24) for n in range(25))
    ]
    sheet.bend(*way, stroke="sheet", width=width + 4)
    sheet.bend(*way, stroke="accent", width=width)


def dashed(sheet: Sheet, *pts: Pt, width: float = 2.6) -> None:
    """A line that is thought rather than seen, in the accent color on a paper halo."""
    sheet.line(*pts, stroke="sheet", width=width + 3)
    sheet.line(*pts, stroke="accent", width=width, dash="6 5")


def flat(cam: Camera, points: list[tuple[float, float]], z: float = 0) -> list[Pt]:
    """Places in the plane ahead and up, on the sheet."""
    return [cam.at((x, y, z)) for x, y in points]


def disc(cam: Camera, at: Vec, r: float) -> str:
    """A ball on the sheet as a path."""
    x, y = cam.at(at)
    s = r * cam.scale
    return curve(
        [(x + s * math.cos(math.tau * n / 16), y + s * math.sin(math.tau * n / 16)) for n in range(16)], True
    )


def rim(at: Pt, r: float, inner: float, a: float, b: float) -> str:
    """A piece of a round rim between two angles, clockwise from the top."""
    turns = [a + (b - a) * n / 24 for n in range(25)]
    outer, back = ([icons.on_dial(at, k, turn) for turn in turns] for k in (r, inner))
    return polyline([*outer, *reversed(back)], closed=True)
