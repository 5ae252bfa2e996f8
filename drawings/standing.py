"""Exercises on one's feet: E04, E07."""

from __future__ import annotations

from functools import partial

from drawings import cast, panels, poses, props, zones
from drawings.body import Body, Pose, but
from drawings.catalog import drawing
from drawings.figure import inset, paint
from drawings.sheet import Sheet
from drawings.space import Camera

DOORWAY: Pose = but(
    poses.STAND,
    spine={"neck": (12,)},
    arms={"upper": (38, 70), "lower": (176, 3), "hand": (180, 0), "palm": (1, 0, 0)},
    leg_l={"at": (0.15, -0.474, -0.075), "pole": (1, 0, -0.1), "foot": (90, 4)},
    leg_r={"at": (-0.10, -0.474, 0.07), "pole": (1, 0, 0.1), "foot": (90, 14)},
)
STEPPED: Pose = but(
    DOORWAY,
    move=(0.075, -0.016, 0),
    spine={"chest": (-3,), "neck": (10,)},
    arms={"upper": (-30, 68)},
    leg_r={"foot": (82, 14)},
)
NEAR_ARM = ("arm_r", "sleeve_r")


@drawing(
    "e04",
    panels.WIDE,
    "Doorway chest stretch",
    "View from the front and a little from the side. 1: a person stands in a doorway, forearms on the frame, elbows "
    "just below shoulder height, one foot in front. 2: the weight has moved onto the front foot, an arrow shows the "
    "way; the stretched chest is hatched.",
)
def doorway(sheet: Sheet) -> None:
    for n, pose in enumerate((DOORWAY, STEPPED)):
        cam = Camera((99 + 200 * n, 134), 212, 58, 8)
        in_doorway(sheet, n, cam, pose, cast.FAY)
        if n:
            x, y = cam.at((0.075, 0, 0))
            sheet.arrow((x + 28, y + 10), (x + 60, y + 22))
    panels.beside(sheet)


def in_doorway(sheet: Sheet, n: int, cam: Camera, pose: Pose, body: Body) -> None:
    """A figure between two posts; the near arm lies on the near post."""
    shared = panels.shared
    shared(sheet, n, "far", panels.ACROSS, partial(props.post, sheet, cam, 0.065, -0.33, -0.53))
    paint(sheet, cam, pose, body, [zones.CHEST] if pose is STEPPED else [], lambda name: name not in NEAR_ARM)
    shared(sheet, n, "near", panels.ACROSS, partial(props.post, sheet, cam, 0.065, 0.27, -0.53))
    paint(sheet, cam, pose, body, only=lambda name: name in NEAR_ARM)


@drawing(
    "e07",
    panels.WIDE,
    "Wall slide",
    "View from the front and a little from the side. 1: a person stands with the back against a wall, feet a foot’s "
    "length in front of it, elbows bent at the sides of the chest, backs of the hands near the wall. 2: the arms have "
    "slid up the wall in an easy range, ribs quiet; arrows point up. The small back view hatches the muscles "
    "below the blades.",
)
def wall_slide(sheet: Sheet) -> None:
    base = but(
        poses.STAND,
        spine={"pelvis": (-4,), "waist": (0,), "chest": (0,), "neck": (8,)},
        leg_r={"at": (0.11, -0.462, 0.06), "pole": (1, 0, 0.2), "foot": (90, 12)},
        leg_l={"at": (0.11, -0.462, -0.06), "pole": (1, 0, -0.2), "foot": (90, 12)},
    )
    low = {"upper": (-8, 42), "lower": (180, 22), "hand": (180, 14), "palm": (1, 0, 0)}
    high = {
        "upper": (-178, 62),
        "lower": (180, 16),
        "hand": (180, 8),
        "palm": (1, 0, 0),
        "girdle": (0.012, 0, 0),
    }
    for n, arms in enumerate((low, high)):
        cam = Camera((96 + 200 * n, 140), 212, 62, 7)
        panels.shared(sheet, n, "wall", panels.ACROSS, partial(props.wall, sheet, cam, -0.085, -0.514, 0.43))
        sk = paint(sheet, cam, but(base, arms=arms), cast.GUS)
        for key, s in (("r", -1), ("l", 1)) if n else ():
            x, y = cam.at(sk.arms[key].mid)
            sheet.arrow((x + s * 22, y + 34), (x + s * 26, y))
    inset(sheet, Camera((228, 226), 108, -90), cast.GUS, zones.MID_BACK)
    panels.beside(sheet)
