"""Exercises that pull and raise: E09, E10, E12."""

from __future__ import annotations

from functools import partial

from drawings import cast, gear, panels, poses, props, zones
from drawings.body import Pose, but, skeleton
from drawings.catalog import drawing
from drawings.figure import inset, lower, paint, upper
from drawings.sheet import Sheet
from drawings.sitting import GROUND, SEAT
from drawings.space import Camera, add, mul

ROW: Pose = but(
    poses.SIT,
    legs={"upper": (85, 4), "lower": (27, 2), "foot": (113, 4)},
    arm_r={"upper": (52, 2), "lower": (62, 0), "grip": True},
    arm_l={"upper": (58, 2), "lower": (68, 0), "grip": True},
    spine={"pelvis": (0,), "chest": (3,), "neck": (12,)},
)


@drawing(
    "e09",
    panels.WIDE,
    "Band row",
    "Side view. 1: a person sits tall on a stool, legs forward, a band around the middle of both shoes and its ends in "
    "the hands, arms long. 2: the elbows are pulled back past the ribs, hands beside the waist, shoulders low; arrows "
    "show the way. The small back view hatches the muscles between the shoulder blades.",
)
def band_row(sheet: Sheet) -> None:
    pull = {"upper": (-42, 8), "lower": (78, -4)}
    pulled = but(ROW, arm_r=pull, arm_l=pull, spine={"chest": (-1,)})
    for n, pose in enumerate((ROW, pulled)):
        cam = Camera((72 + 200 * n, 152), 250)
        panels.shared(sheet, n, "seat", panels.ACROSS, partial(_on_stool, sheet, cam))
        paint(sheet, cam, pose, cast.CORA, only=lambda name: upper(name) and name.endswith("_l"))
        sk = paint(
            sheet, cam, pose, cast.CORA, only=lambda name: upper(name) and not name.endswith(("_r", "_l"))
        )
        hand, foot = cam.at(add(sk.arms["r"].end, mul(sk.arms["r"].tip, 0.03))), cam.at(sk.legs["r"].end)
        gear.band(sheet, hand, (foot[0] + 18, foot[1] - 2), (foot[0] + 7, foot[1] + 15))
        paint(sheet, cam, pose, cast.CORA, only=lambda name: name in ("arm_r", "sleeve_r"))
        if n:
            x, y = cam.at(sk.arms["r"].mid)
            sheet.arrow((x - 12, y - 1), (x - 36, y + 3))
            sheet.arrow((hand[0] + 62, hand[1] - 12), (hand[0] + 26, hand[1] - 18))
    inset(sheet, Camera((368, 72), 118, -90), cast.CORA, [zones.BLADES])
    panels.beside(sheet)


def _on_stool(sheet: Sheet, cam: Camera) -> None:
    props.floor(sheet, cam, GROUND, -0.17, 0.49)
    props.chair(sheet, cam, SEAT, GROUND, 0)
    paint(sheet, cam, ROW, cast.CORA, only=lower)


@drawing(
    "e10",
    panels.WIDE,
    "Pull-apart",
    "View from the front and a little from the side. 1: a wheelchair user sits tall, both arms in front at chest "
    "height, palms up, a light band between the hands. 2: the arms have opened to a wide hug and the band is long; "
    "arrows show the way. The small back view hatches the backs of the shoulders and the muscles between the blades.",
)
def pull_apart(sheet: Sheet) -> None:
    ahead = {"upper": (73, 7), "lower": (84, 4), "hand": (86, 0), "palm": (0, 1, 0), "grip": True}
    wide = {
        "upper": (66, 62),
        "lower": (74, 58),
        "hand": (76, 58),
        "palm": (0, 1, 0),
        "grip": True,
        "girdle": (0, -0.014, 0),
    }
    for n, arms in enumerate((ahead, wide)):
        cam = Camera((98 + 200 * n, 156), 224, 82, 12)
        pose = but(poses.SIT, spine={"neck": (12,)}, arms=arms)
        panels.shared(sheet, n, "chair", panels.ACROSS, partial(_in_wheelchair, sheet, cam, pose))
        sk = paint(sheet, cam, pose, cast.MAE, only=upper)
        for key in "lr":  # nearer than the sleeves
            gear.hand_again(sheet, cam, sk, key, cast.MAE)
        hands = [cam.at(add(sk.arms[s].end, mul(sk.arms[s].tip, 0.035))) for s in "rl"]
        gear.band(sheet, *hands)
        panels.shared(sheet, n, "wheel", panels.ACROSS, partial(props.wheel, sheet, cam, 1, -0.34))
        if n:
            (rx, ry), (lx, ly) = hands
            sheet.arrow((rx + 40, ry + 16), (rx + 8, ry + 22))
            sheet.arrow((lx - 40, ly + 28), (lx - 8, ly + 22))
    inset(sheet, Camera((368, 72), 118, -90), cast.MAE, [zones.BLADES, *zones.SHOULDER_BACKS])
    panels.beside(sheet)


def _in_wheelchair(sheet: Sheet, cam: Camera, pose: Pose) -> None:
    props.wheelchair(sheet, cam, SEAT, -0.34)
    paint(sheet, cam, pose, cast.MAE, only=lower)


@drawing(
    "e12",
    panels.WIDE,
    "Two-minute raise",
    "Front view. 1: a person stands with both feet on a band and holds its ends, arms by the sides. 2: both arms are "
    "raised out and slightly forward to shoulder height, no higher; arrows show the way up. The tops of the shoulders "
    "are hatched, also in a small back view.",
)
def two_minute_raise(sheet: Sheet) -> None:
    down = {"upper": (6, 10), "lower": (10, 8), "grip": True}
    up = {"upper": (30, 78), "lower": (30, 76), "hand": (30, 76), "grip": True, "palm": (0, -1, 0)}
    for n, arms in enumerate((down, up)):
        cam = Camera((100 + 200 * n, 136), 208, 82, 6)
        pose = but(poses.STAND, spine={"neck": (10,)}, legs={"upper": (0, 6), "lower": (0, 6)}, arms=arms)
        sk = skeleton(pose, cast.BEN)
        hands = {s: cam.at(add(sk.arms[s].end, mul(sk.arms[s].tip, 0.03))) for s in "rl"}
        soles = {s: add(sk.legs[s].end, (0.05, -0.05, 0)) for s in "rl"}
        gear.band(sheet, cam.at(soles["r"]), cam.at(soles["l"]))
        for key, side in (("r", 1), ("l", -1)):
            gear.band(sheet, hands[key], cam.at(add(soles[key], (0, 0, side * 0.034))))
        paint(sheet, cam, pose, cast.BEN, zones.shoulder_tops(0) if n else [])
        for key, s in (("r", -1), ("l", 1)) if n else ():
            x, y = hands[key]
            sheet.arrow((x - s * 52, y + 58), (x - s * 42, y + 38), (x - s * 38, y + 14))
    inset(sheet, Camera((376, 232), 110, -90), cast.BEN, zones.TRAPS)
    panels.beside(sheet)
