"""Everything in content/ that somebody reads, as files and as stretches of text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from courses.importing import reading
from courses.importing.reading import CourseFiles, Entry


@dataclass(frozen=True)
class Stretch:
    """A text of one page. `quoted`: said only to be denied, as a wrong answer of a self-check is."""

    file: str
    page: str  # what a reader sees at once: the file itself, or one of its printable pages
    text: str
    is_quoted: bool = False


@dataclass(frozen=True)
class Shelf:
    courses: list[CourseFiles]
    letters: dict[str, list[Entry]]  # by sequence
    pages: list[Entry]
    data: dict[str, dict[str, Any]] = field(default_factory=dict)  # gate.toml and finder.toml

    def lessons(self) -> list[Entry]:
        return [lesson for course in self.courses for part in course.modules for lesson in part.lessons]

    def exercises(self) -> list[Entry]:
        return [entry for course in self.courses for entry in course.exercises]


def read(root: Path) -> Shelf:
    """All of `root`. Raises BadContent for files that cannot be read."""
    reader = reading.Reader(root)
    letters = {one.name: reader.entries(one) for one in sorted((root / "letters").glob("*/"))}
    data = reader.data()
    reader.done()
    return Shelf(
        courses=[reading.course(one, root=root) for one in sorted((root / "courses").glob("*/"))],
        letters=letters,
        pages=reading.pages(root / "pages", root=root),
        data=data,
    )


def stretches(shelf: Shelf) -> Iterator[Stretch]:
    """Every text that a reader may see, lists and tables of the front matter included."""
    for course in shelf.courses:
        for entry in (course.course, *(part.module for part in course.modules), *course.exercises):
            yield from plain(entry)
    for lesson in shelf.lessons():
        yield from of_lesson(lesson)
    for entry in (*shelf.pages, *(letter for letters in shelf.letters.values() for letter in letters)):
        yield from plain(entry)


def plain(entry: Entry) -> Iterator[Stretch]:
    for text in (*strings(entry.head), entry.body):
        yield Stretch(entry.file, entry.file, text)


def of_lesson(entry: Entry) -> Iterator[Stretch]:
    materials, checks = entry.head.get("materials", []), entry.head.get("checks", [])
    for one in materials:
        for text in strings(one):
            yield Stretch(entry.file, f"{entry.file}, {one.get('slug')}", text)
    for one in checks:
        for answer in one.get("answers", []):
            yield Stretch(entry.file, entry.file, answer.get("text", ""), is_quoted=not answer.get("right"))
        for text in strings({name: value for name, value in one.items() if name != "answers"}):
            yield Stretch(entry.file, entry.file, text)
    rest = {name: value for name, value in entry.head.items() if name not in ("materials", "checks")}
    yield from plain(Entry(entry.file, rest, entry.body))


def strings(value: Any) -> Iterator[str]:
    """Every text in a front matter, except codes, which stand for a source and are not read as words."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name != "code":
                yield from strings(inner)
    elif isinstance(value, Iterable):
        for inner in value:
            yield from strings(inner)
