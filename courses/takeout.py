"""The students with their progress as files: one row for each, one for each of their lessons, or both as JSON.

Read in pieces and written in pieces, however many there are. Moments are ISO 8601 in UTC.
"""

import datetime as dt
import json
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from django.db.models import Count

from courses.models import Course, Enrolment, Grant, Lesson, LessonProgress
from coursesite.lib import spreadsheet

A_TIME = 500  # students held in memory
STUDENT = (
    "name", "address", "course", "joined", "time_zone", "has_access", "came_by", "lessons_done", "lessons_published",
    "finished", "last_seen", "last_lesson",
)  # fmt: skip
OF_LESSON = (
    "name",
    "address",
    "course",
    "lesson",
    "title",
    "first_seen",
    "last_seen",
    "done",
    "read_percent",
)
READ = {
    "name": "user__contact__name", "address": "user__email", "course": "course__slug", "joined": "joined_at",
    "time_zone": "time_zone", "finished": "completed_at", "last_seen": "last_seen_at",
    "last_lesson": "last_lesson__key",
}  # fmt: skip
Row = dict[str, Any]


def students(into: IO[bytes], *, course: Course | None = None) -> int:
    """One row for each student; how many."""
    rows = ([said[name] for name in STUDENT] for some in pieces(course) for said in people(some))
    return spreadsheet.write(into, STUDENT, rows)


def lessons(into: IO[bytes], *, course: Course | None = None) -> int:
    """One row for each lesson that a student has opened; how many."""
    rows = (
        [{**said, **one}[name] for name in OF_LESSON]
        for some in pieces(course)
        for said, opened in zip(people(some), lessons_of(some), strict=True)
        for one in opened
    )
    return spreadsheet.write(into, OF_LESSON, rows)


def both(into: IO[bytes], *, course: Course | None = None) -> int:
    """A JSON list of students, each with a list of lessons; how many students."""
    count = 0
    into.write(b"[")
    for some in pieces(course):
        for said, opened in zip(people(some), lessons_of(some), strict=True):
            into.write(b",\n" if count else b"\n")
            into.write(json.dumps({**said, "lessons": opened}, ensure_ascii=False, default=moment).encode())
            count += 1
    into.write(b"\n]\n")
    return count


def moment(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} is no moment")


def pieces(course: Course | None) -> Iterator[list[Row]]:
    """The students in the order in which they came in, so many at a time; plain values, which leave no circles."""
    found = Enrolment.objects.all() if course is None else Enrolment.objects.filter(course=course)
    rows = found.order_by("pk").values("pk", "course_id", *READ.values()).iterator(chunk_size=A_TIME)
    while some := list(islice(rows, A_TIME)):
        yield some


def people(some: list[Row]) -> Iterator[Row]:
    """What is told of each, with three queries for all of them."""
    came: dict[int, list[tuple[str, str]]] = {}
    theirs = {"enrolment__in": [one["pk"] for one in some]}
    given = Grant.objects.filter(**theirs).order_by("started_at", "pk")
    for enrolment, source, state in given.values_list("enrolment", "source", "state"):
        came.setdefault(enrolment, []).append((source.partition(":")[0], state))
    finished = LessonProgress.objects.filter(**theirs, done_at__isnull=False).order_by()
    done = dict(finished.values_list("enrolment").annotate(number=Count("pk")))
    written = Lesson.objects.published().order_by().values_list("course")
    published = dict(written.annotate(number=Count("pk")))
    for one in some:
        grants = came.get(one["pk"], [])
        told = {
            **{name: one[field] for name, field in READ.items()},
            "has_access": any(state == Grant.State.ACTIVE for _, state in grants),
            "came_by": ", ".join(source for source, _ in grants),
            "lessons_done": done.get(one["pk"], 0),
            "lessons_published": published.get(one["course_id"], 0),
        }
        yield {name: told[name] or "" if name == "last_lesson" else told[name] for name in STUDENT}


def lessons_of(some: list[Row]) -> Iterator[list[Row]]:
    """For each of them, the lessons they have opened in their order; one query for all."""
    found: dict[int, list[Row]] = {}
    opened = LessonProgress.objects.filter(enrolment__in=[one["pk"] for one in some])
    told = opened.order_by("lesson__module__position", "lesson__position").values_list(
        "enrolment",
        "lesson__key",
        "lesson__title",
        "first_seen_at",
        "last_seen_at",
        "done_at",
        "read_percent",
    )
    for enrolment, *values in told:
        found.setdefault(enrolment, []).append(dict(zip(OF_LESSON[3:], values, strict=True)))
    for one in some:
        yield found.get(one["pk"], [])
