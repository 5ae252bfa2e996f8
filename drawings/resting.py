"""Exercises face down and on one's side: E11, E19."""

from __future__ import annotations

from functools import partial

from drawings import cast, gear, panels, props, zones
from drawings.body import Pose, but
from drawings.catalog import drawing
from drawings.figure import ghost, paint
from drawings.sheet import Sheet
from drawings.space import Camera

PRONE: Pose = {
    "root": (90,),
    "barefoot": True,
    "spine": {"pelvis": (0,), "waist": (-2,), "chest": (0,), "neck": (2,), "head": (2,)},
    "legs": {"upper": (0, 4), "lower": (2, 3), "foot": (24, 6)},
    "arms": {"upper": (90, 80), "lower": (90, 82), "palm": (1, 0, 0)},
}


@drawing(
    "e11",
    panels.WIDE,
    "Face-down T",
    "View from above and behind. 1: a person lies face down on a bed, forehead on a folded towel, arms straight out to "
    "the sides like a T, thumbs up. 2: both arms float an inch above the bed and the blades have come together; dots "
    "show where the arms lay, arrows point up. The muscles between and below the blades are hatched.",
)
def face_down_t(sheet: Sheet) -> None:
    floated = but(PRONE, arms={"upper": (-90, 85), "lower": (-90, 85), "girdle": (0, -0.016, -0.006)})
    for n, pose in enumerate((PRONE, floated)):
        cam = Camera((100 + 200 * n, 150), 182, -90, 46)
        panels.shared(sheet, n, "bed", panels.ACROSS, partial(_wide_bed, sheet, cam))
        if n:
            ghost(sheet, cam, PRONE, cast.KIM, ["sleeve_r", "arm_r"])
            ghost(sheet, cam, PRONE, cast.KIM, ["sleeve_l", "arm_l"])
        sk = paint(sheet, cam, pose, cast.KIM, zones.MID_BACK if n else [])
        for key in "rl" if n else "":
            x, y = cam.at(sk.arms[key].end)
            sheet.arrow((x, y + 40), (x, y + 14))
    panels.beside(sheet)


def _wide_bed(sheet: Sheet, cam: Camera) -> None:
    props.slab(sheet, cam, (-0.5, -0.13, -0.5), (0.66, -0.085, 0.5), "sheet", front="trouser")
    gear.folded_towel(sheet, cam, 0.46, -0.062, 0.09)


SIDE_LYING: Pose = {
    "root": (-90,),
    "barefoot": True,
    "spine": {"pelvis": (0,), "waist": (2,), "chest": (4,), "neck": (12,), "head": (4,)},
    "leg_r": {"upper": (84, 0), "lower": (-6, 0), "foot": (70, 0)},
    "leg_l": {"upper": (78, 0), "lower": (-12, 0), "foot": (64, 0)},
    "arm_r": {"upper": (86, 0), "lower": (88, 0), "palm": (0, 0, -1)},
    "arm_l": {"upper": (80, 0), "lower": (82, 0), "palm": (0, 0, 1)},
}
OPENED: Pose = but(
    SIDE_LYING,
    spine={"waist": (0, 0, 34), "chest": (0, 0, 76), "neck": (4, 0, 70), "head": (0, 0, 66)},
    arm_r={"upper": (-80, 20), "lower": (-84, 14), "palm": (0, 0, 1)},
)


@drawing(
    "e19",
    panels.WIDE,
    "Open book",
    "View from above. 1: a person lies on the left side on a bed, knees bent, a pillow under the head, both arms "
    "straight ahead, one palm on the other. 2: the right arm has swept up and over to the other side, chest and eyes "
    "have turned with it, the knees stay where they were; a curved arrow shows the way. The chest that opens is "
    "hatched.",
)
def open_book(sheet: Sheet) -> None:
    for n, pose in enumerate((SIDE_LYING, OPENED)):
        cam = Camera((112 + 200 * n, 148), 184)
        panels.shared(sheet, n, "bed", panels.ACROSS, partial(_bed_map, sheet))
        sk = paint(sheet, cam, pose, cast.KIM, [zones.CHEST] if n else [])
        if n:
            x, y = cam.at(sk.chest.at(0, 0))
            sheet.arrow((x + 18, y - 72), (x + 34, y - 36), (x + 36, y + 30), (x + 16, y + 66))
    panels.beside(sheet)


def _bed_map(sheet: Sheet) -> None:
    gear.bed_from_above(sheet, (8, 36), (192, 252), ((13, 108), (50, 78)))
