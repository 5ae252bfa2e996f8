"""The order of a course and what stands in it: moved, added, copied, put away and brought back at the desk.

Every change of order locks the course's row first, and is refused (Stale) when the order is no longer the one that the
person looked at. Moving changes order and numbers alone: progress, letters and the rule by which a lesson opens hang on
its key and stay as they are. What is open by what somebody has done in a module is written down before it grows.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from courses import release, waiting
from courses.models import Course, Lesson, Module

NOT_COPIED = {"id", "key", "slug", "title", "position", "status", "preview", "source_hash", "archived_at"}


class Circle(ValueError):
    """Then lessons would wait for each other for ever; the words say which. Nothing was changed."""


class Stale(ValueError):
    """Somebody else changed the order since it was looked at. Nothing was changed."""


def arrangement(course_id: int) -> str:
    """A mark of the order as it stands: the same order has the same mark. Two queries."""
    modules = Module.objects.filter(course=course_id).order_by("position", "pk").values_list("pk", flat=True)
    lessons = (
        Lesson.objects.filter(course=course_id)
        .order_by("module__position", "module", "position", "pk")
        .values_list("module", "pk")
    )
    return mark(modules, lessons)


def mark(modules: Iterable[int], lessons: Iterable[tuple[int, int]]) -> str:
    """The mark of modules in order, and of (module, lesson) in order."""
    return hashlib.sha256(repr((list(modules), list(lessons))).encode()).hexdigest()[:16]


def lock(course_id: int) -> None:
    Course.objects.select_for_update().get(pk=course_id)


def check(course_id: int, seen: str) -> None:
    """Raises Stale unless the course is still in the order that was seen; an empty mark asks for nothing."""
    if seen and seen != arrangement(course_id):
        raise Stale


@transaction.atomic
def move_lesson(
    *, lesson: Lesson, module: Module, after: Lesson | None, now: dt.datetime, seen: str = ""
) -> bool:
    """Put a lesson behind another one of that module, or first. Whether anything moved.

    The second call finds it there and changes nothing. Locks the course. Raises Stale, or Circle when a lesson that
    waits for that module comes before it. What is open for somebody by what they have done stays open.
    """
    lock(lesson.course_id)
    lesson = Lesson.objects.only("pk", "course", "module", "position").get(pk=lesson.pk)
    if module.course_id != lesson.course_id:
        raise Stale
    order = [one for one in lessons_of(module) if one.pk != lesson.pk]
    place = place_behind(order, after)
    if lesson.module_id == module.pk and [one.pk for one in lessons_of(module)].index(lesson.pk) == place:
        return False
    check(lesson.course_id, seen)
    left_behind = [one for one in lessons_of(lesson.module) if one.pk != lesson.pk]
    if lesson.module_id != module.pk:
        release.hold(course=module.course, now=now)
    lesson.module = module
    if way := waiting.in_a_circle(Lesson.objects.get(pk=lesson.pk), module=module):
        raise Circle(f"They would wait for each other for ever: {', after '.join([*way, way[0]])}.")
    lesson.position = 0  # no place of its own yet, so that it is written also where the number stays the same
    order.insert(place, lesson)
    number(order, ["position", "module"])
    if left_behind and left_behind[0].module_id != module.pk:
        number(left_behind, ["position"])
    return True


@transaction.atomic
def move_module(*, module: Module, after: Module | None, seen: str = "") -> bool:
    """Put a module with its lessons behind another one, or first. Whether anything moved.

    The second call finds it there and changes nothing. Locks the course. Raises Stale.
    """
    lock(module.course_id)
    before = modules_of(module.course_id)
    order = [one for one in before if one.pk != module.pk]
    place = place_behind(order, after)
    if [one.pk for one in before].index(module.pk) == place:
        return False
    check(module.course_id, seen)
    order.insert(place, before[[one.pk for one in before].index(module.pk)])
    number(order, ["position"])
    return True


def lessons_of(module: Module) -> list[Lesson]:
    found = Lesson.objects.filter(module=module).order_by("position", "pk")
    return list(found.only("pk", "course", "module", "position"))


def modules_of(course_id: int) -> list[Module]:
    return list(Module.objects.filter(course=course_id).order_by("position", "pk"))


def place_behind(order: Sequence[Any], after: Any) -> int:
    """Where in `order` something behind `after` stands. Raises Stale when that is not there any more."""
    if after is None:
        return 0
    keys = [one.pk for one in order]
    if after.pk not in keys:
        raise Stale
    return keys.index(after.pk) + 1


def number(order: Sequence[Any], fields: list[str]) -> None:
    """Positions 1, 2, 3 … in this order; only rows that get another one are written."""
    changed = []
    for position, one in enumerate(order, 1):
        if one.position != position:
            one.position = position
            changed.append(one)
    if changed:
        type(changed[0])._default_manager.bulk_update(changed, fields)


@transaction.atomic
def add_module(*, course: Course, title: str, seen: str = "") -> Module:
    """A new, empty module at the end. The second call with the same mark raises Stale, so a double press adds one."""
    lock(course.pk)
    check(course.pk, seen)
    taken = set(Module.objects.filter(course=course).values_list("key", flat=True))
    slugs = set(Module.objects.filter(course=course).values_list("slug", flat=True))
    return Module.objects.create(
        course=course,
        title=title,
        key=free("m{}", taken),
        slug=free_slug(title, "module", slugs),
        position=end(Module.objects.filter(course=course)),
    )


@transaction.atomic
def add_lesson(*, module: Module, title: str, seen: str = "") -> Lesson:
    """A new draft at the end of the module. The second call with the same mark raises Stale."""
    lock(module.course_id)
    check(module.course_id, seen)
    return Lesson.objects.create(
        course_id=module.course_id,
        module=module,
        title=title,
        position=end(module.lessons),
        status=Lesson.Status.DRAFT,
        **names(module, title),
    )


@transaction.atomic
def copy_lesson(*, lesson: Lesson, seen: str = "") -> Lesson:
    """A draft with the same texts, film, questions and sheets, right behind the lesson; key and slug are its own.

    The second call with the same mark raises Stale: a double press makes one copy. Files are shared, not doubled: a
    file that is replaced gets a new name, so neither lesson changes the other's.
    """
    lock(lesson.course_id)
    check(lesson.course_id, seen)
    lesson = Lesson.objects.select_related("module").get(pk=lesson.pk)
    title = f"{lesson.title[:112]} (copy)"
    same = {
        field.attname: getattr(lesson, field.attname)
        for field in Lesson._meta.concrete_fields
        if field.name not in NOT_COPIED
    }
    made = Lesson.objects.create(
        **same,
        **names(lesson.module, title),
        title=title,
        position=lesson.position,
        status=Lesson.Status.DRAFT,
    )
    for rows in (lesson.checks.all(), lesson.materials.all()):
        for row in rows:
            row.pk, row.lesson, row._state.adding = None, made, True
            row.save()
    order = [one for one in lessons_of(lesson.module) if one.pk != made.pk]
    order.insert(place_behind(order, lesson), made)
    number(order, ["position"])
    return made


@transaction.atomic
def archive(*, row: Lesson | Module, now: dt.datetime) -> bool:
    """Out of sight; progress and letters stay, and so does open what it has opened. Whether it was in sight. The
    second call keeps the first moment."""
    release.hold(course=row.course, now=now)
    return bool(type(row)._default_manager.filter(pk=row.pk, archived_at=None).update(archived_at=now))


@transaction.atomic
def restore(*, row: Lesson | Module, now: dt.datetime) -> bool:
    """Back in its place; what is open for somebody meanwhile stays open. Whether it was archived. The second call
    changes nothing."""
    release.hold(course=row.course, now=now)
    kept = type(row)._default_manager.filter(pk=row.pk, archived_at__isnull=False)
    return bool(kept.update(archived_at=None))


def end(rows: Any) -> int:
    """The position behind all of these."""
    return int(rows.aggregate(last=Max("position"))["last"] or 0) + 1


def names(module: Module, title: str) -> dict[str, str]:
    """A key and a slug that no lesson of the course has, archived ones among them: 3.4 in the module m3."""
    taken = Lesson.objects.filter(course=module.course_id).values_list("key", "slug")
    keys, slugs = {key for key, _ in taken}, {slug for _, slug in taken}
    stem = re.sub(r"\D", "", module.key)[:8] or str(module.position)
    return {"key": free(f"{stem}.{{}}", keys), "slug": free_slug(title, "lesson", slugs)}


def free(pattern: str, taken: Collection[str]) -> str:
    """The pattern with the number behind the highest one that is taken."""
    shape = re.compile(re.escape(pattern).replace(r"\{\}", r"(\d{1,6})"))
    used = [int(found[1]) for found in map(shape.fullmatch, taken) if found]
    return pattern.format(max(used, default=0) + 1)


def free_slug(title: str, word: str, taken: Collection[str]) -> str:
    base = slugify(title)[:44].strip("-") or word
    number = 2
    slug = base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
