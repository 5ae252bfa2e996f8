"""Drawings of module 3: the seesaw, presses on a mattress, gliding blades, the row, the two-minute raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drawings import cast, icons, marks, poses, props, zones
from drawings.body import Body, Pose, but
from drawings.catalog import drawing
from drawings.figure import inset, lower, paint, upper
from drawings.outline import curve, even, soften
from drawings.sheet import Sheet
from drawings.space import Camera, Frame, Pt

PAGE = (320, 240)


@drawing(
    "why-a-stronger-back-complains-less",
    PAGE,
    "A seesaw of front and back",
    "Two side views of a person standing in the middle of a seesaw. 1: the weight marked front is large, the one "
    "marked back is small; the seesaw tips forward and the person bends with it. 2: both weights are the same size, "
    "the seesaw is level and the person stands tall.",
)
def seesaw(sheet: Sheet) -> None:
    tall = but(poses.STAND, spine={"neck": (8,)}, arms={"upper": (-2, 9), "lower": (10, 3)})
    bent = but(
        tall,
        root=(9,),
        spine={"waist": (6,), "chest": (18,), "neck": (48,), "head": (20,)},
        arms={"upper": (2, 9), "lower": (16, 3)},
    )
    for n, (pose, tip, front, back) in enumerate(((bent, 9, 21, 12), (tall, 0, 17, 17))):
        _seesaw(sheet, (80 + 160 * n, 196), pose, tip, front, back)
        sheet.number(n + 1, (18 + 160 * n, 20))
    sheet.line((160, 12), (160, 228), width=1.2, stroke="stripe", dash="4 6")


def _seesaw(sheet: Sheet, at: Pt, pose: Pose, tip: float, front: float, back: float) -> None:
    """A plank over a wedge, a person in its middle, a weight at either end; `tip` degrees to the front."""
    cam = Camera((at[0], at[1] - 88), 168)
    ground = 228
    sheet.line((at[0] - 72, ground), (at[0] + 72, ground), width=2.2)
    sheet.line((at[0], at[1] + 4), (at[0] + 18, ground), (at[0] - 18, ground), fill="trouser", width=2.2)
    (lx, ly), (rx, ry) = (icons.on_dial(at, 72, side + tip) for side in (-90, 90))
    sheet.line((lx, ly), (rx, ry), width=7)
    slope = (ry - ly) / (rx - lx)
    for x, r, words, look in (
        (lx + 20, back, "Back", ("hatch", "accent")),
        (rx - 20, front, "Front", ("dots", "ink")),
    ):
        y = at[1] + (x - at[0]) * slope - 3
        _weight(sheet, (x, y), r / 20, *look)
        sheet.text((x, y - 2 * r - 12), words)
    paint(sheet, cam, pose, cast.GUS)


def _weight(sheet: Sheet, at: Pt, scale: float, pattern: str, color: str) -> None:
    """A kettlebell that stands on `at`."""
    with sheet.group(at=at, scale=scale):
        sheet.circle((0, -35), 12.4, width=3 / scale)
        body = "M-12 0C-26 -14 -20 -34 0 -34C20 -34 26 -14 12 0Z"
        sheet.path(body, "sheet")
        sheet.shade(body, pattern, color, 2.2 / scale)


@drawing(
    "wake-up-presses",
    (320, 226),
    "Press down a little",
    "Side view. A person lies on a mattress, knees bent, a thin towel under the head, the chin slightly nodded. Small "
    "arrows point down under the head and the shoulders; the muscles there are hatched. Above, a bar of ten boxes of "
    "which the first three are hatched: effort two to three out of ten.",
)
def wake_up(sheet: Sheet) -> None:
    for n in range(10):
        left = 70 + 18 * n
        sheet.box((left, 28), (18, 18), "sheet", width=1.8)
        if n < 3:
            sheet.shade(f"M{left} 28h18v18h-18z", width=1.8)
    sheet.text((160, 20), "Effort: 2 to 3 of 10", size=14)
    pose = but(
        poses.LIE,
        spine={"pelvis": (0,), "waist": (2,), "chest": (0,), "neck": (2,), "head": (9,)},
        arms={"upper": (-6, 42), "lower": (-2, 38), "palm": (1, 0.4, 0)},
    )
    cam = Camera((176, 142), 278, 0, 14)
    props.mattress(sheet, cam, -0.082, -0.6, 0.48)
    props.slab(sheet, cam, (-0.57, -0.082, -0.1), (-0.36, -0.062, 0.1), "sheet")
    paint(sheet, cam, pose, cast.HANA)
    for along in (-0.45, -0.26):
        x, y = cam.at((along, -0.1, 0.24))
        sheet.arrow((x, y - 12), (x, y + 14), width=3.4)
    x, y = cam.at((-0.355, -0.1, 0.24))
    sheet.text((x, y + 33), "Press lightly", size=14)
    x, y = cam.at((-0.47, 0.1, 0))
    sheet.arrow((x - 20, y + 2), (x - 16, y - 12), (x + 2, y - 20), (x + 20, y - 12), width=2.8)
    sheet.text((x + 20, y - 24), "Small nod", anchor="start", size=14)


@drawing(
    "shoulder-blades-that-glide",
    PAGE,
    "Apart and together",
    "Two back views of the same person. 1: the shoulder blades have glided apart, arrows point outward. 2: they have "
    "glided together and a little down, arrows point inward; the muscles between them are hatched and the shoulders "
    "stay low. Dots show where they are in the other picture.",
)
def blades(sheet: Sheet) -> None:
    for n, (wide, words) in enumerate(((0.026, "Apart"), (-0.008, "Together"))):
        cam = Camera((80 + 160 * n, 232), 384, -90)
        girdle = (-0.008, -0.008, -0.003) if n else (0.0, 0.008, 0.006)
        pose = but(poses.STAND, arms={"upper": (2 - 6 * n, 14 - 2 * n), "lower": (8, 5), "girdle": girdle})
        body = replace(cast.BEN, plain=True)  # stripes would run through the bones
        sk = paint(sheet, cam, pose, body, [zones.BLADES] if n else [], upper)
        for side in (-1, 1):
            _blade(sheet, cam, sk.chest, side, wide, other=0.018 - wide)
        y = cam.at(sk.chest.at(-0.07, -0.112))[1]
        for side in (-1, 1):
            near, far = (cam.at(sk.chest.at(-0.07, 0, side * z))[0] for z in (0.03, 0.116))
            sheet.arrow(*((far, y), (near, y)) if n else ((near, y), (far, y)), width=4)
        sheet.number(n + 1, (18 + 160 * n, 20))
        sheet.text((34 + 160 * n, 25), words, anchor="start", size=14)
    sheet.line((160, 12), (160, 228), width=1.2, stroke="stripe", dash="4 6")


# (to the side, up) from the middle of the back: an inner edge beside the spine, a tip below, a slope to the shoulder
BLADE = (
    (0.036, 0.072),
    (0.066, 0.084),
    (0.1, 0.078),
    (0.096, 0.05),
    (0.078, -0.01),
    (0.058, -0.072),
    (0.046, -0.066),
    (0.036, 0.01),
)
RIDGE = ((0.038, 0.036), (0.066, 0.05), (0.098, 0.068))


def _blade(sheet: Sheet, cam: Camera, chest: Frame, side: int, wide: float, other: float) -> None:
    """A shoulder blade as a light shape with an ink rim, moved out; dots where it is in the other picture."""

    def at(points: Sequence[Pt], out: float) -> list[Pt]:
        return [cam.at(chest.at(-0.07, y, side * (z + out))) for z, y in points]

    sheet.path(curve(soften(even(at(BLADE, other), 3, True), 4), True), width=1.9, dash="0.1 4.4")
    sheet.path(curve(soften(even(at(BLADE, wide), 3, True), 4), True), "sheet", width=2.4)
    sheet.bend(*at(RIDGE, wide), width=1.8)


@drawing(
    "pull-more-than-you-push",
    (320, 340),
    "Pull, elbows to the ribs",
    "Side view of a person sitting tall on a stool, legs forward, a band around both feet and its ends in the hands. "
    "1: the arms reach toward the feet, the band is short. 2: the elbows have been pulled back to the ribs, an arrow "
    "shows the way. A small back view hatches the muscles between the shoulder blades.",
)
def row(sheet: Sheet) -> None:
    for n, arms in enumerate((REACH, PULL)):
        cam = Camera((72, 102 + 170 * n), 166)
        props.floor(sheet, cam, SEATED, -0.2, 0.52)
        hand = row_figure(sheet, cam, arms, cast.CORA)
        sheet.number(n + 1, (18, 20 + 170 * n))
    sheet.arrow((hand[0] + 66, hand[1] - 12), (hand[0] + 30, hand[1] - 20), width=3.4)
    sheet.line((14, 170), (306, 170), width=1.2, stroke="stripe", dash="4 6")
    inset(sheet, Camera((256, 268), 160, -90), cast.CORA, [zones.BLADES])
    sheet.text((256, 318), "Elbows to ribs", size=14)
    sheet.text((256, 84), "Band around", "both feet", size=14)


REACH: Pose = {
    "arm_r": {"upper": (52, 2), "lower": (62, 0), "grip": True},
    "arm_l": {"upper": (58, 2), "lower": (68, 0), "grip": True},
}
PULL: Pose = {"arms": {"upper": (-42, 8), "lower": (78, -4), "grip": True}, "spine": {"chest": (-1,)}}
SEATED = -0.34  # the floor below the seat


def row_figure(sheet: Sheet, cam: Camera, arms: Pose, body: Body, width: float | None = None) -> Pt:
    """A person on a stool, a band round the feet; the band lies under the near hand. Answers where that is."""
    pose = but(ON_STOOL, **arms)

    def near(name: str) -> bool:
        return name in ("arm_r", "sleeve_r")

    props.chair(sheet, cam, -0.062, SEATED, 0, width or sheet.ink)
    sk = paint(sheet, cam, pose, body, only=lambda name: not near(name), width=width)
    hand, foot = cam.at(sk.arms["r"].end), cam.at(sk.legs["r"].end)
    k = cam.scale / 232
    marks.band(
        sheet,
        (hand[0] + 6 * k, hand[1]),
        (foot[0] + 17 * k, foot[1] - 2 * k),
        (foot[0] + 7 * k, foot[1] + 14 * k),
    )
    paint(sheet, cam, pose, body, only=near, width=width)
    return hand


ON_STOOL: Pose = but(
    poses.SIT,
    legs={"upper": (85, 4), "lower": (27, 2), "foot": (113, 4)},
    spine={"pelvis": (0,), "chest": (3,), "neck": (12,)},
)


@drawing(
    "two-minutes-a-day",
    PAGE,
    "Two minutes, arms to shoulder height",
    "A person stands on a band and has raised both arms out to the sides and slightly forward, to shoulder height; "
    "arrows show the way up. Beside the person a stopwatch is hatched all round: two minutes.",
)
def raises(sheet: Sheet) -> None:
    arms = {"upper": (30, 78), "lower": (30, 76), "hand": (30, 76), "grip": True, "palm": (0, -1, 0)}
    cam = Camera((112, 130), 208, 80, 8)
    pose = but(poses.STAND, spine={"neck": (10,)}, legs={"upper": (0, 6), "lower": (0, 6)}, arms=arms)
    sk = paint(sheet, cam, pose, cast.DEV, only=lower)
    left, right = (cam.at(sk.legs[s].end) for s in "lr")
    hands = [cam.at(sk.arms[s].end) for s in "lr"]
    middle = ((left[0] + right[0]) / 2, max(left[1], right[1]) + 9)
    for hand, foot, s in ((hands[0], left, 1), (hands[1], right, -1)):
        marks.band(sheet, (hand[0] + 6 * s, hand[1] + 4), (foot[0] + 8 * s, middle[1]))
    marks.band(sheet, (right[0] - 8, middle[1]), (left[0] + 8, middle[1]))
    paint(sheet, cam, pose, cast.DEV, only=upper)
    for (x, y), s in zip(hands, (1, -1), strict=True):
        sheet.arrow((x - 30 * s, y + 50), (x - 24 * s, y + 34), (x - 24 * s, y + 14), width=3.2)
    _stopwatch(sheet, (264, 84), 42)
    sheet.text((264, 152), "2 minutes", size=16)


def _stopwatch(sheet: Sheet, at: Pt, r: float) -> None:
    x, y = at
    sheet.box((x - 6, y - r - 13), (12, 10), "trouser", width=2.2)
    sheet.line((x + 0.72 * r, y - 0.84 * r), (x + 0.88 * r, y - 1.0 * r), width=5)
    icons.clock(sheet, at, r)
    sheet.shade(icons.wedge(at, 0.76 * r, 0, 359.9))
    sheet.line(at, (x, y - 0.62 * r), width=2.8)
