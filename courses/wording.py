"""Text that the coach wrote, ready for a page: {placeholders} filled, Markdown as safe HTML."""

from django.conf import settings
from django.utils.safestring import SafeString

from courses.models import Course
from coursesite.lib import markdown

NAMES = {"emergency_number", "coach_email", "refund_days"}


def values(course: Course | None = None) -> dict[str, str]:
    """Placeholders in Markdown: the address is a link."""
    return {**plain_values(course), "coach_email": f"[{settings.COACH_EMAIL}](mailto:{settings.COACH_EMAIL})"}


def plain_values(course: Course | None = None) -> dict[str, str]:
    return {
        "emergency_number": settings.EMERGENCY_NUMBER,
        "coach_email": settings.COACH_EMAIL,
        "refund_days": str(course.refund_days) if course else "30",
    }


def html(text: str, course: Course | None = None) -> SafeString:
    return markdown.to_html(text, values(course))


def plain(text: str, course: Course | None = None) -> str:
    """A line that is not Markdown, with placeholders filled."""
    return markdown.fill(text, plain_values(course))
