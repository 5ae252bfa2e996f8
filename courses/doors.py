"""May this reader see this lesson now? Asked by every page, file and form that belongs to a lesson."""

import datetime as dt
from dataclasses import dataclass

from accounts.desk import may
from courses import queries, release
from courses.models import Course, Enrolment, Lesson
from courses.queries import Visitor

OPEN, PREVIEW, AUTHOR, WAITS, OUTSIDE = "open", "preview", "author", "waits", "outside"


@dataclass(frozen=True)
class Door:
    """`kind`: open (by access and date), preview (free for all), author (staff look at it, nothing is stored),
    waits (opens at `opens_at`, None if nobody can say yet), outside (no access)."""

    kind: str
    lesson: Lesson
    enrolment: Enrolment | None
    opens_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.kind in {OPEN, PREVIEW, AUTHOR}

    @property
    def student(self) -> Enrolment | None:
        """Whose progress is written down; nobody's while looking through a door as author or visitor."""
        return self.enrolment if self.is_open else None


def lesson(*, course_slug: str, lesson_slug: str, user: Visitor, now: dt.datetime) -> Door | None:
    """The door of a lesson, or None when for this reader there is no such lesson."""
    found = queries.lesson(course_slug=course_slug, lesson_slug=lesson_slug, user=user)
    if found is None:
        return None
    one, enrolment = found.lesson, found.enrolment
    is_listed = (
        one.is_written
        and one.archived_at is None
        and one.module.archived_at is None
        and (enrolment is not None or one.course.status == Course.Status.PUBLISHED)
    )
    if enrolment is not None and is_listed:
        return students(found, enrolment, now=now)
    if may(user, "courses.view_lesson"):
        return Door(AUTHOR, one, None)
    if not is_listed:
        return None
    return Door(PREVIEW if one.preview else OUTSIDE, one, None)


def students(found: queries.Found, enrolment: Enrolment, *, now: dt.datetime) -> Door:
    one = found.lesson
    by_rule = release.due(one.rule, enrolment, awaited=found.awaited, now=now)
    opens_at = release.kept(by_rule, found.open_since).at
    if opens_at is not None and opens_at <= now:
        return Door(OPEN, one, enrolment, opens_at)
    return Door(PREVIEW if one.preview else WAITS, one, enrolment, opens_at)
