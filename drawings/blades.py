"""Exercises for the shoulder blades: E08, E13, E17."""

from __future__ import annotations

from functools import partial

from drawings import cast, gear, panels, poses, props, zones
from drawings.body import Pose, but, skeleton
from drawings.catalog import drawing
from drawings.figure import inset, paint
from drawings.sheet import Sheet
from drawings.space import Camera

SOLE = -0.526


@drawing(
    "e08",
    panels.WIDE,
    "Blade squeeze",
    "Back view. 1: a person stands, arms hanging, the shoulder blades dashed and wide apart. 2: the blades are drawn "
    "gently together and down, as if into back pockets; arrows show the way, the shoulders stay low. The muscles "
    "between the blades are hatched.",
)
def blade_squeeze(sheet: Sheet) -> None:
    start = but(poses.STAND, arms={"upper": (2, 8), "lower": (10, 3), "girdle": (0.004, 0.012, 0.004)})
    finish = but(start, arms={"girdle": (-0.014, -0.02, -0.008)})
    for n, pose in enumerate((start, finish)):
        cam = Camera((100 + 200 * n, 206), 336, -90, 0)
        moved = (-0.021, -0.02) if n else (0.008, 0.004)
        squeezed = [zones.BLADES] if n else []
        sk = paint(sheet, cam, pose, cast.JON, [*squeezed, *(zones.blade(s, *moved) for s in (1, -1))])
        for s in (1, -1) if n else ():
            x, y = cam.at(sk.chest.at(0, -0.05))
            sheet.arrow((x + s * 36, y + 4), (x + s * 30, y + 26), (x + s * 14, y + 44))
    panels.beside(sheet)


AT_WALL: Pose = but(
    poses.STAND,
    move=(0.023, -0.02, 0),
    root=(10,),
    spine={"pelvis": (-4,), "waist": (0,), "chest": (-12,), "neck": (2,), "head": (-6,)},
    leg_r={"at": (-0.12, -0.47, 0.05), "foot": (99, 6)},
    leg_l={"at": (-0.10, -0.47, -0.05), "foot": (99, 6)},
    arms={"at": (0.33, 0.255, 0.1), "mirror": True, "pole": (0, -1, 0.3), "hand": (186, 0), "palm": (1, 0, 0),
          "girdle": (0, -0.026, 0)},
)  # fmt: skip


@drawing(
    "e13",
    panels.WIDE,
    "Wall push-plus",
    "Side view. 1: a person leans on a wall with straight arms, hands flat at chest height, the chest sunk a little "
    "between the shoulder blades. 2: the elbows are still straight, the wall is pushed away and the upper back has "
    "come back and round; dots show where it was, an arrow shows the way. The small back view hatches the muscles "
    "around the ribs below the blades.",
)
def push_plus(sheet: Sheet) -> None:
    pushed = but(
        AT_WALL,
        move=(-0.03, -0.008, 0),
        spine={"pelvis": (-8,), "waist": (-14,), "chest": (14,), "neck": (26,), "head": (8,)},
        arms={"girdle": (0, 0.034, 0)},
    )
    for n, pose in enumerate((AT_WALL, pushed)):
        cam = Camera((80 + 200 * n, 222), 290)
        panels.shared(sheet, n, "wall", panels.ACROSS, partial(_wall_ahead, sheet, cam))
        sk = paint(sheet, cam, pose, cast.HANA)
        if n:
            was = skeleton(AT_WALL, cast.HANA)
            back = (
                was.waist.at(-0.076, 0.03),
                was.chest.at(-0.072, -0.01),
                was.chest.at(-0.07, 0.045),
                was.neck.at(-0.04, 0.0),
            )
            sheet.bend(*(cam.at(v) for v in back), width=1.9, dash="0.1 4.4")
            x, y = cam.at(sk.chest.at(-0.07, 0.03))
            sheet.arrow((x + 4, y), (x - 34, y - 6))
    inset(sheet, Camera((232, 92), 118, -90), cast.HANA, zones.RIBS_BEHIND)
    panels.beside(sheet)


def _wall_ahead(sheet: Sheet, cam: Camera) -> None:
    gear.side_wall(sheet, cam, 0.352, SOLE, 1.4)


AT_BALL: Pose = but(
    poses.STAND,
    move=(0.004, -0.012, 0),
    root=(-7,),
    spine={"pelvis": (-2,), "waist": (2,), "chest": (4,), "neck": (16,), "head": (5,)},
    arms={"upper": (2, 9), "lower": (14, 4)},
    leg_r={"at": (0.13, -0.474, 0.06), "pole": (1, 0.2, 0), "foot": (83, 8)},
    leg_l={"at": (0.11, -0.474, -0.06), "pole": (1, 0.2, 0), "foot": (83, 8)},
)


@drawing(
    "e17",
    panels.WIDE,
    "Ball at the wall",
    "Side view. 1: a person stands in front of a wall, feet a step away from it, a ball in a long sock over the "
    "shoulder, between the wall and the muscle beside the shoulder blade. 2: knees bent, the person leans back into"
    " the ball; arrows show the lean and the small roll up and down. The small back view hatches where the ball may"
    " go: on the muscles on both sides of the spine, not on the spine.",
)
def ball_at_wall(sheet: Sheet) -> None:
    lean = but(AT_BALL, move=(-0.012, -0.05, 0), root=(-10,), legs={"foot": (80, 8)})
    for n, pose in enumerate((AT_BALL, lean)):
        cam = Camera((96 + 200 * n, 134), 214)
        panels.shared(sheet, n, "wall", panels.ACROSS, partial(_wall_behind, sheet, cam))
        sk = skeleton(pose, cast.LEO)
        spot = sk.chest.at(-0.105, 0.02)
        paint(sheet, cam, pose, cast.LEO)
        gear.sock(sheet, cam, sk, (-0.154, spot[1], 0))
        gear.ball(sheet, cam, (-0.154, spot[1], 0), 0.048)
        if n:
            x, y = cam.at(sk.chest.at(0.1, 0.03))
            sheet.arrow((x + 34, y), (x + 4, y))
            sheet.arrow((x + 26, y + 42), (x + 26, y + 20))
            sheet.arrow((x + 26, y + 50), (x + 26, y + 72))
    inset(sheet, Camera((368, 72), 118, -90), cast.LEO, zones.BESIDE_BLADES)
    panels.beside(sheet)


def _wall_behind(sheet: Sheet, cam: Camera) -> None:
    gear.side_wall(sheet, cam, -0.202, SOLE, 1.1, -0.05)
    props.floor(sheet, cam, SOLE, -0.202, 0.4)
