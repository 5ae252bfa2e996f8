"""What the coach writes (`content`) and what a student does with it (`learning`)."""

from courses.models.content import (
    Check,
    Course,
    Exercise,
    Illustration,
    Lesson,
    Material,
    Module,
    Page,
    Question,
    Section,
)
from courses.models.learning import CheckAnswer, Enrolment, Grant, LessonProgress, Opening

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
