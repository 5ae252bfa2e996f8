"""Drawings of module 2: the head's lever, the desk, four places, the clock of shifts, the doorway."""

from __future__ import annotations

from drawings import cast, icons, poses, props, standing
from drawings.body import Body, Pose, but
from drawings.catalog import drawing
from drawings.figure import ghost, paint
from drawings.outline import curve
from drawings.sheet import Sheet
from drawings.space import Camera, Pt

PAGE = (320, 240)
SEAT = -0.062


@drawing(
    "why-a-forward-head-tires-your-back",
    PAGE,
    "The lever of a forward head",
    "Two side views of the same seated person. Left: the ear is over the shoulder; the lever from the neck to the "
    "head is short and the back-muscle arrow thin. Right: the ear is in front of the shoulder; the lever is long and "
    "the back-muscle arrow thick.",
)
def forward_head(sheet: Sheet) -> None:
    over = but(poses.SIT, spine={"neck": (4,), "head": (0,), "chest": (2,)})
    ahead = but(poses.SIT, spine={"waist": (6,), "chest": (16,), "neck": (47,), "head": (6,)})
    for n, (pose, thick) in enumerate(((over, 2.4), (ahead, 5.4))):
        cam = Camera((58 + 160 * n, 212), 312)
        sk = paint(sheet, cam, pose, cast.ELI)
        ear, root = cam.at(sk.head.at(0, 0.035)), cam.at(sk.chest.at(-0.05, 0.088))
        sheet.line((ear[0], ear[1] + 14), (ear[0], root[1]), width=2.2, stroke="accent", dash="0.1 5")
        sheet.line(root, (ear[0], root[1]), width=4, stroke="sheet")
        sheet.line(root, (ear[0], root[1]), width=3, stroke="accent")
        sheet.circle(root, 4, "sheet", "accent", 2.4)
        back = [
            cam.at(v)
            for v in (sk.chest.at(-0.105, 0.085), sk.chest.at(-0.125, 0.02), sk.waist.at(-0.11, 0.06))
        ]
        sheet.arrow(*back, width=thick)
    sheet.line((160, 10), (160, 232), width=1.2, stroke="stripe", dash="4 6")
    sheet.text((80, 18), "Ear over shoulder:", "short lever")
    sheet.text((240, 18), "Ear in front:", "long lever")


@drawing(
    "set-up-your-desk",
    (320, 250),
    "Heights at a desk",
    "Side view of a person sitting at a desk. Dashed lines join the eyes to the top edge of the screen and the elbows "
    "to the desk; an arrow between eyes and screen says 20 inches or more; the feet are flat on the floor. In an "
    "inset a person with glasses looks down at a screen that stands lower.",
)
def desk(sheet: Sheet) -> None:
    hand = {"lower": (90, -4), "hand": (90, 0), "palm": (0, -1, 0)}
    pose = but(
        poses.SIT, arm_r={"upper": (8, 6), **hand}, arm_l={"upper": (8, 6), **hand}, spine={"neck": (8,)}
    )
    cam = Camera((48, 160), 226)
    props.floor(sheet, cam, -0.302, -0.2, 0.66)
    props.chair(sheet, cam, SEAT, -0.30)
    props.desk(sheet, cam, 0.102, -0.30, screen=0.105)
    sk = paint(sheet, cam, pose, cast.GUS)
    eye, top, y = cam.at(sk.head.at(0.07, 0.043)), cam.at((0.5, 0.397, 0)), cam.at((0, 0.102, 0))[1]
    sheet.line((eye[0] + 8, top[1]), (198, top[1]), width=1.5, dash="5 4")
    sheet.text((203, top[1] - 2), "Top of screen", "at or below eyes", anchor="start")
    sheet.line((192, y), (200, y), width=1.5, dash="5 4")
    sheet.text((204, y + 2), "Elbow height", anchor="start")
    sheet.arrow((eye[0] + 40, 40), (161, 40), width=2.4)
    sheet.arrow((eye[0] + 60, 40), (eye[0] + 8, 40), width=2.4, halo=False)
    sheet.text((130, 26), "20 inches or more")
    sheet.text((110, 245), "Feet supported")
    _bifocals(sheet)


def _bifocals(sheet: Sheet) -> None:
    """The inset: reading through the lower lens without lifting the chin."""
    sheet.box((212, 152), (96, 74))
    cam = Camera((236, 223), 134)
    pose = but(poses.SIT, spine={"neck": (10,), "head": (6,)}, arms={"upper": (6, 6), "lower": (60, 0)})
    shown = ("neck", "shirt", "head", "hair", "sleeve_r")
    sk = paint(sheet, cam, pose, cast.CORA, (), lambda name: name in shown, 1.7)
    x, y = cam.at(sk.head.at(0.075, 0.04))
    sheet.line((294, 188), (298, 224), width=1.7)
    sheet.line((288, 184), (294, 184), (298, 214), (292, 214), fill="trouser", width=1.7)
    sheet.line((x + 5, y + 3), (284, 194), width=1.5, dash="4 4")
    sheet.text((260, 241), "Bifocals: lower")


@drawing(
    "phone-laptop-sofa-car",
    (320, 268),
    "Four places, one swap each",
    "Four side views; dots show where the head was before. Phone: held up near eye height, the elbow resting on a "
    "cushion. Laptop: on a stack of books, with a separate keyboard. Sofa: a cushion behind the back. Car: the seat "
    "close enough that the shoulder blades stay on it.",
)
def four_places(sheet: Sheet) -> None:
    sheet.line((160, 8), (160, 260), width=1.2, stroke="stripe", dash="4 6")
    sheet.line((8, 134), (312, 134), width=1.2, stroke="stripe", dash="4 6")
    places = (("Phone", _phone), ("Laptop", _laptop), ("Sofa", _sofa), ("Car", _car))
    for n, (words, draw) in enumerate(places):
        x, y = 160 * (n % 2), 134 * (n // 2)
        draw(sheet, Camera((x + 52, y + 84), 124))
        sheet.text((x + 150, y + 20), words, anchor="end", size=14)


def _swap(sheet: Sheet, cam: Camera, pose: Pose, slump: Pose, body: Body) -> None:
    """The better way drawn, the old place of the head dotted."""
    ghost(sheet, cam, slump, body, ["head", "hair"])
    paint(sheet, cam, pose, body, width=1.8)


SLUMP: Pose = {"waist": (8,), "chest": (22,), "neck": (56,), "head": (34,)}


def _phone(sheet: Sheet, cam: Camera) -> None:
    props.floor(sheet, cam, -0.302, -0.2, 0.5)
    props.chair(sheet, cam, SEAT, -0.30, width=1.8)
    arm = {"at": (0.235, 0.315, 0.0), "pole": (-0.2, -1, 0.1), "grip": True, "hand": (150, 0)}
    pose = but(poses.SIT, spine={"neck": (10,)}, arm_r=arm)
    props.slab(sheet, cam, (0.0, -0.0, -0.1), (0.2, 0.115, 0.1), "sheet", 1.8)
    _swap(sheet, cam, pose, but(pose, spine=SLUMP), cast.HANA)
    x, y = cam.at((0.262, 0.37, 0))
    sheet.line((x - 3, y - 9), (x + 2, y - 10), (x + 6, y + 9), (x + 1, y + 10), fill="sheet", width=1.8)
    sheet.arrow((x + 16, y + 30), (x + 20, y + 16), (x + 16, y), width=2.4)


def _laptop(sheet: Sheet, cam: Camera) -> None:
    props.floor(sheet, cam, -0.302, -0.2, 0.68)
    props.chair(sheet, cam, SEAT, -0.30, width=1.8)
    props.slab(sheet, cam, (0.56, -0.30, 0), (0.585, 0.1, 0.1), width=1.8)
    props.slab(sheet, cam, (0.22, 0.075, 0), (0.66, 0.1, 0.1), "trouser", 1.8)
    for n in range(3):
        props.slab(
            sheet, cam, (0.40 + 0.01 * (n % 2), 0.1 + 0.04 * n, 0), (0.62, 0.14 + 0.04 * n, 0.1), "cloth", 1.6
        )
    (x0, y0), (x1, y1) = cam.at((0.42, 0.228, 0)), cam.at((0.62, 0.42, 0))
    sheet.line((x0, y0), (x1 - 8, y0), (x1, y1), width=3)
    props.slab(sheet, cam, (0.25, 0.1, 0), (0.37, 0.114, 0.1), width=1.6)
    hand = {"upper": (8, 6), "lower": (90, -4), "hand": (90, 0), "palm": (0, -1, 0)}
    pose = but(poses.SIT, spine={"neck": (10,)}, arm_r=hand, arm_l=hand)
    _swap(sheet, cam, pose, but(pose, spine=SLUMP), cast.BEN)
    sheet.arrow((x1 + 11, y1 + 34), (x1 + 11, y1 + 8), width=2.4)


def _sofa(sheet: Sheet, cam: Camera) -> None:
    props.floor(sheet, cam, -0.302, -0.36, 0.56)
    props.slab(sheet, cam, (-0.34, -0.27, -0.2), (-0.2, 0.27, 0.2), "trouser", 1.8)
    props.slab(sheet, cam, (-0.2, -0.27, -0.2), (0.2, -0.06, 0.2), "trouser", 1.8)
    at = [
        cam.at(v)
        for v in ((-0.19, -0.05, 0), (-0.09, -0.05, 0), (-0.075, 0.1, 0), (-0.1, 0.27, 0), (-0.19, 0.26, 0))
    ]
    sheet.bend(*at, fill="sheet", width=1.8)
    sheet.shade(curve(at, True), "hatch")
    pose = but(poses.SIT, spine={"pelvis": (-6,), "waist": (-4,), "neck": (8,)})
    slump = but(pose, spine={"pelvis": (-30,), "waist": (-16,), "chest": (14,), "neck": (56,), "head": (24,)})
    _swap(sheet, cam, pose, slump, cast.CORA)


CAR_SEAT = [
    (-0.16, 0.3), (-0.21, 0.32), (-0.24, 0.46), (-0.19, 0.5), (-0.15, 0.45), (-0.13, 0.3), (-0.09, 0.0), (0.16, -0.02),
    (0.18, -0.1), (-0.1, -0.14), (-0.16, -0.1),
]  # fmt: skip
ROOF = [
    (-0.4, 0.1), (-0.36, 0.4), (-0.2, 0.6), (0.1, 0.62), (0.3, 0.56), (0.5, 0.28), (0.62, 0.2), (0.8, 0.16),
]  # fmt: skip
DASHBOARD = [(0.38, 0.0), (0.42, 0.18), (0.5, 0.24), (0.54, 0.24)]


def _car(sheet: Sheet, cam: Camera) -> None:
    def way(points: list[Pt]) -> list[Pt]:
        return [cam.at((x, y, 0)) for x, y in points]

    sheet.bend(*way(CAR_SEAT), fill="trouser", width=1.8)
    sheet.line(*way([(-0.4, -0.3), (0.8, -0.3)]), width=1.8)
    sheet.bend(*way(ROOF), width=1.8)
    pose = but(
        poses.SIT,
        spine={"pelvis": (-10,), "waist": (-10,), "chest": (-8,), "neck": (4,)},
        legs={"upper": (82, 4), "lower": (28, 2), "foot": (120, 4)},
        arms={"at": (0.27, 0.19, 0.07), "mirror": True, "pole": (-0.2, -1, 0.4), "grip": True},
    )
    slump = but(pose, spine={"waist": (4,), "chest": (14,), "neck": (46,), "head": (8,)})
    _swap(sheet, cam, pose, slump, cast.DEV)
    sheet.line(*way([(0.25, 0.27), (0.33, 0.09)]), width=4)
    sheet.line(*way([(0.295, 0.18), (0.4, 0.12)]), width=3)
    sheet.bend(*way(DASHBOARD), width=1.8)


@drawing(
    "move-before-it-moans",
    (320, 300),
    "Your next posture",
    "A clock whose half hour is hatched, ringed with five small figures joined by arrows: a person sits, leans back, "
    "stands, reaches up and walks.",
)
def next_posture(sheet: Sheet) -> None:
    at = (160, 160)
    icons.clock(sheet, at, 42)
    sheet.shade(icons.wedge(at, 33, 0, 180))
    sheet.line((at[0], at[1] + 31), at, icons.on_dial(at, 20, 135), width=2.6)
    for n in range(5):
        sheet.arrow(*(icons.on_dial(at, 56, 24 + 72 * n + 5 * i) for i in range(6)), width=2.2)
    lean = but(
        poses.SIT, spine={"pelvis": (-16,), "waist": (-18,), "chest": (-18,), "neck": (-8,), "head": (-14,)}
    )
    reach = but(
        poses.STAND, arms={"upper": (172, 16), "lower": (178, 8)}, spine={"chest": (-4,), "neck": (2,)}
    )
    walk = but(
        poses.STAND,
        spine={"chest": (4,), "neck": (14,)},
        leg_r={"upper": (26, 3), "lower": (8, 2), "foot": (100, 6)},
        leg_l={"upper": (-14, 3), "lower": (-34, 2), "foot": (60, 6)},
        arm_r={"upper": (-24, 8), "lower": (-4, 2)},
        arm_l={"upper": (24, 8), "lower": (44, 0)},
    )
    ring = (
        ("Sit", poses.SIT, cast.BEN, (146, 54), 0, (204, 34)),
        ("Lean back", lean, cast.ELI, (250, 118), 0, (266, 168)),
        ("Stand", poses.STAND, cast.ADA, (240, 238), 62, (288, 246)),
        ("Reach", reach, cast.DEV, (86, 245), 62, (34, 250)),
        ("Walk", walk, cast.FAY, (42, 112), 20, (40, 184)),
    )
    for words, pose, body, origin, yaw, label in ring:
        cam = Camera(origin, 100, yaw, 4 if yaw else 0)
        if not yaw:
            props.chair(sheet, cam, SEAT, -0.30, 0.3, 1.5)
        paint(sheet, cam, pose, body, width=1.7)
        sheet.text(label, words)


@drawing(
    "ease-the-front",
    PAGE,
    "Room for the chest",
    "A person stands in a doorway, forearms on the frame, elbows just below shoulder height, and has moved the weight "
    "onto the front foot. The chest is hatched; an arrow points forward through the door.",
)
def ease_the_front(sheet: Sheet) -> None:
    cam = Camera((104, 126), 200, 58, 8)
    standing.in_doorway(sheet, 0, cam, standing.STEPPED, cast.DEV)
    x, y = cam.at((0.075, 0, 0))
    sheet.arrow((x + 28, y + 12), (x + 66, y + 26), width=3)
    sheet.text((x + 78, y + 34), "Step through", anchor="start")
    cx, cy = cam.at((0.14, 0.25, 0.0))
    sheet.bend((cx + 2, cy + 4), (cx + 50, cy + 18), (cx + 92, cy + 6), width=1.4)
    sheet.text((cx + 96, cy + 8), "Mild pull,", "never pain", anchor="start")
    sheet.text((x + 78, 54), "Elbows just", "below shoulders", anchor="start")
