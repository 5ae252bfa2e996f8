"""The desk for courses: `content` is what the coach writes, `people` is who is in and how far they are."""

from courses.admin import content, people

__all__ = ["content", "people"]
