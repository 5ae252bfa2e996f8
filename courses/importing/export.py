"""A course, its letters and the plain pages written out as the text files they could have come from.

The same rows give the same bytes, on every database: what a database orders in its own way is put into ours.
"""

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db.models.fields.files import FieldFile

from courses import fields, rules
from courses.importing import media, parts, photographs
from courses.models import Course, Exercise, Lesson, Module, Page
from mailing import publish
from mailing.models import Sequence

Files = dict[str, str | FieldFile]  # by their names: a text, or where a film lies
# The order of what stands in JSON: PostgreSQL keeps one of its own there.
INNER = {name: place for place, name in enumerate(("code", "text", *fields.DOSE))}
FENCE = re.compile(r"^([^\S\n]*)\+(?=\+\+[^\S\n]*$)", re.MULTILINE)  # would end the front matter
FENCED = r"\1\\u002b"
QUOTES = re.compile(r'"(?="|\Z)')
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def course(course: Course, folder: Path) -> int:
    """Write all of a course below `folder`; how many files. Again: the same files with the same text.

    Drafts are written too, archived lessons are not. Raises BadContent when a film or sheet is not in its storage.
    """
    return written(folder, course_files(course))


def course_files(course: Course) -> Files:
    files: Files = {"course.toml": toml(front(course))}
    modules = course.modules.filter(archived_at=None)
    for number, module in enumerate(modules, 1):
        files |= module_files(module, f"modules/{numbered(number, len(modules))}-{module.slug}")
    for one in course.exercises.all():
        files[f"exercises/{one.key}-{one.slug}.md"] = document(exercise(one), "")
    for drawing in course.illustrations.all():
        files[f"images/{drawing.name}.svg"] = drawing.svg
    for photo in photographs.of_course(course):
        stem = f"pictures/{photo.name}"
        files[f"{stem}.{photographs.ending(photo)}"] = photo.file
        files[f"{stem}.toml"] = toml(photographs.said(photo))
    return files


def numbered(number: int, of: int) -> str:
    """So wide that the names sort as the numbers do."""
    return f"{number:0{max(2, len(str(of)))}d}"


def pages(folder: Path) -> int:
    """Write the plain pages. Again: the same files."""
    return written(folder, page_files())


def page_files() -> dict[str, str]:
    return {
        f"{one.slug}.md": document(
            kept({"slug": one.slug, "title": one.title, "description": one.description}),
            parts.tidy(one.body),
        )
        for one in Page.objects.all()
    }


def letter_files(sequence: Sequence) -> dict[str, str]:
    """A sequence as its folder, with those letters that are in it and were published."""
    files = {"sequence.toml": toml(described(sequence))}
    steps = sequence.steps.filter(archived_at=None, revision__isnull=False).select_related("revision")
    for step in steps.order_by("position", "pk"):
        text = publish.text_of(step)
        if text is None:
            continue
        number = (
            f"{int(step.position):02d}" if step.position == int(step.position) else text.position.zfill(5)
        )
        about = "lesson" if sequence.kind == Sequence.Kind.DRIP else "page"
        said = asdict(text)
        head = {
            "key": step.key,
            **{name: said[name] for name in ("subject", "preheader", "day", "condition")},
        }
        files[f"{number}-{step.key}.md"] = document(
            kept({**head, about: text.subject_of}), parts.tidy(text.body)
        )
    return files


def described(sequence: Sequence) -> dict[str, Any]:
    names = ("title", "kind", "state", "weekdays", "anchor", "least_gap_hours")
    return {
        **{name: getattr(sequence, name) for name in names},
        "send_at": sequence.send_at.isoformat("minutes" if not sequence.send_at.second else "seconds"),
    }


def module_files(module: Module, folder: str) -> Files:
    head = {
        "key": module.key,
        "slug": module.slug,
        "title": module.title,
        "summary": parts.tidy(module.summary),
    }
    files: Files = {f"{folder}/module.toml": toml(kept(head))}
    lessons = module.lessons.filter(archived_at=None).prefetch_related("materials")
    for number, one in enumerate(lessons, 1):
        name = f"{folder}/{numbered(number, len(lessons))}-{one.slug}.md"
        files[name] = document(lesson(one), parts.tidy(one.body))
        files |= media.of_lesson(one)
    return files


def front(course: Course) -> dict[str, Any]:
    prices = course.prices.offered().values("key", *parts.PRICE)
    sections = course.sections.values("key", "heading", "body", "aside")
    asked = course.questions.values("question", "answer")
    return {
        "slug": course.slug,
        **kept(parts.read(course, parts.COURSE)),
        "prices": [kept(dict(one)) for one in prices],
        "sections": [kept({name: parts.tidy(str(text)) for name, text in one.items()}) for one in sections],
        "questions": [{**one, "answer": parts.tidy(one["answer"])} for one in asked],
    }


def lesson(one: Lesson) -> dict[str, Any]:
    values = {"key": one.key, **parts.read(one, (*parts.LESSON, *parts.CHILDREN))}
    files = {file: name for name, file in media.of_lesson(one).items()}
    values |= {kind: files[getattr(one, kind)] for kind in ("video", "captions") if getattr(one, kind)}
    values["sources"] = [ordered(source) for source in one.sources]
    texts = {page["slug"]: page for page in values["materials"]}
    values["materials"] = [
        texts.get(sheet.slug) or {"slug": sheet.slug, "title": sheet.title, "file": files[sheet.file]}
        for sheet in one.materials.all()
    ]
    if values["release_by"] == rules.LAST:  # the usual, which need not be said
        del values["release_by"]
    for name in parts.RULE_KEYS:  # nothing waits for what nobody can do
        values[name] = values[name] if may_be_done(getattr(one, name)) else ""
    return kept(values)


def may_be_done(first: Lesson | Module | None) -> bool:
    published = Lesson.objects.published()
    if isinstance(first, Module):
        return published.filter(module=first).exists()
    return first is not None and published.filter(pk=first.pk).exists()


def exercise(one: Exercise) -> dict[str, Any]:
    return kept({"key": one.key, **parts.read(one, parts.EXERCISE), "dose": ordered(one.dose)})


def kept(values: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def document(head: dict[str, Any], body: str) -> str:
    return f"+++\n{toml(head)}+++\n{body}".rstrip() + "\n"


def written(folder: Path, files: Mapping[str, str | FieldFile]) -> int:
    for name, said in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(said, str):
            path.write_text(said, encoding="utf-8", newline="")
        else:
            with said.storage.open(str(said.name), "rb") as source, path.open("wb") as into:
                shutil.copyfileobj(source, into)
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


def ordered(values: dict[str, Any]) -> dict[str, Any]:
    """What a JSON field holds, in an order that no database changes."""
    names = sorted(values, key=lambda name: (INNER.get(name, len(INNER)), name))
    return {name: values[name] for name in names}


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
    """Between three quotes, the first line break dropped by the reader; what would end it or is not seen is escaped."""
    escaped = QUOTES.sub(r'\\"', value.replace("\\", "\\\\"))
    escaped = UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
    return f'"""\n{FENCE.sub(FENCED, escaped)}"""'
