"""Stretches on a chair: E18, E20, E21."""

from __future__ import annotations

from functools import partial

from drawings import cast, gear, panels, poses, props, zones
from drawings.body import Body, Pose, but, skeleton
from drawings.catalog import drawing
from drawings.figure import inset, lower, paint, upper
from drawings.sheet import Sheet
from drawings.sitting import GROUND, SEAT
from drawings.space import Camera

LAP: Pose = {"at": (0.155, 0.035, -0.06), "pole": (-0.6, -0.3, -0.75), "hand": (80, -12), "palm": (0, -1, 0)}
FACING: Pose = but(poses.SIT, spine={"neck": (10,)}, legs={"upper": (84, 8), "lower": (4, 4)})


def seated(sheet: Sheet, cam: Camera, pose: Pose, body: Body, top: float = 0.3) -> None:
    """Chair and legs: what does not move."""
    props.chair(sheet, cam, SEAT, GROUND, top)
    paint(sheet, cam, pose, body, only=lower)


@drawing(
    "e18",
    panels.WIDE,
    "Side-neck stretch",
    "Front view. 1: a person sits tall on a chair, the right hand holds the edge of the seat, the left hand lies in "
    "the lap, the head is level. 2: the head has tipped to the left, away from the holding hand, nose a little down; "
    "an arrow shows the way. The stretched muscle from the right side of the neck to the top of the right shoulder is "
    "hatched, also in a small back view.",
)
def side_neck(sheet: Sheet) -> None:
    hold = {
        "at": (0.02, -0.035, 0.16),
        "pole": (-0.3, 0, 1),
        "hand": (10, -12),
        "palm": (0, 0, -1),
        "grip": True,
        "girdle": (-0.01, 0, 0),
    }
    start = but(FACING, arm_r=hold, arm_l=LAP)
    finish = but(start, spine={"neck": (14, -16), "head": (12, -34)})
    for n, pose in enumerate((start, finish)):
        cam = Camera((96 + 200 * n, 158), 256, 74, 8)
        panels.shared(sheet, n, "seat", panels.ACROSS, partial(seated, sheet, cam, start, cast.OLA))
        sk = paint(sheet, cam, pose, cast.OLA, zones.side_of_neck() if n else [], upper)
        if n:
            x, y = cam.at(sk.chest.at(0, 0.1))
            sheet.arrow((x - 34, y - 58), (x + 2, y - 74), (x + 40, y - 58))
    inset(sheet, Camera((372, 72), 118, -90), cast.OLA, [zones.back(zones.SHOULDER_TOP)])
    panels.beside(sheet)


@drawing(
    "e20",
    panels.WIDE,
    "Side reach",
    "Front view. 1: a person sits on a chair with both feet on the floor, the right hand on the seat, the left arm "
    "hanging. 2: the left arm reaches up and over the head to the right and the left ribs grow long; arrows show the "
    "way of the arm and the left hip that stays heavy. The long muscle along the left ribs is hatched, also in a small "
    "back view.",
)
def side_reach(sheet: Sheet) -> None:
    seat = {"at": (0.03, -0.038, 0.2), "pole": (-0.3, 0, 1), "hand": (86, 16), "palm": (0, -1, 0)}
    start = but(FACING, arm_r=seat, arm_l={"upper": (4, 9), "lower": (12, 2)})
    finish = but(
        start,
        spine={"waist": (0, 10), "chest": (2, 24), "neck": (8, 28), "head": (0, 24)},
        arm_r={"at": (0.03, -0.038, 0.215)},
        arm_l={
            "upper": (180, -16),
            "lower": (180, -54),
            "hand": (180, -70),
            "palm": (0, -1, 0),
            "girdle": (0.03, 0, 0),
        },
    )
    for n, pose in enumerate((start, finish)):
        cam = Camera((96 + 200 * n, 164), 236, 74, 8)
        panels.shared(sheet, n, "seat", panels.ACROSS, partial(_on_bench, sheet, cam, start))
        sk = paint(sheet, cam, pose, cast.LEO, [zones.LEFT_RIBS] if n else [], upper)
        if n:
            x, y = cam.at(sk.arms["l"].mid)
            sheet.arrow((x + 30, y + 26), (x + 26, y - 6), (x + 4, y - 28))
            x, y = cam.at((0, 0, -0.1))
            sheet.arrow((x + 34, y - 26), (x + 34, y + 4))
    inset(sheet, Camera((372, 72), 118, -90), cast.LEO, [zones.RIBS_BEHIND[1]])
    panels.beside(sheet)


def _on_bench(sheet: Sheet, cam: Camera, pose: Pose) -> None:
    gear.bench(sheet, cam, SEAT, GROUND)
    paint(sheet, cam, pose, cast.LEO, only=lower)


@drawing(
    "e21",
    panels.WIDE,
    "Self-hug",
    "View from the front and a little from the side. 1: a person in a headscarf sits tall with crossed arms, each hand "
    "on the opposite shoulder. 2: the chin has dropped a little and the upper back is gently round; arrows show the "
    "way. The small back view hatches the muscles between the shoulder blades.",
)
def self_hug(sheet: Sheet) -> None:
    start = but(FACING)
    finish = but(FACING, spine={"pelvis": (-4,), "waist": (6,), "chest": (22,), "neck": (38,), "head": (26,)})
    for n, pose in enumerate((start, finish)):
        cam = Camera((90 + 200 * n, 156), 256, 56, 6)
        panels.shared(sheet, n, "seat", panels.ACROSS, partial(seated, sheet, cam, start, cast.PIA, 0.2))
        sk = paint(sheet, cam, hugging(pose, cast.PIA), cast.PIA, only=upper)
        gear.hand_again(sheet, cam, sk, "l", cast.PIA)
        if n:
            x, y = cam.at(sk.head.at(0.0, 0.13))
            sheet.arrow((x - 22, y - 8), (x + 10, y - 14), (x + 34, y + 6))
            x, y = cam.at(sk.chest.at(-0.09, 0.03))
            sheet.arrow((x + 4, y), (x - 28, y - 2))
    inset(sheet, Camera((368, 72), 118, -90), cast.PIA, [zones.BLADES])
    panels.beside(sheet)


def hugging(pose: Pose, body: Body) -> Pose:
    """Each hand on the opposite shoulder; the arms follow the chest."""
    chest = skeleton(pose, body).chest
    arms = {}
    for key, s, ahead in (("r", 1, 0.05), ("l", -1, 0.062)):
        arms["arm_" + key] = {
            "at": chest.at(ahead + 0.03, 0.035 + 0.016 * s, -s * 0.022),
            "pole": chest.dir((0.45, -1, s * 0.25)),
            "hand": (150, -60),
            "palm": chest.dir((-1, 0, 0)),
            "girdle": (0, 0.02, 0),
        }
    return but(pose, **arms)
