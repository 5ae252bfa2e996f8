"""The course as one person sees it: every lesson with its state in words, what comes next, what opens next."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.urls import reverse

from courses import queries, release
from courses.models import Course, Enrolment
from courses.queries import Row
from coursesite.lib import localtime

LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class LessonLine:
    """A lesson in an outline. `state` is one of done, in-progress, new, opens, preview, in-course, in-writing."""

    id: int
    number: str
    key: str
    title: str
    goal: str
    minutes: int
    state: str
    state_words: str
    url: str | None
    preview: bool
    opens_day: int  # days after joining; 0 is at once
    opens_at: dt.datetime | None
    seen_at: dt.datetime | None
    read_percent: int
    video_seconds: int
    exercise_keys: tuple[str, ...]
    module_number: int
    module_title: str
    here: bool = False

    @property
    def is_open(self) -> bool:
        return self.url is not None

    @property
    def minutes_left(self) -> int:
        return max(1, round(self.minutes * (100 - self.read_percent) / 100))


@dataclass(frozen=True)
class ModulePart:
    number: int
    title: str
    summary: str
    lessons: list[LessonLine]
    is_members: bool  # whether it is told how many lessons are done

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def written(self) -> list[LessonLine]:
        return [lesson for lesson in self.lessons if lesson.state != "in-writing"]

    @property
    def done(self) -> int:
        return sum(lesson.state == "done" for lesson in self.lessons)

    @property
    def words(self) -> str:
        if not self.is_members:
            return ""
        return f"{self.done} of {len(self.written)} lessons done" if self.written else "Being written"

    @property
    def state(self) -> str:
        """done, now, new or later: the piece of rope that stands for the module."""
        states = {lesson.state for lesson in self.written}
        if states and states <= {"done"}:
            return "done"
        if states & {"done", "in-progress"}:
            return "now"
        return "new" if states & {"new", "preview"} else "later"


@dataclass(frozen=True)
class Segment:
    state: str
    words: str


SEGMENT_WORDS = {"done": "done", "now": "in progress", "new": "new", "later": "not open yet"}


@dataclass(frozen=True)
class Rope:
    """The way through the course in one line."""

    segments: list[Segment]
    done: int
    total: int
    words: str


@dataclass(frozen=True)
class Outline:
    """Totals count published lessons only, so nobody stands at 103 percent or waits for a lesson not yet written."""

    modules: list[ModulePart]
    lessons: list[LessonLine] = field(default_factory=list)

    @property
    def written(self) -> list[LessonLine]:
        return [lesson for lesson in self.lessons if lesson.state != "in-writing"]

    @property
    def done(self) -> int:
        return sum(lesson.state == "done" for lesson in self.lessons)

    @property
    def total(self) -> int:
        return len(self.written)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_finished(self) -> bool:
        return self.total > 0 and self.done == self.total

    @property
    def rope(self) -> Rope:
        pieces = [
            Segment(part.state, f"Module {part.number}: {SEGMENT_WORDS[part.state]}") for part in self.modules
        ]
        return Rope(pieces, self.done, self.total, self.rope_words)

    @property
    def rope_words(self) -> str:
        if self.is_finished:
            return "The whole rope has come undone."
        current = next((part for part in self.modules if part.state == "now"), None)
        return f"Module {current.number} of {len(self.modules)}, in progress." if current else ""

    @property
    def totals(self) -> dict[str, int]:
        return {
            "lessons": len(self.lessons),
            "written": len(self.written),
            "minutes": sum(lesson.minutes for lesson in self.lessons),
            "written_minutes": sum(lesson.minutes for lesson in self.written),
            "exercises": len({key for lesson in self.lessons for key in lesson.exercise_keys}),
        }

    @property
    def opens_next(self) -> LessonLine | None:
        waiting = [lesson for lesson in self.lessons if lesson.state == "opens" and lesson.opens_at]
        return min(waiting, key=lambda lesson: lesson.opens_at or LONG_AGO, default=None)

    def at(self, lesson_id: int) -> LessonLine | None:
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)

    def neighbors(self, lesson_id: int) -> tuple[LessonLine | None, LessonLine | None]:
        """The written lessons before and after this one."""
        line = [lesson for lesson in self.lessons if lesson.state != "in-writing" or lesson.id == lesson_id]
        place = next((index for index, lesson in enumerate(line) if lesson.id == lesson_id), None)
        if place is None:
            return None, None
        before = line[place - 1] if place else None
        return before, line[place + 1] if place + 1 < len(line) else None


def outline(
    *, course: Course, enrolment: Enrolment | None, now: dt.datetime, here: int | None = None
) -> Outline:
    """The whole course in one query. `enrolment` is one that gives access, or None; `here` the open lesson's id."""
    found = queries.rows([course.pk], [enrolment.pk] if enrolment else [])
    return drawn(found, enrolment=enrolment, now=now, here=here)


def outlines(*, enrolments: Sequence[Enrolment], now: dt.datetime) -> dict[int, Outline]:
    """Outlines by course id, one query for all."""
    found = queries.rows([one.course_id for one in enrolments], [one.pk for one in enrolments])
    return {
        one.course_id: drawn([row for row in found if row.course_id == one.course_id], enrolment=one, now=now)
        for one in enrolments
    }


def drawn(
    rows: Collection[Row], *, enrolment: Enrolment | None, now: dt.datetime, here: int | None = None
) -> Outline:
    parts = []
    for number, (_, group) in enumerate(groupby(rows, key=lambda row: row.module_id), 1):
        members = list(group)
        lines = [
            line(row, f"{number}.{index}", number, enrolment=enrolment, now=now, here=here)
            for index, row in enumerate(members, 1)
        ]
        first = members[0]
        parts.append(
            ModulePart(number, first.module_title, first.module_summary, lines, enrolment is not None)
        )
    return Outline(parts, [lesson for part in parts for lesson in part.lessons])


def line(
    row: Row,
    number: str,
    module_number: int,
    *,
    enrolment: Enrolment | None,
    now: dt.datetime,
    here: int | None,
) -> LessonLine:
    state, words, opens_at = state_of(row, enrolment, now=now)
    is_open = state in {"done", "in-progress", "new", "preview"}
    return LessonLine(
        id=row.id,
        number=number,
        key=row.key,
        title=row.title,
        goal=row.goal,
        minutes=row.minutes,
        state=state,
        state_words=words,
        url=reverse("courses:lesson", args=[row.course_slug, row.slug]) if is_open else None,
        preview=row.preview,
        opens_day=row.release_days,
        opens_at=opens_at,
        seen_at=row.seen_at,
        read_percent=row.read_percent or 0,
        video_seconds=row.video_seconds or 0,
        exercise_keys=tuple(row.exercise_keys),
        module_number=module_number,
        module_title=row.module_title,
        here=row.id == here,
    )


def state_of(
    row: Row, enrolment: Enrolment | None, *, now: dt.datetime
) -> tuple[str, str, dt.datetime | None]:
    """State, its words, and when it opens or opened."""
    if not row.is_written:
        return "in-writing", "Being written", None
    if enrolment is None:
        return ("preview", "Free preview", None) if row.preview else ("in-course", "In the course", None)
    opens_at = release.row_opens_at(row, enrolment, now=now)
    if row.done_at:
        return "done", f"Done {day_words(row.done_at, release.zone(enrolment))}", opens_at
    if row.first_seen_at:
        return "in-progress", "In progress", opens_at
    if opens_at <= now:
        return "new", "New", opens_at
    if row.preview:
        return "preview", "Free preview", opens_at
    return "opens", f"Opens {opens_words(opens_at, release.zone(enrolment))}", opens_at


def day_words(moment: dt.datetime, zone: str) -> str:
    """`Nov 20`, as the day was where the person lives."""
    local = moment.astimezone(localtime.zone(zone))
    return f"{local:%b} {local.day}"


def opens_words(moment: dt.datetime, zone: str) -> str:
    """`Tue Nov 24, 9:00 your time`."""
    local = moment.astimezone(localtime.zone(zone))
    return f"{local:%a %b} {local.day}, {local.hour}:{local:%M} your time"


def next_lesson(whole: Outline, *, last_read: int | None = None) -> LessonLine | None:
    """Where Continue leads: the lesson in progress looked at last, else the first open one not done after the lesson
    read last, else the first open one not done at all, else None (all that is open is done)."""
    begun = [lesson for lesson in whole.lessons if lesson.state == "in-progress"]
    if begun:
        return max(begun, key=lambda lesson: lesson.seen_at or LONG_AGO)
    fresh = [lesson for lesson in whole.lessons if lesson.state in {"new", "preview"}]
    ids = [lesson.id for lesson in whole.lessons]
    place = ids.index(last_read) if last_read in ids else -1
    after = [lesson for lesson in fresh if ids.index(lesson.id) > place]
    return next(iter(after or fresh), None)
