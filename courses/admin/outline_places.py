"""Where a lesson or a module can stand, as words for buttons: `put:lesson:5:3:7` is behind lesson 7 in module 3."""

from itertools import groupby
from typing import Any

from courses import arranging
from courses.models import Course, Lesson, Module

Row = Lesson | Module
Place = tuple[int, int]  # module (0 for a module's own place) and the row before, 0 for none


def place_of(row: Row) -> Place:
    """Where it stands now, archived rows counted."""
    order = (
        arranging.lessons_of(row.module) if isinstance(row, Lesson) else arranging.modules_of(row.course_id)
    )
    keys = [one.pk for one in order]
    index = keys.index(row.pk)
    return (row.module_id if isinstance(row, Lesson) else 0), (keys[index - 1] if index else 0)


def word(row: Row, place: Place) -> str:
    return f"put:{type(row).__name__.lower()}:{row.pk}:{place[0]}:{place[1]}"


def places(row: Row) -> list[Place]:
    """Every place it could have among what is not archived, from the top down."""
    modules = Module.objects.filter(course=row.course_id, archived_at=None).order_by("position", "pk")
    if isinstance(row, Module):
        return [(0, 0), *((0, one.pk) for one in modules if one.pk != row.pk)]
    inside = lessons(row)
    return [
        (module.pk, before)
        for module in modules
        for before in [0, *(one.pk for one in inside.get(module.pk, []))]
    ]


def lessons(row: Lesson) -> dict[int, list[Lesson]]:
    """The other lessons of its course by module."""
    found = (
        Lesson.objects.filter(course=row.course_id, archived_at=None)
        .exclude(pk=row.pk)
        .only("title", "module", "course", "key")
        .order_by("module", "position", "pk")
    )
    return {key: list(group) for key, group in groupby(found, key=lambda one: one.module_id)}


def neighbor(row: Row, *, up: bool) -> Place | None:
    """One place further up or down; at the end of its module a lesson goes on into the next one."""
    every = places(row)
    here = shown_place(row)
    if here not in every:
        return None
    there = every.index(here) + (-1 if up else 1)
    return every[there] if 0 <= there < len(every) else None


def shown_place(row: Row) -> Place:
    """Where it stands now among what is not archived."""
    rows: Any = (
        type(row)._default_manager.filter(archived_at=None).exclude(pk=row.pk).order_by("position", "pk")
    )
    around = (
        rows.filter(module=row.module_id) if isinstance(row, Lesson) else rows.filter(course=row.course_id)
    )
    before = [one.pk for one in around.only("position") if (one.position, one.pk) < (row.position, row.pk)]
    return (row.module_id if isinstance(row, Lesson) else 0), (before[-1] if before else 0)


def choices(lesson: Lesson, course: Course) -> list[tuple[str, list[tuple[str, str]]]]:
    """For a list to choose from: by module, each place as (word, what it is)."""
    inside = lessons(lesson)
    here = shown_place(lesson)
    found = []
    for module in course.modules.filter(archived_at=None).order_by("position", "pk"):
        every = [
            ((module.pk, 0), "First"),
            *(((module.pk, one.pk), f"After {one.title}") for one in inside.get(module.pk, [])),
        ]
        found.append((module.title, [(word(lesson, place), said) for place, said in every if place != here]))
    return found
