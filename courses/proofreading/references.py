"""What a text points at is there: cards, drawings, checks, sources, other lessons."""

import re
from collections.abc import Iterable, Iterator

from defusedxml import ElementTree

from courses.importing import checking
from courses.importing.reading import CourseFiles, Entry
from courses.proofreading import length
from courses.proofreading.shelf import Shelf, strings
from coursesite.lib import markdown, svg

CITED = re.compile(r"\[([A-Z][A-Z0-9-]+(?:, ?[A-Z][A-Z0-9-]+)*)\](?!\()")
CODE = re.compile(r"[A-Z][A-Za-z.]*(?:-[A-Z0-9]+)*")
STUDIES = re.compile(r"\b(?:trials?|stud(?:y|ies|ied)|researchers?|meta-analys[ie]s)\b", re.IGNORECASE)
# how a study is told from others: its year, and how many took part
TOLD = re.compile(
    r"\b((?:19|20)\d\d)\b|\b(\d[\d,]*) (?:adults|people|men|women|students|(?:office )?workers|trials|studies)\b"
)
LESSON = re.compile(r"\blessons? (\d\.\d+)", re.IGNORECASE)
MODULE = re.compile(r"\bmodules? (\d+)", re.IGNORECASE)


def faults(shelf: Shelf) -> Iterator[str]:
    for course in shelf.courses:
        told = checking.course(course)
        yield from (*told.errors, *told.warnings)
        yield from drawings(course)
    for entry in shelf.lessons():
        yield from sources(entry)
    yield from mentions(shelf)


def drawings(course: CourseFiles) -> Iterator[str]:
    """A published lesson shows its own drawing; each drawing is shown somewhere and can be told in words."""
    shown = {str(entry.head.get("key")) for entry in course.exercises}
    for entry in (lesson for part in course.modules for lesson in part.lessons):
        figures = {ref for kind, ref in markdown.references(entry.body) if kind == "figure"}
        shown |= figures
        if length.is_written(entry) and entry.head.get("slug") not in figures:
            yield f"{entry.file}: the lesson does not show its drawing, ::figure {entry.head.get('slug')}."
    for image in course.images:
        if image.head["name"] not in shown:
            yield f"{image.file}: no lesson and no exercise shows this drawing."
        yield from words_of(image)


def words_of(image: Entry) -> Iterator[str]:
    try:
        root = ElementTree.fromstring(image.body)
    except ElementTree.ParseError:
        return  # told by the import's own check
    for name in ("title", "desc"):
        if not (root.findtext(f"{{{svg.NAMESPACE}}}{name}") or "").strip():
            yield f"{image.file}: the drawing needs a <{name}>."


def codes(entry: Entry) -> set[str]:
    listed = entry.head.get("sources", [])
    return {code.strip() for one in listed for code in str(one.get("code", "")).split(",")}


def sources(entry: Entry) -> Iterator[str]:
    """What is cited is listed; who names a study names where it was published, not only a view of our own."""
    told = [entry.body, *strings({name: entry.head.get(name) or "" for name in ("checks", "materials")})]
    for text in told:
        for match in CITED.finditer(text):
            for code in re.split(r", ?", match[1]):
                if code not in codes(entry):
                    yield f"{entry.file}: [{code}] is cited, and is not among the sources."
    claim = next((found for text in told for found in STUDIES.findall(text)), "")
    if claim and not any(CODE.fullmatch(code) and code.isupper() for code in codes(entry)):
        yield f"{entry.file}: “{claim}” speaks of a study, and no published source is listed."
    yield from figures(entry, told)
    if length.is_written(entry) and not (entry.head.get("sources") and entry.head.get("reviewed_on")):
        yield f"{entry.file}: a published lesson needs sources and reviewed_on."


def figures(entry: Entry, told: list[str]) -> Iterator[str]:
    """A year or a number of people in the text stands among the sources too."""
    listed = " ".join(strings(entry.head.get("sources", [])))
    named = {year or people for text in told for year, people in TOLD.findall(text)}
    for number in sorted(named):
        if not re.search(rf"(?<![\d,]){number}(?![\d,]*\d)", listed):
            yield f"{entry.file}: {number} is named in the text, and not among the sources."


def mentions(shelf: Shelf) -> Iterator[str]:
    """ "Lesson 4.2" and "Module 3" in any text are lessons and modules of the course."""
    lessons = {str(entry.head.get("key")) for entry in shelf.lessons()}
    modules = {
        str(part.module.head.get("key", ""))[1:] for course in shelf.courses for part in course.modules
    }
    for entry in everything(shelf):
        text = "\n".join([*strings(entry.head), entry.body])
        for word, pattern, known in (("lesson", LESSON, lessons), ("module", MODULE, modules)):
            for number in sorted(set(pattern.findall(text)) - known):
                yield f"{entry.file}: there is no {word} {number}."


def everything(shelf: Shelf) -> Iterable[Entry]:
    yield from (course.course for course in shelf.courses)
    yield from (*shelf.lessons(), *shelf.exercises(), *shelf.pages)
    for letters in shelf.letters.values():
        yield from letters
