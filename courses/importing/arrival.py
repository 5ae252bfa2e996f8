"""A course that comes with its letters and pages: first what it would change, then exactly that and no more."""

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from django.conf import settings

from courses.importing import reading, unpacking, writing
from courses.importing.reading import CourseFiles, Entry
from courses.importing.report import BadContent, Fate, Item, Report, changes, fingerprint
from courses.importing.writer import Writer
from coursesite.lib import scanning
from mailing import letterfiles, publish

OURS = {".md", ".toml", ".svg"}
FATES = {"new": Fate.ADDED, "changed": Fate.CHANGED, "same": Fate.SAME, "kept": Fate.KEPT}


class StaleError(Exception):
    """What was shown is not what would happen now: somebody changed something meanwhile."""


@dataclass(frozen=True)
class Arrival:
    """Files that were read and make sense."""

    course: CourseFiles
    pages: list[Entry]
    letters: list[Path]
    warnings: list[str]

    @property
    def title(self) -> str:
        return str(self.course.course.head["title"])


@contextmanager
def unpacked(source: IO[bytes], *, is_examined: bool = False) -> Iterator[Arrival]:
    """A zip, as long as its folder is there. Its films, pictures and sheets are shown to the virus scanner first, if
    they were not yet. Raises BadContent with every fault that can be told at once."""
    with TemporaryDirectory(dir=settings.VAR, prefix="course-") as name:
        folder = Path(name)
        slug = unpacking.unpack(source, folder)
        if not is_examined and (refused := list(infected(folder))):
            raise BadContent(refused)
        yield read(folder, slug)


def infected(folder: Path) -> Iterator[str]:
    """Why files are not taken, as any upload would not be; texts and drawings are read and cleaned by ourselves."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in OURS:
            with path.open("rb") as file:
                if refusal := scanning.refusal(file):
                    yield f"{path.relative_to(folder)}: {refusal}"


def read(folder: Path, slug: str) -> Arrival:
    """A folder like content/ with one course in it. Raises BadContent."""
    files = reading.course(folder / "courses" / slug, root=folder)
    pages = reading.pages(folder / "pages", root=folder)
    told = writing.checked(files)
    if files.course.head["slug"] != slug:
        raise BadContent([f"{files.course.file}: the slug must be “{slug}”, as its folder is named."])
    writing.check_pages(pages)
    letters = sorted((folder / "letters").glob("*/*.md"))
    if wrong := [fault for path in letters for fault in faults(path)]:
        raise BadContent(wrong)
    return Arrival(files, pages, letters, told.warnings)


def faults(path: Path) -> Iterator[str]:
    try:
        letterfiles.look(path=path)
    except (publish.Refused, UnicodeDecodeError, ValueError, TypeError) as error:
        words = "the file is not UTF-8 text." if isinstance(error, UnicodeDecodeError) else str(error)
        yield f"letters/{path.parent.name}/{words if path.name in words else f'{path.name}: {words}'}"


def plan(arrival: Arrival, *, now: dt.datetime, take: Collection[str] = ()) -> Report:
    """What `carry_out` would do with the same `take`; nothing is written."""
    writer = writer_of(arrival, now=now, take=take, dry=True)
    into(writer, arrival)
    return writer.report


def carry_out(arrival: Arrival, *, now: dt.datetime, seen: str, take: Collection[str] = ()) -> Report:
    """Take everything in, wholly or not at all: rows, letters and files.

    `seen` is the fingerprint of the plan that was shown, `take` names what the file wins although it was edited since.
    Raises StaleError when the plan does not hold any more, and BadContent; then nothing is changed. The second call is
    refused as stale, unless nothing was to change.
    """
    writer = writer_of(arrival, now=now, take=take)
    with writer.whole():
        into(writer, arrival)
        if fingerprint(writer.report.items) != seen:
            raise StaleError
    return writer.report


def writer_of(arrival: Arrival, *, now: dt.datetime, take: Collection[str], dry: bool = False) -> Writer:
    slug = str(arrival.course.course.head["slug"])
    return Writer(Report(slug, warnings=list(arrival.warnings)), now, frozenset(take), dry)


def into(writer: Writer, arrival: Arrival) -> None:
    writing.course_into(writer, arrival.course)
    for path in arrival.letters:
        letter(writer, path)
    writing.pages_into(writer, arrival.pages)


def letter(writer: Writer, path: Path) -> None:
    name = f"letters/{path.parent.name}/{path.name}"
    take = name in writer.take
    try:
        found = (
            letterfiles.look(path=path, take=take)
            if writer.dry
            else letterfiles.bring_in(path=path, now=writer.now, take=take)
        )
    except publish.Refused as error:
        raise BadContent([f"letters/{path.parent.name}/{error}"]) from error
    before, after = (asdict(text) if text else {} for text in (found.stands, found.says))
    changed = changes(before, after) if before and found.word != "same" else ()
    mark = f"{found.stands and found.stands.hash()} {found.says and found.says.hash()}"
    writer.report.items.append(Item(name, FATES[found.word], changed, mark, found.taken))
