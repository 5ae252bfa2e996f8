"""What search engines may find: courses on sale, their free lessons, the plain pages. Nothing that is locked."""

import datetime as dt

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from courses import minicourse
from courses.models import Course, Lesson, Page


class Courses(Sitemap[Course]):
    def items(self) -> QuerySet[Course]:
        return Course.objects.published()


class FreeLessons(Sitemap[Lesson]):
    def items(self) -> QuerySet[Lesson]:
        published = Lesson.objects.published().filter(preview=True, course__status=Course.Status.PUBLISHED)
        return published.select_related("course").defer("body")

    def lastmod(self, item: Lesson) -> dt.date | None:
        return item.reviewed_on


class Pages(Sitemap[Page]):
    def items(self) -> QuerySet[Page]:
        return Page.objects.defer("body")


class Doors(Sitemap[str]):
    """Pages without a row."""

    def items(self) -> list[str]:
        letters = ["courses:five_letters"] if minicourse.is_offered() else []
        return ["courses:home", "courses:list", *letters]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS: dict[str, type[Sitemap[object]]] = {
    "doors": Doors,  # type: ignore[dict-item]
    "courses": Courses,  # type: ignore[dict-item]
    "lessons": FreeLessons,  # type: ignore[dict-item]
    "pages": Pages,  # type: ignore[dict-item]
}
