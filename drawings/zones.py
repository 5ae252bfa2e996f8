"""Muscle zones as points on the body."""

from __future__ import annotations

from drawings.figure import Zone


def blade(side: int, wide: float = 0, up: float = 0) -> Zone:
    """The outline of a shoulder blade on the back, moved out and up."""
    pts = [
        (0.040, 0.068),
        (0.060, 0.066),
        (0.092, 0.07),
        (0.09, 0.045),
        (0.072, 0.0),
        (0.054, -0.036),
        (0.044, -0.034),
        (0.038, 0.02),
    ]
    return Zone("chest", [(-0.07, y + up, side * (z + wide)) for z, y in pts], bone=True)


def back(points: list[tuple[float, float]], pattern: str = "hatch", on: str = "shirt") -> Zone:
    """A zone on the back; points are (to the right, up) in the chest's frame."""
    return Zone("chest", [(-0.07, y, z) for z, y in points], on=on, pattern=pattern)


def pair(points: list[tuple[float, float]], pattern: str = "hatch") -> list[Zone]:
    """The same zone on both sides of the back."""
    return [back([(s * z, y) for z, y in points], pattern) for s in (1, -1)]


BLADES = back(
    [(-0.012, 0.075), (0.012, 0.075), (0.02, 0.04), (0.022, -0.02), (0.012, -0.075), (-0.012, -0.075), (-0.022, -0.02),
     (-0.02, 0.04)]
)  # fmt: skip
SHOULDER_TOP = [(0.02, 0.128), (0.045, 0.112), (0.09, 0.1), (0.085, 0.076), (0.045, 0.084), (0.018, 0.095)]
MID_BACK = pair([(0.008, 0.045), (0.05, 0.03), (0.05, -0.03), (0.03, -0.08), (0.008, -0.12)])
CHEST = Zone(
    "chest",
    [
        (0.078 - 5.5 * z * z, y, z)
        for z, y in [
            (-0.074, 0.042),
            (-0.03, 0.035),
            (0.03, 0.035),
            (0.08, 0.045),
            (0.09, 0.01),
            (0.05, -0.03),
            (0.0, -0.022),
            (-0.05, -0.03),
            (-0.078, 0.01),
        ]
    ],
)
NECK_BACK = Zone(
    "neck",
    [(-0.04, y, z) for z, y in [(-0.03, 0.05), (0.03, 0.05), (0.03, 0.0), (0, -0.01), (-0.03, 0.0)]],
    on="neck",
    after="hair",
)
NECK_FRONT = Zone(
    "neck",
    [
        (x, y, 0)
        for x, y in [
            (0.002, 0.06),
            (0.02, 0.055),
            (0.034, 0.02),
            (0.038, -0.012),
            (0.016, -0.012),
            (0.006, 0.02),
        ]
    ],
    on="neck",
)
# Seen from the front: the right side of the neck, and the ribs on the left.
NECK_SIDE = Zone(
    "neck",
    [(0.01, y, z) for y, z in [(0.06, 0.04), (0.06, 0.014), (0.0, 0.014), (-0.04, 0.02), (-0.04, 0.05)]],
    on="neck",
    after="neck",
)
LEFT_RIBS = Zone(
    "chest",
    [
        (0.0, y, z)
        for y, z in [
            (0.03, -0.1),
            (0.02, -0.07),
            (-0.06, -0.06),
            (-0.13, -0.06),
            (-0.12, -0.1),
            (-0.04, -0.11),
        ]
    ],
    after="shirt",
)
# Seen from the side: a strip along the back; points outside the outline are pulled in.
NAPE = Zone(
    "chest",
    [
        (x, y, 0.04)
        for x, y in [
            (-0.09, 0.105),
            (-0.04, 0.1),
            (-0.03, 0.05),
            (-0.032, 0),
            (-0.04, -0.05),
            (-0.12, -0.05),
            (-0.12, 0.06),
        ]
    ],
)
CHEST_SIDE = Zone(
    "chest",
    [(x, y, 0.03) for x, y in [(0.03, 0.06), (0.09, 0.05), (0.12, 0.0), (0.09, -0.035), (0.04, -0.02)]],
)
BELLY_SIDE = Zone(
    "waist",
    [(x, y, 0.03) for x, y in [(0.035, 0.05), (0.12, 0.04), (0.14, -0.02), (0.12, -0.07), (0.035, -0.07)]],
)
# The same from above, for a lying figure.
CHEST_UP = Zone(
    "chest",
    [
        (0.08, y, z)
        for y, z in [
            (0.055, -0.03),
            (0.06, 0.07),
            (0.02, 0.09),
            (-0.035, 0.08),
            (-0.045, 0.0),
            (-0.02, -0.03),
        ]
    ],
)


# From behind, for the small view: the muscles over the tops of the shoulders, along the ribs, round the arms.
TRAPS = pair([(0.006, 0.15), (0.03, 0.13), (0.09, 0.105), (0.085, 0.072), (0.045, 0.07), (0.006, 0.09)])
SHOULDER_BACKS = [*pair([(0.066, 0.09), (0.112, 0.082), (0.122, 0.03), (0.096, 0.02), (0.07, 0.055)])]
RIBS_BEHIND = pair([(0.05, -0.005), (0.1, 0.02), (0.1, -0.07), (0.07, -0.11), (0.048, -0.06)])
BESIDE_BLADES = pair([(0.014, 0.095), (0.05, 0.09), (0.056, 0.02), (0.046, -0.06), (0.014, -0.06)])


SPINE_SIDES = back([(-0.026, 0.1), (0.026, 0.1), (0.03, 0.04), (0.02, -0.06), (-0.02, -0.06), (-0.03, 0.04)])


def front(points: list[tuple[float, float]], on: str = "shirt") -> Zone:
    """A zone on the chest or belly; points are (to the right, up) in the chest's frame."""
    return Zone("chest", [(0.07, y, z) for z, y in points], on=on)


CHEST_FRONT = front(
    [(-0.075, 0.05), (0.0, 0.04), (0.075, 0.05), (0.08, 0.0), (0.04, -0.03), (-0.04, -0.03), (-0.08, 0.0)]
)
BELLY_FRONT = front(
    [(-0.05, -0.05), (0.0, -0.035), (0.05, -0.05), (0.055, -0.1), (0.0, -0.12), (-0.055, -0.1)]
)


def shoulder_tops(up: float) -> list[Zone]:
    """The tops of both shoulders seen from the front, lifted with the blades."""
    pts = [(0.046, 0.13 + up), (0.075, 0.12 + up), (0.1, 0.104 + up), (0.095, 0.076 + up), (0.05, 0.09 + up)]
    return [Zone("chest", [(0.005, y, s * z) for z, y in pts], after="sleeve_r") for s in (1, -1)]


def side_of_neck() -> list[Zone]:
    """From below the right ear to the top of the right shoulder, seen from the front."""
    return [NECK_SIDE, shoulder_tops(0)[0]]


ARMS = [
    Zone(
        "chest",
        [(0, y, s * z) for z, y in [(0.07, 0.1), (0.1, 0.1), (0.15, -0.16), (0.12, -0.17), (0.085, 0.03)]],
        on=f"sleeve_{key}",
    )
    for key, s in (("r", 1), ("l", -1))
]
