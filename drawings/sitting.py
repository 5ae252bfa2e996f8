"""Exercises on a chair: E03, E06, E14."""

from __future__ import annotations

from functools import partial

from drawings import cast, panels, poses, props, zones
from drawings.body import Body, Pose, but, skeleton
from drawings.catalog import drawing
from drawings.figure import ghost, inset, lower, paint, upper
from drawings.sheet import Sheet
from drawings.space import Camera

SEAT = -0.062  # height of a seat's top under the middle of the hips
GROUND = -0.302


@drawing(
    "e03",
    panels.WIDE,
    "Chin glide",
    "Side view. 1: a person sits tall on a chair, hands on the thighs, the head a little in front of the shoulders. 2: "
    "the head has slid straight back as on a drawer, chin level. A dotted line runs from the ear down through the "
    "shoulder; dots show where the face was. The muscles from the neck down the upper back are hatched, also in a "
    "small back view.",
)
def chin_glide(sheet: Sheet) -> None:
    start = but(poses.SIT, spine={"neck": (42,), "head": (0,), "chest": (3,)})
    finish = but(start, spine={"neck": (4,)})
    for n, pose in enumerate((start, finish)):
        cam = Camera((58 + 200 * n, 156), 276)
        panels.shared(sheet, n, "seat", panels.ACROSS, partial(_seated, sheet, cam, start, cast.BEN, 0.36))
        if n:
            ghost(sheet, cam, start, cast.BEN, ["head", "hair"])
        sk = paint(sheet, cam, pose, cast.BEN, [zones.NAPE] if n else [], upper)
        if n:
            x, y = cam.at(sk.head.at(0, 0.035))
            sheet.line((x - 1, y - 40), (x - 1, y + 62), width=2.2, stroke="accent", dash="0.1 6")
            sheet.arrow((x + 84, y), (x + 50, y))
    inset(sheet, Camera((374, 140), 118, -90), cast.BEN, [zones.SPINE_SIDES, zones.NECK_BACK])
    panels.beside(sheet)


def _seated(sheet: Sheet, cam: Camera, pose: Pose, body: Body, top: float) -> None:
    """Chair, floor and legs: what does not move while the trunk does."""
    if not cam.pitch:
        props.floor(sheet, cam, GROUND, -0.17, 0.44)
    props.chair(sheet, cam, SEAT, -0.30, top)
    paint(sheet, cam, pose, body, only=lower)


@drawing(
    "e06",
    panels.WIDE,
    "Chair-back arch",
    "View from the side and a little from the front. 1: a person sits on a chair whose back ends at the shoulder "
    "blades, hands behind the head, elbows wide. 2: the breastbone is lifted up and slightly back over the chair; "
    "the hands hold the head; hips and feet have not moved. The small back view hatches the muscles beside the spine.",
)
def chair_arch(sheet: Sheet) -> None:
    start = but(poses.SIT, spine={"pelvis": (-2,), "waist": (2,), "chest": (9,), "neck": (12,), "head": (2,)})
    finish = but(
        poses.SIT, spine={"pelvis": (-2,), "waist": (-6,), "chest": (-22,), "neck": (-16,), "head": (-24,)}
    )
    for n, pose in enumerate((start, finish)):
        cam = Camera((84 + 200 * n, 156), 256, 44, 6)
        panels.shared(sheet, n, "seat", panels.ACROSS, partial(_seated, sheet, cam, start, cast.HANA, 0.28))
        sk = paint(sheet, cam, _hands_behind_head(pose, cast.HANA), cast.HANA, only=upper)
        if n:
            x, y = cam.at(sk.chest.at(0.1, -0.02))
            sheet.arrow((x + 30, y + 32), (x + 34, y + 6), (x + 22, y - 18))
    inset(sheet, Camera((369, 66), 112, -90), cast.HANA, zones.MID_BACK)
    panels.beside(sheet)


def _hands_behind_head(pose: Pose, body: Body) -> Pose:
    """Hands folded at the back of the head, elbows wide; they follow the head."""
    sk = skeleton(pose, body)
    arms = {}
    for key, s in (("r", 1), ("l", -1)):
        arms["arm_" + key] = {
            "at": sk.head.at(-0.052, 0.062, s * 0.04),
            "pole": sk.chest.dir((0.12, -0.1, s)),
            "hand": (150, -70),
            "palm": (-1, 0, 0),
            "girdle": (0.016, -0.006, 0),
            "under_head": True,
        }
    return but(pose, **arms)


@drawing(
    "e14",
    panels.WIDE,
    "Shrug, roll, drop",
    "View from the front and a little from the side. 1: a wheelchair user sits with both shoulders lifted toward the "
    "ears; arrows point up. 2: the shoulders have rolled back and dropped, long and low; curved arrows show the way "
    "back and down. The tops of the shoulders are hatched, also in a small back view.",
)
def shrug(sheet: Sheet) -> None:
    hands = {
        "at": (0.155, 0.035, 0.075),
        "mirror": True,
        "under_head": True,
        "pole": (-0.6, -0.3, 0.75),
        "hand": (78, -12),
        "palm": (0, -1, 0),
    }
    base = but(poses.SIT, spine={"neck": (12,)}, arms=hands)
    for n, girdle in enumerate(((0.044, 0.006, -0.002), (-0.012, -0.018, 0.004))):
        cam, pose = Camera((92 + 200 * n, 152), 262, 52, 8), but(base, arms={"girdle": girdle})
        panels.shared(sheet, n, "chair", panels.ACROSS, partial(_in_wheelchair, sheet, cam, base))
        sk = paint(sheet, cam, pose, cast.DEV, zones.shoulder_tops(girdle[0]) if n else [], upper)
        panels.shared(sheet, n, "wheel", panels.ACROSS, partial(props.wheel, sheet, cam, 1, -0.34))
        for key, s in (("r", -1), ("l", 1)):
            x, y = cam.at(sk.arms[key].start)
            if n:
                sheet.arrow((x + s * 24, y - 30), (x + s * 34, y - 14), (x + s * 30, y + 8))
            else:
                sheet.arrow((x + s * 27, y + 16), (x + s * 27, y - 16))
    inset(sheet, Camera((374, 72), 112, -90), cast.DEV, zones.TRAPS)
    panels.beside(sheet)


def _in_wheelchair(sheet: Sheet, cam: Camera, pose: Pose) -> None:
    props.wheelchair(sheet, cam, SEAT, -0.34)
    paint(sheet, cam, pose, cast.DEV, only=lower)
