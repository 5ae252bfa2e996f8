"""Reading with joins, so that a page costs the same few queries however long the course is."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery

from accounts.models import User
from courses import rules, waiting
from courses.models import (
    Check,
    Enrolment,
    Exercise,
    Grant,
    Illustration,
    Lesson,
    LessonProgress,
    Material,
    Opening,
    Picture,
)

Visitor = User | AnonymousUser


@dataclass(frozen=True)
class Row:
    """One lesson as an outline needs it, with what one student did with it."""

    id: int
    course_id: int
    course_slug: str
    module_id: int
    module_position: int
    module_title: str
    module_summary: str
    key: str
    slug: str
    title: str
    goal: str
    minutes: int
    status: str
    preview: bool
    release_days: int
    release_at: dt.datetime | None
    release_after_lesson_id: int | None
    release_after_module_id: int | None
    release_by: str
    exercise_keys: list[str]
    first_seen_at: dt.datetime | None
    seen_at: dt.datetime | None
    done_at: dt.datetime | None
    read_percent: int | None
    video_seconds: int | None
    opened_at: dt.datetime | None

    @property
    def is_written(self) -> bool:
        return self.status == Lesson.Status.PUBLISHED

    @property
    def rule(self) -> rules.Rule:
        return rules.Rule(
            self.release_days,
            self.release_at,
            self.release_after_lesson_id,
            self.release_after_module_id,
            self.release_by,
        )


class Standing:
    """One student's course by what has to be done first, from the rows of its outline, without a query."""

    def __init__(self, found: Iterable[Row]) -> None:
        self.by_id: dict[int, Row] = {}
        self.by_module = defaultdict[int, list[Row]](list)
        for row in found:
            if row.is_written:
                self.by_id[row.id] = row
                self.by_module[row.module_id].append(row)

    def first(self, row: Row) -> list[Row]:
        """The lessons to be done before this one."""
        lesson, module = row.release_after_lesson_id, row.release_after_module_id
        found = self.by_module.get(module, []) if module else []
        if lesson in self.by_id:
            found = [self.by_id[lesson]]
        return [one for one in found if one.id != row.id]

    def awaited(self, row: Row) -> rules.Awaited:
        return rules.awaited([one.done_at for one in self.first(row)])


PLAIN = ("id", "course_id", "module_id", "key", "slug", "title", "goal", "minutes", "status", "preview")
RULE = ("release_days", "release_at", "release_after_lesson_id", "release_after_module_id", "release_by")


def rows(course_ids: Collection[int], enrolment_ids: Collection[int], *, drafts: bool = False) -> list[Row]:
    """All listed lessons of these courses in order: one query. At most one enrolment a course. `drafts` come too
    where somebody looks at what is to be."""
    mine = enrolment_ids or [0]  # an empty list would make Django drop the lessons with the joins
    wanted = Lesson.objects.kept() if drafts else Lesson.objects.listed()
    found = (
        wanted.filter(course__in=course_ids)
        .order_by("course", "module__position", "position", "pk")
        .annotate(
            step=FilteredRelation("progress", condition=Q(progress__enrolment__in=mine)),
            opening=FilteredRelation("openings", condition=Q(openings__enrolment__in=mine)),
        )
        .values(
            *PLAIN,
            *RULE,
            "exercise_keys",
            course_slug=F("course__slug"),
            module_position=F("module__position"),
            module_title=F("module__title"),
            module_summary=F("module__summary"),
            first_seen_at=F("step__first_seen_at"),
            seen_at=F("step__last_seen_at"),
            done_at=F("step__done_at"),
            read_percent=F("step__read_percent"),
            video_seconds=F("step__video_seconds"),
            opened_at=F("opening__opened_at"),
        )
    )
    return [Row(**row) for row in found]


@dataclass(frozen=True)
class Found:
    """A lesson with its course and module; the reader's enrolment if that gives access; since when it is open for
    ever for them, by an Opening or because they began it."""

    lesson: Lesson
    enrolment: Enrolment | None = None
    open_since: dt.datetime | None = None
    awaited: rules.Awaited = rules.NOTHING


def lesson(*, course_slug: str, lesson_slug: str, user: Visitor) -> Found | None:
    """Any lesson of that address, drafts too, with what decides whether it is open: one query."""
    of_reader = {"lesson": OuterRef("pk"), "enrolment__user": user.pk}
    active = Grant.objects.active().filter(enrolment__course=OuterRef("course"), enrolment__user=user.pk)
    annotated: Any = (  # django-stubs does not know that a filtered relation can be selected
        Lesson.objects.filter(course__slug=course_slug, slug=lesson_slug).annotate(
            seat=FilteredRelation("course__enrolments", condition=Q(course__enrolments__user=user.pk)),
            has_access=Exists(active),
            opened_at=Subquery(Opening.objects.filter(**of_reader).values("opened_at")),
            begun_at=Subquery(LessonProgress.objects.filter(**of_reader).values("first_seen_at")),
            **waiting.annotations(user.pk),
        )
    )
    one: Lesson | None = annotated.select_related("course", "module", "seat").first()
    if one is None:
        return None
    seat: Enrolment | None = getattr(one, "seat", None)
    if seat is None or not getattr(one, "has_access", False) or not isinstance(user, User):
        return Found(one)
    seat.user, seat.course = user, one.course
    known = [moment for moment in (getattr(one, "opened_at", None), getattr(one, "begun_at", None)) if moment]
    return Found(one, seat, min(known, default=None), waiting.of_annotated(one))


def exercises(course_id: int, keys: Collection[str]) -> dict[str, Exercise]:
    return {one.key: one for one in Exercise.objects.filter(course=course_id, key__in=keys)} if keys else {}


def drawings(course_id: int, names: Collection[str]) -> dict[str, str]:
    """SVG by name."""
    found = Illustration.objects.filter(course=course_id, name__in=names)
    return dict(found.values_list("name", "svg")) if names else {}


def pictures(course_id: int, names: Collection[str]) -> dict[str, Picture]:
    return (
        {one.name: one for one in Picture.objects.filter(course=course_id, name__in=names)} if names else {}
    )


def checks(lesson_id: int, enrolment_id: int | None) -> list[tuple[Check, int | None]]:
    """The lesson's self-checks in order, each with the index of the latest answer."""
    found = (
        Check.objects.filter(lesson=lesson_id)
        .annotate(mine=FilteredRelation("given", condition=Q(given__enrolment=enrolment_id)))
        .annotate(chosen=F("mine__chosen"))
    )
    return [(check, getattr(check, "chosen", None)) for check in found]


def materials(lesson_ids: Collection[int]) -> list[Material]:
    """Things to take along, in the order of the lessons; without their text, with lesson and course."""
    found = (
        Material.objects.filter(lesson__in=lesson_ids)
        .select_related("lesson__course")
        .defer("body", "lesson__body")
    )
    return (
        list(found.order_by("lesson__module__position", "lesson__position", "position")) if lesson_ids else []
    )
