"""Exercises that press or nod on one's back: E01, E02."""

from __future__ import annotations

from functools import partial

from drawings import cast, gear, panels, poses, props, zones
from drawings.body import Pose, but
from drawings.catalog import drawing
from drawings.figure import ghost, inset, lower, paint
from drawings.sheet import Sheet
from drawings.space import Camera

ON_BED: Pose = but(
    poses.LIE,
    spine={"pelvis": (0,), "waist": (3,), "chest": (0,), "neck": (8,), "head": (-4,)},
    arm_r={"upper": (-6, 45), "lower": (-2, 42), "palm": (0, 1, 0), "girdle": (0.006, 0.006, 0)},
    arm_l={"upper": (-12, 24), "lower": (-8, 20), "palm": (0, 1, 0)},  # hidden by the trunk
)
BED = -0.082


@drawing(
    "e01",
    panels.TALL,
    "Mattress press",
    "Side view from a little above. 1: a person lies on the back on a bed, knees bent, a thin folded towel under the "
    "head, the arm at 45 degrees from the side, palm up. 2: a tiny nod, and the shoulders and the back of the head "
    "ease down into the bed; arrows show the way. The small back view hatches the muscles of the neck and between the "
    "blades.",
)
def mattress_press(sheet: Sheet) -> None:
    pressed = but(ON_BED, spine={"neck": (-4,), "head": (7,)}, arm_r={"girdle": (-0.004, -0.02, 0)})
    for n, pose in enumerate((ON_BED, pressed)):
        cam = Camera((216, 78 + 165 * n), 280, 0, 13)
        panels.shared(sheet, n, "bed", panels.DOWN, partial(_bed, sheet, cam))
        sk = paint(sheet, cam, pose, cast.ADA)
        if n:
            x, y = cam.at(sk.head.at(0.0, 0.05))
            sheet.arrow((x - 3, y + 20), (x - 3, y + 46))
            sheet.arrow((x - 22, y - 36), (x + 4, y - 42), (x + 24, y - 30))
            x, y = cam.at(sk.arms["r"].start)
            sheet.arrow((x - 4, y + 8), (x - 4, y + 42))
    inset(sheet, Camera((366, 72), 118, -90), cast.ADA, [zones.BLADES, zones.NECK_BACK])
    panels.above(sheet)


def _bed(sheet: Sheet, cam: Camera) -> None:
    props.mattress(sheet, cam, BED)
    gear.folded_towel(sheet, cam, -0.43, BED + 0.024)


@drawing(
    "e02",
    panels.TALL,
    "Small nod",
    "Side view, close up. 1: a person lies on the back, knees bent, a thin folded towel under the head, the face "
    "toward the ceiling. 2: the chin has come a finger’s breadth toward the throat, as for a small yes; the head stays "
    "heavy on the towel. Dots show where the face was, an arrow shows the way. The deep muscles at the front of the "
    "neck are hatched.",
)
def small_nod(sheet: Sheet) -> None:
    start = but(ON_BED, arm_r={"girdle": (-0.006, 0, 0)}, spine={"neck": (6,), "head": (-7,)})
    nodded = but(start, spine={"neck": (-7,), "head": (9,)})
    for n, pose in enumerate((start, nodded)):
        cam = Camera((352, 96 + 165 * n), 500, 0, 5)
        panels.shared(sheet, n, "bed", panels.DOWN, partial(_bed_edge, sheet, cam))
        if n:
            ghost(sheet, cam, start, cast.NED, ["head", "hair"])
        sk = paint(
            sheet,
            cam,
            pose,
            cast.NED,
            [zones.NECK_FRONT] if n else [],
            lambda name: not name.endswith("_l") or lower(name),
        )
        if n:
            x, y = cam.at(sk.head.at(0.06, 0.01))
            sheet.arrow((x - 30, y - 26), (x + 2, y - 32), (x + 30, y - 20))
    panels.above(sheet)


def _bed_edge(sheet: Sheet, cam: Camera) -> None:
    """The top of the bed alone; its side would fill the panel."""
    props.slab(sheet, cam, (-0.56, BED - 0.03, -0.2), (0.2, BED, 0.2), "sheet", front="trouser")
    gear.folded_towel(sheet, cam, -0.43, BED + 0.024)
