"""The striped knit: rings round the trunk and the sleeves, cut where the cloth ends."""

from __future__ import annotations

import math
from itertools import pairwise

from drawings.body import Body, Skeleton
from drawings.outline import Flat, stretches
from drawings.space import Camera, Frame, Pt, Vec, add, mix, mul, unit

GAP = 0.042  # between two stripes, in body heights
SMALLEST = 70  # pixels per body height; smaller figures wear plain cloth
CLEAR = 1.7  # pixels kept free beside the ink line


def stripes(name: str, sk: Skeleton, body: Body, cam: Camera, flat: Flat) -> list[list[Pt]]:
    """The stripes of one part; none for skin, hair and trousers."""
    if cam.scale < SMALLEST:
        return []
    if name == "shirt":
        lines = _trunk(sk, body, cam)
    elif name.startswith("sleeve"):
        lines = _sleeve(sk, name[-1], body, cam)
    else:
        return []
    out = []
    for line in lines:
        out += stretches(line, [flat.distance(*p) < -CLEAR for p in line], 2)
    return [[s[round(i * (len(s) - 1) / 4)] for i in range(5)] if len(s) > 5 else s for s in out]


def _stations(sk: Skeleton) -> list[Frame]:
    """Frames along the spine, an even gap apart, from the hem to the neck."""
    pe, w, ch = sk.pelvis, sk.waist, sk.chest
    stops = [
        (pe.at(0, -0.03), pe),
        (pe.at(0, 0.03), pe),
        (w.at(0, 0.02), w),
        (w.at(0, 0.08), w),
        (ch.at(0, 0.04), ch),
        (ch.at(0, 0.12), ch),
    ]
    out: list[Frame] = []
    want = 0.6 * GAP
    for (a, fa), (b, fb) in pairwise(stops):
        length = math.dist(a, b)
        while want < length:
            t = want / length
            axes = (unit(mix(u, v, t)) for u, v in ((fa.x, fb.x), (fa.y, fb.y), (fa.z, fb.z)))
            out.append(Frame(mix(a, b, t), *axes))
            want += GAP
        want -= length
    return out


def _trunk(sk: Skeleton, body: Body, cam: Camera) -> list[list[Pt]]:
    deep, wide = 0.125 * body.girth, 0.17 * max(body.girth, body.shoulders)
    lines = []
    for f in _stations(sk):
        facing = math.degrees(math.atan2(cam.near(f.z), cam.near(f.x)))
        ring = []
        for n in range(-20, 21):
            a = math.radians(facing + 4.5 * n)
            out = unit(add(mul(f.x, math.cos(a) / deep), mul(f.z, math.sin(a) / wide)))
            sag = 0.022 * max(cam.near(out), 0)
            ring.append(cam.at(f.at(deep * math.cos(a), -sag, wide * math.sin(a))))
        lines.append(ring)
    return lines


def _sleeve(sk: Skeleton, key: str, body: Body, cam: Camera) -> list[list[Pt]]:
    limb = sk.arms[key]
    last = min(body.sleeve, 1)
    lines = _rings(limb.start, mix(limb.start, limb.mid, last), 0.5 * GAP, cam)
    if body.sleeve > 1:
        lines += _rings(limb.mid, mix(limb.mid, limb.end, body.sleeve - 1), 0.012, cam)
    return lines


def _rings(a: Vec, b: Vec, first: float, cam: Camera) -> list[list[Pt]]:
    """Stripes across one bone; none when it points at the viewer, where rings would fall together."""
    (ax, ay), (bx, by) = cam.at(a), cam.at(b)
    length, seen = math.dist(a, b), math.hypot(bx - ax, by - ay)
    if seen < 0.45 * length * cam.scale:
        return []
    ux, uy = (bx - ax) / seen, (by - ay) / seen
    sag = 0.010 * cam.scale * (1 if uy > -0.3 else -1)
    wide, lines, s = 0.041 * cam.scale, [], first
    while s < length - 0.008:
        x, y = ax + (bx - ax) * s / length, ay + (by - ay) * s / length
        ring = []
        for n in range(-8, 9):
            u = n / 8
            drop = sag * (1 - (u * 1.6) ** 2)
            ring.append((x - uy * wide * u + ux * drop, y + ux * wide * u + uy * drop))
        lines.append(ring)
        s += GAP
    return lines
