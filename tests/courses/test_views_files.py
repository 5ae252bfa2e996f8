"""Films and sheets: the right is asked at every request, and only the bytes asked for are read."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.test import Client

from courses import access
from courses.models import Course, Enrolment, Lesson
from coursesite.lib import sending

pytestmark = pytest.mark.django_db
VIDEO = "/courses/knots/lessons/lesson-1-2/video/"
DATA = bytes(range(256)) * 4  # 1024 bytes


@pytest.fixture
def film(seat: Enrolment) -> None:
    Lesson.objects.get(position=2).video.save("short.mp4", ContentFile(DATA))


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "body"),
    [
        ("bytes=0-99", 206, "bytes 0-99/1024", DATA[:100]),
        ("bytes=1000-", 206, "bytes 1000-1023/1024", DATA[1000:]),
        ("bytes=1000-9999", 206, "bytes 1000-1023/1024", DATA[1000:]),
        ("bytes=-24", 206, "bytes 1000-1023/1024", DATA[1000:]),
        ("bytes=-9999", 206, "bytes 0-1023/1024", DATA),
        ("bytes=0-0", 206, "bytes 0-0/1024", DATA[:1]),
        ("bytes=0-", 206, "bytes 0-1023/1024", DATA),
        ("bytes=1024-", 416, "bytes */1024", b""),
        ("bytes=9999-10000", 416, "bytes */1024", b""),
        ("bytes=50-10", 416, "bytes */1024", b""),
        ("bytes=-0", 416, "bytes */1024", b""),
    ],
)
def test_ranges(
    film: None, ann_client: Client, asked: str, status: int, content_range: str, body: bytes
) -> None:
    response = ann_client.get(VIDEO, headers={"Range": asked, "Accept-Encoding": "gzip"})
    assert (response.status_code, response.headers["Content-Range"]) == (status, content_range)
    assert response.content == body


@pytest.mark.parametrize("asked", ["", "bytes=-", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "nonsense"])
def test_what_is_no_range_gets_the_whole(film: None, ann_client: Client, asked: str) -> None:
    response = ann_client.get(VIDEO, headers={"Range": asked} if asked else {})
    assert response.status_code == 200
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == "1024"
    assert response.headers["Content-Type"] == "video/mp4"
    assert b"".join(response) == DATA  # type: ignore[arg-type]


def test_a_long_range_comes_in_parts(film: None, ann_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "CHUNK", 300)
    response = ann_client.get(VIDEO, headers={"Range": "bytes=0-"})
    assert (response.status_code, response.headers["Content-Range"]) == (206, "bytes 0-299/1024")
    assert response.content == DATA[:300]


def test_a_refund_stops_the_film_at_the_next_part(
    seat: Enrolment, film: None, ann_client: Client, at: dt.datetime
) -> None:
    assert ann_client.get(VIDEO, headers={"Range": "bytes=0-9"}).status_code == 206
    access.end(grant=seat.grants.get(), reason="refunded", now=at)
    assert ann_client.get(VIDEO, headers={"Range": "bytes=10-19"}).status_code == 404


@pytest.mark.parametrize("end", ["video/", "captions/", "materials/file/file/", "materials/sheet/file/"])
@pytest.mark.parametrize("number", [2, 3, 4])
def test_strangers_get_no_file(
    full: Course, ben_client: Client, at: dt.datetime, end: str, number: int
) -> None:
    path = f"/courses/knots/lessons/lesson-1-{number}/{end}"
    assert Client().get(path).status_code == 404
    assert ben_client.get(path).status_code == 404


def test_captions_are_captions(seat: Enrolment, ann_client: Client) -> None:
    response = ann_client.get("/courses/knots/lessons/lesson-1-2/captions/")
    assert response.headers["Content-Type"] == "text/vtt"
    assert b"".join(response) == b"WEBVTT canarycaptions2"  # type: ignore[arg-type]


def test_a_sheet_to_download_has_its_own_name(seat: Enrolment, ann_client: Client) -> None:
    response = ann_client.get("/courses/knots/lessons/lesson-1-2/materials/file/file/")
    assert response.headers["Content-Disposition"] == 'attachment; filename="file.pdf"'


@pytest.mark.parametrize(
    "end", ["materials/sheet/file/", "materials/nothing/", "materials/file/", "materials/x/file/"]
)
def test_what_a_lesson_has_not_is_not_there(seat: Enrolment, ann_client: Client, end: str) -> None:
    assert ann_client.get(f"/courses/knots/lessons/lesson-1-2/{end}").status_code == 404


def test_a_lesson_without_a_film_has_none(seat: Enrolment, ann_client: Client) -> None:
    Lesson.objects.filter(position=2).update(video="")
    assert ann_client.get(VIDEO).status_code == 404


def test_a_film_that_is_gone_from_the_disk_is_not_there(seat: Enrolment, ann_client: Client) -> None:
    lesson = Lesson.objects.get(position=2)
    lesson.video.storage.delete(str(lesson.video.name))
    assert ann_client.get(VIDEO).status_code == 404


def test_no_file_has_an_address_of_its_own(seat: Enrolment, ann_client: Client) -> None:
    name = Lesson.objects.get(position=2).video.name
    for path in (f"/media/{name}", f"/{name}", f"/static/{name}", f"/courses/{name}"):
        assert ann_client.get(path).status_code == 404


def test_nginx_may_send_the_film_once_the_right_was_asked(
    film: None, ann_client: Client, ben_client: Client, settings: Any
) -> None:
    settings.X_ACCEL_PREFIX = "/protected/"
    name = Lesson.objects.get(position=2).video.name
    answer = ann_client.get(VIDEO, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == f"/protected/{name}"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert ben_client.get(VIDEO).status_code == 404


class Bucket(InMemoryStorage):
    """A storage outside of this machine, which gives addresses that die."""

    def url(self, name: str | None) -> str:
        return f"https://bucket.example.org/{name}?signature=x"


def test_a_bucket_gives_an_address_that_dies_and_captions_come_from_here(
    seat: Enrolment, ann_client: Client, ben_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket()
    for field in ("video", "captions"):
        monkeypatch.setattr(Lesson._meta.get_field(field), "storage", bucket)
    lesson = Lesson.objects.get(position=2)
    lesson.video.save("short.mp4", ContentFile(DATA))
    lesson.captions.save("short.vtt", ContentFile(b"WEBVTT"))
    answer = ann_client.get(VIDEO)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"https://bucket.example.org/{lesson.video.name}?signature=x"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert ben_client.get(VIDEO).status_code == 404
    captions: Any = ann_client.get(VIDEO.replace("video", "captions"))
    assert b"".join(captions) == b"WEBVTT"
