"""What the coach writes (`content`, `library`, `prices`) and what a student does with it (`learning`); what
the coach put off on her morning page (`morning`)."""

from courses.models.adjustments import Adjustment
from courses.models.content import Check, Course, Lesson, Material, Module, Question, Section
from courses.models.learning import CheckAnswer, Enrolment, Grant, LessonProgress, Opening
from courses.models.library import Exercise, Illustration, Page
from courses.models.morning import Snooze
from courses.models.outgoing import Link
from courses.models.pictures import Picture
from courses.models.prices import Price
from courses.models.versions import Version

__all__ = [
    "Adjustment",
    "Check",
    "CheckAnswer",
    "Course",
    "Enrolment",
    "Exercise",
    "Grant",
    "Illustration",
    "Lesson",
    "LessonProgress",
    "Link",
    "Material",
    "Module",
    "Opening",
    "Page",
    "Picture",
    "Price",
    "Question",
    "Section",
    "Snooze",
    "Version",
]
