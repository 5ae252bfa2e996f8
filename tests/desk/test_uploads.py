"""Films, captions and sheets at the desk: a wrong file is told at its field, and what else was typed stays."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from courses.models import Course, Enrolment, Lesson
from coursesite.lib import scanning, webvtt
from tests.desk.test_fields import change, submit

pytestmark = pytest.mark.django_db
MP4 = b"\0\0\0\x18ftypmp42" + b"\0" * 64
VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello.\n"


def file(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.fixture
def lesson(knots: Course) -> Lesson:
    return Lesson.objects.get(position=2)


@pytest.mark.parametrize(
    ("field", "name", "data", "words"),
    [
        ("video", "film.mp4", b"<html>", "This must be a real mp4 or m4v or webm or mp3 or m4a file; "),
        ("video", "film.svg", b"<svg/>", "This must be a real mp4 or m4v or webm or mp3 or m4a file; "),
        (
            "video",
            "film.mp4",
            b"\x89PNG\r\n\x1a\n",
            "This must be a real mp4 or m4v or webm or mp3 or m4a file; ",
        ),
        ("captions", "words.vtt", b"1\n00:01 --> 00:02\n", "This must be a real vtt file; "),
        ("captions", "words.srt", VTT, "This must be a real vtt file; "),
        (
            "captions",
            "words.vtt",
            b"WEBVTT\n\n00:05,000 --> 00:06\nHi",
            "Line 3: “00:05,000 --> 00:06” is no time.",
        ),
        ("captions", "words.vtt", b"WEBVTT\xff", "The captions are not UTF-8 text."),
        ("captions", "words.vtt", VTT + b" " * 1_000_000, "The file is larger than 1 MB."),
    ],
)
def test_a_wrong_file_is_told_at_its_field_and_the_words_stay(
    lesson: Lesson, ines_client: Client, field: str, name: str, data: bytes, words: str
) -> None:
    found = submit(ines_client, change(lesson), goal="Kept on the page.", **{field: file(name, data)})
    assert found[field][0].startswith(words)
    lesson.refresh_from_db()
    assert (lesson.goal, lesson.video.name, lesson.captions.name) == ("", "", "")


def test_a_png_called_pdf_is_no_sheet(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=1)
    sheet = file("sheet.pdf", b"\x89PNG\r\n\x1a\n")
    found = submit(ines_client, change(lesson), **{"materials-0-file": sheet, "materials-0-title": "Typed."})
    assert "This must be a real pdf or png or jpg or mp3 file" in str(found)


def test_a_film_that_students_see_has_captions_or_somebody_says_that_they_come_later(
    lesson: Lesson, seat: Enrolment, ines_client: Client
) -> None:
    found = submit(ines_client, change(lesson), video=file("film.mp4", MP4))
    assert found["captions"][0].startswith("A film that students see needs captions")
    assert submit(ines_client, change(lesson), video=file("film.mp4", MP4), without_captions="on") == {}
    assert (
        submit(ines_client, change(lesson), goal="Another goal.") == {}
    )  # only asked when one of them changes
    assert submit(ines_client, change(lesson), captions=file("words.vtt", VTT)) == {}


def test_a_sound_needs_none_and_is_played_as_a_sound(
    knots: Course, seat: Enrolment, ann_client: Client, ines_client: Client
) -> None:
    lesson = Lesson.objects.get(position=1)
    assert submit(ines_client, change(lesson), video=file("words.mp3", b"ID3" + b"\0" * 64)) == {}
    page = ann_client.get(lesson.get_absolute_url()).text
    assert "<audio controls" in page
    assert 'type="audio/mpeg"' in page


def test_a_film_somewhere_else_is_a_link_and_loads_nothing(
    knots: Course, seat: Enrolment, ann_client: Client, ines_client: Client
) -> None:
    lesson = Lesson.objects.get(position=1)
    assert "film_url" in submit(ines_client, change(lesson), film_url="javascript:alert(1)")
    assert submit(ines_client, change(lesson), film_url="https://youtu.be/abc") == {}
    page = ann_client.get(lesson.get_absolute_url()).text
    assert 'href="https://youtu.be/abc" rel="noopener noreferrer"' in page
    assert "Watch the film at youtu.be" in page
    assert "<iframe" not in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "WEBVTT\n\n1\n00:00.000 --> 00:02.000 align:start\nHi\n\nNOTE x\n\n01:00:00.000 --> 01:00:01.000\nLast",
            [],
        ),
        (
            "WEBVTT",
            ["There is no caption in the file: a time like 00:01.000 --> 00:04.000 and below it the words."],
        ),
        ("WEBVTTX\n", ["Line 1: captions begin with the word WEBVTT, alone on its line."]),
        ("WEBVTT\n\n00:03.000 --> 00:01.000\nHi", ["Line 3: the caption ends before it begins."]),
        ("WEBVTT\n\n00:03.000 --> 00:04.000", ["Line 3: the words below the time are missing."]),
        ("WEBVTT\n\nHi there", ["Line 3: a time is missing, like 00:01.000 --> 00:04.000."]),
        (
            "WEBVTT\n\n00:03.000 --> 00:04.000\nA\n\n00:01.000 --> 00:02.000\nB",
            ["Line 6: it begins before the caption above it."],
        ),
    ],
)
def test_captions_are_read_line_by_line(text: str, found: list[str]) -> None:
    assert webvtt.faults(text.encode()) == found
    assert webvtt.faults(("\ufeff" + text.replace("\n", "\r\n")).encode()) == found


def clamd(place: Path, answer: bytes) -> threading.Thread:
    """A scanner that reads what it is sent as clamd does, and says one thing."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(place))
    door.listen(1)

    def serve() -> None:
        talk, _ = door.accept()
        with door, talk, talk.makefile("rb") as heard:
            assert heard.read(10) == b"zINSTREAM\0"
            while length := struct.unpack("!I", heard.read(4))[0]:
                heard.read(length)
            talk.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


@pytest.fixture
def place(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.UPLOAD_SCANNER = f"clamd://{tmp_path / 'clamd'}"
    yield tmp_path / "clamd"


def test_what_the_scanner_refuses_is_not_taken(lesson: Lesson, ines_client: Client, place: Path) -> None:
    thread = clamd(place, b"stream: Eicar-Test FOUND\0")
    found = submit(ines_client, change(lesson), video=file("film.mp4", MP4), without_captions="on")
    thread.join()
    assert found == {"video": ["The virus scanner refused this file (Eicar-Test)."]}
    place.unlink()
    thread = clamd(place, b"stream: OK\0")
    assert submit(ines_client, change(lesson), video=file("film.mp4", MP4), without_captions="on") == {}
    thread.join()


def test_without_an_answer_nothing_is_taken_unless_settings_say_so(place: Path, settings: Any) -> None:
    some = file("film.mp4", MP4)
    assert scanning.refusal(some).startswith("The virus scanner does not answer")
    settings.UPLOAD_SCANNER_MAY_FAIL = True
    assert scanning.refusal(some) == ""


def test_a_function_may_scan(settings: Any) -> None:
    settings.UPLOAD_SCANNER = "tests.desk.test_uploads.finds"
    assert scanning.refusal(file("a", b"bad")) == "The virus scanner refused this file (something bad)."
    assert scanning.refusal(file("a", b"good")) == ""


def finds(some: Any) -> str:
    return "something bad" if b"bad" in some.read() else ""
