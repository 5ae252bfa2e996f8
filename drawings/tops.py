"""What the painter does not do by itself: a head from above, a mouse, a forearm that lies over everything."""

from __future__ import annotations

import math

from drawings import flesh
from drawings.body import Body, Skeleton
from drawings.outline import Part, curve, even, flatten, outline, soften
from drawings.sheet import Sheet
from drawings.space import Camera, Pt, Vec


def shape(sheet: Sheet, cam: Camera, part: Part, width: float | None = None) -> None:
    """One part of a body alone, with its ink line."""
    for loop in outline(flatten(part, cam)):
        sheet.path(curve(soften(even(loop, 2.4, True), 2), True), part.fill, width=width)


def forearm(
    sheet: Sheet, cam: Camera, sk: Skeleton, key: str, body: Body, width: float | None = None
) -> None:
    """Forearm and hand once more, over sleeves that were painted later."""
    part = flesh.arm(sk.arms[key], key, body)[0]
    shape(sheet, cam, Part(part.name, part.prims[1:], part.fill, k=part.k), width)


def head(sheet: Sheet, cam: Camera, sk: Skeleton, body: Body) -> None:
    """A head from above: ears and nose peep out from under the hair."""
    m = body.head

    def p(x: float, z: float) -> Vec:
        return sk.head.at(x * m, 0.06 * m, z * m)

    face = [(p(0.03, 0), p(0.066, 0), 0.03 * m, 0.007 * m), (p(0, -0.055), p(0, 0.055), 0.012 * m, 0.012 * m)]
    shape(sheet, cam, Part("face", face, body.skin, k=0.004))
    shape(sheet, cam, Part("crown", [(p(-0.022, 0), p(0.014, 0), 0.056 * m, 0.05 * m)], body.hair_fill))
    lines = [
        [cam.at(p(x, z)) for x, z in ((-0.05, z * 0.5), (-0.02, z), (0.025, z * 0.9))]
        for z in (-0.03, -0.01, 0.01, 0.03)
    ]
    sheet.path("".join(curve(line) for line in lines), width=1.6)


def mouse(sheet: Sheet, cam: Camera, at: Pt, width: float = 2) -> None:
    """A mouse on the desk, seen from above; `at` is ahead and to the right."""
    with sheet.group(at=cam.at((at[0], 0, at[1])), scale=round(cam.scale / 320, 2)):
        sheet.path("M-9 0v-5a9 9 0 0 1 18 0v12a9 9 0 0 1 -18 0Z", "sheet", width=width)
        sheet.line((0, -14), (0, -3), width=width)


def vertebrae(sheet: Sheet, way: list[Pt], wide: float, fill: str = "sheet", width: float = 1.6) -> None:
    """A spine from behind: a small rounded bone at each place, turned square to the line."""
    for n, (x, y) in enumerate(way):
        (ax, ay), (bx, by) = way[max(n - 1, 0)], way[min(n + 1, len(way) - 1)]
        run = math.dist((ax, ay), (bx, by)) / (min(n + 1, len(way) - 1) - max(n - 1, 0))
        ux, uy = (bx - ax) / math.dist((ax, ay), (bx, by)), (by - ay) / math.dist((ax, ay), (bx, by))
        h = 0.36 * run
        box = [
            (x + ux * h * a - uy * wide * b, y + uy * h * a + ux * wide * b)
            for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))
        ]
        sheet.line(*box, fill=fill, width=width)
