"""Exercises that let go and even out: E16, E22."""

from __future__ import annotations

import math
from functools import partial

from drawings import cast, gear, panels, poses, zones
from drawings.body import but
from drawings.catalog import drawing
from drawings.figure import ghost, inset, paint, upper
from drawings.outline import curve
from drawings.sheet import Sheet, polyline
from drawings.space import Camera, Pt, add, mul
from drawings.stretching import FACING, seated


@drawing(
    "e16",
    panels.WIDE,
    "Tense and let go",
    "View from the front and a little from the side. 1: a person sits on a chair, hands in fists, elbows bent, "
    "shoulders lifted, at half effort; short rays mark the fists. 2: everything is let go: the hands lie open in the "
    "lap and the shoulders have come down; arrows point down. The small front view hatches shoulders and arms.",
)
def tense(sheet: Sheet) -> None:
    tight = but(
        FACING,
        spine={"neck": (10,)},
        arms={
            "upper": (20, 26),
            "lower": (112, 22),
            "hand": (122, 16),
            "palm": (-1, 0.3, 0),
            "grip": True,
            "girdle": (0.034, 0, 0),
        },
    )
    loose = but(
        FACING,
        spine={"neck": (18,), "head": (10,)},
        arms={
            "at": (0.165, 0.032, 0.075),
            "mirror": True,
            "pole": (-0.6, -0.3, 0.75),
            "hand": (80, -4),
            "palm": (0, 1, 0),
            "girdle": (-0.014, 0, 0),
            "under_head": True,
        },
    )
    for n, pose in enumerate((tight, loose)):
        cam = Camera((90 + 200 * n, 154), 256, 54, 8)
        panels.shared(sheet, n, "seat", panels.ACROSS, partial(seated, sheet, cam, FACING, cast.GUS))
        sk = paint(sheet, cam, pose, cast.GUS, only=upper)
        for key, s in (("r", -1), ("l", 1)):
            x, y = cam.at(sk.arms[key].start)
            if n:
                sheet.arrow((x + s * 24, y - 26), (x + s * 32, y - 8), (x + s * 30, y + 16))
            else:
                gear.hand_again(sheet, cam, sk, key, cast.GUS)
                rays(sheet, cam.at(add(sk.arms[key].end, mul(sk.arms[key].tip, 0.02))), 17)
    inset(sheet, Camera((372, 72), 118, 90), cast.GUS, zones.ARMS)
    panels.beside(sheet)


def rays(sheet: Sheet, at: Pt, r: float) -> None:
    """Short strokes over a fist that is closed."""
    way = ""
    for turn in (-40, 0, 40):
        a = math.radians(turn)
        u, v = math.sin(a), -math.cos(a)
        way += polyline([(at[0] + u * r, at[1] + v * r), (at[0] + u * (r + 8), at[1] + v * (r + 8))])
    sheet.path(way, stroke="accent", width=2.6)


@drawing(
    "e22",
    panels.WIDE,
    "Even-feet reset",
    "Front view. 1: a person stands with the feet hip-wide and rocks from side to side, the weight on the right foot; "
    "dots show the other side, and of two small soles one is hatched. 2: the person has settled in the middle, "
    "shoulders level; arrows point down on both sides, and both soles are hatched alike.",
)
def even_feet(sheet: Sheet) -> None:
    feet = {
        "leg_r": {"at": (0, -0.474, 0.075), "pole": (1, 0, 0.15), "foot": (90, 12)},
        "leg_l": {"at": (0, -0.474, -0.075), "pole": (1, 0, -0.15), "foot": (90, 12)},
    }
    level = but(poses.STAND, move=(0, -0.014, 0), **feet)
    right = but(level, move=(0, -0.008, 0.066), root=(0, 4), spine={"neck": (10, -2)})
    left = but(level, move=(0, -0.008, -0.066), root=(0, -4), spine={"neck": (10, 2)})
    for n, pose in enumerate((right, level)):
        cam = Camera((100 + 200 * n, 132), 208, 86, 8)
        for s, wide in ((1, 0.06 if n else 0.075), (-1, 0.06 if n else 0.035)):
            pad(sheet, cam, s * 0.075, wide)
        if not n:
            ghost(
                sheet,
                cam,
                left,
                cast.ELI,
                ["shirt", "head", "hair", "neck", "leg_l", "leg_r", "sleeve_l", "sleeve_r"],
            )
        sk = paint(sheet, cam, pose, cast.ELI)
        x, y = cam.at(sk.head.at(0, 0.14))
        if n:
            footprints(sheet, (366, 70), (1, 1))
            for s in (1, -1):
                fx, fy = cam.at((0, -0.474, s * 0.18))
                sheet.arrow((fx, fy - 40), (fx, fy - 8))
        else:
            footprints(sheet, (172, 70), (1, 0))
            sheet.arrow((x + 30, y - 8), (x + 8, y - 8))
            sheet.arrow((x + 36, y - 8), (x + 58, y - 8))
    panels.beside(sheet)


def footprints(sheet: Sheet, at: Pt, loads: tuple[int, int]) -> None:
    """Two soles seen by the viewer, the person's right one on the left; the loaded ones are hatched."""
    for load, s in zip(loads, (-1, 1), strict=True):
        x, y = at[0] + s * 12, at[1]
        way = [(4, 20), (8, 14), (5, 2), (9, -12), (2, -22), (-5, -20), (-8, -8), (-5, 2), (-7, 14), (-3, 20)]
        d = curve([(x + s * u, y + v) for u, v in way], True)
        sheet.path(d, "sheet", width=1.8)
        if load:
            sheet.shade(d)


def pad(sheet: Sheet, cam: Camera, z: float, wide: float) -> None:
    """How much weight lies on one foot: a hatched patch on the floor."""
    pts = []
    for n in range(16):
        a = math.tau * n / 16
        pts.append(cam.at((0.06 + 1.5 * wide * math.cos(a), -0.526, z + wide * math.sin(a))))
    sheet.shade(curve(pts, True))
