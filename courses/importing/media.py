"""Films, captions and sheets of lessons: files beside the texts, in media/. Compared by their bytes; a file that stands
at the desk is never replaced unless somebody chose so, because nothing tells who put it there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.db.models.fields.files import FieldFile

from courses import fields
from courses.importing.reading import CourseFiles, Entry
from courses.importing.report import BadContent, Change, Fate
from courses.importing.writer import Writer
from courses.models import Lesson, Material

KINDS = {"video": (*fields.FILM, *fields.SOUND), "captions": fields.CAPTIONS, "file": fields.SHEET}
WORDS = {"video": "film", "captions": "captions", "file": "file"}
STEP = 1024 * 1024


def of_lesson(lesson: Lesson) -> dict[str, FieldFile]:
    """The files of a lesson by the names they have in an export, which come from its slug. Raises BadContent."""
    found: dict[str, FieldFile] = {}
    for kind in ("video", "captions"):
        if file := getattr(lesson, kind):
            found[named(lesson.slug, file)] = file
    for one in lesson.materials.exclude(file=""):
        found[named(f"{lesson.slug}--{one.slug}", one.file)] = one.file
    if lost := [file.name for file in found.values() if not is_there(file)]:
        raise BadContent(
            [f"Lesson {lesson}: its file {name} is not in the storage any more." for name in lost]
        )
    return found


def is_there(file: FieldFile) -> bool:
    return bool(file.storage.exists(str(file.name)))


def named(stem: str, file: FieldFile) -> str:
    return f"media/{stem}.{str(file.name).rpartition('.')[2].lower()}"


def pointed_at(entry: Entry) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Each file that a lesson's front matter names: its kind, its name, the table it stands in."""
    for kind in ("video", "captions"):
        if kind in entry.head:
            yield kind, entry.head[kind], entry.head
    materials = entry.head.get("materials")
    for one in materials if isinstance(materials, list) else []:
        if isinstance(one, dict) and "file" in one:
            yield "file", one["file"], one


def faults(files: CourseFiles) -> Iterator[tuple[str, str]]:
    """The file and what is wrong in it."""
    shown: dict[str, str] = {}
    for entry in (lesson for part in files.modules for lesson in part.lessons):
        for kind, name, table in pointed_at(entry):
            path = files.media.get(name) if isinstance(name, str) else None
            if path is None:
                yield entry.file, f"{kind} “{name}” is not there; write it like media/name.ending."
            elif not is_what_it_says(path, kind):
                endings = " or ".join(dict.fromkeys(ending for ending, *_ in KINDS[kind]))
                yield entry.file, f"{kind} “{name}” must be a real {endings} file."
            elif name in shown:
                yield entry.file, f"{kind} “{name}” is already used by {shown[name]}."
            shown[str(name)] = entry.file
            if kind == "file" and table.get("body"):
                yield entry.file, f"material “{table.get('slug')}” has a text and a file; give either."
    for name in files.media:
        if name not in shown:
            yield files.course.file.replace("course.toml", name), "no lesson names this file."


def is_what_it_says(path: Path, kind: str) -> bool:
    with path.open("rb") as source:
        head = source.read(64)
    ending = path.suffix.lstrip(".").lower()
    return any(ending == name and head[at:].startswith(magic) for name, at, magic in KINDS[kind])


def put(writer: Writer, lesson: Lesson, entry: Entry, files: CourseFiles) -> None:
    """Each file of a lesson into its place, or left where another stands; sheets in the order of the front matter."""
    for kind, name, table in pointed_at(entry):
        path, called = files.media[name], f"{entry.file}: {WORDS[kind]} {name}"
        if kind == "file":
            put_sheet(writer, lesson, table, path, called)
        elif decide(writer, getattr(lesson, kind), path, called):
            write_file(writer, lesson, kind, path)
    if not writer.dry and any(kind == "file" for kind, *_ in pointed_at(entry)):
        for place, one in enumerate(entry.head["materials"], 1):
            lesson.materials.filter(slug=one["slug"]).update(position=place)


def put_sheet(writer: Writer, lesson: Lesson, table: dict[str, Any], path: Path, called: str) -> None:
    row = Material.objects.filter(lesson=lesson, slug=table["slug"]).first() if lesson.pk else None
    changed = (Change("title", row.title, table["title"]),) if row and row.title != table["title"] else ()
    if decide(writer, row.file if row else None, path, called, stands=row is not None, changed=changed):
        row = row or Material(lesson=lesson, slug=table["slug"], position=99)
        row.title, row.body = table["title"], ""
        write_file(writer, row, "file", path)


def decide(
    writer: Writer, file: FieldFile | None, path: Path, called: str, *, stands: bool = False,
    changed: tuple[Change, ...] = (),
) -> bool:  # fmt: skip
    """Tell the report what becomes of it; whether there is something to write."""
    if not file and not stands:
        fate, taken = Fate.ADDED, False
    elif file and not changed and is_same(file, path):
        fate, taken = Fate.SAME, False
    else:
        taken = called in writer.take
        fate = Fate.CHANGED if taken else Fate.KEPT
        size = f"{file.size:,} bytes" if file and is_there(file) else "no file"
        changed = (*changed, Change("file", size, f"{path.stat().st_size:,} bytes"))
    writer.tell(called, fate, changed, mark=str(file and file.name), taken=taken)
    return fate in (Fate.ADDED, Fate.CHANGED) and not writer.dry


def is_same(file: FieldFile, path: Path) -> bool:
    if not is_there(file) or file.size != path.stat().st_size:
        return False
    with file.storage.open(str(file.name), "rb") as ours, path.open("rb") as theirs:
        while piece := theirs.read(STEP):
            if ours.read(STEP) != piece:
                return False
    return True


def write_file(writer: Writer, row: Lesson | Material, kind: str, path: Path) -> None:
    """A new file in the storage, and the row names it. The one before stays: earlier versions may show it."""
    with path.open("rb") as source:
        field: FieldFile = getattr(row, kind)
        field.save(path.name, File(source), save=False)
    writer.saved.append((field.storage, str(field.name)))
    if isinstance(row, Lesson):
        Lesson.objects.filter(pk=row.pk).update(**{kind: field.name})
    else:
        row.save()
