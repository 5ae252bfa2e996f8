"""A zip that somebody brought, unpacked into a folder: looked at first, and nothing of it believed.

Whoever unzipped a course on a computer of their own and zipped it again has a folder around everything, and files that
their computer keeps beside it: both are looked over.
"""

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from courses.importing.report import BadContent

MOST_FILES = 5_000
MOST_BYTES = 20_000_000_000  # of all files unpacked
MOST_TEXT = 2_000_000  # of one text or drawing
MOST_TIMES = 100  # so much smaller may a zip have made its files; texts come to ten
PIECE = 1024 * 1024
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
KNOWN = re.compile(
    rf"courses/{NAME}/course\.toml|courses/{NAME}/modules/{NAME}/module\.toml|courses/{NAME}/modules/{NAME}/{NAME}\.md"
    rf"|courses/{NAME}/exercises/{NAME}\.md|courses/{NAME}/images/{NAME}\.svg"
    rf"|courses/{NAME}/pictures/{NAME}\.toml"
    rf"|(?P<film>courses/{NAME}/(?:media/{NAME}\.(?:mp4|m4v|webm|vtt|pdf|png|jpg|mp3|m4a)|pictures/{NAME}\.(?:jpg|png|webp)))"
    rf"|letters/{NAME}/sequence\.toml|letters/{NAME}/{NAME}\.md|pages/{NAME}\.md|gate\.toml|finder\.toml"
)
BESIDE = re.compile(r"(^|/)(__MACOSX(/|$)|\.DS_Store$|\._[^/]*$|Thumbs\.db$|desktop\.ini$)")
IN_UTF8, ENCRYPTED = 0x800, 0x1 | 0x40 | 0x2000


def unpack(source: IO[bytes], into: Path) -> str:
    """All files of a zip below `into`; the slug of its one course. Raises BadContent, and then `into` is of no use."""
    try:
        with zipfile.ZipFile(source) as parcel:
            chosen = looked_at(parcel)
            for name, entry in chosen.items():
                take(parcel, entry, into / name, name)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        RuntimeError,
        EOFError,
        ValueError,
    ) as error:
        raise BadContent([f"This is no zip that can be read whole: {error}."]) from error
    return slug_of(chosen)


def slug_of(chosen: dict[str, zipfile.ZipInfo]) -> str:
    slugs = sorted({name.split("/")[1] for name in chosen if name.startswith("courses/")})
    if len(slugs) != 1:
        found = ", ".join(slugs) or "none"
        raise BadContent([f"One course is taken in at a time; courses/ holds {found}."])
    return slugs[0]


def looked_at(parcel: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files to take, by the names they get. Raises BadContent with everything that is wrong."""
    entries = parcel.infolist()
    if len(entries) > MOST_FILES:
        raise BadContent([f"The zip holds {len(entries):,} files; at most {MOST_FILES:,} are taken."])
    faults = [f"{shown(one)}: {words}" for one in entries for words in of_one(one)]
    faults += sizes(entries)
    if faults:
        raise BadContent(faults)
    files = [one for one in entries if not one.is_dir() and not BESIDE.search(one.filename)]
    around = len(wrapper(files))
    chosen: dict[str, zipfile.ZipInfo] = {}
    for entry in files:
        chosen.setdefault(entry.filename[around:], entry)
    faults = [*twice(files), *unknown(chosen)]
    if faults or not chosen:
        raise BadContent(faults or ["The zip is empty."])
    return chosen


def shown(entry: zipfile.ZipInfo) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in entry.filename)[:200]


def of_one(entry: zipfile.ZipInfo) -> Iterator[str]:
    """What is wrong with an entry, whatever it holds."""
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & ENCRYPTED:
        yield "the file is encrypted. Zip it without a password."
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield "it is packed in a way this site does not read. Zip it the usual way."
    if not name.isascii() and not entry.flag_bits & IN_UTF8:
        yield "the name is not in UTF-8. Use plain letters, digits and hyphens."
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        yield "the name begins at the top of a disk. Names begin with courses/, letters/ or pages/."
    elif ".." in re.split(r"[/\\]", name):
        yield "the name leads out of its folder."
    elif "\\" in name or not name.isprintable() or "//" in name or len(name) > 300:
        yield "this is no name for a file."
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "this is a link or a device, not a file. Put the file itself into the zip."


def sizes(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    whole, packed = sum(one.file_size for one in entries), sum(one.compress_size for one in entries)
    if whole > MOST_BYTES:
        yield f"The zip: its files are {whole:,} bytes unpacked; at most {MOST_BYTES:,} are taken."
    if whole > MOST_TEXT and whole > packed * MOST_TIMES:
        yield f"The zip: it claims to hold {whole // max(packed, 1):,} times as much as it weighs, like a trap."
    for one in entries:
        if one.file_size > MOST_TEXT and one.filename.rpartition(".")[2].lower() in ("md", "toml", "svg"):
            yield f"{shown(one)}: the text is {one.file_size:,} bytes long; at most {MOST_TEXT:,} are taken."


def twice(files: list[zipfile.ZipInfo]) -> Iterator[str]:
    """Two files that some computer would take for one."""
    seen: dict[str, str] = {}
    for entry in files:
        same = unicodedata.normalize("NFC", entry.filename).casefold()
        if same not in seen:
            seen[same] = entry.filename
        elif seen[same] == entry.filename:
            yield f"{shown(entry)}: the file is there twice."
        else:
            yield f"{shown(entry)}: only big and small letters tell it from {seen[same]}."


def unknown(chosen: dict[str, zipfile.ZipInfo]) -> Iterator[str]:
    for name, entry in chosen.items():
        if not KNOWN.fullmatch(name):
            yield f"{shown(entry)}: a course has no such file. content/README.md says which it has."


def wrapper(files: list[zipfile.ZipInfo]) -> str:
    """The folder around everything, with its slash, or nothing."""
    tops = {PurePosixPath(one.filename).parts[0] for one in files}
    if len(tops) != 1 or not all("/" in one.filename for one in files):
        return ""
    [top] = tops
    return "" if top in ("courses", "letters", "pages") else f"{top}/"


def take(parcel: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, name: str) -> None:
    """Unpack one file, never more of it than its entry claims. Raises BadContent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with parcel.open(entry) as source, path.open("xb") as into:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise BadContent([f"{name}: the file is longer than the zip says, like a trap."])
            into.write(piece)
