"""Whether the rules of release in a course's files make sense: what is waited for is there, and nothing waits in a
circle."""

import datetime as dt
from collections.abc import Iterator

from courses import rules
from courses.importing.reading import CourseFiles, Entry
from courses.models import Lesson

SHAPE: dict[str, type] = {
    "release_at": dt.datetime, "release_after_lesson": str, "release_after_module": str, "release_by": str,
}  # fmt: skip


def faults(files: CourseFiles) -> Iterator[tuple[str, str]]:
    """The file and what is wrong in it."""
    lessons = {key(one): one for part in files.modules for one in part.lessons}
    modules = {key(part.module): [key(one) for one in part.lessons] for part in files.modules}
    first = {name: before(entry, modules) for name, entry in lessons.items()}
    for name, entry in lessons.items():
        for fault in of_one(entry, lessons, modules):
            yield entry.file, fault
        if (way := rules.circle(first, name)) and way != [name]:
            yield entry.file, f"waits for itself in a circle: {' after '.join([*way, name])}."


def of_one(entry: Entry, lessons: dict[str, Entry], modules: dict[str, list[str]]) -> Iterator[str]:
    head, own = entry.head, key(entry)
    after, module = head.get("release_after_lesson"), head.get("release_after_module")
    if after and module:
        yield "a lesson waits for one thing: release_after_lesson or release_after_module, not both."
    if head.get("release_by", rules.LAST) not in (rules.FIRST, rules.LAST):
        yield f"release_by is “{head['release_by']}”; it may be {rules.FIRST}, {rules.LAST}."
    if after and after == own:
        yield "release_after_lesson: a lesson cannot wait for itself."
    elif after and not is_published(lessons.get(str(after))):
        yield f"release_after_lesson: “{after}” is not the key of a published lesson."
    if module and own in modules.get(str(module), []):
        yield "release_after_module: a lesson cannot wait for the module it stands in."
    elif module and not any(is_published(lessons[one]) for one in modules.get(str(module), [])):
        yield f"release_after_module: “{module}” is not the key of a module with a published lesson."


def before(entry: Entry, modules: dict[str, list[str]]) -> list[str]:
    """The keys of what is done first."""
    if after := entry.head.get("release_after_lesson"):
        return [str(after)]
    return modules.get(str(entry.head.get("release_after_module")), [])


def key(entry: Entry) -> str:
    return str(entry.head.get("key", ""))


def is_published(entry: Entry | None) -> bool:
    return entry is not None and entry.head.get("status") == Lesson.Status.PUBLISHED
