"""Centre lines: plane curves, addressed by arc length. No Django, no files, only geometry."""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, pi, sin

Point = tuple[float, float]


def spline(points: list[Point], steps: int = 24) -> list[Point]:
    """Catmull-Rom through the given points, `steps` pieces between each two."""
    p = [points[0], *points, points[-1]]
    curve = [_between(p[i - 1 : i + 3], k / steps) for i in range(1, len(p) - 2) for k in range(steps)]
    return [*curve, points[-1]]


def _between(four: list[Point], t: float) -> Point:
    def along(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
        )

    (ax, ay), (bx, by), (cx, cy), (dx, dy) = four
    return along(ax, bx, cx, dx), along(ay, by, cy, dy)


class Line:
    """A polyline addressed by arc length."""

    def __init__(self, points: list[Point]) -> None:
        self.points = points
        self.lengths = [0.0]
        for a, b in pairwise(points):
            self.lengths.append(self.lengths[-1] + hypot(b[0] - a[0], b[1] - a[1]))
        self.length = self.lengths[-1]

    def at(self, s: float, side: float = 0.0) -> Point:
        """The point at arc length s, `side` to the right of the line; straight on beyond both ends."""
        lengths = self.lengths
        i = next((k for k in range(1, len(lengths) - 1) if lengths[k] >= s), len(lengths) - 1)
        (ax, ay), (bx, by) = self.points[i - 1], self.points[i]
        d = (lengths[i] - lengths[i - 1]) or 1
        t, ux, uy = (s - lengths[i - 1]) / d, (bx - ax) / d, (by - ay) / d
        return ax + (bx - ax) * t - uy * side, ay + (by - ay) * t + ux * side

    def crossings(self) -> list[Point]:
        """Arc lengths (first pass, second pass) of every self-crossing."""
        found: list[Point] = []
        for i in range(len(self.points) - 1):
            for j in range(i + 3, len(self.points) - 1):
                if (shares := self._meet(i, j)) is not None:
                    found.append((self._arc(i, shares[0]), self._arc(j, shares[1])))
        return found

    def passes(self, first_over: bool = True) -> list[tuple[float, bool]]:
        """(arc length, over?) along the line, alternating as in a real knot."""
        lengths = sorted(s for crossing in self.crossings() for s in crossing)
        return [(s, (k % 2 == 0) == first_over) for k, s in enumerate(lengths)]

    def _arc(self, i: int, share: float) -> float:
        return self.lengths[i] + share * (self.lengths[i + 1] - self.lengths[i])

    def _meet(self, i: int, j: int) -> Point | None:
        """Where segments i and j cross, as a share of each; None when they do not."""
        (ax, ay), (bx, by) = self.points[i], self.points[i + 1]
        (cx, cy), (dx, dy) = self.points[j], self.points[j + 1]
        den = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
        if not den:
            return None
        t = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / den
        u = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / den
        return (t, u) if 0 <= t < 1 and 0 <= u < 1 else None


# ---- the curves of the course, all running left to right through y = 0; k is half the length ----


def overhand(k: float, size: float) -> list[Point]:
    """An overhand knot: the plane view of the polynomial trefoil, its ends led out level."""
    core = [(t**3 - 3 * t, t**4 - 4 * t * t + 2) for t in (i / 6 for i in range(-11, 12))]
    knot = [(x * size, -y * size * 0.92) for x, y in core]
    tail = [(2.15 * size, -0.75 * size), (3.1 * size, -0.12 * size)]
    lead_in = [(-x, y) for x, y in reversed(tail)]
    return spline([(-k, 0), (-k * 0.8, 0), *lead_in, *knot, *tail, (k * 0.8, 0), (k, 0)], 10)


def curl(k: float, size: float) -> list[Point]:
    """One open loop, no knot any more."""
    loop = [
        (-1.5, 0.12),
        (0.1, 0.75),
        (1.2, -0.1),
        (0.75, -1.3),
        (-0.75, -1.3),
        (-1.2, -0.1),
        (-0.1, 0.75),
        (1.5, 0.12),
    ]
    return spline([(-k, 0), (-k * 0.78, 0), *[(x * size, y * size) for x, y in loop], (k * 0.78, 0), (k, 0)])


def wave(k: float, height: float) -> list[Point]:
    """A knot come undone: one long breath, level at both ends."""
    xs = [-k + 2 * k * i / 80 for i in range(81)]
    return [(x, -height * sin((x / k + 1) * pi) * max(cos(x / k * pi / 2), 0.0) ** 0.8) for x in xs]


def upright(points: list[Point]) -> list[Point]:
    return [(-y, x) for x, y in points]
