"""The desk for courses: `content` is what the coach writes, `pictures` its photographs, `people` who is in and how
far they are."""

from courses.admin import content, people, pictures

__all__ = ["content", "people", "pictures"]
