"""Zips for tests: made of names and bytes, of good and of bad ones."""

import io
import zipfile
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from courses.importing import parcel
from courses.models import Course, Lesson, Material
from tests import factories

FILM = b"\x00\x00\x00\x20ftypisom" + b"film " * 5_000
OTHER_FILM = FILM.replace(b"film", b"kino")
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nSit tall.\n"
SHEET = b"%PDF-1.7\n%%EOF\n"


def filmed() -> Course:
    """A small course with a film, captions and a sheet to download between two to print."""
    course = factories.small_course(days=(0, 1))
    lesson = Lesson.objects.get(key="1.1")
    lesson.video.save("mine.MP4", ContentFile(FILM))
    lesson.captions.save("mine.vtt", ContentFile(CAPTIONS))
    for place, slug in enumerate(("first", "map", "last"), 1):
        sheet = Material(lesson=lesson, slug=slug, position=place, title=slug.title(), body="Print me.")
        if slug == "map":
            sheet.body = ""
            sheet.file.save("map.pdf", ContentFile(SHEET), save=False)
        sheet.save()
    return course


def of(course: Course) -> bytes:
    into = io.BytesIO()
    parcel.write(course, into)
    return into.getvalue()


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name) for name in found.namelist()}


def zipped(named: dict[str, bytes | str], *, packed: int = zipfile.ZIP_STORED) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", packed) as made:
        for name, said in named.items():
            made.writestr(name, said)
    return into.getvalue()


def stored(root: Path) -> list[str]:
    """What lies in the storage."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def read(file: Any) -> bytes:
    with file.storage.open(file.name) as source:
        found: bytes = source.read()
    return found
