"""What has to be done before a lesson opens, and who has done it: of one lesson, of many students at once.

Of one student's outline `queries.Standing` knows it without a query.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from courses.models import Enrolment, Lesson, LessonProgress, Module
from courses.rules import NOTHING, Awaited, awaited, circle


def annotations(user_id: int | None) -> dict[str, Any]:
    """For a query of lessons: what `of_annotated` reads for one user."""
    first = Lesson.objects.published().filter(
        Q(pk=OuterRef("release_after_lesson")) | Q(module=OuterRef("release_after_module"))
    )
    first = first.exclude(pk=OuterRef("pk"))
    done = LessonProgress.objects.filter(enrolment__user=user_id, done_at__isnull=False)
    latest = done.filter(
        Q(lesson=OuterRef("release_after_lesson")) | Q(lesson__module=OuterRef("release_after_module")),
        lesson__status=Lesson.Status.PUBLISHED,
        lesson__archived_at=None,
    ).exclude(lesson=OuterRef("pk"))
    return {
        "is_awaited": Exists(first),
        "is_left": Exists(first.exclude(pk__in=done.values("lesson"))),
        "awaited_done_at": Subquery(latest.order_by("-done_at").values("done_at")[:1]),
    }


def of_annotated(lesson: Lesson) -> Awaited:
    if not getattr(lesson, "is_awaited", False):
        return NOTHING
    return Awaited(
        True, None if getattr(lesson, "is_left", True) else getattr(lesson, "awaited_done_at", None)
    )


class Crowd:
    """How many students stand before some lessons: two queries, none when no lesson waits for another."""

    def __init__(
        self, lessons: Collection[Lesson], enrolments: "Collection[int] | QuerySet[Enrolment]"
    ) -> None:
        self.first = firsts(lessons)
        self.done = defaultdict[int, dict[int, dt.datetime | None]](dict)
        everything = {pk for pks in self.first.values() for pk in pks}
        if not everything:
            return
        rows = LessonProgress.objects.filter(enrolment__in=enrolments, lesson__in=everything)
        for enrolment, lesson, done_at in rows.values_list("enrolment", "lesson", "done_at"):
            self.done[enrolment][lesson] = done_at

    def awaited(self, enrolment: Enrolment, lesson: Lesson) -> Awaited:
        mine = self.done.get(enrolment.pk, {})
        return awaited([mine.get(pk) for pk in self.first.get(lesson.pk, [])])


def firsts(lessons: Collection[Lesson]) -> dict[int, list[int]]:
    """By lesson, the ids of what is done first: one query, none when no lesson waits."""
    rules = {one.pk: one.rule for one in lessons if one.rule.waits}
    if not rules:
        return {}
    found = Lesson.objects.published().filter(
        Q(pk__in=[rule.after_lesson for rule in rules.values() if rule.after_lesson])
        | Q(module__in=[rule.after_module for rule in rules.values() if rule.after_module])
    )
    published = list(found.values_list("pk", "module"))
    return {
        lesson: [
            pk
            for pk, module in published
            if pk != lesson and (pk == rule.after_lesson or module == rule.after_module)
        ]
        for lesson, rule in rules.items()
    }


def in_a_circle(lesson: Lesson, *, module: Module | None = None) -> list[str]:
    """The titles on the way by which a lesson, with the rule and the module it has in memory (or that module), waits
    for itself; empty if it does not. Drafts count: they may be published any day. One query at most."""
    if not lesson.rule.waits or lesson.pk is None:
        return []
    if module is not None:
        lesson.module_id = module.pk
    others = list(Lesson.objects.kept().filter(course=lesson.course_id).exclude(pk=lesson.pk).defer("body"))
    everything = {one.pk: one for one in [*others, lesson]}
    modules = defaultdict[int, list[int]](list)
    for one in everything.values():
        modules[one.module_id].append(one.pk)
    first: dict[int, list[int]] = {}
    for one in everything.values():
        rule = one.rule
        pks = [rule.after_lesson] if rule.after_lesson else modules.get(rule.after_module or 0, [])
        first[one.pk] = [pk for pk in pks if pk != one.pk or rule.after_lesson]
    return [everything[pk].title for pk in circle(first, lesson.pk) if pk in everything]
