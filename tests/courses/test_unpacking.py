"""Zips that nobody should bring: each is refused with words that name the file, and nothing is saved."""

import datetime as dt
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.importing import arrival, unpacking
from courses.importing.report import BadContent, fingerprint
from courses.models import Course
from tests.courses import parcels
from tests.courses.test_importing import COURSE, EXERCISE, LESSON, SVG, everything

pytestmark = pytest.mark.django_db
IN = "courses/knots/"
LESSON_1 = f"{IN}modules/01-start/01-lesson.md"
GOOD: dict[str, bytes | str] = {
    f"{IN}course.toml": COURSE,
    f"{IN}modules/01-start/module.toml": 'key = "m1"\nslug = "start"\ntitle = "Start"\n',
    LESSON_1: LESSON.format(key="1.1", number=1, days=0),
    f"{IN}exercises/e01-glide.md": EXERCISE,
    f"{IN}images/e01.svg": SVG,
    "letters/course/01-a1.md": '+++\nkey = "a1"\nsubject = "Hello"\nlesson = "1.1"\n+++\n{button:Open it}\n',
    "pages/safety.md": '+++\ntitle = "Safety"\n+++\nSee a doctor.\n',
}


def refused(data: bytes) -> list[str]:
    """The faults of a zip; nothing of it is in the database, and no folder is left."""
    before = everything()
    with pytest.raises(BadContent) as told, arrival.unpacked(io.BytesIO(data)):
        pass
    assert everything() == before
    return told.value.faults


def but(**files: Any) -> bytes:
    """The good zip with one thing wrong; the names are given as a dict to `**`."""
    named = {**GOOD, **files}
    return parcels.zipped({name: said for name, said in named.items() if said is not None})


def entry(name: str, *, mode: int = stat.S_IFREG, said: bytes = b"x", **fields: Any) -> bytes:
    into = io.BytesIO(but())
    with zipfile.ZipFile(into, "a") as made:
        one = zipfile.ZipInfo(name)
        one.external_attr = (mode | 0o644) << 16
        for field, value in fields.items():
            setattr(one, field, value)
        made.writestr(one, said)
    return into.getvalue()


def flagged(bit: int) -> bytes:
    """The good zip, its first entry claiming something of itself."""
    data = bytearray(but())
    at = data.index(b"PK\x01\x02")
    for place in (data.index(b"PK\x03\x04") + 6, at + 8):
        [flags] = struct.unpack_from("<H", data, place)
        struct.pack_into("<H", data, place, flags | bit)
    return bytes(data)


def test_the_good_one_is_good(now: dt.datetime) -> None:
    with arrival.unpacked(io.BytesIO(but())) as found:
        report = arrival.plan(found, now=now)
        assert len(report.added) == len(report.items) == 9
        arrival.carry_out(found, now=now, seen=fingerprint(report.items))
    assert Course.objects.get().slug == "knots"


TOP = "the name begins at the top of a disk. Names begin with courses/, letters/ or pages/."
NOT_A_FILE = "a course has no such file. content/README.md says which it has."
NAMES: list[tuple[Callable[[], bytes], str]] = [
    (lambda: entry("../evil.md"), "../evil.md: the name leads out of its folder."),
    (lambda: entry(f"{IN}../../x.md"), f"{IN}../../x.md: the name leads out of its folder."),
    (lambda: entry("a\\..\\x.md"), "a\\..\\x.md: the name leads out of its folder."),
    (lambda: entry("/etc/passwd"), f"/etc/passwd: {TOP}"),
    (lambda: entry("C:/x.md"), f"C:/x.md: {TOP}"),
    (lambda: entry("pages\\x.md"), "pages\\x.md: this is no name for a file."),
    (lambda: entry("pages/a\nb.md"), "pages/a?b.md: this is no name for a file."),
    (lambda: entry("pages//x.md"), "pages//x.md: this is no name for a file."),
    (lambda: entry("pages/x.md", mode=stat.S_IFLNK, said=b"/etc/passwd"),
     "pages/x.md: this is a link or a device, not a file. Put the file itself into the zip."),
    (lambda: entry("pages/x.md", mode=stat.S_IFIFO),
     "pages/x.md: this is a link or a device, not a file. Put the file itself into the zip."),
    (lambda: entry("pages/Safety.md"), "pages/Safety.md: only big and small letters tell it from pages/safety.md."),
    (lambda: entry("pages/x.html"), f"pages/x.html: {NOT_A_FILE}"),
    (lambda: entry("pages/x.exe"), f"pages/x.exe: {NOT_A_FILE}"),
    (lambda: entry(f"{IN}media/more.zip"), f"{IN}media/more.zip: {NOT_A_FILE}"),
    (lambda: entry(f"{IN}images/x.png"), f"{IN}images/x.png: {NOT_A_FILE}"),
    (lambda: entry("pages/.x.md"), f"pages/.x.md: {NOT_A_FILE}"),
    (lambda: entry("pages/x.md", compress_type=zipfile.ZIP_BZIP2),
     "pages/x.md: it is packed in a way this site does not read. Zip it the usual way."),
    (lambda: flagged(0x1), f"{IN}course.toml: the file is encrypted. Zip it without a password."),
]  # fmt: skip


@pytest.mark.parametrize(("made", "words"), NAMES)
def test_a_name_or_a_kind_that_is_no_good(made: Callable[[], bytes], words: str) -> None:
    assert refused(made()) == [words]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice() -> None:
    assert refused(entry("pages/safety.md")) == ["pages/safety.md: the file is there twice."]


def test_names_in_another_encoding() -> None:
    data = entry("pages/xé.md").replace("xé".encode(), b"x\xe9\xe9")
    place = data.rindex(b"PK\x01\x02")
    broken = bytearray(data)
    for at in (place + 8, data.rindex(b"PK\x03\x04") + 6):
        struct.pack_into("<H", broken, at, 0)
    [words] = refused(bytes(broken))
    assert words.endswith(": the name is not in UTF-8. Use plain letters, digits and hyphens.")


def test_a_bomb_is_not_lit(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = {f"{IN}media/x.mp4": b"\0" * 30_000_000}
    data = parcels.zipped({**GOOD, **zeros}, packed=zipfile.ZIP_DEFLATED)
    [words] = refused(data)
    assert words.startswith("The zip: it claims to hold ") and words.endswith(", like a trap.")
    monkeypatch.setattr(unpacking, "MOST_BYTES", 10_000)
    assert refused(but(**{f"{IN}media/x.mp4": b"x" * 20_000}))[0].endswith("at most 10,000 are taken.")
    monkeypatch.setattr(unpacking, "MOST_FILES", 6)
    assert refused(but()) == ["The zip holds 7 files; at most 6 are taken."]


def test_a_text_as_long_as_a_library() -> None:
    words = "the text is 2,000,001 bytes long; at most 2,000,000 are taken."
    assert refused(but(**{"pages/x.md": "x" * 2_000_001})) == [f"pages/x.md: {words}"]


def test_a_file_longer_than_the_zip_says(now: dt.datetime) -> None:
    """Its entry lies about the size: no more than it claims is written, and the sum does not fit."""
    data = bytearray(but(**{"pages/x.md": "x" * 5_000}))
    at = data.rindex(b"pages/x.md") - 46
    struct.pack_into("<I", data, at + 24, 10)
    [words] = refused(bytes(data))
    assert "no zip that can be read whole" in words or "longer than the zip says" in words


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all", but()[:-30], b"\x1f\x8b" + b"x" * 50])
def test_what_is_no_zip(data: bytes) -> None:
    [words] = refused(data)
    assert words.startswith("This is no zip that can be read whole: ")


def test_a_damaged_file(now: dt.datetime) -> None:
    data = but().replace(b"See a doctor.", b"See a dactor.")
    [words] = refused(data)
    assert words.startswith("This is no zip that can be read whole: Bad CRC-32 for file 'pages/safety.md'")


NUL = "There is a NUL character (U+0000) in it, which no text holds. Take it out."
CONTENT: list[tuple[dict[str, Any], str]] = [
    ({LESSON_1: "Fünf".encode("latin-1")}, f"{LESSON_1}: the file is not UTF-8 text."),
    ({LESSON_1: "+++\n".encode("utf-16")}, f"{LESSON_1}: the file is not UTF-8 text."),
    ({"pages/safety.md": "Fünf".encode("latin-1")}, "pages/safety.md: the file is not UTF-8 text."),
    ({"letters/course/01-a1.md": "Fünf".encode("latin-1")}, "letters/course/01-a1.md: the file is not UTF-8 text."),
    ({LESSON_1: f"{GOOD[LESSON_1]}\nLean\0 back.\n"}, f"{LESSON_1}: {NUL}"),
    ({LESSON_1: str(GOOD[LESSON_1]).replace("minutes = 7", 'goal = "Le\\u0000an."')}, f"{LESSON_1}: {NUL}"),
    ({"pages/safety.md": '+++\ntitle = "Safety"\n+++\nSee\0.\n'}, f"pages/safety.md: {NUL}"),
    ({"letters/course/01-a1.md": '+++\nkey = "a1"\nlist = [{"\\u0000" = 1}]\n+++\n'},
     f"letters/course/01-a1.md: {NUL}"),
    ({f"{IN}course.toml": COURSE.replace("price_minor = 14900", "price_minor = ")},
     f"{IN}course.toml: Not valid TOML: Invalid value (at line 8, column 15)"),
    ({"letters/course/01-a1.md": '+++\nkey = "a1\nday = 1\n+++\n'},
     "letters/course/01-a1.md: Not valid TOML: Illegal character '\\n' (at line 2, column 10)"),
    ({LESSON_1: str(GOOD[LESSON_1]).replace("minutes", "minuets")},
     f"{LESSON_1}: minuets is not a word this file knows."),
    ({f"{IN}course.toml": None}, f"{IN}course.toml: this file is missing."),
    ({f"{IN}modules/01-start/module.toml": None}, f"{IN}modules/01-start/module.toml: this file is missing."),
    ({f"{IN}exercises/e01-glide.md": None}, f"{LESSON_1}: ::exercise e01 points at no file in exercises/."),
    ({LESSON_1: str(GOOD[LESSON_1]).replace("minutes = 7", 'minutes = 7\nvideo = "media/a.mp4"')},
     f"{LESSON_1}: video “media/a.mp4” is not there; write it like media/name.ending."),
    ({LESSON_1: str(GOOD[LESSON_1]).replace("minutes = 7", 'minutes = 7\nvideo = "../../etc/passwd"')},
     f"{LESSON_1}: video “../../etc/passwd” is not there; write it like media/name.ending."),
    ({f"{IN}media/a.mp4": parcels.FILM}, f"{IN}media/a.mp4: no lesson names this file."),
    ({LESSON_1: str(GOOD[LESSON_1]).replace("minutes = 7", 'minutes = 7\nvideo = "media/a.mp4"'),
      f"{IN}media/a.mp4": "<html><script>alert(1)</script>"},
     f"{LESSON_1}: video “media/a.mp4” must be a real mp4 or m4v or webm or mp3 or m4a file."),
    ({f"{IN}images/e01.svg": "<html><body onload='x'/></html>"},
     f"{IN}images/e01.svg: The drawing must begin with <svg>."),
    ({f"{IN}images/e01.svg": SVG.replace("<title>", "<script>x</script><title>")},
     f"{IN}images/e01.svg: <script> is not allowed in a drawing."),
    ({"letters/course/01-a1.md": '+++\nkey = "a1"\nsubject = "Hello"\n+++\nNo button.\n'},
     "letters/course/01-a1.md: The button is missing: {button:Words on it}"),
    ({"letters/course/01-a1.md": '+++\nkey = "a1"\n+++\n{button:Go}\n'},
     "letters/course/01-a1.md: subject is missing in the front matter."),
    ({"letters/winter/sequence.toml": 'kind = "spam"\n', "letters/winter/01-a1.md": GOOD["letters/course/01-a1.md"]},
     "letters/winter/01-a1.md: winter/sequence.toml: 'spam' is not a valid Sequence.Kind"),
    ({"courses/other/course.toml": COURSE}, "One course is taken in at a time; courses/ holds knots, other."),
    ({f"{IN}course.toml": COURSE.replace('slug = "knots"', 'slug = "other"')},
     f"{IN}course.toml: the slug must be “knots”, as its folder is named."),
]  # fmt: skip


@pytest.mark.parametrize(("files", "words"), CONTENT)
def test_a_file_that_makes_no_sense_is_named(files: dict[str, Any], words: str) -> None:
    assert words in refused(but(**files))


KINDS_OF_NONSENSE = [
    '"x"',
    "1",
    "true",
    "[]",
    "[1]",
    '["x"]',
    "{}",
    "{ a = 1 }",
    "2026-01-01",
    "1.5",
    "[[1]]",
    "-1",
]


@pytest.mark.parametrize("nonsense", KINDS_OF_NONSENSE)
def test_nonsense_of_any_kind_is_refused_or_taken_but_never_fails(nonsense: str, now: dt.datetime) -> None:
    """Every word of every file with a value of another kind."""
    for name, text in GOOD.items():
        for line in str(text).splitlines():
            word, is_word, _ = line.partition(" = ")
            if not is_word or "`" in word or line.endswith("'''"):
                continue
            data = but(**{name: str(text).replace(line, f"{word} = {nonsense}", 1)})
            try:
                with arrival.unpacked(io.BytesIO(data)) as found:
                    arrival.plan(found, now=now)
            except BadContent as refused:
                assert refused.faults


def test_what_a_computer_puts_beside_files_is_looked_over_and_so_is_a_folder_around_all(
    now: dt.datetime,
) -> None:
    named: dict[str, bytes | str] = {f"knots copy/{name}": said for name, said in GOOD.items()}
    named |= {
        "__MACOSX/knots copy/._x.md": "x",
        "knots copy/.DS_Store": "x",
        "knots copy/pages/Thumbs.db": "x",
    }
    with arrival.unpacked(io.BytesIO(parcels.zipped(named, packed=zipfile.ZIP_DEFLATED))) as found:
        assert len(arrival.plan(found, now=now).added) == 9


def test_a_mark_that_windows_puts_before_a_text_is_looked_over(now: dt.datetime) -> None:
    marked = {
        name: b"\xef\xbb\xbf" + str(said).encode() for name, said in GOOD.items() if not name.endswith("svg")
    }
    with arrival.unpacked(io.BytesIO(but(**marked))) as found:
        assert len(arrival.plan(found, now=now).added) == 9


def test_the_command_says_what_is_wrong_and_that_nothing_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "bad.zip"
    file.write_bytes(entry("../evil.md"))
    with pytest.raises(CommandError) as told:
        call_command("import_course", str(file), "--yes")
    assert str(told.value).splitlines() == [
        "Nothing was changed.",
        "../evil.md: the name leads out of its folder.",
    ]
