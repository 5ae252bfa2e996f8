"""Drawings of module 4: the elbow left behind, the long breath, two stretches, the ball at the wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drawings import cast, flesh, gear, lying, marks, poses, props, things, tops, zones
from drawings.body import Body, Pose, but
from drawings.catalog import drawing
from drawings.figure import Zone, ghost, lower, paint, upper
from drawings.sheet import Sheet
from drawings.space import Camera, Pt

PAGE = (320, 240)


@drawing(
    "muscles-that-never-clock-off",
    PAGE,
    "The elbow that stayed behind",
    "A person at a desk seen from above. A dashed line runs through both shoulders. One hand is on the keyboard; the "
    "other elbow is drawn back behind the dashed line and circled. An arrow points forward; dots show the arm in "
    "front, the hand at the mouse.",
)
def elbow_behind(sheet: Sheet) -> None:
    cam = Camera((150, 162), 416, -90, 90)
    body = cast.BEN
    props.slab(sheet, cam, (-0.16, 0, -0.12), (-0.13, 0.1, 0.12), "trouser")
    paint(sheet, cam, AT_DESK, body, only=lower)
    props.slab(sheet, cam, (0.2, 0, -0.33), (0.5, 0.02, 0.35), "trouser")
    props.slab(sheet, cam, (0.235, 0.02, -0.2), (0.325, 0.03, 0.08))
    for n in range(3):
        sheet.line(
            cam.at((0.26 + 0.02 * n, 0, -0.185)),
            cam.at((0.26 + 0.02 * n, 0, 0.065)),
            width=1.4,
            stroke="stripe",
        )
    tops.mouse(sheet, cam, (0.3, 0.128))
    ghost(sheet, cam, but(AT_DESK, arm_r=FORWARD), body, ["arm_r", "sleeve_r"])
    sk = paint(
        sheet, cam, AT_DESK, body, only=lambda name: upper(name) and name not in ("head", "hair", "neck")
    )
    y = cam.at(sk.chest.at(0, 0.07))[1]
    marks.dashed(sheet, (16, y), (304, y))
    tops.head(sheet, cam, sk, body)
    elbow = cam.at(sk.arms["r"].mid)
    marks.ring(sheet, (elbow[0] - 2, elbow[1] - 4), 30, 28)
    sheet.arrow(
        (elbow[0] + 36, elbow[1] - 22),
        (elbow[0] + 44, elbow[1] - 44),
        (elbow[0] + 40, elbow[1] - 74),
        width=4,
    )


FORWARD: Pose = {"upper": (24, 12), "lower": (86, -4), "hand": (90, 0), "palm": (0, -1, 0)}
AT_DESK: Pose = {
    "spine": {"pelvis": (0,), "waist": (4,), "chest": (6,), "neck": (14,), "head": (4,)},
    "legs": {"upper": (87, 6), "lower": (0, 3)},
    "arm_l": {"upper": (38, 14), "lower": (84, -14), "hand": (90, 0), "palm": (0, -1, 0)},
    "arm_r": {"upper": (-52, 24), "lower": (70, 4), "hand": (80, 0), "palm": (0, -1, 0)},
}


@drawing(
    "breathe-out-let-down",
    PAGE,
    "In for four, out for six",
    "A person lies on a bed, knees bent, a hand on the belly; one arrow shows the belly rise, one shows it sink. "
    "Above, a line climbs over four open dots, breathing in, and falls more slowly over six full dots, breathing out. "
    "A small moon says that it is evening.",
)
def breathe(sheet: Sheet) -> None:
    climb = [(44.0 + 22 * n, 74.0 - 12 * n) for n in range(5)]
    fall = [(132.0 + 22 * n, 26.0 + 8 * n) for n in range(7)]
    sheet.line((28, 74), climb[0], width=2.2)
    sheet.line(*climb, *fall[1:], width=2.8)
    sheet.line(fall[-1], (292, 74), width=2.2)
    for x, y in climb[1:]:
        sheet.circle((x, y), 5, "sheet", width=2)
    for x, y in fall[1:]:
        sheet.circle((x, y), 5.4, "accent", "sheet", 2)
    sheet.text((66, 34), "In 4", size=16)
    sheet.text((232, 34), "Out 6", size=16)
    sheet.path("M298 18A14 14 0 1 0 306 38A12 12 0 0 1 298 18Z", "cloth", width=2)
    cam = Camera((176, 174), 262, 0, 12)
    body = replace(cast.DEV, belly=1.2)
    hand = {"at": (-0.075, 0.115, 0.04), "pole": (-0.2, -0.8, 0.8), "hand": (10, -20), "palm": (0, -1, 0)}
    pose = but(poses.LIE, arm_r=hand)
    props.mattress(sheet, cam, -0.082)
    props.pillow(sheet, cam, -0.44, -0.05)
    paint(sheet, cam, pose, body, only=lambda name: name not in lying.FAR_ARM)
    x, y = cam.at((-0.1, 0.15, 0))
    sheet.arrow((x - 12, y - 4), (x - 12, y - 34), width=3.2)
    sheet.arrow((x + 16, y - 34), (x + 16, y - 4), width=3.2)


@drawing(
    "stretch-the-holders",
    PAGE,
    "Hug and side-neck stretch",
    "Two people seen from the front. 1: the arms are crossed, each hand on the opposite shoulder, the chin a little "
    "down. 2: the head tips to one side, an arrow shows the way; the other shoulder hangs low and loose, an arrow "
    "points down, and the stretched top of that shoulder is hatched.",
)
def holders(sheet: Sheet) -> None:
    _hug(sheet, Camera((80, 236), 400, 90, 4), cast.ADA)
    cam = Camera((246, 238), 388, 90, 2)
    loose = {"upper": (0, 8), "lower": (6, 4)}
    tip = but(
        poses.STAND,
        spine={"neck": (4, -14), "head": (6, -27)},
        arm_l=loose,
        arm_r={**loose, "girdle": (-0.014, 0, 0)},
    )
    sk = paint(sheet, cam, tip, replace(cast.BEN, hair="curly"), [SHOULDER_TOP], upper)
    x, y = cam.at(sk.head.at(0, 0.12))
    sheet.arrow((x - 34, y - 10), (x - 6, y - 20), (x + 24, y - 8), (x + 40, y + 14), width=3.2)
    x, y = cam.at(sk.arms["r"].start)
    sheet.arrow((x - 20, y - 20), (x - 27, y + 14), width=3.2)
    for n in range(2):
        sheet.number(n + 1, (18 + 160 * n, 20))
    sheet.line((160, 12), (160, 228), width=1.2, stroke="stripe", dash="4 6")


SHOULDER_TOP = Zone(
    "chest",
    [
        (0.0, y, z)
        for z, y in (
            (0.02, 0.16),
            (0.05, 0.125),
            (0.1, 0.1),
            (0.11, 0.06),
            (0.08, 0.056),
            (0.05, 0.07),
            (0.026, 0.1),
        )
    ],
)


def _hug(sheet: Sheet, cam: Camera, body: Body) -> None:
    """Arms crossed, each hand on the other shoulder: the forearms lie over both sleeves, the right one on top."""
    arms = {
        f"arm_{key}": {
            "at": (0.075 + up, 0.29 + up, -side * 0.075),
            "pole": (1, -0.8, side * 0.2),
            "hand": (-165, -52),
            "palm": (-1, 0, 0),
            "girdle": (0.004, 0.012, 0),
        }
        for key, side, up in (("r", 1, 0.012), ("l", -1, 0.0))
    }
    pose = but(poses.STAND, spine={"waist": (2,), "chest": (3,), "neck": (20,), "head": (16,)}, **arms)
    sk = paint(
        sheet, cam, pose, body, only=lambda name: upper(name) and not name.startswith(("arm", "sleeve"))
    )
    for key in "rl":
        tops.shape(sheet, cam, flesh.arm(sk.arms[key], key, replace(body, sleeve=1.0))[1])
    for key in "lr":
        tops.forearm(sheet, cam, sk, key, body)


@drawing(
    "heat-hands-and-a-ball",
    (320, 300),
    "Where the ball may go",
    "Left, side view: a person leans back toward a wall, a ball in a long sock over the shoulder, between the wall and "
    "the upper back. Right, a back view: the muscles on both sides of the spine are hatched and ticked, the spine has "
    "a cross. Below it a neck from the front: crosses on its front and both its sides.",
)
def ball(sheet: Sheet) -> None:
    cam = Camera((98, 162), 262)
    lean = but(
        poses.STAND,
        spine={"pelvis": (-12,), "waist": (-8,), "chest": (-6,), "neck": (6,), "head": (0,)},
        leg_r={"at": (0.14, -0.44, 0.05), "pole": (1, 0, 0)},
        leg_l={"at": (0.17, -0.44, -0.05), "pole": (1, 0, 0)},
        arms={"upper": (0, 9), "lower": (16, 3)},
    )
    ground = cam.at((0, -0.492, 0))[1]
    sheet.line((14, ground), (158, ground), width=2.2)
    sk = paint(sheet, cam, lean, cast.CORA)
    at = sk.chest.at(-0.118, 0.005, 0.04)
    wall = cam.at(at)[0] - 0.036 * cam.scale
    sheet.box((wall - 14, 12), (14, ground - 12), "trouser", width=2.2)
    gear.sock(sheet, cam, sk, at)
    d = marks.disc(cam, at, 0.036)
    sheet.path(d, "sheet")
    sheet.shade(d, "dots", width=2.4)
    _back_map(sheet, Camera((238, 144), 340, -90))
    _neck_map(sheet, (184, 162))


def _back_map(sheet: Sheet, cam: Camera) -> None:
    """A tick on the muscles beside the spine, a cross on the spine, each on a paper disc."""
    shown = ("neck", "shirt", "sleeve_r", "sleeve_l")
    sk = paint(sheet, cam, BUST, MAP, zones.pair(BESIDE), lambda name: name in shown, 2)
    spine = [cam.at(sk.chest.at(-0.07, 0.1 - 0.022 * n)) for n in range(11)]
    sheet.line(spine[0], spine[-1], width=9)
    sheet.line(spine[0], spine[-1], width=4.6, stroke="sheet", dash="4 4")
    _sign(sheet, spine[5], marks.cross)
    for side in (-1, 1):
        _sign(sheet, cam.at(sk.chest.at(-0.07, -0.012, side * 0.084)), marks.tick)


def _sign(sheet: Sheet, at: Pt, mark: Callable[[Sheet, Pt, float, float], None]) -> None:
    sheet.circle(at, 12, "sheet", width=1.8)
    mark(sheet, at, 6, 3.6)


def _neck_map(sheet: Sheet, at: Pt) -> None:
    """Crosses on the front and the sides of the neck."""
    (x, y), k = at, 0.52
    with sheet.group(at=(x, y + 4 * k), scale=k):
        things.neck(sheet, 0.85 / k)
    sheet.box((x, y), (208 * k, 256 * k), "none", width=2.2)
    for nx, ny in ((104, 132), (66, 112), (142, 112)):
        marks.cross(sheet, (x + nx * k, y + ny * k), 7, 4)


BUST: Pose = {"arms": {"upper": (0, 12)}}
MAP = replace(cast.GUS, plain=True)
BESIDE = [(0.044, 0.078), (0.092, 0.07), (0.112, -0.01), (0.1, -0.09), (0.042, -0.098)]
