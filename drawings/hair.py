"""Hair, in the head's frame. "cap" lies over the skull and is cut at the hairline; "back" hangs behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from drawings.space import Vec

Prim = tuple[Vec, Vec, float, float]  # a cone with round ends; a ball when both ends are equal


def ball(c: Vec, r: float) -> Prim:
    return (c, c, r, r)


@dataclass(frozen=True)
class Hair:
    """One haircut; strands are drawn lines, seen from the side and from behind."""

    cap: list[Prim]
    back: list[Prim]
    soft: float = 0.012
    ear: bool = True
    side: list[list[tuple[float, float]]] = field(default_factory=list)  # x, y
    behind: list[list[tuple[float, float]]] = field(default_factory=list)  # z, y
    front: list[list[tuple[float, float]]] = field(default_factory=list)  # z, y


CAP: list[Prim] = [((-0.016, 0.066, 0), (0.012, 0.074, 0), 0.056, 0.050)]
NAPE: list[Prim] = [((-0.03, 0.05, 0), (-0.034, 0.02, 0), 0.044, 0.03)]
COMBED = [
    [(z * 0.3, 0.004), (z, 0.04), (z * 0.9, 0.075), (z * 0.3, 0.108)] for z in (-0.034, -0.011, 0.011, 0.034)
]


def _locks() -> list[Prim]:
    """Curls all round the skull, from the forehead over the crown to the nape."""
    centre, out = (-0.006, 0.07), []
    for tilt, count in ((0, 7), (45, 5), (-45, 5), (80, 3), (-80, 3)):
        r = 0.054 * math.cos(math.radians(tilt))
        for n in range(count):
            a = math.radians(20 + 190 * n / (count - 1))
            out.append(
                ball(
                    (
                        centre[0] + r * math.cos(a),
                        centre[1] + r * math.sin(a),
                        0.054 * math.sin(math.radians(tilt)),
                    ),
                    0.018,
                )
            )
    return [*out, ball((-0.01, 0.072, 0), 0.056)]


HAIR: dict[str, Hair] = {
    "short": Hair(
        CAP,
        NAPE,
        front=[
            [(-0.03, 0.092), (-0.014, 0.104), (0.01, 0.108)],
            [(0.004, 0.09), (0.018, 0.1), (0.032, 0.098)],
        ],
    ),
    "bob": Hair(
        [((-0.016, 0.066, 0), (0.012, 0.075, 0), 0.059, 0.053)],
        [((-0.030, 0.05, z * 0.022), (-0.034, -0.004, z * 0.03), 0.044, 0.03) for z in (-1, 1)],
        ear=False,
        side=[
            [(0.03, 0.106), (-0.01, 0.10), (-0.03, 0.07), (-0.034, 0.03)],
            [(-0.02, 0.118), (-0.055, 0.09), (-0.064, 0.04), (-0.055, 0.0)],
        ],
        behind=[[(z, -0.01), (z * 1.1, 0.04), (z * 0.5, 0.11)] for z in (-0.034, -0.012, 0.012, 0.034)],
        front=[[(0.012, 0.124), (z * 0.6, 0.106), (z, 0.078)] for z in (-0.034, 0.034)],
    ),
    "bun": Hair(
        [*CAP, ball((-0.03, 0.138, 0), 0.025)],
        [((-0.03, 0.05, 0), (-0.034, 0.025, 0), 0.042, 0.028)],
        soft=0.004,
        side=[
            [(0.02, 0.1), (-0.02, 0.104), (-0.04, 0.08)],
            [(-0.05, 0.136), (-0.034, 0.128), (-0.014, 0.138)],
        ],
        behind=[*COMBED, [(-0.014, 0.136), (0.0, 0.146), (0.014, 0.136)]],
    ),
    "tail": Hair(
        CAP,
        [
            ((-0.03, 0.05, 0), (-0.03, 0.03, 0), 0.042, 0.03),
            ((-0.066, 0.07, 0), (-0.082, 0.0, 0), 0.02, 0.026),
            ((-0.082, 0.0, 0), (-0.07, -0.05, 0), 0.026, 0.008),
        ],
        side=[
            [(0.02, 0.104), (-0.02, 0.1), (-0.05, 0.076)],
            [(-0.078, 0.05), (-0.084, 0.01), (-0.074, -0.03)],
        ],
        behind=[[(0.0, 0.05), (0.003, 0.01), (0.0, -0.03)]],
    ),
    "curly": Hair(_locks(), [((-0.03, 0.05, 0), (-0.036, 0.026, 0), 0.04, 0.028)], soft=0.001),
    "scarf": Hair(
        [
            ((-0.016, 0.064, 0), (0.010, 0.072, 0), 0.061, 0.056),
            ((-0.014, 0.04, 0), (0.0, -0.035, 0), 0.056, 0.054),
        ],
        [ball((-0.03, 0.04, 0), 0.045)],
        ear=False,
        side=[
            [(0.02, -0.012), (-0.012, -0.004), (-0.05, -0.03)],
            [(-0.0, 0.0), (-0.03, 0.02), (-0.06, 0.01)],
        ],
        behind=[
            [(-0.05, 0.0), (-0.01, 0.012), (0.045, -0.02)],
            [(-0.045, -0.035), (0.0, -0.02), (0.04, -0.04)],
        ],
    ),
    "bald": Hair([], [((-0.054, 0.068, z * 0.02), (-0.042, 0.012, z * 0.014), 0.013, 0.02) for z in (-1, 1)]),
}
