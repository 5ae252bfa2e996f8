"""Postures that many drawings start from."""

from __future__ import annotations

from drawings.body import Pose

SIT: Pose = {
    "spine": {"pelvis": (-2,), "waist": (0,), "chest": (2,), "neck": (14,), "head": (0,)},
    "legs": {"upper": (87, 5), "lower": (2, 3)},
    "arms": {"upper": (10, 7), "lower": (66, -6), "hand": (80, 0), "palm": (0, -1, 0)},
}
STAND: Pose = {
    "spine": {"neck": (14,)},
    "legs": {"upper": (0, 3), "lower": (0, 2)},
    "arms": {"upper": (-2, 9), "lower": (8, 3)},
}
LIE: Pose = {
    "root": (-90,),
    "barefoot": True,
    "spine": {"pelvis": (0,), "waist": (3,), "chest": (0,), "neck": (8,), "head": (-3,)},
    "leg_r": {"at": (0.27, -0.022, 0.055), "pole": (0, 1, 0), "foot": (90, 0)},
    "leg_l": {"at": (0.29, -0.022, -0.055), "pole": (0, 1, 0), "foot": (90, 0)},
}
