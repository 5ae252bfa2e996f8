"""Exercises on one's back: E05, E15."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from drawings import cast, panels, poses, props, zones
from drawings.body import Pose, but
from drawings.catalog import drawing
from drawings.figure import inset, lower, paint, upper
from drawings.sheet import Sheet
from drawings.space import Camera

ROLLED_ON, HALF_BED = -0.125, 0.38  # the top of the bed that carries the towel; from its middle to its edge
OPEN: Pose = but(
    poses.LIE, arms={"at": (-0.31, -0.085, 0.33), "mirror": True, "pole": (1, -0.1, 0.4), "palm": (0, 1, 0)}
)


@drawing(
    "e05",
    panels.TALL,
    "Towel-roll opener",
    "Side view from above. 1: a person lies on the back along a rolled towel that runs from the head to the middle of "
    "the back, knees bent, hands on the belly. 2: the arms lie open on the bed, elbows bent, palms up; arrows show the "
    "way. The chest that opens is hatched, also in a small front view.",
)
def towel_roll(sheet: Sheet) -> None:
    hands = {
        "at": (-0.06, 0.074, 0.062),
        "mirror": True,
        "pole": (0.1, -0.4, 1),
        "hand": (8, -40),
        "palm": (0, -1, 0),
    }
    start = but(poses.LIE, arms=hands)
    for n, pose in enumerate((start, OPEN)):
        cam = Camera((216, 62 + 165 * n), 250, 0, 34)
        panels.shared(sheet, n, "bed", panels.DOWN, partial(_on_roll, sheet, cam))
        paint(sheet, cam, pose, cast.ELI, [zones.CHEST_UP] if n else [])
        if n:
            x, y = cam.at((-0.1, -0.05, 0.2))
            sheet.arrow((x + 36, y - 6), (x + 34, y + 18), (x + 2, y + 22))
            x, y = cam.at((-0.1, -0.05, -0.2))
            sheet.arrow((x + 40, y - 2), (x + 40, y - 28), (x + 8, y - 30))
    inset(sheet, Camera((372, 66), 112, 90), cast.ELI, [zones.CHEST_FRONT])
    panels.above(sheet)


def _on_roll(sheet: Sheet, cam: Camera) -> None:
    props.mattress(sheet, cam, ROLLED_ON, half=HALF_BED)
    props.towel_roll(sheet, cam, (-0.56, -0.088, 0), (-0.16, -0.088, 0), 0.036)


@drawing(
    "e15",
    panels.TALL,
    "Longer-out breathing",
    "Side view. A person lies on the back, knees bent, a pillow under the head, one hand on the belly. 1: breathing in "
    "through the nose, the belly and the hand rise. 2: breathing out for longer, the belly and the hand sink; a dotted "
    "line shows where the belly was. The small front view hatches the belly that moves first.",
)
def breathing(sheet: Sheet) -> None:
    for n, (belly, high) in enumerate(((1.5, 0.122), (0.0, 0.068))):
        cam, body = Camera((224, 92 + 165 * n), 272, 0, 10), replace(cast.CORA, belly=belly, stoop=0)
        hand = {"at": (-0.075, high, 0.04), "pole": (-0.2, -0.8, 0.8), "hand": (10, -20), "palm": (0, -1, 0)}
        pose = but(poses.LIE, arm_r=hand)
        panels.shared(sheet, n, "bed", panels.DOWN, partial(_in_bed, sheet, cam, pose))
        paint(sheet, cam, pose, body, only=lambda name: upper(name) and name not in FAR_ARM)
        x, y = cam.at((-0.1, 0.11, 0))
        mx, my = cam.at((-0.46, 0.1, 0))
        if n:
            sheet.bend(*(cam.at((-0.1 + a, 0.045 + b, 0)) for a, b in BELLY), width=1.9, dash="0.1 4.4")
            sheet.arrow((x, y - 38), (x, y - 16))
            sheet.arrow((mx + 2, my - 4), (mx + 18, my - 32), (mx + 56, my - 40))
        else:
            sheet.arrow((x, y - 18), (x, y - 46))
            sheet.arrow((mx + 30, my - 34), (mx + 10, my - 28), (mx + 1, my - 6))
    inset(sheet, Camera((374, 66), 112, 90), replace(cast.CORA, glasses=False), [zones.BELLY_FRONT])
    panels.above(sheet)


BELLY = ((-0.1, 0.02), (-0.06, 0.062), (0.0, 0.082), (0.06, 0.062), (0.1, 0.02))


FAR_ARM = ("arm_l", "sleeve_l")  # hidden by the trunk


def _in_bed(sheet: Sheet, cam: Camera, pose: Pose) -> None:
    props.mattress(sheet, cam, -0.082)
    props.pillow(sheet, cam, -0.44, -0.05)
    paint(sheet, cam, pose, cast.CORA, only=lower)
