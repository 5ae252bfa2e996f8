"""A course's folder as plain values: what each file says, not yet judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from courses.importing import sheets
from courses.importing.report import BadContent
from coursesite.lib import frontmatter


@dataclass(frozen=True)
class Entry:
    """One file: its name below content/, its front matter, its text."""

    file: str
    head: dict[str, Any]
    body: str = ""


@dataclass(frozen=True)
class ModuleFiles:
    module: Entry
    lessons: list[Entry]


@dataclass(frozen=True)
class CourseFiles:
    course: Entry
    modules: list[ModuleFiles] = field(default_factory=list)
    exercises: list[Entry] = field(default_factory=list)
    images: list[Entry] = field(default_factory=list)  # body is the SVG, head holds its name
    pictures: list[Entry] = field(default_factory=list)  # what is said of each photograph
    photos: dict[str, Path] = field(default_factory=dict)  # and where it lies, by its name
    media: dict[str, Path] = field(default_factory=dict)  # films and the like, by their names in front matter


class Reader:
    """Reads below one folder and gathers what cannot be read, so that all of it is told at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[str] = []

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.root))

    def entry(self, path: Path) -> Entry:
        try:
            text = path.read_text(encoding="utf-8-sig")
            if path.suffix == ".toml":
                return Entry(self.name(path), frontmatter.parse_toml(text))
            head, body = frontmatter.parse(text)
            return Entry(self.name(path), head, body)
        except FileNotFoundError:
            self.faults.append(f"{self.name(path)}: this file is missing.")
        except UnicodeDecodeError:
            self.faults.append(f"{self.name(path)}: the file is not UTF-8 text.")
        except frontmatter.BadFile as error:
            self.faults.append(f"{self.name(path)}: {error}")
        return Entry(self.name(path), {})

    def entries(self, folder: Path) -> list[Entry]:
        return [self.entry(path) for path in sorted(folder.glob("*.md"))]

    def data(self) -> dict[str, dict[str, Any]]:
        """The data files of the whole site, by name."""
        return {
            name: self.entry(self.root / name).head for name in sheets.SOURCES if (self.root / name).exists()
        }

    def sheets(self) -> dict[str, str]:
        """What stands for `::sheet ...` on the printed pages of lessons."""
        found: dict[str, str] = {}
        for name, data in self.data().items():
            try:
                found |= sheets.SOURCES[name](data)
            except frontmatter.BadFile as error:
                self.faults.append(f"{name}: {error}")
        return found

    def lessons(self, folder: Path, known: Mapping[str, str]) -> list[Entry]:
        return [Entry(one.file, sheets.fill(one.head, known), one.body) for one in self.entries(folder)]

    def image(self, path: Path) -> Entry:
        return Entry(self.name(path), {"name": path.stem}, path.read_text(encoding="utf-8", errors="replace"))

    def done(self) -> None:
        """Raises BadContent when anything could not be read."""
        if self.faults:
            raise BadContent(self.faults)


def course(folder: Path, *, root: Path) -> CourseFiles:
    """All files of one course in order. Raises BadContent."""
    reader = Reader(root)
    known = reader.sheets()
    files = CourseFiles(
        course=reader.entry(folder / "course.toml"),
        modules=[
            ModuleFiles(reader.entry(one / "module.toml"), reader.lessons(one, known))
            for one in sorted((folder / "modules").glob("*/"))
        ],
        exercises=reader.entries(folder / "exercises"),
        images=[reader.image(path) for path in sorted((folder / "images").glob("*.svg"))],
        pictures=[reader.entry(path) for path in sorted((folder / "pictures").glob("*.toml"))],
        photos={
            path.stem: path
            for path in sorted((folder / "pictures").glob("[!.]*.*"))
            if path.suffix != ".toml"
        },
        media={f"media/{path.name}": path for path in sorted((folder / "media").glob("[!.]*.*"))},
    )
    reader.done()
    return files


def pages(folder: Path, *, root: Path) -> list[Entry]:
    """The site's plain pages; the file's name is the slug. Raises BadContent."""
    reader = Reader(root)
    found = reader.entries(folder)
    reader.done()
    return found
