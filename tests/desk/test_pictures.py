"""Photographs at the desk: what is taken and what is not, who gets them, and that none vanishes from a lesson."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from courses import pictures, versions
from courses.models import Course, Enrolment, Lesson, Picture
from coursesite.lib import photos

pytestmark = pytest.mark.django_db
GPS = 0x8825


def drawn(kind: str = "JPEG", size: tuple[int, int] = (1000, 500), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (40, 90, 60)).save(out, kind, **more)
    return out.getvalue()


def told() -> bytes:
    """A picture lying on its side that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "canarycamera"
    exif.get_ifd(GPS)[1] = "N"
    return drawn(exif=exif.tobytes(), comment=b"canarycomment")


def test_a_camera_tells_nothing_and_the_picture_stands_upright() -> None:
    found = photos.ready(told())
    assert (found.kind, found.width, found.height, sorted(found.sizes)) == ("jpg", 500, 1000, [480])
    for data in (found.data, *found.sizes.values()):
        assert b"canary" not in data
        assert not Image.open(io.BytesIO(data)).getexif()


def test_a_clean_picture_may_be_kept_to_the_byte_and_a_telling_one_not() -> None:
    clean = photos.ready(told()).data
    assert photos.ready(clean, keep=True).data == clean
    assert photos.ready(told(), keep=True).data != told()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='x'><script>1</script></svg>", "This is a drawing (SVG), or pretends to be one. "),
        (b"<html><script>1</script></html>", "This is no JPEG, PNG or WebP picture, whatever its name says."),
        (b"%PDF-1.7 not a picture", "This is no JPEG, PNG or WebP picture, whatever its name says."),
        (b"\x89PNG\r\n\x1a\nbroken", "This is no JPEG, PNG or WebP picture, whatever its name says."),
        (b"", "This is no JPEG, PNG or WebP picture, whatever its name says."),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "This is a HEIC picture of a phone."),
        (drawn("PNG", (9000, 7000)), "The picture has more than 60 million dots."),
        (drawn("GIF"), "This is no JPEG, PNG or WebP picture, whatever its name says."),
        (drawn()[:-2000], "This is no JPEG, PNG or WebP picture, whatever its name says."),
        (b"\0" * 20_000_001, "The picture is larger than 20 MB."),
    ],
)
def test_what_is_no_picture_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(photos.BadPhoto) as refused:
        photos.ready(data)
    assert str(refused.value).startswith(words)


def upload(client: Client, course: Course, *files: tuple[str, bytes], **said: str) -> Any:
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post("/desk/courses/picture/add/", {"course": course.pk, "pictures": sent, **said})


def test_a_picture_needs_words_or_a_tick(knots: Course, ines_client: Client) -> None:
    answer = upload(ines_client, knots, ("seat.jpg", drawn()), caption="By the window")
    assert answer.context["form"].errors == {
        "alt": ["Say what is to be seen, or tick that it only decorates."]
    }
    assert "By the window" in answer.text
    assert Picture.objects.count() == 0
    upload(ines_client, knots, ("Seat by the window.jpg", drawn()), alt="A chair by a window.")
    made = Picture.objects.get()
    assert (made.name, made.alt, made.width) == ("seat-by-the-window", "A chair by a window.", 1000)


def test_a_fault_names_its_file_and_nothing_is_half_kept(knots: Course, ines_client: Client) -> None:
    answer = upload(ines_client, knots, ("good.jpg", drawn()), ("bad.jpg", b"<svg>"))
    assert answer.context["form"].errors["pictures"] == [
        "bad.jpg: This is a drawing (SVG), or pretends to be one. Drawings have a page of their own."
    ]
    assert Picture.objects.count() == 0


def test_a_name_goes_with_one_picture_only(knots: Course, ines_client: Client) -> None:
    answer = upload(ines_client, knots, ("a.png", drawn("PNG")), ("b.png", drawn("PNG")), alt="A chair.")
    assert answer.context["form"].errors == {
        "name": ["A name and a description go with one picture. Leave both empty for many."]
    }
    assert Picture.objects.count() == 0


def test_many_come_at_once_and_wait_for_their_words(knots: Course, ines_client: Client) -> None:
    answer = upload(ines_client, knots, ("a.png", drawn("PNG")), ("b.webp", drawn("WEBP")))
    assert answer.headers["Location"] == "/desk/courses/picture/?described=no"
    page = ines_client.get(answer.headers["Location"]).text
    assert page.count("Still to be described") == 2
    lesson = Lesson.objects.get(position=1)
    data = {"lesson": lesson.pk, "body": "::picture a\n\n::picture c", "checks-TOTAL_FORMS": "0"}
    look = ines_client.post("/desk/courses/lesson/editor/look/", data)
    assert look.context["faults"] == [
        "::picture c points at no picture of this course.",
        "The picture a has no words yet: say on its page what is to be seen, or that it only decorates.",
    ]
    assert f"/desk/courses/picture/{Picture.objects.get(name='a').pk}/show/1000/" in look.text


@pytest.fixture
def chair(knots: Course, now: dt.datetime) -> Picture:
    made = pictures.add(course=knots, name="chair", photo=photos.ready(drawn()), alt="A chair.", now=now)
    lesson = Lesson.objects.get(position=1)
    lesson.body += "\n::picture chair\n"
    lesson.save()
    return made


def test_nobodys_words_are_overwritten_without_a_question(chair: Picture, ines_client: Client) -> None:
    url = f"/desk/courses/picture/{chair.pk}/change/"
    seen = ines_client.get(url).context["seen"]
    Picture.objects.update(alt="Theirs.", caption="New.")
    answer = ines_client.post(url, {"alt": "Mine.", "caption": "", "seen": seen})
    assert "It says “Theirs.” now. The line below it says “New.”." in answer.text
    assert 'value="Mine."' in answer.text and Picture.objects.get().alt == "Theirs."
    again = ines_client.post(url, {"alt": "Mine.", "caption": "", "seen": answer.context["seen"]})
    assert (again.status_code, Picture.objects.get().alt) == (302, "Mine.")


def test_who_may_see_the_lesson_gets_its_pictures_and_nobody_else(
    chair: Picture, seat: Enrolment, ann_client: Client, ben_client: Client
) -> None:
    page = ann_client.get("/courses/knots/lessons/lesson-1-1/").text
    at = "/courses/knots/lessons/lesson-1-1/pictures/chair"
    assert f'srcset="{at}/480/ 480w, {at}/800/ 800w, {at}/1000/ 1000w"' in page
    assert 'width="1000" height="500" alt="A chair."' in page
    for width, wide in ((480, 480), (800, 800), (1000, 1000), (7, 1000)):
        answer: Any = ann_client.get(f"{at}/{width}/")
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(b"".join(answer))).width == wide
    for client in (ben_client, Client()):
        assert client.get(f"{at}/480/").status_code == 404
    Lesson.objects.filter(position=2).update(release_days=0)
    assert ann_client.get(at.replace("1-1", "1-2") + "/480/").status_code == 404  # shows it not


def test_a_picture_that_is_shown_is_replaced_and_not_taken_away(
    chair: Picture, ines_client: Client, now: dt.datetime, django_capture_on_commit_callbacks: Any
) -> None:
    lesson = Lesson.objects.get(position=1)
    change, gone = (reverse(f"admin:courses_picture_{one}", args=[chair.pk]) for one in ("change", "delete"))
    assert str(lesson) in ines_client.get(change).text
    assert "cannot be taken away" in ines_client.get(gone).text
    ines_client.post(gone)
    old = chair.files
    with django_capture_on_commit_callbacks(execute=True):
        fresh = SimpleUploadedFile("x.jpg", drawn(size=(600, 300)))
        ines_client.post(change, {"alt": "A stool.", "caption": "", "fresh": fresh})
    chair.refresh_from_db()
    assert (chair.alt, chair.width) == ("A stool.", 600)
    assert [chair.file.storage.exists(name) for name in old] == [False] * len(old)
    versions.keep(row=lesson, now=now)
    lesson.body = "Words."
    lesson.save()
    assert [one.words for one in pictures.uses(chair)] == [f"Earlier versions of {lesson}"]


def test_a_page_to_print_of_an_earlier_version_shows_a_picture_too(chair: Picture, now: dt.datetime) -> None:
    lesson = Lesson.objects.get(position=2)
    sheet = lesson.materials.create(slug="map", position=9, title="A map", body="Sit.\n\n::picture chair")
    Lesson.objects.filter(position=1).update(body="Words.")
    versions.keep(row=lesson, now=now)
    sheet.delete()
    assert [one.words for one in pictures.uses(chair)] == [f"Earlier versions of {lesson}"]


def test_verbs_said_twice(knots: Course, now: dt.datetime, settings: Any) -> None:
    photo, other = photos.ready(drawn()), photos.ready(drawn(size=(50, 50)))
    made = pictures.add(course=knots, name="one", photo=photo, now=now)
    assert pictures.add(course=knots, name="one", photo=photo, now=now) == made
    with pytest.raises(pictures.NameTaken):
        pictures.add(course=knots, name="one", photo=other, now=now)
    assert [pictures.replace(picture=made, photo=other, now=now) for _ in "ab"] == [True, False]
    assert [one.path for one in pictures.media(knots)] == ["pictures/one.jpg"]
    settings.PICTURES_QUOTA_MB = 0
    with pytest.raises(pictures.Full):
        pictures.add(course=knots, name="two", photo=photo, now=now)
    for _ in "ab":
        pictures.remove(picture=made)
    assert Picture.objects.count() == 0


def test_the_shelf_asks_as_much_for_three_as_for_one(
    knots: Course, ines_client: Client, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        pictures.add(
            course=knots, name=f"p{number}", photo=photos.ready(drawn(size=(20, 20 + number))), now=now
        )
        if number in {0, 2}:
            with django_assert_num_queries(9):
                assert ines_client.get("/desk/courses/picture/").status_code == 200
