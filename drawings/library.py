"""Every drawing, entered into the list by importing the modules that draw them."""

from drawings import (
    lessons_doctor,
    lessons_let_go,
    lessons_posture,
    lessons_start,
    lessons_strength,
    lessons_tilts,
    lessons_together,
    lying,
    sitting,
    standing,
)
from drawings.catalog import DRAWINGS

__all__ = [
    "DRAWINGS",
    "lessons_doctor",
    "lessons_let_go",
    "lessons_posture",
    "lessons_start",
    "lessons_strength",
    "lessons_tilts",
    "lessons_together",
    "lying",
    "sitting",
    "standing",
]
