"""Drawings of module 1: calendar, traffic signs, knots, traffic light, signpost, diary."""

from __future__ import annotations

from drawings import cast, icons, poses, props, zones
from drawings.body import but
from drawings.catalog import drawing
from drawings.figure import Zone, paint, upper
from drawings.outline import curve
from drawings.sheet import Sheet
from drawings.space import Camera

PAGE = (320, 240)


@drawing(
    "welcome",
    PAGE,
    "Ten minutes a day",
    "A strip of seven calendar days, three of them marked with a red wave. Below, a clock on which ten minutes are "
    "hatched, and a person who has stood up from a desk and stretches both arms overhead.",
)
def welcome(sheet: Sheet) -> None:
    sheet.box((13, 18), (294, 50), "cloth")
    for n in range(7):
        x = 13 + 42 * n
        if n:
            sheet.line((x, 18), (x, 68), width=1.4)
        sheet.line((x + 21, 12), (x + 21, 24), width=2.6)
        if n < 3:
            wave = ((x + 8, 48), (x + 14, 38), (x + 21, 48), (x + 28, 56), (x + 34, 46))
            sheet.bend(*wave, width=3.2, stroke="accent")
        else:
            sheet.circle((x + 21, 47), 8, "sheet", width=1.6)
    icons.clock(sheet, (78, 142), 54)
    sheet.shade(icons.wedge((78, 142), 42, 0, 60))
    sheet.line((78, 100), (78, 142), (114, 121), width=2.8)
    sheet.text((78, 222), "10 minutes a day")
    cam = Camera((206, 168), 128, 40, 6)
    props.desk(sheet, Camera((198, 168), 128, 40, 6), 0.0, -0.5)
    arms = {"upper": (176, 26), "lower": (176, 14), "palm": (1, 0, 0)}
    paint(
        sheet, cam, but(poses.STAND, spine={"chest": (-4,), "neck": (4,), "head": (-6,)}, arms=arms), cast.FAY
    )


@drawing(
    "safety-first",
    PAGE,
    "Three signs",
    "A card with three rows. An octagon, call now, beside a chest, a bladder and a leg. A triangle, phone today, "
    "beside a thermometer. A circle with a calendar, book a visit this week, beside a hand with tingling fingers.",
)
def safety_first(sheet: Sheet) -> None:
    sheet.box((8, 6), (304, 228), "sheet", width=2.6)
    rows = (
        ("octagon", "Call now", ("chest", "bladder", "leg")),
        ("triangle", "Phone today", ("thermometer",)),
        ("circle", "Book a visit", ("hand",)),
    )
    for n, (sign, words, signs) in enumerate(rows):
        y = 44 + 76 * n
        icons.place(sheet, sign, (42, y), 2.4)
        sheet.text((76, y + 5), words, anchor="start", size=14)
        for i, name in enumerate(signs):
            icons.place(sheet, name, (200 + 43 * i, y))
        if n:
            sheet.line((22, y - 38), (298, y - 38), width=1.2, stroke="stripe")


KNOTS = (
    ("hatch", [(0.006, 0.05), (0.036, 0.05), (0.034, 0.0), (0.03, -0.06), (0.008, -0.05)]),
    ("dots", [(0.03, 0.118), (0.06, 0.104), (0.1, 0.098), (0.092, 0.074), (0.06, 0.076), (0.034, 0.09)]),
    ("lines", [(0.064, -0.03), (0.1, -0.012), (0.098, -0.06), (0.06, -0.1)]),
)


@drawing(
    "what-a-knot-is",
    PAGE,
    "Where knots sit",
    "Back view of a person. Three zones are marked on either side: between the spine and the shoulder blade, along "
    "the top of the shoulder, and on the outer back below the armpit. A small side view shows the muscles at the "
    "front of the chest and shoulder drawn shorter, pulling forward.",
)
def what_a_knot_is(sheet: Sheet) -> None:
    areas = [zone for pattern, pts in KNOTS for zone in zones.pair(pts, pattern)]
    blades = [zones.blade(1), zones.blade(-1)]
    body = cast.ADA
    paint(sheet, Camera((84, 217), 374, -90), poses.STAND, body, [*areas, *blades], upper)
    for n, words in enumerate(("Spine to blade", "Shoulder top", "Outer back")):
        y = 22 + 26 * n
        sheet.shade(f"M172 {y - 11}h20v15h-20z", KNOTS[n][0])
        sheet.text((198, y + 1), words, anchor="start")
    side = but(
        poses.STAND, spine={"chest": (10,), "neck": (36,), "head": (2,)}, arms={"girdle": (0, 0.02, 0)}
    )
    cam = Camera((224, 218), 222)
    front = Zone("chest", [(x, y, 0.03) for x, y in ((0.02, 0.09), (0.09, 0.06), (0.12, 0.0), (0.05, 0.01))])
    sk = paint(sheet, cam, side, body, [front], upper, 1.8)
    beside = cam.at(sk.chest.at(0.16, 0.055))
    sheet.text(beside, "Short", "in front", anchor="start")


SCALE = (  # first number, how many, pattern, its color, sign, mark in the sign
    (0, 4, "dots", "ink", "circle", "M-11 2C-7 -7 -3 -6 0 0S7 7 11 -2"),
    (4, 2, "lines", "ink", "triangle", "M0 -6V5M0 11.4V11.5"),
    (6, 5, "hatch", "accent", "octagon", "M-10 0H10"),
)


@drawing(
    "hurt-harm-and-the-traffic-light",
    PAGE,
    "How much is fine",
    "A bar from 0 to 10 in three patterned zones: 0 to 3 with a circle, carry on; 4 and 5 with a triangle, fine if "
    "settled in 24 hours; 6 to 10 with an octagon, make it smaller or skip it. An arrow leads from the middle zone "
    "once round a 24-hour clock. Beside it one person lifts both shoulders, "
    "another, seen from behind, reaches over one shoulder.",
)
def traffic_light(sheet: Sheet) -> None:
    left, cell, top = 17, 26, 26
    for first, count, pattern, color, sign, mark in SCALE:
        x, wide = left + cell * first, cell * count
        sheet.box((x, top), (wide, 30))
        sheet.shade(f"M{x} {top}h{wide}v30h-{wide}z", pattern, color)
        icons.sign(sheet, sign, (x + wide / 2, top + 52), mark)
    for n in range(11):
        sheet.text((left + cell * (n + 0.5), top - 8), str(n))
    sheet.text((69, top + 86), "Carry on")
    sheet.text((238, top + 86), "Smaller, or skip")
    at = (150, 168)
    icons.clock(sheet, at, 40, 24)
    sheet.line((at[0], at[1] - 26), at, (at[0] + 15, at[1] + 10), width=2.6)
    ring = [icons.on_dial(at, 50, 12 + 15 * n) for n in range(23)]
    sheet.arrow(*ring, width=2.8)
    sheet.text((150, 236), "Settled in 24 hours?", size=13)
    _two_people(sheet)


def _two_people(sheet: Sheet) -> None:
    """One lifts the shoulders a little, one rubs a sore one."""
    cam = Camera((50, 226), 176, 66, 4)
    shrug = but(
        poses.SIT, spine={"neck": (8,)}, arms={"upper": (8, 9), "lower": (64, -14), "girdle": (0.03, 0, 0)}
    )
    sk = paint(sheet, cam, shrug, cast.DEV, only=upper)
    for key, s in (("r", -1), ("l", 1)):
        x, y = cam.at(sk.arms[key].start)
        sheet.arrow((x + s * 18, y + 12), (x + s * 18, y - 10), width=2.6)
    arm = {"at": (-0.05, 0.338, 0.052), "pole": (0.5, 0.1, 1), "hand": (-130, -40), "palm": (0.2, -1, 0)}
    pose = but(poses.SIT, spine={"neck": (10,)}, arm_r=arm, arm_l={"upper": (10, 8), "lower": (40, 0)})
    paint(sheet, Camera((256, 228), 190, -64, 6), pose, cast.HANA, only=upper)


SIGNS = (
    ("screen", "Screens", 1),
    ("dumbbell", "Strength", -1),
    ("elbow", "Held still", 1),
    ("tilt", "Tilts", -1),
    ("pills", "Body chemistry", 1),
)


@drawing(
    "find-your-cause",
    PAGE,
    "Five ways to look",
    "A signpost with five boards and a person seen from behind, looking up at it. The boards show a screen, a "
    "dumbbell, a bent elbow, a tilted figure and a pill bottle.",
)
def find_your_cause(sheet: Sheet) -> None:
    sheet.line((8, 232), (312, 232), width=2.2)
    sheet.box((157, 8), (12, 224), "trouser")
    for n, (icon, words, side) in enumerate(SIGNS):
        y, long = 14 + 39 * n, 168 if n == 4 else 126
        x0, tip = (144, 144 + long) if side > 0 else (182, 182 - long)
        nose = 16 * side
        board = ((x0, y), (tip - nose, y), (tip, y + 17), (tip - nose, y + 34), (x0, y + 34))
        sheet.line(*board, fill="sheet")
        middle = x0 + 24 * side
        icons.place(sheet, icon, (middle, y + 17), 1.7)
        sheet.text((middle + 21 * side, y + 22), words, anchor="start" if side > 0 else "end")
    pose = but(poses.STAND, spine={"neck": (6, 0, 20), "head": (-14, 0, 20)})
    paint(sheet, Camera((28, 178), 106, -60, 5), pose, cast.GUS)


DAYS = (5, 6.2, 4.1, 5.8, 3.6, 6.5, 4.8, 5.2, 3.2, 6.0, 4.4, 5.6, 3.4, 4.6, 4.9, 2.8, 5.4, 3.8, 4.5, 3.0, 4.2)


@drawing(
    "your-starting-line",
    PAGE,
    "Days jump, weeks are calm",
    "A chart with an axis from 0 to 10 over three weeks. Open dots for single days jump up and down between 3 and 7; "
    "a thick calm line joins the three weekly averages and hardly moves.",
)
def starting_line(sheet: Sheet) -> None:
    def at(day: float, pain: float) -> tuple[float, float]:
        return (46 + 12.6 * day, 204 - 17.6 * pain)

    for pain in (2.5, 5, 7.5):
        sheet.line(at(-0.5, pain), at(20.6, pain), width=1, stroke="stripe", dash="2 5")
    sheet.line(at(-0.7, 10.6), at(-0.7, 0), at(20.8, 0))
    for pain in (0, 5, 10):
        sheet.text((26, at(0, pain)[1] + 5), str(pain))
    for day in (6.5, 13.5):
        sheet.line(at(day, 0), at(day, 0.5))
    weeks = [at(7 * n + 3, sum(DAYS[7 * n : 7 * n + 7]) / 7) for n in range(3)]
    first, last = at(0, sum(DAYS[:7]) / 7), at(20, sum(DAYS[14:]) / 7)
    sheet.path(curve([first, *weeks, last]), stroke="accent", width=4.4)
    for day, pain in enumerate(DAYS):
        sheet.circle(at(day, pain), 4, "sheet", width=1.8)
    sheet.text((at(6, 0)[0], 46), "Single days jump")
    sheet.bend((150, 50), (160, 62), at(9.3, 6.6), width=1.4)
    sheet.text((at(15.6, 0)[0], 172), "Weekly averages", "stay calm")
    sheet.bend(*((x, y) for x, y in (at(15.8, 2.5), at(15.4, 3.2), at(15.2, 4.0))), width=1.4)
    sheet.text((at(10, 0)[0], 226), "Three weeks")
