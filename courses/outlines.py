"""An outline as templates draw it: lessons with their state in words, modules, the rope, the sums."""

import datetime as dt
from dataclasses import dataclass, field

BREAK = "after your break"
LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Waits:
    """Why a lesson is closed: `opens` a day (or empty), `joint` and `title` what is done first, `url` where."""

    opens: str
    joint: str = ""
    title: str = ""
    url: str = ""

    @property
    def lead(self) -> str:
        """`Opens Tue Nov 24, 9:00 your time, after`, or `After`: what stands before the title."""
        said = f"{self.opens}{self.joint}"
        begins = not self.opens or self.opens == BREAK
        return f"{said[:1].upper()}{said[1:]}" if begins else f"Opens {said}"

    @property
    def words(self) -> str:
        return f"{self.lead} “{self.title}”" if self.title else self.lead


@dataclass(frozen=True)
class LessonLine:
    """A lesson in an outline. `state` is one of done, in-progress, new, opens, after, preview, in-course, in-writing.

    `opens` is sure to open at `opens_at`; `after` waits for something to be done, and nobody knows when that will be.
    """

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
    opens_by: str  # its rule in words, for who looks at the course from outside
    opens_at: dt.datetime | None
    seen_at: dt.datetime | None
    read_percent: int
    video_seconds: int
    exercise_keys: tuple[str, ...]
    module_number: int
    module_title: str
    here: bool = False
    waits: Waits | None = None

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
        number = len(self.written)
        return (
            f"{self.done} of {number} lesson{'' if number == 1 else 's'} done" if number else "Being written"
        )

    @property
    def folded(self) -> bool:
        """Folded in the list: neither the open page nor anything to read next is in it."""
        return self.state in {"done", "later"} and not any(lesson.here for lesson in self.lessons)

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
