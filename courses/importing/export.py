"""A course and the plain pages written out as the text files they could have come from."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from courses.importing import parts
from courses.models import Course, Exercise, Lesson, Module, Page


def course(course: Course, folder: Path) -> int:
    """Write all of a course below `folder`; how many files. Again: the same files with the same text.

    Drafts are written too, archived lessons are not.
    """
    files = {"course.toml": toml(front(course))}
    for number, module in enumerate(course.modules.filter(archived_at=None), 1):
        files |= module_files(module, f"modules/{number:02d}-{module.slug}")
    for one in course.exercises.all():
        files[f"exercises/{one.key}-{one.slug}.md"] = document(exercise(one), "")
    for drawing in course.illustrations.all():
        files[f"images/{drawing.name}.svg"] = drawing.svg
    return written(folder, files)


def pages(folder: Path) -> int:
    """Write the plain pages. Again: the same files."""
    found = {
        f"{one.slug}.md": document(
            kept({"slug": one.slug, "title": one.title, "description": one.description}), one.body
        )
        for one in Page.objects.all()
    }
    return written(folder, found)


def module_files(module: Module, folder: str) -> dict[str, str]:
    head = {"key": module.key, "slug": module.slug, "title": module.title, "summary": module.summary}
    files = {f"{folder}/module.toml": toml(kept(head))}
    for number, one in enumerate(module.lessons.filter(archived_at=None), 1):
        files[f"{folder}/{number:02d}-{one.slug}.md"] = document(lesson(one), one.body)
    return files


def front(course: Course) -> dict[str, Any]:
    sections = course.sections.values("key", "heading", "body", "aside")
    prices = course.prices.offered().values("key", *parts.PRICE)
    return {
        "slug": course.slug,
        **kept(parts.read(course, parts.COURSE)),
        "prices": [kept(dict(one)) for one in prices],
        "sections": [kept(dict(one)) for one in sections],
        "questions": list(course.questions.values("question", "answer")),
    }


def lesson(one: Lesson) -> dict[str, Any]:
    return kept({"key": one.key, **parts.read(one, (*parts.LESSON, *parts.CHILDREN))})


def exercise(one: Exercise) -> dict[str, Any]:
    return kept({"key": one.key, **parts.read(one, parts.EXERCISE)})


def kept(values: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def document(head: dict[str, Any], body: str) -> str:
    return f"+++\n{toml(head)}+++\n{body}".rstrip() + "\n"


def written(folder: Path, files: dict[str, str]) -> int:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(files)


def toml(values: dict[str, Any]) -> str:
    """As TOML: plain values first, then tables, then lists of tables, because what follows a table belongs to it."""
    plain = {name: value for name, value in values.items() if not is_table(value) and not is_tables(value)}
    lines = [f"{name} = {literal(value)}" for name, value in plain.items()]
    for name, value in values.items():
        if is_tables(value):
            for one in value:
                lines += [f"[[{name}]]", *pairs(one)]
    for name, value in values.items():
        if is_table(value):
            lines += [f"[{name}]", *pairs(value)]
    return "\n".join(lines) + "\n"


def pairs(values: dict[str, Any]) -> Iterable[str]:
    return (f"{name} = {literal(value)}" for name, value in values.items())


def is_table(value: Any) -> bool:
    return isinstance(value, dict)


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return (
            long_text(value)
            if "\n" in value
            else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        )
    if isinstance(value, list):
        return f"[{', '.join(literal(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(pairs(value))} }}"
    return str(value.isoformat())  # a date or a moment


def long_text(value: str) -> str:
    """Between three quotes, the first line break dropped by the reader; a backslash or three quotes are escaped."""
    escaped = value.replace("\\", "\\\\").replace('"""', '""\\"').replace("\r", "\\r")
    if escaped.endswith('"'):
        escaped = f'{escaped[:-1]}\\"'
    return f'"""\n{escaped}"""'
