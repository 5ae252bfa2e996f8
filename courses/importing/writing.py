"""Checked files into rows: a course and the plain pages."""

import datetime as dt

from django.db import IntegrityError

from courses import release
from courses.importing import checking, media, parts, photographs
from courses.importing.faults import Faults
from courses.importing.reading import CourseFiles, Entry
from courses.importing.report import BadContent, Report
from courses.importing.writer import Writer
from courses.models import Course, Exercise, Illustration, Lesson, Module, Page, Price, Question, Section
from coursesite.lib import svg


def course(files: CourseFiles, *, now: dt.datetime, strict: bool = False) -> Report:
    """Take one course in, wholly or not at all. The second call with the same files changes nothing.

    Raises BadContent, and then every row is as it was. `strict`: an unfinished drawing is an error too.
    """
    told = checked(files, strict=strict)
    report = Report(files.course.head["slug"], warnings=told.warnings)
    writer = Writer(report, now)
    with writer.whole():
        course_into(writer, files)
    return report


def checked(files: CourseFiles, *, strict: bool = False) -> Faults:
    """What is not finished. Raises BadContent for what is wrong."""
    told = checking.course(files)
    for file, words in () if told.errors else (*media.faults(files), *photographs.faults(files)):
        told.say(file, words)
    refuse(told, strict=strict)
    return told


def course_into(writer: Writer, files: CourseFiles) -> None:
    """Checked files, inside `writer.whole()`. Raises BadContent."""
    try:
        write_course(writer, files)
    except IntegrityError as error:
        raise BadContent([f"{files.course.file}: two rows would claim the same name ({error})."]) from error


def refuse(faults: Faults, *, strict: bool) -> None:
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
    photographs.put(writer, made, files)
    write_lessons(writer, made, files)
    for model in (Section, Question, Price, Lesson, Module):
        if made.pk:
            writer.retire(model._default_manager.filter(course=made), model)


def write_lessons(writer: Writer, made: Course, files: CourseFiles) -> None:
    """The modules, and when all lessons are there, by what rule each opens."""
    if made.pk and not writer.dry:
        release.hold(course=made, now=writer.now)
    for position, part in enumerate(files.modules, 1):
        write_module(writer, made, part.module, position, part.lessons, files)
    for lesson, values, is_new in writer.rules:
        rule = parts.rule_of(lesson, values)
        release.reschedule(lesson=lesson, rule=rule, now=writer.now, is_new=is_new)


def write_module(
    writer: Writer, made: Course, entry: Entry, position: int, lessons: list[Entry], files: CourseFiles
) -> None:
    where = {"course": made, "key": entry.head["key"]}
    module: Module = writer.put(Module, where, parts.module(entry.head, position), entry.file)
    for place, one in enumerate(lessons, 1):
        values = parts.lesson(one.head, one.body, module=module.pk, position=place)
        lesson: Lesson = writer.put(Lesson, {"course": made, "key": one.head["key"]}, values, one.file)
        media.put(writer, lesson, one, files)


def pages(entries: list[Entry], *, now: dt.datetime) -> Report:
    """Take the site's plain pages in, all or none. Again: nothing changes. Raises BadContent."""
    check_pages(entries)
    writer = Writer(Report("pages"), now)
    with writer.whole():
        pages_into(writer, entries)
    return writer.report


def check_pages(entries: list[Entry]) -> None:
    """Raises BadContent."""
    if wrong := [fault for entry in entries for fault in checking.page(entry).errors]:
        raise BadContent(wrong)


def pages_into(writer: Writer, entries: list[Entry]) -> None:
    for entry in entries:
        slug = entry.head.get("slug") or entry.file.rpartition("/")[2].removesuffix(".md")
        writer.put(Page, {"slug": slug}, parts.page(entry.head, entry.body), entry.file)
