"""Who is drawn and how the bones lie: bodies, and poses turned into joints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drawings.space import Frame, Vec, add, dot, mul, sub, unit

Pose = dict[str, Any]
LENGTH = {
    "waist": 0.10,
    "chest": 0.12,
    "neck": 0.10,
    "skull": 0.052,
    "upper": 0.165,
    "lower": 0.145,
    "thigh": 0.235,
    "shank": 0.235,
}


@dataclass(frozen=True)
class Body:
    """Build and dress of one adult; 1 is the middle of every measure."""

    girth: float = 1.0
    belly: float = 0.0  # 0 flat, 1 round
    bust: float = 0.0
    shoulders: float = 1.0
    hips: float = 1.0
    limbs: float = 1.0  # length of arms and legs against the trunk
    head: float = 1.0
    stoop: float = 0.0  # degrees added to chest and neck, for age
    hair: str = "short"  # a key of hair.HAIR
    hair_fill: str = "hair"  # names of sheet.COLORS
    skin: str = "skin"
    legs: str = "trouser"
    sleeve: float = 1.8  # share of the upper arm that is covered; > 1 runs on down the forearm
    glasses: bool = False
    plain: bool = False  # no stripes, for insets


@dataclass(frozen=True)
class Limb:
    """Three joints, the direction of hand or toes, and the pose's own words about it."""

    side: int  # 1 right, -1 left
    start: Vec
    mid: Vec
    end: Vec
    tip: Vec
    data: Pose


@dataclass(frozen=True)
class Skeleton:
    """A posed body: the spine's frames from the pelvis up, and the four limbs by side ("r", "l")."""

    root: Frame
    pelvis: Frame
    waist: Frame
    chest: Frame
    neck: Frame
    head: Frame
    arms: dict[str, Limb]
    legs: dict[str, Limb]

    def frame(self, name: str) -> Frame:
        found: Frame = getattr(self, name)
        return found


def but(base: Pose, **changes: Any) -> Pose:
    """The pose with some parts replaced; dicts are merged one level down."""
    return {**base, **{k: {**base.get(k, {}), **v} if isinstance(v, dict) else v for k, v in changes.items()}}


def swing(frame: Frame, angles: Sequence[float], side: int) -> Vec:
    """Direction of a bone: degrees ahead of straight down, then degrees out to the side."""
    s, p = math.radians(angles[0]), math.radians(angles[1])
    return frame.dir((math.sin(s) * math.cos(p), -math.cos(s) * math.cos(p), side * math.sin(p)))


def reach(a: Vec, c: Vec, bones: tuple[float, float], pole: Vec) -> tuple[Vec, Vec]:
    """Two bones from `a` to `c`, the middle joint towards `pole`; the end stops short if too far."""
    first, second = bones
    d = sub(c, a)
    n = min(math.sqrt(dot(d, d)), (first + second) * 0.999)
    u = unit(d)
    t = (first * first - second * second + n * n) / (2 * n)
    bend = unit(sub(pole, mul(u, dot(pole, u))))
    mid = add(a, mul(u, t), mul(bend, math.sqrt(max(first * first - t * t, 0))))
    return mid, add(a, mul(u, n))


def skeleton(data: Pose, body: Body) -> Skeleton:
    """Joints of a pose. Spine angles are absolute: (ahead, lean, turn) from the root; `at` and `pole`
    of a limb, and `move` of the hips, are places in the world, so that contact is exact."""
    root = Frame().turned(data.get("move", (0, 0, 0)), *data.get("root", (0,)))
    spine, place, frames = data.get("spine", {}), root.o, {}
    for name, length, stoop in (
        ("pelvis", LENGTH["waist"], 0.0),
        ("waist", LENGTH["chest"], 0.0),
        ("chest", LENGTH["neck"], body.stoop),
        ("neck", LENGTH["skull"], body.stoop * 1.2),
        ("head", 0.0, 0.0),
    ):
        ahead, *rest = spine.get(name, (0,))
        frames[name] = root.turned(place, ahead + stoop, *rest)
        place = frames[name].at(0, length)
    arms = {k: _arm(data, k, root, frames["chest"], body) for k in "rl"}
    legs = {k: _leg(data, k, root, frames["pelvis"], body) for k in "rl"}
    return Skeleton(root, **frames, arms=arms, legs=legs)


def _side(key: str) -> int:
    return 1 if key == "r" else -1


def _limb_words(data: Pose, limb: str, key: str) -> Pose:
    """What the pose says about one limb: "arm_r" for the right one alone, else "arms" for both."""
    words: Pose = data.get(f"{limb}_{key}") or data.get(f"{limb}s", {})
    return words


def _arm(data: Pose, key: str, root: Frame, chest: Frame, body: Body) -> Limb:
    arm, s = _limb_words(data, "arm", key), _side(key)
    up, ahead, wide = arm.get("girdle", (0, 0, 0))
    start = chest.at(-0.004 + ahead, 0.072 + up, s * (0.092 * body.shoulders + wide))
    bones = (LENGTH["upper"] * body.limbs, LENGTH["lower"] * body.limbs)
    mid, end = _bones(arm, root, s, start, bones, (-1, -0.4, s * 0.5))
    tip = swing(root, arm["hand"], s) if "hand" in arm else unit(sub(end, mid))
    return Limb(s, start, mid, end, tip, arm)


def _leg(data: Pose, key: str, root: Frame, pelvis: Frame, body: Body) -> Limb:
    leg, s = _limb_words(data, "leg", key), _side(key)
    start = pelvis.at(0, -0.005, s * 0.052 * body.hips)
    bones = (LENGTH["thigh"] * body.limbs, LENGTH["shank"] * body.limbs)
    mid, end = _bones(leg, root, s, start, bones, (1, 0.3, 0))
    return Limb(s, start, mid, end, swing(root, leg.get("foot", (90, 8)), s), leg)


def _bones(d: Pose, root: Frame, s: int, a: Vec, bones: tuple[float, float], pole: Vec) -> tuple[Vec, Vec]:
    if "at" in d:
        x, y, z = d["at"]
        px, py, pz = d.get("pole", pole)
        mirror = s if d.get("mirror") else 1
        return reach(a, (x, y, z * mirror), bones, (px, py, pz * mirror))
    mid = add(a, mul(swing(root, d.get("upper", (0, 6)), s), bones[0]))
    return mid, add(
        mid, mul(swing(root, d["lower"] if "lower" in d else d.get("upper", (4, 4)), s), bones[1])
    )
