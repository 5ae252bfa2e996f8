"""Paint a person: parts from far to near, knit stripes, face, muscle zones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from drawings import flesh, knit
from drawings.body import Body, Pose, Skeleton, skeleton
from drawings.hair import HAIR
from drawings.outline import OFF, Flat, Part, curve, even, flatten, outline, runs, soften
from drawings.sheet import Sheet
from drawings.space import Camera, Pt, Vec, add, apart, mul, sub, unit

Points = Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class Zone:
    """An area on the body: points in a frame of the spine, kept inside the part they lie on."""

    frame: str
    points: Points
    on: str = "shirt"
    bone: bool = False  # a dashed outline, as for a shoulder blade
    pattern: str = "hatch"
    after: str = ""  # painted when this part is done; else last of all


def everything(name: str) -> bool:
    return True


def lower(name: str) -> bool:
    """Legs and feet, which often stay where they are."""
    return name.startswith(("leg", "foot"))


def upper(name: str) -> bool:
    return not lower(name)


def paint(
    sheet: Sheet,
    cam: Camera,
    data: Pose,
    body: Body,
    zones: Sequence[Zone] = (),
    only: Callable[[str], bool] = everything,
    width: float | None = None,
) -> Skeleton:
    """Paint a figure and answer where its joints are; `only` picks parts, so that a prop can go in between."""
    sk = skeleton(data, body)
    return Painter(sheet, cam, sk, body, width or sheet.ink, bool(data.get("barefoot"))).run(zones, only)


def ghost(sheet: Sheet, cam: Camera, data: Pose, body: Body, names: Sequence[str]) -> None:
    """Where parts were before, as one dotted outline."""
    every = flesh.parts(skeleton(data, body), body, cam)
    prims = [q for p in every if p.name in names for q in p.prims]
    for loop in outline(flatten(Part("ghost", prims, k=0.01), cam)):
        sheet.path(curve(even(loop, 2.4, True), True), width=1.9, dash="0.1 4.4")


def inset(sheet: Sheet, cam: Camera, body: Body, zones: Sequence[Zone]) -> None:
    """A small bust that shows where the muscles are, for views that hide them."""
    shown = ("neck", "shirt", "head", "hair", "sleeve_r", "sleeve_l")
    paint(
        sheet,
        cam,
        {"arms": {"upper": (0, 12)}},
        replace(body, plain=True),
        zones,
        lambda name: name in shown,
        1.8,
    )


class Painter:
    """One figure on one sheet."""

    def __init__(
        self, sheet: Sheet, cam: Camera, sk: Skeleton, body: Body, width: float, barefoot: bool
    ) -> None:
        self.sheet, self.cam, self.sk, self.body, self.width, self.barefoot = (
            sheet,
            cam,
            sk,
            body,
            width,
            barefoot,
        )
        self.parts = flesh.parts(sk, body, cam, barefoot)
        self.flats = {p.name: flatten(p, cam) for p in self.parts}
        self.lines: dict[str, list[list[Pt]]] = {}
        self.off = OFF * (1 if cam.scale > 140 else 2 if cam.scale > 110 else 3)
        self.fine = round(0.62 * width, 1)  # details, stripes

    def run(self, zones: Sequence[Zone], only: Callable[[str], bool]) -> Skeleton:
        last_of_head = [p.name for p in self.parts if p.name in ("head", "hair")][-1]
        for part in self.parts:
            if not only(part.name):
                continue
            self.part(part)
            if part.name.startswith("foot") and not self.barefoot:
                self.sole(part.name[-1])
            if part.name == last_of_head:
                self.face()
            for zone in zones:
                if zone.after == part.name:
                    self.zone(zone)
        for zone in zones:
            if not zone.after:
                self.zone(zone)
        return self.sk

    def part(self, part: Part) -> None:
        flat = self.flats[part.name]
        step = 1.25 if self.cam.scale > 120 else 0.9
        loops = [
            soften(even(loop, 2.4, True), round(part.soft * (self.cam.scale / 220) ** 2))
            for loop in outline(flat, step)
        ]
        self.lines[part.name] = loops
        for pts in loops:
            if part.merge:
                self.sheet.path(curve(pts, True, self.off), part.fill, "none")
            else:
                self.sheet.path(curve(pts, True, self.off), part.fill, width=self.width)
        stripes = [] if self.body.plain else knit.stripes(part.name, self.sk, self.body, self.cam, flat)
        if stripes:
            self.sheet.path("".join(curve(s) for s in stripes), stroke="stripe", width=self.fine)
        if part.merge:
            for pts in loops:
                self.open_joint(part.merge, flat, pts)

    def open_joint(self, merge: tuple[Vec, float, str, Vec], flat: Flat, pts: list[Pt]) -> None:
        """No line where a sleeve lies on the shirt near the shoulder; this takes away the look of a jointed doll."""
        centre, into = self.cam.at(merge[0]), merge[2]
        under = self.flats[into]
        r = min(merge[1] * self.cam.scale, 0.78 * math.dist(centre, self.cam.at(merge[3])))
        keep = [math.dist(p, centre) > r or under.distance(*p) > -1 for p in pts]
        lines = runs(pts, keep)
        for line in self.lines.get(into, []) if into == "shirt" else []:  # the fill has nibbled at this line
            near = [math.dist(p, centre) < 1.1 * r and flat.distance(*p) > -0.7 for p in line]
            lines += runs(line, near)
        if lines:
            self.sheet.path("".join(curve(line, False, self.off) for line in lines), width=self.width)

    def sole(self, s: str) -> None:
        leg, cam = self.sk.legs[s], self.cam
        down = apart(unit(sub(leg.end, leg.mid)), leg.tip)
        if abs(cam.near(leg.tip)) < 0.6 and cam.scale > 100:
            way = ((-0.034, 0.04), (0.03, 0.041), (0.07, 0.041), (0.112, 0.043))
            pts = [cam.at(add(leg.end, mul(leg.tip, a), mul(down, b))) for a, b in way]
            self.sheet.path(curve(pts), width=self.fine)

    def face(self) -> None:
        """Calm: an eye, an ear, a level mouth; nothing else."""
        f, m, cam = self.sk.head, self.body.head, self.cam

        def p(x: float, y: float, z: float) -> Pt:
            return cam.at(f.at(x * m, y * m, z * m))

        lines: list[list[Pt]] = []
        big = cam.scale > 100
        for z in (-1, 1):
            if cam.near(f.dir(unit((0.75, 0, z)))) > 0.25:
                self.eye(z, p)
            if cam.near(f.dir((0, 0, z))) > 0.4 and HAIR[self.body.hair].ear and big:
                way = (
                    (0.006, 0.04),
                    (0.004, 0.05),
                    (-0.008, 0.051),
                    (-0.014, 0.04),
                    (-0.008, 0.026),
                    (0, 0.018),
                    (0.006, 0.024),
                )
                self.sheet.path(
                    curve([p(x, y, z * 0.05) for x, y in way], True), self.body.skin, width=self.fine
                )
                if cam.near(f.x) <= 0.6:
                    lines += [[p(0.05, 0.009, 0), p(0.044, 0.0085, 0), p(0.038, 0.010, 0)]]
        if cam.near(f.x) > 0.6 and big:
            lines += [[p(0.05, 0.008, -0.012), p(0.052, 0.0065, 0), p(0.05, 0.008, 0.012)]]
        lines += self.strands(p)
        if lines and big:
            self.sheet.path("".join(curve(line) for line in lines), width=self.fine)

    def strands(self, p: Callable[[float, float, float], Pt]) -> list[list[Pt]]:
        """The hair's drawn lines, from the sides one sees."""
        f, style, near = self.sk.head, HAIR[self.body.hair], self.cam.near
        lines: list[list[Pt]] = []
        if abs(near(f.z)) > 0.6:
            lines += [[p(x, y, 0) for x, y in way] for way in style.side]
        if near(f.x) < -0.6:
            lines += [[p(-0.05, y, z) for z, y in way] for way in style.behind]
        if near(f.x) > 0.75:  # from further round they would cross those of the side
            lines += [[p(0.05, y, z) for z, y in way] for way in style.front]
        return lines

    def eye(self, z: int, p: Callable[[float, float, float], Pt]) -> None:
        x, y = p(0.047, 0.043, z * 0.021)
        sideways = self.cam.near(self.sk.head.x) < 0.6  # a dash from the side, a dot from the front
        wide = 0.005 * self.cam.scale if sideways else 0.05
        self.sheet.line((x - wide, y), (x + wide, y), width=max(1.5, min(self.width, 0.013 * self.cam.scale)))
        if self.body.glasses:
            self.sheet.circle((x, y), 0.021 * self.cam.scale, width=self.fine)
            if self.cam.near(self.sk.head.dir((0, 0, z))) > 0.6:
                self.sheet.line(p(0.030, 0.046, z * 0.05), p(0.002, 0.048, z * 0.05), width=self.fine)

    def zone(self, zone: Zone) -> None:
        frame, flat = self.sk.frame(zone.frame), self.flats[zone.on]
        pts = even([self.cam.at(frame.at(*v)) for v in zone.points], 3, True)
        inside = [p if flat.distance(*p) < -1.2 else flat.pull(p) for p in pts]
        d = curve(soften(inside, 3), True)
        if zone.bone:
            self.sheet.path(d, width=0.65 * self.width, dash="4 3.6")
        else:
            self.sheet.shade(d, zone.pattern)
