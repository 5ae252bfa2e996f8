"""Checked files into rows: made or changed when the files say so, left alone when somebody edited them since."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model

from courses import release
from courses.importing import checking, parts
from courses.importing.reading import CourseFiles, Entry
from courses.importing.report import BadContent, Report
from courses.models import Course, Exercise, Illustration, Lesson, Module, Page, Price, Question, Section
from coursesite.lib import svg


def digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


@dataclass
class Writer:
    """Puts rows in place and tells the report; `seen` are the rows the files still name."""

    report: Report
    now: dt.datetime

    def __post_init__(self) -> None:
        self.seen: dict[type[Model], set[int]] = {}

    def put(self, model: type[Any], where: dict[str, Any], values: dict[str, Any], name: str) -> Any:
        """The row found by `where`, made or brought to `values` unless it was edited by hand."""
        row = model.objects.filter(**where).first()
        wanted = digest(values)
        if row is None:
            row = self.save(model(**where), values, wanted)
            self.report.added.append(name)
        elif (current := digest(parts.read(row, values))) == wanted:
            self.adopt(row, wanted)
        elif row.source_hash != current:
            self.report.kept.append(name)
        else:
            self.save(row, values, wanted)
            self.report.changed.append(name)
        self.seen.setdefault(model, set()).add(row.pk)
        return row

    def save(self, row: Any, values: dict[str, Any], wanted: str) -> Any:
        if row.pk and isinstance(row, Lesson):
            release.reschedule(lesson=row, release_days=values["release_days"], now=self.now)
        row.source_hash = wanted
        if hasattr(row, "archived_at"):
            row.archived_at = None
        parts.write(row, values)
        return row

    def adopt(self, row: Any, wanted: str) -> None:
        """The row says what the file says; a row once archived is wanted again."""
        self.report.same += 1
        if row.source_hash != wanted or getattr(row, "archived_at", None):
            row.source_hash = wanted
            if hasattr(row, "archived_at"):
                row.archived_at = None
            row.save()

    def retire(self, rows: Any, model: type[Any]) -> None:
        """What the files no longer name: lessons, modules, prices are archived, words deleted; edited rows are kept."""
        for row in rows.exclude(pk__in=self.seen.get(model, set())).exclude(source_hash=""):
            if hasattr(row, "archived_at"):
                self.archive(row, model)
            elif digest(parts.read(row, parts.names(row))) == row.source_hash:
                row.delete()
                self.report.archived.append(str(row))
            else:
                self.report.kept.append(str(row))

    def archive(self, row: Any, model: type[Any]) -> None:
        """Where being archived is part of what the files say, it counts as theirs, not as an edit."""
        if row.archived_at is not None:
            return
        is_ours = digest(parts.read(row, parts.names(row))) == row.source_hash
        row.archived_at = self.now
        mark = digest(parts.read(row, parts.names(row))) if is_ours else row.source_hash
        model.objects.filter(pk=row.pk).update(archived_at=self.now, source_hash=mark)
        self.report.archived.append(str(row))


def course(files: CourseFiles, *, now: dt.datetime, strict: bool = False) -> Report:
    """Take one course in, wholly or not at all. The second call with the same files changes nothing.

    Raises BadContent, and then every row is as it was. `strict`: an unfinished drawing is an error too.
    """
    told = checking.course(files)
    refuse(told, strict=strict)
    report = Report(files.course.head["slug"], warnings=told.warnings)
    writer = Writer(report, now)
    try:
        with transaction.atomic():
            write_course(writer, files)
    except IntegrityError as error:
        raise BadContent([f"{files.course.file}: two rows would claim the same name ({error})."]) from error
    return report


def refuse(faults: checking.Faults, *, strict: bool) -> None:
    wrong = faults.errors + (faults.warnings if strict else [])
    if wrong:
        raise BadContent(wrong)


def write_course(writer: Writer, files: CourseFiles) -> None:
    head = files.course.head
    made: Course = writer.put(Course, {"slug": head["slug"]}, parts.course(head), files.course.file)
    for position, one in enumerate(head.get("sections", []), 1):
        where = {"course": made, "key": one["key"]}
        writer.put(Section, where, parts.section(one, position), f"section {one['key']}")
    for position, one in enumerate(head.get("questions", []), 1):
        where = {"course": made, "question": one["question"]}
        writer.put(Question, where, parts.question(one, position), f"question {position}")
    for position, one in enumerate(head.get("prices", []), 1):
        where = {"course": made, "key": one["key"]}
        writer.put(Price, where, parts.price(one, position), f"price {one['key']}")
    for entry in files.exercises:
        writer.put(
            Exercise, {"course": made, "key": entry.head["key"]}, parts.exercise(entry.head), entry.file
        )
    for entry in files.images:
        where = {"course": made, "name": entry.head["name"]}
        writer.put(Illustration, where, {"svg": svg.clean(entry.body)}, entry.file)
    for position, part in enumerate(files.modules, 1):
        write_module(writer, made, part.module, position, part.lessons)
    for model in (Section, Question, Price, Lesson, Module):
        writer.retire(model._default_manager.filter(course=made), model)


def write_module(writer: Writer, made: Course, entry: Entry, position: int, lessons: list[Entry]) -> None:
    where = {"course": made, "key": entry.head["key"]}
    module: Module = writer.put(Module, where, parts.module(entry.head, position), entry.file)
    for place, one in enumerate(lessons, 1):
        values = parts.lesson(one.head, one.body, module=module.pk, position=place)
        writer.put(Lesson, {"course": made, "key": one.head["key"]}, values, one.file)


@transaction.atomic
def pages(entries: list[Entry], *, now: dt.datetime) -> Report:
    """Take the site's plain pages in, all or none. Again: nothing changes. Raises BadContent."""
    wrong = [fault for entry in entries for fault in checking.page(entry).errors]
    if wrong:
        raise BadContent(wrong)
    writer = Writer(Report("pages"), now)
    for entry in entries:
        slug = entry.head.get("slug") or entry.file.rpartition("/")[2].removesuffix(".md")
        writer.put(Page, {"slug": slug}, parts.page(entry.head, entry.body), entry.file)
    return writer.report
