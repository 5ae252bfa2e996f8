"""What the coach writes (`content`, `library`) and what a student does with it (`learning`)."""

from courses.models.content import Check, Course, Lesson, Material, Module, Question, Section
from courses.models.learning import CheckAnswer, Enrolment, Grant, LessonProgress, Opening
from courses.models.library import Exercise, Illustration, Page

__all__ = [
    "Check",
    "CheckAnswer",
    "Course",
    "Enrolment",
    "Exercise",
    "Grant",
    "Illustration",
    "Lesson",
    "LessonProgress",
    "Material",
    "Module",
    "Opening",
    "Page",
    "Question",
    "Section",
]
