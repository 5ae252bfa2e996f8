"""Drawings of module 5: level lines, four ways to carry, a sleeper and a mouse, turning both ways, two spines."""

from __future__ import annotations

import math
from dataclasses import replace

from drawings import cast, gear, marks, poses, props, resting, things, tops, zones
from drawings.body import Body, Pose, but, skeleton
from drawings.catalog import drawing
from drawings.figure import lower, paint, upper
from drawings.outline import Part
from drawings.sheet import Sheet
from drawings.space import Camera, mix

PAGE = (320, 240)


@drawing(
    "spot-your-tilt",
    PAGE,
    "Level lines and a tilted twin",
    "Two front views of the same person. Left: dashed lines over the shoulders and the hips are level. Right: the "
    "weight is on one leg, one shoulder is lower and one hip higher, so both dashed lines slope.",
)
def tilt(sheet: Sheet) -> None:
    even = but(poses.STAND, spine={"neck": (8,)}, legs={"upper": (0, 5), "lower": (0, 3)})
    leaning = but(
        even,
        move=(0, -0.004, 0.02),
        spine={"pelvis": (0, -9), "waist": (0, 2), "chest": (0, 10), "neck": (8, 2), "head": (0, -4)},
        leg_r={"at": (0, -0.474, 0.062), "pole": (1, 0, 0.1), "foot": (80, 10)},
        leg_l={"at": (0.03, -0.468, -0.13), "pole": (1, 0, -0.3), "foot": (80, 16)},
        arms={"upper": (-2, 10), "lower": (8, 5)},
    )
    for n, pose in enumerate((even, leaning)):
        cam = Camera((80 + 160 * n, 124), 214, 90, 3)
        sk = paint(sheet, cam, pose, cast.ELI)
        for a, b in ((sk.arms["r"].start, sk.arms["l"].start), (sk.legs["r"].start, sk.legs["l"].start)):
            (ax, ay), (bx, by) = cam.at(a), cam.at(b)
            up = -10 if a == sk.arms["r"].start else -8
            slope = (by - ay) / (bx - ax)
            x0, x1 = 80 + 160 * n - 58, 80 + 160 * n + 58
            marks.dashed(sheet, (x0, ay + up + slope * (x0 - ax)), (x1, ay + up + slope * (x1 - ax)), width=3)
    sheet.line((160, 12), (160, 228), width=1.2, stroke="stripe", dash="4 6")


@drawing(
    "bags-babies-and-car-seats",
    (320, 344),
    "Four ways to carry",
    "Four small pictures. One arm, crossed out: a person leans sideways under an infant car seat that hangs on one "
    "forearm. Two hands: the seat is carried close in front with both hands. Wheels: a person walks behind a "
    "stroller. Both straps: a person wears a backpack on both shoulders.",
)
def carrying(sheet: Sheet) -> None:
    sheet.line((160, 8), (160, 336), width=1.2, stroke="stripe", dash="4 6")
    sheet.line((8, 172), (312, 172), width=1.2, stroke="stripe", dash="4 6")
    ways = (
        ("One arm", _one_arm),
        ("Two hands", _two_hands),
        ("Wheels", _stroller),
        ("Both straps", _backpack),
    )
    for n, (words, draw) in enumerate(ways):
        x, y = 160 * (n % 2), 172 * (n // 2)
        draw(sheet, Camera((x + 92, y + 97), 134))
        sheet.text((x + 12, y + 22), words, anchor="start", size=14)
        mark = marks.tick if n else marks.cross
        mark(sheet, (x + 142, y + 18), 8, 3.6)


def _one_arm(sheet: Sheet, cam: Camera) -> None:
    cam = replace(cam, yaw=62, pitch=4, origin=(cam.origin[0] + 6, cam.origin[1]))
    pose = but(
        poses.STAND,
        spine={"pelvis": (0, -6), "waist": (0, -10), "chest": (0, -14), "neck": (6, -8), "head": (0, -4)},
        legs={"upper": (0, 5), "lower": (0, 3)},
        arm_r={"upper": (-4, 30), "lower": (86, 4), "hand": (90, 0), "palm": (0, 1, 0)},
        arm_l={"upper": (0, 18), "lower": (6, 12), "hand": (10, 20)},
    )
    sk = paint(
        sheet, cam, pose, cast.HANA, only=lambda name: not name.endswith(("arm_r", "sleeve_r")), width=1.8
    )
    x, y = cam.at(mix(sk.arms["r"].mid, sk.arms["r"].end, 0.5))
    things.car_seat(sheet, (x - 4, y - 2))
    paint(sheet, cam, pose, cast.HANA, only=lambda name: name.endswith(("arm_r", "sleeve_r")), width=1.8)


def _two_hands(sheet: Sheet, cam: Camera) -> None:
    cam = replace(cam, yaw=58, pitch=4, origin=(cam.origin[0] - 12, cam.origin[1]))
    arms = {
        "at": (0.14, 0.06, 0.03),
        "mirror": True,
        "pole": (-0.5, -0.6, 0.8),
        "grip": True,
        "palm": (0, -1, 0),
    }
    pose = but(poses.STAND, spine={"chest": (-3,), "neck": (6,)}, arms=arms)
    sk = paint(
        sheet, cam, pose, cast.BEN, only=lambda name: not name.startswith(("arm", "sleeve")), width=1.8
    )
    x, y = cam.at(mix(sk.arms["r"].end, sk.arms["l"].end, 0.5))
    things.car_seat(sheet, (x + 1, y + 1))
    paint(sheet, cam, pose, cast.BEN, only=lambda name: name.startswith(("arm", "sleeve")), width=1.8)


def _stroller(sheet: Sheet, cam: Camera) -> None:
    cam = replace(cam, origin=(cam.origin[0] - 50, cam.origin[1] + 4), scale=128)
    pose = but(
        poses.STAND,
        spine={"chest": (3,), "neck": (12,)},
        leg_r={"upper": (22, 3), "lower": (4, 2), "foot": (96, 6)},
        leg_l={"upper": (-12, 3), "lower": (-32, 2), "foot": (60, 6)},
        arms={"at": (0.22, 0.08, 0.06), "mirror": True, "pole": (-0.6, -1, 0.2), "grip": True},
    )
    hand = cam.at((0.24, 0.08, 0))
    things.stroller(sheet, hand, cam.at((0, -0.492, 0))[1])
    paint(sheet, cam, pose, cast.DEV, width=1.8)


def _backpack(sheet: Sheet, cam: Camera) -> None:
    cam = replace(cam, yaw=34, pitch=3)
    pose = but(poses.STAND, spine={"neck": (8,)}, arms={"upper": (-4, 9), "lower": (14, 3)})
    sk = skeleton(pose, cast.ELI)
    pack = [(sk.chest.at(-0.1, 0.05, z), sk.waist.at(-0.11, 0.02, z), 0.058, 0.066) for z in (-0.035, 0.035)]
    tops.shape(sheet, cam, Part("pack", pack, "trouser", k=0.02), 1.8)
    paint(sheet, cam, pose, cast.ELI, only=lambda name: not name.endswith(("arm_r", "sleeve_r")), width=1.8)
    for side in (-1, 1):
        way = [(-0.02, 0.1, 0.06), (0.045, 0.085, 0.066), (0.066, 0.04, 0.064), (0.04, -0.03, 0.084)]
        strap = [cam.at(sk.chest.at(x, y, side * z)) for x, y, z in way]
        sheet.bend(*strap, width=6)
        sheet.bend(*strap, stroke="trouser", width=2.6)
    paint(sheet, cam, pose, cast.ELI, only=lambda name: name.endswith(("arm_r", "sleeve_r")), width=1.8)


@drawing(
    "mouse-armrest-pillow",
    (320, 300),
    "A level neck and a near mouse",
    "Top: a person sleeps on one side, the head on a pillow that keeps the dashed line along the spine level, another "
    "pillow between the arms. Bottom: a desk from above; an arrow brings the mouse from the far side right up to the "
    "keyboard, where the elbow stays near the body.",
)
def small_leans(sheet: Sheet) -> None:
    _sleeper(sheet, Camera((172, 56), 270, 90, 14), replace(cast.CORA, glasses=False))
    sheet.line((14, 138), (306, 138), width=1.2, stroke="stripe", dash="4 6")
    _near_mouse(sheet, Camera((142, 259), 304, -90, 90), cast.GUS)


def _sleeper(sheet: Sheet, cam: Camera, body: Body) -> None:
    props.slab(sheet, cam, (-0.2, -0.2, -0.5), (0.24, -0.137, 0.58), "sheet")
    front = ((-0.2, 0.58), (-0.2, -0.5), (-0.137, -0.5), (-0.137, 0.58))
    sheet.line(*(cam.at((0.24, y, z)) for y, z in front), fill="trouser", width=2.2)
    under = ((-0.50, -0.13), (-0.52, -0.075), (-0.44, -0.06), (-0.33, -0.066), (-0.31, -0.13), (-0.4, -0.14))
    sheet.bend(*(cam.at((0.02, y, -x)) for x, y in under), fill="cloth", width=2.2)
    over = ("arm_l", "sleeve_l")
    sk = paint(sheet, cam, SIDE_LYING, body, only=lambda name: name not in over)
    way = (
        (-0.3, -0.12),
        (-0.31, -0.04),
        (-0.24, 0.0),
        (-0.12, -0.01),
        (-0.1, -0.07),
        (-0.13, -0.13),
        (-0.22, -0.14),
    )
    sheet.bend(*(cam.at((0.16, y, -x)) for x, y in way), fill="sheet", width=2.2)
    paint(sheet, cam, SIDE_LYING, body, only=lambda name: name in over)
    y = cam.at(sk.chest.at(0.05, 0))[1]
    marks.dashed(sheet, (8, y), (cam.at(sk.head.at(0, 0.13))[0], y))
    marks.dashed(sheet, (cam.at(sk.neck.o)[0], y), (cam.at(sk.pelvis.o)[0] + 24, y))


SIDE_LYING: Pose = {
    "root": (0, 90, 0),
    "barefoot": True,
    "spine": {"neck": (10,), "head": (6,)},
    "leg_r": {"upper": (40, 0), "lower": (-30, 0), "foot": (60, 0)},
    "leg_l": {"upper": (50, 0), "lower": (-24, 0), "foot": (60, 0)},
    "arm_r": {"upper": (64, 0), "lower": (100, 0), "palm": (0, 0, -1)},
    "arm_l": {"upper": (50, -10), "lower": (80, -20), "palm": (0, 0, -1)},
}


def _near_mouse(sheet: Sheet, cam: Camera, body: Body) -> None:
    """A desk from above; the mouse comes in from the far side."""
    hand = {"upper": (22, 10), "lower": (88, -8), "hand": (90, 0), "palm": (0, -1, 0)}
    pose = but(poses.SIT, spine={"neck": (14,)}, arm_l=hand, arm_r={**hand, "lower": (88, 6)})
    paint(sheet, cam, pose, body, only=lower)
    props.slab(sheet, cam, (0.19, 0, -0.42), (0.372, 0.02, 0.52), "trouser")
    props.slab(sheet, cam, (0.215, 0.02, -0.19), (0.3, 0.03, 0.08))
    tops.mouse(sheet, cam, (0.285, 0.125))
    x, y = cam.at((0.285, 0, 0.42))
    with sheet.group(at=(x, y)):
        sheet.path("M-8 4v-8a8 8 0 0 1 16 0v10a8 8 0 0 1 -16 0Z", "trouser", width=1.9, dash="0.1 4.4")
    sheet.arrow((x - 16, y), cam.at((0.285, 0, 0.2)), width=3.6)
    sk = paint(sheet, cam, pose, body, only=lambda name: upper(name) and name not in ("head", "hair", "neck"))
    tops.head(sheet, cam, sk, body)


@drawing(
    "turn-and-reach-evenly",
    (320, 290),
    "Open book and side reach",
    "Left, from above: 1: a person lies on one side in bed, knees bent, a pillow under the head, both arms straight "
    "ahead. 2: the upper arm has swept up and over to the other side, the chest and the eyes follow; an arc shows the "
    "way, and the chest that opens is hatched. Right: a "
    "person sits on a stool, one hand on the seat, the other arm reaching up and over; an arrow shows the way.",
)
def turning(sheet: Sheet) -> None:
    for n, pose in enumerate((resting.SIDE_LYING, resting.OPENED)):
        top = 145 * n
        gear.bed_from_above(sheet, (10, 8 + top), (176, 136 + top), ((14, 54 + top), (40, 36)))
        cam = Camera((100, 75 + top), 136)
        sk = paint(sheet, cam, pose, cast.FAY, [zones.CHEST] if n else [])
        sheet.number(n + 1, (196, 22 + top))
    x, y = cam.at(sk.chest.at(0, 0))
    sheet.arrow((x + 16, y - 50), (x + 32, y - 26), (x + 33, y + 20), (x + 14, y + 46), width=3.4)
    reach = but(
        poses.SIT,
        spine={"pelvis": (0, 4), "waist": (0, 14), "chest": (0, 24), "neck": (6, 24), "head": (0, 26)},
        arm_l={"upper": (180, -10), "lower": (180, -30), "hand": (180, -40)},
        arm_r={"at": (0.02, -0.02, 0.2), "pole": (-0.3, 0, 1), "palm": (0, -1, 0)},
    )
    cam = Camera((268, 184), 192, 76, 6)
    props.chair(sheet, cam, -0.062, -0.3, 0)
    sk = paint(sheet, cam, reach, cast.GUS)
    x, y = cam.at(sk.arms["l"].end)
    sheet.arrow((x + 22, y + 34), (x + 16, y - 4), (x - 2, y - 26), (x - 28, y - 36), width=3.2)


@drawing(
    "scoliosis-and-self-help",
    PAGE,
    "A straight spine and a gently curved one",
    "Back views of two people standing calmly. Left: the spine is straight. Right: the spine has a gentle S shape, "
    "one shoulder is a little higher than the other.",
)
def spines(sheet: Sheet) -> None:
    for n, body in enumerate((cast.HANA, cast.BEN)):
        pose = but(poses.STAND, arms={"upper": (0, 10), "lower": (6, 3)})
        if n:
            pose = but(pose, spine={"waist": (0, -3), "chest": (0, 4), "neck": (6, 0)})
        cam = Camera((80 + 160 * n, 226), 400, -90)
        sk = paint(sheet, cam, pose, body, only=upper)
        way = []
        for i in range(15):
            t = i / 14
            y = 0.105 - 0.3 * t
            side = 0.015 * math.sin(2 * math.pi * (t * 1.02 - 0.02)) if n else 0
            x, y = cam.at((-0.07, sk.chest.o[1] + y, sk.chest.o[2] * (1 - t) + side))
            way.append((x, y))
        tops.vertebrae(sheet, way, 9)
    sheet.line((160, 12), (160, 228), width=1.2, stroke="stripe", dash="4 6")
