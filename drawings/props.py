"""Furniture and things, placed in the world and seen by the same camera as the figures."""

from __future__ import annotations

import math

from drawings.outline import Part, curve, even, flatten, outline
from drawings.sheet import Sheet
from drawings.space import Camera, Pt, Vec

CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))


def slab(
    sheet: Sheet, cam: Camera, lo: Vec, hi: Vec, fill: str = "sheet", width: float = 2.2, front: str = ""
) -> None:
    """A box between two corners: the faces that look at the viewer."""
    for axis in range(3):
        a, b = (i for i in range(3) if i != axis)
        for end, sign in ((lo, -1), (hi, 1)):
            normal = [0.0, 0.0, 0.0]
            normal[axis] = sign
            if cam.near((normal[0], normal[1], normal[2])) < 0.01:
                continue
            quad = []
            for u, w in CORNERS:
                c = [0.0, 0.0, 0.0]
                c[axis], c[a], c[b] = end[axis], (lo, hi)[u][a], (lo, hi)[w][b]
                quad.append(cam.at((c[0], c[1], c[2])))
            sheet.line(*quad, width=width, fill=front or fill if axis == 2 else fill)


def floor(sheet: Sheet, cam: Camera, y: float, x0: float, x1: float) -> None:
    sheet.line(cam.at((x0, y, 0)), cam.at((x1, y, 0)), width=2.2)


def chair(
    sheet: Sheet, cam: Camera, seat: float, ground: float, top: float = 0.36, width: float = 2.2
) -> None:
    """A plain chair; `top` is the height of its back above the seat, 0 makes a stool."""
    for z in (-0.13, 0.1):
        for x in (-0.125, 0.135):
            slab(sheet, cam, (x, ground, z), (x + 0.022, seat - 0.03, z + 0.03), width=width)
    if top:
        slab(sheet, cam, (-0.137, seat, -0.13), (-0.115, seat + top, 0.13), "trouser", width)
    slab(sheet, cam, (-0.137, seat - 0.035, -0.14), (0.17, seat, 0.14), "trouser", width)


def ring(cam: Camera, at: Vec, r: float, lean: float = 0) -> list[Pt]:
    """A wheel's circle in the plane ahead and up; `lean` tips its top inward."""
    tip = math.copysign(math.sin(math.radians(lean)), at[2]) if lean else 0.0
    pts = []
    for n in range(24):
        a = math.tau * n / 24
        u, v = r * math.cos(a), r * math.sin(a)
        pts.append(cam.at((at[0] + u, at[1] + v, at[2] - v * tip)))
    return pts


def wheel(sheet: Sheet, cam: Camera, side: int, ground: float, r: float = 0.185, width: float = 2.6) -> None:
    """One big wheel of a wheelchair with its push rim and spokes; the right one goes after the figure."""
    at = (-0.06, ground + r, side * 0.155)
    sheet.path(curve(ring(cam, at, r, 4), True), width=width)
    sheet.path(curve(ring(cam, (at[0], at[1], at[2] + side * 0.012), 0.84 * r, 4), True), width=0.6 * width)
    hub, rim = cam.at(at), ring(cam, at, 0.82 * r, 4)
    spokes = "".join(f"M{hub[0]:.1f} {hub[1]:.1f}L{x:.1f} {y:.1f}" for x, y in rim[1::4])
    sheet.path(spokes, stroke="stripe", width=0.5 * width)
    sheet.path(curve(ring(cam, at, 0.13 * r), True), "sheet", width=0.8 * width)


def wheelchair(sheet: Sheet, cam: Camera, seat: float, ground: float) -> None:
    """Frame, seat, footrests and castors, and the far wheel; call `wheel` for the near one after the figure."""
    wheel(sheet, cam, -1, ground)
    for z in (-0.125, 0.125):
        way = (
            (-0.21, seat + 0.27),
            (-0.15, seat + 0.27),
            (-0.15, seat - 0.02),
            (0.19, seat - 0.02),
            (0.27, ground + 0.075),
        )
        sheet.line(*(cam.at((x, y, z)) for x, y in way), width=3)
        sheet.path(curve(ring(cam, (0.2, ground + 0.036, z), 0.036), True), "sheet", width=2.2)
    slab(sheet, cam, (-0.16, seat + 0.02, -0.12), (-0.145, seat + 0.25, 0.12), "trouser")
    slab(sheet, cam, (-0.15, seat - 0.03, -0.125), (0.18, seat, 0.125), "trouser")
    slab(sheet, cam, (0.25, ground + 0.045, -0.11), (0.39, ground + 0.06, 0.11))


def post(sheet: Sheet, cam: Camera, x: float, z: float, ground: float) -> None:
    """One post of a doorway: the far one goes before the figure, the near one before the near arm."""
    slab(sheet, cam, (x, ground, z), (x + 0.07, ground + 1.4, z + 0.06), "trouser")


def mattress(
    sheet: Sheet, cam: Camera, top: float, x0: float = -0.62, x1: float = 0.46, half: float = 0.24
) -> None:
    slab(sheet, cam, (x0, top - 0.06, -half), (x1, top, half), "sheet", front="trouser")


def pillow(sheet: Sheet, cam: Camera, x: float, top: float, half: float = 0.11) -> None:
    slab(sheet, cam, (x - 0.11, top - 0.035, -half), (x + 0.09, top, half), "sheet")


def towel_roll(sheet: Sheet, cam: Camera, a: Vec, b: Vec, r: float) -> None:
    """A rolled towel; the spiral shows at the end `a`."""
    roll = Part("roll", [(a, b, r, r)], "cloth", cuts=[])
    for loop in outline(flatten(roll, cam)):
        sheet.path(curve(even(loop, 2.4, True), True), "cloth", width=2.2)
    x, y = cam.at(a)
    s = r * cam.scale
    sheet.bend(
        (x + 0.9 * s, y),
        (x + 0.3 * s, y - 0.7 * s),
        (x - 0.6 * s, y),
        (x, y + 0.6 * s),
        (x + 0.4 * s, y),
        (x, y - 0.1 * s),
        width=1.6,
    )


def wall(sheet: Sheet, cam: Camera, x: float, ground: float, half: float) -> None:
    """A wall behind the figure: its end, its foot and a skirting board."""
    foot = [cam.at((x, ground, z)) for z in (-half, half)]
    board = [cam.at((x, ground + 0.05, z)) for z in (-half, half)]
    sheet.line(foot[0], foot[1], width=2.2)
    sheet.line(board[0], board[1], width=1.6)
    top = cam.at((x, ground + 1.1, -half))
    sheet.line(foot[0], (foot[0][0], top[1]), width=2.2)


def desk(sheet: Sheet, cam: Camera, top: float, ground: float, x: float = 0.21, screen: float = 0.12) -> None:
    """A desk ahead of the figure with screen, stand and keyboard; `screen` lifts the screen above the top."""
    slab(sheet, cam, (x + 0.31, ground, -0.1), (x + 0.335, top, 0.1))
    slab(sheet, cam, (x, top - 0.025, -0.14), (x + 0.41, top, 0.14), "trouser")
    slab(sheet, cam, (x + 0.27, top, -0.06), (x + 0.36, top + 0.012, 0.06))
    slab(sheet, cam, (x + 0.30, top, -0.012), (x + 0.315, top + screen + 0.06, 0.012))
    slab(
        sheet, cam, (x + 0.275, top + screen - 0.03, -0.12), (x + 0.30, top + screen + 0.19, 0.12), "trouser"
    )
    slab(sheet, cam, (x + 0.04, top, -0.07), (x + 0.16, top + 0.014, 0.07))
