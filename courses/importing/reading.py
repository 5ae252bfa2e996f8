"""A course's folder as plain values: what each file says, not yet judged."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


class Reader:
    """Reads below one folder and gathers what cannot be read, so that all of it is told at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[str] = []

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.root))

    def entry(self, path: Path) -> Entry:
        try:
            text = path.read_text(encoding="utf-8")
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

    def image(self, path: Path) -> Entry:
        return Entry(self.name(path), {"name": path.stem}, path.read_text(encoding="utf-8", errors="replace"))

    def done(self) -> None:
        """Raises BadContent when anything could not be read."""
        if self.faults:
            raise BadContent(self.faults)


def course(folder: Path, *, root: Path) -> CourseFiles:
    """All files of one course in order. Raises BadContent."""
    reader = Reader(root)
    files = CourseFiles(
        course=reader.entry(folder / "course.toml"),
        modules=[
            ModuleFiles(reader.entry(one / "module.toml"), reader.entries(one))
            for one in sorted((folder / "modules").glob("*/"))
        ],
        exercises=reader.entries(folder / "exercises"),
        images=[reader.image(path) for path in sorted((folder / "images").glob("*.svg"))],
    )
    reader.done()
    return files


def pages(folder: Path, *, root: Path) -> list[Entry]:
    """The site's plain pages; the file's name is the slug. Raises BadContent."""
    reader = Reader(root)
    found = reader.entries(folder)
    reader.done()
    return found
