"""From balls and cones to one smooth line: distances, marching squares, ironing, curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from drawings.space import Camera, Pt, Vec, add

Prim = tuple[Vec, Vec, float, float]
Edge = tuple[int, int, int]
OFF = 0.15  # pixels a thinned line may be off


@dataclass
class Part:
    """One closed shape of the figure."""

    name: str
    prims: list[Prim]
    fill: str = "sheet"
    k: float = 0.02  # how softly the pieces melt together
    # Flat ends: place, outward direction, how far about the place they cut (a folded arm comes back near it).
    cuts: list[tuple[Vec, Vec, float]] = field(default_factory=list)
    # No line around this place where it lies on the shirt or neck; the radius shrinks when the way
    # to the last place is foreshortened.
    merge: tuple[Vec, float, str, Vec] | None = None
    bites: list[tuple[Vec, float]] = field(default_factory=list)  # balls taken away
    soft: int = 1  # smoothing passes over the finished outline


@dataclass(frozen=True)
class Flat:
    """A part on the sheet, in pixels: cones, straight cuts, round bites, softness."""

    cones: list[tuple[float, float, float, float, float, float]]
    cuts: list[tuple[float, float, float, float, float]]
    bites: list[tuple[float, float, float]]
    k: float

    def distance(self, x: float, y: float) -> float:
        """Signed distance to the smooth union of the cones, less what cuts and bites take away."""
        d, k = 1e9, self.k
        for ax, ay, vx, vy, ra, dr in self.cones:
            px, py = x - ax, y - ay
            n = vx * vx + vy * vy
            t = (px * vx + py * vy) / n if n > 1e-9 else 0.0
            t = 0.0 if t < 0 else 1.0 if t > 1 else t
            e = math.sqrt((px - t * vx) ** 2 + (py - t * vy) ** 2) - ra - t * dr
            h = k - abs(d - e)
            d = (d if d < e else e) - (h * h / (4 * k) if h > 0 else 0)
        for cx, cy, nx, ny, far in self.cuts:
            px, py = x - cx, y - cy
            c = px * nx + py * ny
            if d < c < far and abs(px * ny - py * nx) < 1.2 * far:
                d = c
        for cx, cy, r in self.bites:
            d = max(d, r - math.hypot(x - cx, y - cy))
        return d

    def pull(self, p: Pt) -> Pt:
        """The point moved inside the outline."""
        x, y = p
        for _ in range(12):
            d = self.distance(x, y)
            if d < -1.2:
                break
            gx = self.distance(x + 0.5, y) - self.distance(x - 0.5, y)
            gy = self.distance(x, y + 0.5) - self.distance(x, y - 0.5)
            n = math.hypot(gx, gy) or 1
            x, y = x - gx / n * (d + 1.5), y - gy / n * (d + 1.5)
        return (x, y)


def flatten(part: Part, cam: Camera) -> Flat:
    """The part as the camera sees it. Without perspective a ball stays a circle, so this is exact."""
    cones = []
    for a, b, ra, rb in part.prims:
        (ax, ay), (bx, by) = cam.at(a), cam.at(b)
        cones.append((ax, ay, bx - ax, by - ay, ra * cam.scale, (rb - ra) * cam.scale))
    cuts = []
    for at, d, far in part.cuts:
        (x, y), (x2, y2) = cam.at(at), cam.at(add(at, d))
        n = math.hypot(x2 - x, y2 - y)
        if n > 0.35 * cam.scale:
            cuts.append((x, y, (x2 - x) / n, (y2 - y) / n, far * cam.scale))
    bites = [(*cam.at(c), r * cam.scale) for c, r in part.bites]
    return Flat(cones, cuts, bites, part.k * cam.scale)


@dataclass(frozen=True)
class Grid:
    """Distances on a lattice over a flat part."""

    x0: float
    y0: float
    step: float
    rows: list[list[float]]

    def crossing(self, edge: Edge) -> Pt:
        """Where the outline crosses the edge from lattice point (i, q) along x (0) or y (1)."""
        i, q, axis = edge
        a, b = self.rows[q][i], self.rows[q][i + 1] if axis == 0 else self.rows[q + 1][i]
        t = a / (a - b)
        return (
            self.x0 + (i + (t if axis == 0 else 0)) * self.step,
            self.y0 + (q + (t if axis else 0)) * self.step,
        )

    def links(self) -> dict[Edge, Edge]:
        """From each crossed edge to the next one along the outline."""
        link: dict[Edge, Edge] = {}
        v = self.rows
        for q in range(len(v) - 1):
            for i in range(len(v[0]) - 1):
                ring = [v[q][i] < 0, v[q][i + 1] < 0, v[q + 1][i + 1] < 0, v[q + 1][i] < 0]
                if all(ring) or not any(ring):
                    continue
                sides = [(i, q, 0), (i + 1, q, 1), (i, q + 1, 0), (i, q, 1)]
                ins = [sides[n] for n in range(4) if not ring[n] and ring[(n + 1) % 4]]
                outs = [sides[n] for n in range(4) if ring[n] and not ring[(n + 1) % 4]]
                link.update(zip(ins, outs, strict=True))
        return link


def grid(flat: Flat, step: float) -> Grid:
    cones = flat.cones
    x0 = min(min(c[0], c[0] + c[2]) - max(c[4], c[4] + c[5]) for c in cones) - 3
    x1 = max(max(c[0], c[0] + c[2]) + max(c[4], c[4] + c[5]) for c in cones) + 3
    y0 = min(min(c[1], c[1] + c[3]) - max(c[4], c[4] + c[5]) for c in cones) - 3
    y1 = max(max(c[1], c[1] + c[3]) + max(c[4], c[4] + c[5]) for c in cones) + 3
    nx, ny = int((x1 - x0) / step) + 2, int((y1 - y0) / step) + 2
    rows = [[flat.distance(x0 + i * step, y0 + q * step) for i in range(nx)] for q in range(ny)]
    return Grid(x0, y0, step, rows)


def outline(flat: Flat, step: float = 1.25) -> list[list[Pt]]:
    """Closed contours by marching squares."""
    lattice = grid(flat, step)
    link, loops = lattice.links(), []
    while link:
        key, loop = next(iter(link)), []
        while key in link:
            loop.append(lattice.crossing(key))
            key = link.pop(key)
        if len(loop) > 8:
            loops.append(loop)
    return loops


def even(line: list[Pt], gap: float, closed: bool) -> list[Pt]:
    """The line with points an even gap apart."""
    pts = line + line[:1] if closed else line
    total = sum(math.dist(a, b) for a, b in pairwise(pts))
    n = max(int(total / gap), 3)
    out: list[Pt] = []
    want = run = 0.0
    for a, b in pairwise(pts):
        d = math.dist(a, b)
        while run + d >= want - 1e-9 and len(out) < (n if closed else n + 1):
            t = (want - run) / d if d else 0
            out.append((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t))
            want += total / n
        run += d
    return out


def soften(pts: list[Pt], passes: int) -> list[Pt]:
    """Iron out ripples of a closed line; corners stay corners."""
    for _ in range(passes):
        out = []
        for a, b, c in zip(pts[-1:] + pts[:-1], pts, pts[1:] + pts[:1], strict=True):
            turn = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
            out.append(b if turn < 3.6 else ((a[0] + 2 * b[0] + c[0]) / 4, (a[1] + 2 * b[1] + c[1]) / 4))
        pts = out
    return pts


def runs(pts: list[Pt], keep: list[bool]) -> list[list[Pt]]:
    """The kept stretches of a closed line."""
    if all(keep):
        return [pts + pts[:2]]
    start = keep.index(False)
    order, flags = pts[start:] + pts[:start], keep[start:] + keep[:start]
    return stretches([*order, order[0]], [*flags, False], 4)


def stretches(pts: Sequence[Pt], keep: Sequence[bool], least: int) -> list[list[Pt]]:
    """The kept stretches of an open line that have more than `least` points."""
    out: list[list[Pt]] = []
    run: list[Pt] = []
    for p, k in zip([*pts, (0.0, 0.0)], [*keep, False], strict=True):
        if k:
            run.append(p)
            continue
        if len(run) > least:
            out.append(run)
        run = []
    return out


def thin(pts: list[Pt], off: float = OFF, longest: float = 24) -> list[Pt]:
    """The fewest points that keep the line within `off` pixels; corners keep their neighbors."""
    forced = {n + i for n in range(1, len(pts) - 1) if _turn(pts, n) > 0.5 for i in (-1, 0, 1)}
    out, i, last = [pts[0]], 0, len(pts) - 1
    while i < last:
        j = i + 1
        while j < last and j not in forced and math.dist(pts[i], pts[j + 1]) < longest:
            if any(_off(pts[i], pts[j + 1], p) > off for p in pts[i + 1 : j + 1]):
                break
            j += 1
        out.append(pts[j])
        i = j
    return out


def _turn(pts: list[Pt], n: int) -> float:
    """How far the line turns at point n, in radians."""
    (ax, ay), (bx, by), (cx, cy) = pts[n - 1 : n + 2]
    one, two = math.atan2(by - ay, bx - ax), math.atan2(cy - by, cx - bx)
    return abs(math.remainder(two - one, math.tau))


def _off(a: Pt, b: Pt, p: Pt) -> float:
    """Distance of `p` from the line through `a` and `b`."""
    n = math.dist(a, b) or 1
    return abs((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])) / n


def _join(values: Sequence[int]) -> str:
    """Numbers given in tenths, as short as a path can have them."""
    out = ""
    for v in values:
        text = f"{v / 10:g}".replace("0.", ".", 1) if 0 < abs(v) < 10 else f"{v / 10:g}"
        out += text if not out or v < 0 else " " + text
    return out


def curve(points: Sequence[Pt], closed: bool = False, off: float = OFF) -> str:
    """A smooth path through the middles of the given points.

    Points are rounded to even tenths, so every middle is a whole tenth and each further piece needs its end
    alone: its control point is the last one mirrored, without drift.
    """
    pts = thin(list(points), off) if len(points) > 12 else list(points)
    if len(pts) == 2:
        pts.insert(1, ((pts[0][0] + pts[1][0]) / 2, (pts[0][1] + pts[1][1]) / 2))
    if closed:
        pts = [*pts, pts[0], pts[1]]
    grid = [(2 * round(x * 5), 2 * round(y * 5)) for x, y in pts]
    mids = [((a[0] + b[0]) // 2, (a[1] + b[1]) // 2) for a, b in pairwise(grid)]
    stops = mids if closed else [grid[0], *mids[1:-1], grid[-1]]
    (x, y), (cx, cy), first = stops[0], grid[1], stops[1]
    steps = [v for a, b in pairwise(stops[1:]) for v in (b[0] - a[0], b[1] - a[1])]
    bow = _join([cx - x, cy - y, first[0] - x, first[1] - y])
    return f"M{x / 10:g} {y / 10:g}q{bow}" + ("t" + _join(steps) if steps else "") + ("Z" if closed else "")
