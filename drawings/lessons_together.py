"""Drawings of module 7: the dial of ten minutes, a chain, three steps and a door, two bars, a path."""

from __future__ import annotations

from dataclasses import replace

from drawings import cast, flesh, icons, lessons_strength, marks, poses, props, things, tops
from drawings.body import but
from drawings.catalog import drawing
from drawings.figure import paint
from drawings.outline import Part, curve
from drawings.sheet import Sheet, polyline
from drawings.space import Camera, Pt, add, mul

PAGE = (320, 240)
PLAIN = {name: replace(getattr(cast, name), plain=True) for name in ("ADA", "BEN", "ELI", "GUS", "HANA")}
MINUTES = (1, 1, 1.5, 1, 2.5, 1.5, 1.5)
BUST = ("neck", "shirt", "head", "hair", "hair_back", "sleeve_r", "sleeve_l", "arm_r", "arm_l")


@drawing(
    "your-daily-ten",
    (320, 320),
    "Ten minutes in seven slices",
    "A round dial of ten minutes in seven numbered slices, clockwise from the top, each with a small figure. 1: the "
    "shoulders are lifted. 2: the head glides back. 3: forearms on a door frame. 4: leaning back over a chair, hands "
    "behind the head. 5, the widest, hatched along its rim: rowing on a stool with a band. 6: pressing head and "
    "shoulders down on a mattress. 7: a signpost, the move of your own route.",
)
def daily_ten(sheet: Sheet) -> None:
    at, r = (160, 160), 154
    sheet.circle(at, r, "sheet")
    for n in range(10):
        sheet.line(icons.on_dial(at, r - 7, 36 * n), icons.on_dial(at, r, 36 * n), width=1.8)
    minis = (_shrug, _glide, _doorway, _arch, _row, _press, _signpost)
    begin = 0.0
    for n, (minutes, draw) in enumerate(zip(MINUTES, minis, strict=True), 1):
        end = begin + 36 * minutes
        if minutes == max(MINUTES):
            sheet.shade(marks.rim(at, r - 2, r - 15, begin + 0.6, end - 0.6), "hatch", width=1.8)
        sheet.line(at, icons.on_dial(at, r, begin), width=1.8)
        middle = (begin + end) / 2
        draw(sheet, icons.on_dial(at, 108, middle))
        x, y = icons.on_dial(at, 55, middle)
        sheet.text((x, y + 6), str(n), size=17)
        begin = end
    sheet.circle(at, 36, "sheet")
    sheet.text((160, 164), "10", size=26)
    sheet.text((160, 180), "min", size=14)


def _bust(name: str) -> bool:
    return name in BUST


def _shrug(sheet: Sheet, at: Pt) -> None:
    x, y = at
    pose = but(
        poses.STAND, spine={"neck": (6,)}, arms={"upper": (0, 8), "lower": (0, 2), "girdle": (0.034, 0, 0)}
    )
    paint(sheet, Camera((x, y + 27), 104, 90), pose, PLAIN["BEN"], only=_cropped, width=1.7)
    for s in (-1, 1):
        sheet.arrow((x + 21 * s, y + 8), (x + 21 * s, y - 12), width=2.4)


def _cropped(name: str) -> bool:
    return name in BUST and not name.startswith("arm")


def _glide(sheet: Sheet, at: Pt) -> None:
    x, y = at[0] - 4, at[1]
    pose = but(poses.STAND, spine={"neck": (4,)}, arms={"upper": (0, 6), "lower": (4, 3)})
    paint(sheet, Camera((x, y + 28), 112), pose, PLAIN["ADA"], only=_cropped, width=1.7)
    sheet.arrow((x + 34, y - 16), (x + 15, y - 16), width=2.4)


def _doorway(sheet: Sheet, at: Pt) -> None:
    x, y = at
    arms = {"upper": (10, 84), "lower": (176, 3), "hand": (180, 0), "palm": (1, 0, 0)}
    for s in (-1, 1):
        sheet.box((x + 28 * s - 3.5, y - 30), (7, 62), "trouser", width=1.6)
    paint(
        sheet, Camera((x, y + 31), 98, 90), but(poses.STAND, arms=arms), PLAIN["ELI"], only=_bust, width=1.7
    )


def _arch(sheet: Sheet, at: Pt) -> None:
    cam = Camera((at[0] - 5, at[1] + 10), 74)
    spine = {"pelvis": (-10,), "waist": (-14,), "chest": (-22,), "neck": (-20,), "head": (-24,)}
    props.chair(sheet, cam, -0.062, -0.3, 0.25, 1.5)
    pose = but(poses.SIT, spine=spine, arms={"upper": (150, 30), "lower": (-70, -40)})
    paint(sheet, cam, pose, PLAIN["HANA"], width=1.7)


def _row(sheet: Sheet, at: Pt) -> None:
    cam = Camera((at[0] - 14, at[1] - 8), 92)
    lessons_strength.row_figure(sheet, cam, lessons_strength.PULL, cast.CORA, 1.8)


def _press(sheet: Sheet, at: Pt) -> None:
    cam = Camera((at[0] + 5, at[1] + 2), 86, 0, 10)
    props.mattress(sheet, cam, -0.082, -0.56, 0.42)
    paint(sheet, cam, but(poses.LIE, arms={"upper": (-6, 30), "lower": (-2, 26)}), PLAIN["GUS"], width=1.7)
    for x in (-0.47, -0.27):
        px, py = cam.at((x, -0.1, 0.24))
        sheet.arrow((px, py), (px, py + 15), width=2.4)


def _signpost(sheet: Sheet, at: Pt) -> None:
    x, y = at
    sheet.box((x - 3, y - 30), (6, 62), "trouser", width=1.8)
    for dy, s in ((-26, 1), (-6, -1)):
        sheet.line(
            (x - 16 * s, y + dy), (x + 14 * s, y + dy), (x + 24 * s, y + dy + 8), (x + 14 * s, y + dy + 16),
            (x - 16 * s, y + dy + 16), fill="sheet", width=1.8,
        )  # fmt: skip


@drawing(
    "make-it-stick",
    (320, 164),
    "Kettle, band, tick",
    "Three rings joined by links. In the first a kettle, after tea; in the second a person who pulls a band apart, a "
    "few pulls; in the third a tick, done.",
)
def chain(sheet: Sheet) -> None:
    for n, words in enumerate(("After tea,", "a few pulls,", "done.")):
        at = (54 + 106 * n, 62)
        sheet.circle(at, 46, "sheet", width=5)
        sheet.text((at[0], 142), words, size=16)
    for x in (107, 213):
        link = f"M{x - 10} 54h20a8 8 0 0 1 0 16h-20a8 8 0 0 1 0 -16Z"
        sheet.path(link, "sheet", "sheet", 9)
        sheet.path(link, width=3.6)
    things.kettle(sheet, (50, 68))
    _pull(sheet, (160, 62))
    marks.tick(sheet, (266, 62), 22, 8)


def _pull(sheet: Sheet, at: Pt) -> None:
    """A person pulls a band apart in front of the chest."""
    arms = {
        "at": (0.16, 0.215, 0.2),
        "mirror": True,
        "pole": (-0.4, -1, 0.7),
        "grip": True,
        "hand": (60, 80),
        "palm": (0, -1, 0),
    }
    cam = Camera((at[0], at[1] + 43), 142, 90, 4)
    pose = but(poses.STAND, arms=arms)
    sk = paint(sheet, cam, pose, cast.GUS, only=_bust, width=1.8)
    marks.band(sheet, *(cam.at(add(sk.arms[s].end, mul(sk.arms[s].tip, 0.02))) for s in "rl"), width=7)
    for limb in sk.arms.values():
        tops.shape(sheet, cam, Part("fist", flesh.hand(limb), cast.GUS.skin, k=0.014), 1.8)


@drawing(
    "flare-up-plan",
    (320, 238),
    "Three steps and a side door",
    "Three steps that rise to the right. On the first, marked calm, a person sits with a warm pad behind the back. On "
    "the second, marked half, with a half-filled circle, the same person has raised the arms half way. On the third, "
    "marked usual, with a full circle, to shoulder height. From the first step an arrow leads to a door at the side "
    "with a cross on it, marked get checked.",
)
def flare_up(sheet: Sheet) -> None:
    ground = 226
    sheet.line((6, ground), (314, ground), width=2.2)
    for n, words in enumerate(("Calm", "Half", "Usual")):
        x, y = 74 + 78 * n, 194 - 34 * n
        sheet.box((x, y), (78, ground - y), "cloth", width=2.2)
        sheet.text((x + 39, y + 21), words, size=15)
        if n:
            at = (x + 39, y + 44)
            sheet.circle(at, 14, "sheet", width=2)
            sheet.shade(icons.wedge(at, 14, 0, 180), width=2)
            if n == 2:
                sheet.shade(icons.wedge(at, 14, 180, 360), width=2)
    things.door(sheet, (10, 94), (54, ground - 94))
    sheet.text((38, 64), "Get", "checked", size=15)
    icons.place(sheet, "octagon", (33, 138), 2)
    _calm(sheet, (116, 194))
    for n, out in enumerate((40, 78)):
        cam = Camera((191 + 76 * n, 160 - 34 * n - 54), 110, 80, 4)
        arms = {"upper": (20, out), "lower": (20, out), "grip": True}
        paint(sheet, cam, but(poses.STAND, arms=arms), cast.ADA, width=1.8)
    sheet.arrow((108, 96), (92, 92), (75, 103), width=3)


def _calm(sheet: Sheet, at: Pt) -> None:
    """Sitting back, a warm pad behind the shoulders."""
    cam = Camera((at[0] - 6, at[1] - 32), 106)
    props.chair(sheet, cam, -0.062, -0.3, 0.4, 1.8)
    pad = [cam.at((x, y, 0)) for x, y in ((-0.15, 0.04), (-0.09, 0.04), (-0.105, 0.3), (-0.165, 0.3))]
    sheet.line(*pad, fill="sheet", width=1.8)
    sheet.shade(polyline(pad, closed=True), width=1.8)
    spine = {"pelvis": (-8,), "waist": (-6,), "chest": (-4,), "neck": (6,)}
    paint(sheet, cam, but(poses.SIT, spine=spine), cast.ADA, width=1.8)


@drawing(
    "read-your-diary",
    PAGE,
    "Two weeks on one scale",
    "Two bars on the same axis from 0 to 10. First week: the average is 6, single days reach from 4 to 8. Last week: "
    "the average is 4, single days reach from 2 to 6. A line with ends on each bar runs from the best day to the "
    "worst.",
)
def two_bars(sheet: Sheet) -> None:
    def y(pain: float) -> float:
        return 200 - 17.6 * pain

    for pain in (2, 4, 6, 8, 10):
        sheet.line((46, y(pain)), (312, y(pain)), width=1, stroke="stripe", dash="2 5")
    bars = ((74, 6, 4, 8, "dots", "ink", "First week"), (196, 4, 2, 6, "hatch", "accent", "Last week"))
    for x, mean, low, high, pattern, color, words in bars:
        d = f"M{x} {y(0):.1f}V{y(mean):.1f}H{x + 70}V{y(0):.1f}Z"
        sheet.path(d, "sheet")
        sheet.shade(d, pattern, color, 2.4)
        middle = x + 35
        for width, stroke in ((7, "sheet"), (2.8, "ink")):
            sheet.line((middle, y(low)), (middle, y(high)), width=width, stroke=stroke)
            for end in (low, high):
                sheet.line((middle - 10, y(end)), (middle + 10, y(end)), width=width, stroke=stroke)
        sheet.text((middle, 222), words, size=15)
    sheet.line((46, y(10.4)), (46, y(0)), (312, y(0)))
    for pain in (0, 5, 10):
        sheet.text((26, y(pain) + 5), str(pain), size=15)
    sheet.text((310, y(8.6)), "Best to worst day", anchor="end", size=15)
    sheet.bend((160, y(8.9)), (138, y(8.9)), (114, y(7.3)), width=1.6)


@drawing(
    "keep-it-away",
    (320, 260),
    "Milestones at 8, 16 and 24 weeks",
    "A path winds from the front up to the hills. Three flags stand beside it: week 8, week 16, week 24. One person "
    "walks along it, another rolls along in a wheelchair.",
)
def path(sheet: Sheet) -> None:
    sheet.bend((6, 74), (70, 40), (150, 66), (230, 30), (314, 58), width=2)
    left = [(24, 256), (60, 216), (196, 190), (212, 152), (112, 132), (112, 100), (190, 82), (214, 58)]
    right = [(150, 256), (150, 230), (292, 206), (298, 146), (164, 124), (150, 108), (208, 92), (226, 60)]
    sheet.path(curve(left) + "L" + curve(right[::-1])[1:] + "Z", "cloth", "none")
    sheet.bend(*left, width=2.2)
    sheet.bend(*right, width=2.2)
    middle = [((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by) in zip(left, right, strict=True)]
    sheet.bend(*middle, stroke="accent", width=2.4, dash="7 7")
    for x, y, week, s in ((40, 204, 8, 1), (256, 130, 16, 0.95), (66, 108, 24, 0.9)):
        things.flag(sheet, (x, y), week, s)
    walk = but(
        poses.STAND,
        spine={"chest": (4,), "neck": (14,)},
        leg_r={"upper": (26, 3), "lower": (8, 2), "foot": (100, 6)},
        leg_l={"upper": (-14, 3), "lower": (-34, 2), "foot": (60, 6)},
        arm_r={"upper": (-24, 8), "lower": (-4, 2)},
        arm_l={"upper": (24, 8), "lower": (44, 0)},
    )
    paint(sheet, Camera((122, 186), 108, 20, 4), walk, cast.ELI, width=1.8)
    cam = Camera((240, 172), 96, 20, 6)
    props.wheelchair(sheet, cam, -0.062, -0.34)
    push = {"at": (-0.02, 0.02, 0.16), "mirror": True, "pole": (-1, 0.2, 0.4), "grip": True}
    paint(sheet, cam, but(poses.SIT, spine={"neck": (12,)}, arms=push), cast.FAY, width=1.7)
    props.wheel(sheet, cam, 1, -0.34, width=2)
