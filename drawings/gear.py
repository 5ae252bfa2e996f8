"""What exercises need beside furniture: a band, a ball, a folded towel, walls from the side, a bed from above."""

from __future__ import annotations

from drawings.body import Body, Skeleton
from drawings.flesh import hand
from drawings.outline import Part, curve, even, flatten, outline, soften
from drawings.props import slab
from drawings.sheet import Sheet
from drawings.space import Camera, Pt, Vec


def band(sheet: Sheet, *pts: Pt, width: float = 5.4) -> None:
    """An elastic band: an ink line with a lighter core."""
    sheet.line(*pts, width=width)
    sheet.line(*pts, stroke="cloth", width=width - 3.2)


def ball(sheet: Sheet, cam: Camera, at: Vec, r: float) -> None:
    """A ball with a seam."""
    (x, y), s = cam.at(at), r * cam.scale
    sheet.circle((x, y), s, "hair", width=2.2)
    sheet.bend(
        (x - 0.75 * s, y - 0.6 * s), (x - 0.1 * s, y - 0.1 * s), (x + 0.1 * s, y + 0.95 * s), width=1.5
    )


def sock(sheet: Sheet, cam: Camera, sk: Skeleton, ball: Vec) -> None:
    """The long sock that holds a ball: up the back, over the shoulder, its end in front; goes after the figure."""
    over = [
        sk.chest.at(*at) for at in ((-0.085, 0.075), (-0.05, 0.118), (0.0, 0.13), (0.04, 0.1), (0.058, 0.03))
    ]
    way = curve([cam.at(at) for at in (ball, *over)])
    sheet.path(way, width=7)
    sheet.path(way, stroke="sheet", width=3.4)


def folded_towel(sheet: Sheet, cam: Camera, x: float, top: float, half: float = 0.1) -> None:
    """A towel folded flat under a head."""
    for n in (1, 0):
        slab(
            sheet,
            cam,
            (x - 0.1, top - 0.013 * (n + 1), -half),
            (x + 0.1, top - 0.013 * n, half),
            "cloth",
            1.8,
        )


def bench(sheet: Sheet, cam: Camera, seat: float, ground: float, half: float = 0.28) -> None:
    """A bench without a back, with room for a hand on either side."""
    for z in (-half + 0.02, half - 0.05):
        for x in (-0.125, 0.135):
            slab(sheet, cam, (x, ground, z), (x + 0.022, seat - 0.03, z + 0.03), width=2.2)
    slab(sheet, cam, (-0.137, seat - 0.035, -half), (0.17, seat, half), "trouser", 2.2)


def side_wall(sheet: Sheet, cam: Camera, x: float, ground: float, height: float, thick: float = 0.05) -> None:
    """A wall seen from the side, as a standing slab; negative `thick` puts it behind the figure."""
    lo, hi = sorted((x, x + thick))
    slab(sheet, cam, (lo, ground, -0.3), (hi, ground + height, 0.3), "sheet", 2.2, front="trouser")


def bed_from_above(sheet: Sheet, lo: Pt, hi: Pt, pillow: tuple[Pt, Pt]) -> None:
    """The top of a bed and a pillow on it, as flat as a map."""
    sheet.box(lo, (hi[0] - lo[0], hi[1] - lo[1]), "sheet", width=2.2)
    sheet.box((lo[0] + 5, lo[1] + 5), (hi[0] - lo[0] - 10, hi[1] - lo[1] - 10), "none", "stripe", 1.4)
    (x, y), (w, h) = pillow
    sheet.bend(
        (x, y), (x + 0.5 * w, y + 3), (x + w, y), (x + w - 2, y + 0.5 * h), (x + w, y + h), (x + 0.5 * w, y + h - 3),
        (x, y + h), (x + 2, y + 0.5 * h), width=2.2, fill="cloth",
    )  # fmt: skip


def hand_again(sheet: Sheet, cam: Camera, sk: Skeleton, key: str, body: Body) -> None:
    """A hand over what was painted since: one that comes toward the viewer, or lies on the other arm."""
    part = Part("hand", hand(sk.arms[key]), body.skin, k=0.014, soft=2)
    for loop in outline(flatten(part, cam)):
        sheet.path(curve(soften(even(loop, 2.4, True), 2), True), part.fill)
