"""Drawings of module 6: many places or one, the thyroid, a plate, a clipboard."""

from __future__ import annotations

from dataclasses import replace

from drawings import cast, foods, icons, marks, poses, things
from drawings.body import but
from drawings.catalog import drawing
from drawings.figure import paint
from drawings.sheet import Sheet
from drawings.space import Camera, Pt

PAGE = (320, 240)


@drawing(
    "when-it-may-not-be-your-desk",
    PAGE,
    "Many places or one spot",
    "Two people seen from the front. On the left one, many small round markers lie all over the body: shoulders, "
    "elbows, hands, hips, knees and feet. On the right one, there is a single marker on one shoulder.",
)
def many_or_one(sheet: Sheet) -> None:
    pose = but(
        poses.STAND,
        spine={"neck": (8,)},
        legs={"upper": (0, 6), "lower": (0, 4)},
        arms={"upper": (-2, 18), "lower": (8, 12)},
    )
    for n, (body, words) in enumerate(((cast.ADA, "Many places"), (cast.CORA, "One spot"))):
        cam = Camera((80 + 160 * n, 114), 196, 90, 3)
        sk = paint(sheet, cam, pose, replace(body, plain=True))
        if n:
            marks.spot(sheet, cam.at(sk.arms["l"].start), 9)
        else:
            for limb in (*sk.arms.values(), *sk.legs.values()):
                for at in (limb.start, limb.mid, limb.end):
                    marks.spot(sheet, cam.at(at), 5.5)
            for at in (sk.neck.o, sk.waist.at(0.05, 0.06), sk.waist.at(0.05, -0.02)):
                marks.spot(sheet, cam.at(at), 5.5)
        sheet.text((80 + 160 * n, 234), words, size=15)
    sheet.line((160, 12), (160, 214), width=1.2, stroke="stripe", dash="4 6")


@drawing(
    "thyroid-basics",
    PAGE,
    "A gland in the neck, a test of blood",
    "Head and neck of a person seen from the front. A gland shaped like a butterfly lies low on the front of the neck "
    "and is hatched. Beside it a tube with blood: a blood test.",
)
def thyroid(sheet: Sheet) -> None:
    things.neck(sheet)
    with sheet.group(at=(104, 120)):
        sheet.path(GLAND, "sheet", width=2)
        sheet.shade(GLAND, width=2.6)
    sheet.bend((142, 112), (162, 104), (184, 104), width=1.6)
    sheet.text((188, 108), "Thyroid", anchor="start", size=15)
    with sheet.group(at=(282, 112)):
        sheet.path("M-15 -62V40A15 15 0 0 0 15 40V-62Z", "sheet")
        sheet.shade("M-15 -8V40A15 15 0 0 0 15 40V-8Z", width=2.2)
        sheet.box((-19, -82), (38, 22), "trouser", width=2.2)
        sheet.box((-15, -46), (30, 24), "cloth", width=1.8)
    sheet.text((272, 196), "Blood", "test", size=15)


GLAND = (
    "M0 6C-8 4 -8 -20 -18 -24C-32 -28 -40 0 -32 18C-26 32 -14 30 -10 22C-8 17 -5 15 0 15"
    "C5 15 8 17 10 22C14 30 26 32 32 18C40 0 32 -28 18 -24C8 -20 8 4 0 6Z"
)

GROUPS = (  # label, place on the dial, pattern of the rim, foods with their places
    ("Mg", 0, "hatch", (("leaf", -64, -72), ("nuts", 0, -98), ("beans", 64, -70))),
    ("Ca", 120, "dots", (("milk", 94, 8), ("cheese", 78, 62), ("fish", 36, 98))),
    ("K", 240, "lines", (("banana", -94, 12), ("potato", -82, 66), ("yogurt", -32, 98))),
)


@drawing(
    "magnesium-calcium-potassium",
    (320, 310),
    "A plate in three groups",
    "A plate in three parts, each with its foods. Mg, magnesium: green leaves, nuts and beans. Ca, calcium: a glass "
    "of milk, cheese and a can of fish. K, potassium: a banana, a potato and a pot of yogurt.",
)
def plate(sheet: Sheet) -> None:
    at, r = (160, 155), 148
    sheet.circle(at, r, "sheet")
    for words, angle, pattern, plenty in GROUPS:
        sheet.shade(marks.rim(at, r - 2, r - 14, angle - 57, angle + 57), pattern, width=1.8)
        sheet.line(at, icons.on_dial(at, r - 16, angle + 60), width=2)
        x, y = icons.on_dial(at, 36, angle)
        sheet.text((x, y + 9), words, size=26)
        for name, dx, dy in plenty:
            foods.place(sheet, name, (at[0] + dx, at[1] + dy), 1.1)


@drawing(
    "your-doctor-visit-prepared",
    PAGE,
    "A clipboard with four boxes",
    "A person shows a large clipboard with four boxes. When: a clock. Where: a back with one marked spot. Eases: a "
    "warm pad. Asks: a question mark.",
)
def clipboard(sheet: Sheet) -> None:
    sheet.box((12, 22), (208, 212), "trouser")
    sheet.box((22, 38), (188, 186), "sheet", width=2)
    sheet.path("M82 32V22a6 6 0 0 1 6 -6h14a14 14 0 0 1 28 0h14a6 6 0 0 1 6 6V32Z", "cloth", width=2.2)
    sheet.line((116, 46), (116, 216), width=1.8)
    sheet.line((30, 132), (202, 132), width=1.8)
    for words, x, y in (("When", 69, 60), ("Where", 163, 60), ("Eases", 69, 154), ("Asks", 163, 154)):
        sheet.text((x, y), words, size=15)
    icons.clock(sheet, (69, 96), 26)
    sheet.line((69, 79), (69, 96), (80, 102), width=2.4)
    cam = Camera((163, 119), 108, -90)
    shown = ("neck", "shirt", "head", "hair", "sleeve_r", "sleeve_l")
    paint(
        sheet,
        cam,
        {"arms": {"upper": (0, 12)}},
        replace(cast.BEN, plain=True),
        (),
        lambda name: name in shown,
        1.8,
    )
    marks.spot(sheet, (172, 95), 5)
    _warmth(sheet, (69, 188))
    sheet.path(
        "M151 174C151 158 177 158 176 175C175 186 163 184 163 196M163 207V207.1", stroke="accent", width=5
    )
    cam = Camera((272, 120), 190, 30, 0, flip=True)
    pose = but(poses.STAND, spine={"neck": (10,)}, arm_r={"upper": (52, 10), "lower": (116, -10)})
    paint(sheet, cam, pose, cast.CORA)


def _warmth(sheet: Sheet, at: Pt) -> None:
    """A warm pad: warmth rises from it."""
    x, y = at
    sheet.box((x - 24, y), (48, 22), "cloth", width=2)
    sheet.shade(f"M{x - 17} {y + 6}h34v10h-34z", width=1.6)
    for dx in (-13, 0, 13):
        sheet.path(f"M{x + dx} {y - 5}c-5 -5 5 -8 0 -13", stroke="accent", width=2.8)
