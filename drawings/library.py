"""Every drawing, entered into the list by importing the modules that draw them."""

from drawings import (
    blades,
    lessons_doctor,
    lessons_let_go,
    lessons_posture,
    lessons_start,
    lessons_strength,
    lessons_tilts,
    lessons_together,
    lying,
    pressing,
    pulling,
    resting,
    settling,
    sitting,
    standing,
    stretching,
)
from drawings.catalog import DRAWINGS

__all__ = [
    "DRAWINGS",
    "blades",
    "lessons_doctor",
    "lessons_let_go",
    "lessons_posture",
    "lessons_start",
    "lessons_strength",
    "lessons_tilts",
    "lessons_together",
    "lying",
    "pressing",
    "pulling",
    "resting",
    "settling",
    "sitting",
    "standing",
    "stretching",
]
