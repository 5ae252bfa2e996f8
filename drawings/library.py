"""Every drawing, entered into the list by importing the modules that draw them."""

from drawings import (
    blades,
    lessons_posture,
    lessons_start,
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
    "lessons_posture",
    "lessons_start",
    "lying",
    "pressing",
    "pulling",
    "resting",
    "settling",
    "sitting",
    "standing",
    "stretching",
]
