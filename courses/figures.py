"""How it goes: who joined lately, and how far students come, lesson by lesson."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count
from django.db.models.functions import TruncDate

from courses import queries
from courses.models import Course, Enrolment, LessonProgress
from courses.standing import A_WHILE
from coursesite.lib import localtime


@dataclass(frozen=True)
class Stage:
    """One lesson of the funnel. `stopped` are those who were last seen there and have been quiet since."""

    title: str
    began: int
    done: int
    stopped: int


@dataclass(frozen=True)
class Funnel:
    stages: list[Stage]

    @property
    def worst(self) -> Stage | None:
        """The lesson at which most people stop; None while nobody does."""
        found = max(self.stages, key=lambda stage: stage.stopped, default=None)
        return found if found and found.stopped else None


def joined(*, since: dt.datetime, zone: str) -> dict[dt.date, int]:
    """How many joined, by the day of that zone: one query."""
    lately = Enrolment.objects.filter(joined_at__gte=since)
    days = lately.annotate(day=TruncDate("joined_at", tzinfo=localtime.zone(zone))).order_by()
    return dict(days.values_list("day").annotate(number=Count("pk")))


def courses_with_students() -> list[Course]:
    """Those that are or were sold, by title: one query."""
    return list(Course.objects.exclude(status=Course.Status.DRAFT).only("slug", "title").order_by("title"))


def funnel(*, course: Course, now: dt.datetime) -> Funnel:
    """Over everybody who ever was in: three queries, however many students and lessons."""
    counts = LessonProgress.objects.filter(lesson__in=course.lessons.order_by().values("pk")).order_by()
    seen = {
        lesson: (began, done)
        for lesson, began, done in counts.values_list("lesson").annotate(
            began=Count("*"), done=Count("done_at")
        )
    }
    quiet = Enrolment.objects.filter(course=course).quiet(days=A_WHILE, now=now).order_by()
    stopped = dict(quiet.values_list("last_lesson").annotate(number=Count("*")))
    return Funnel(
        [
            Stage(row.title, *seen.get(row.id, (0, 0)), stopped.get(row.id, 0))
            for row in queries.rows([course.pk], [])
            if row.is_written
        ]
    )
