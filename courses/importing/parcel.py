"""A course as one zip with its letters, films and plain pages: the folders of content/. The same rows, the same bytes.

Nothing is packed smaller: another zlib would pack it otherwise, and films are small already. Films go through in
pieces, whatever their size.
"""

import shutil
import zipfile
from collections.abc import Iterator
from typing import IO

from django.db.models.fields.files import FieldFile

from courses import journeys, minicourse
from courses.importing import export
from courses.models import Course
from mailing.models import Sequence

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a zip can name
PIECE = 1024 * 1024
ANYBODY_READS = 0o100644 << 16
UNIX = 3


def write(course: Course, into: IO[bytes]) -> int:
    """Write the zip into an open file that can be wound back; how many files it holds. Again: the same bytes.

    Raises BadContent when a film or sheet is not in its storage; what was written by then is no zip.
    """
    files = dict(contents(course))
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as parcel:
        for name in sorted(files):
            put(parcel, name, files[name])
    return len(files)


def contents(course: Course) -> Iterator[tuple[str, str | FieldFile]]:
    for name, said in export.course_files(course).items():
        yield f"courses/{course.slug}/{name}", said
    for sequence in sequences(course):
        for name, said in export.letter_files(sequence).items():
            yield f"letters/{sequence.slug}/{name}", said
    for name, said in export.page_files().items():
        yield f"pages/{name}", said


def sequences(course: Course) -> list[Sequence]:
    """The letters that go with a course: what joining starts, the reminders, those for afterwards, the free ones."""
    used = {course.sequence, journeys.NUDGES, journeys.COMPLETION, minicourse.SEQUENCE}
    return list(Sequence.objects.filter(slug__in=used).order_by("slug"))


def put(parcel: zipfile.ZipFile, name: str, said: str | FieldFile) -> None:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.create_system, entry.external_attr = UNIX, ANYBODY_READS
    if isinstance(said, str):
        parcel.writestr(entry, said.encode())
        return
    entry.file_size = said.size
    with said.storage.open(str(said.name), "rb") as source, parcel.open(entry, "w") as into:
        shutil.copyfileobj(source, into, PIECE)
