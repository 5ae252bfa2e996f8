"""Vectors, frames and the camera. Units: a figure's height is 1; x ahead, y up, z to its right."""

from __future__ import annotations

import math
from dataclasses import dataclass

Vec = tuple[float, float, float]
Pt = tuple[float, float]


def add(*vs: Vec) -> Vec:
    """The sum of all vectors."""
    return (sum(v[0] for v in vs), sum(v[1] for v in vs), sum(v[2] for v in vs))


def mul(a: Vec, k: float) -> Vec:
    return (a[0] * k, a[1] * k, a[2] * k)


def sub(a: Vec, b: Vec) -> Vec:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def dot(a: Vec, b: Vec) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec, b: Vec) -> Vec:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a: Vec) -> Vec:
    return mul(a, 1 / (math.sqrt(dot(a, a)) or 1.0))


def mix(a: Vec, b: Vec, t: float) -> Vec:
    """The place between `a` (t = 0) and `b` (t = 1)."""
    return add(mul(a, 1 - t), mul(b, t))


def apart(a: Vec, axis: Vec) -> Vec:
    """The direction of `a` that stands square on the unit vector `axis`."""
    return unit(sub(a, mul(axis, dot(a, axis))))


@dataclass(frozen=True)
class Frame:
    """A place with three axes: ahead, up and right of the body part."""

    o: Vec = (0, 0, 0)
    x: Vec = (1, 0, 0)
    y: Vec = (0, 1, 0)
    z: Vec = (0, 0, 1)

    def dir(self, v: Vec) -> Vec:
        return add(mul(self.x, v[0]), mul(self.y, v[1]), mul(self.z, v[2]))

    def at(self, x: float, y: float, z: float = 0.0) -> Vec:
        return add(self.o, self.dir((x, y, z)))

    def turned(self, o: Vec, pitch: float = 0, lean: float = 0, turn: float = 0) -> Frame:
        """This frame moved to `o`, pitched ahead, leant to its right, turned to its right (degrees)."""

        def spin(v: Vec) -> Vec:
            (x, y, z), p, q, t = v, *(math.radians(a) for a in (pitch, lean, turn))
            x, y = x * math.cos(p) + y * math.sin(p), y * math.cos(p) - x * math.sin(p)
            y, z = y * math.cos(q) - z * math.sin(q), z * math.cos(q) + y * math.sin(q)
            x, z = x * math.cos(t) - z * math.sin(t), z * math.cos(t) + x * math.sin(t)
            return self.dir((x, y, z))

        return Frame(o, spin((1, 0, 0)), spin((0, 1, 0)), spin((0, 0, 1)))


@dataclass(frozen=True)
class Camera:
    """yaw 0 = seen from its right side, 90 = from the front, -90 = from behind; pitch looks down.

    `origin` is where the middle of the hips falls on the sheet; `scale` is pixels per body height.
    """

    origin: Pt
    scale: float
    yaw: float = 0
    pitch: float = 0
    flip: bool = False

    def see(self, v: Vec) -> Vec:
        """Sheet x, sheet y (down), nearness."""
        a, b = math.radians(self.yaw), math.radians(self.pitch)
        x, d = v[0] * math.cos(a) - v[2] * math.sin(a), v[0] * math.sin(a) + v[2] * math.cos(a)
        y, d = v[1] * math.cos(b) - d * math.sin(b), d * math.cos(b) + v[1] * math.sin(b)
        s = -self.scale if self.flip else self.scale
        return (self.origin[0] + s * x, self.origin[1] - self.scale * y, d)

    def at(self, v: Vec) -> Pt:
        x, y, _ = self.see(v)
        return (x, y)

    def near(self, v: Vec) -> float:
        """Nearness of a direction or place: > 0 points to the viewer."""
        return self.see(v)[2]
