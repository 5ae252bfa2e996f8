"""Photographs in the zip of a course: out, in, and out again; what is wrong with one is told with its name."""

import datetime as dt
from typing import Any

import pytest

from courses import pictures
from courses.importing import arrival
from courses.importing.report import BadContent, fingerprint
from courses.models import Course, Picture
from coursesite.lib import photos
from tests import factories
from tests.courses import parcels
from tests.courses.test_importing import empty
from tests.courses.test_parcel import fates, planned, taken_in
from tests.desk.test_pictures import drawn

pytestmark = pytest.mark.django_db
PLACE = "courses/knots/pictures"


@pytest.fixture
def course(now: dt.datetime) -> Course:
    made = factories.small_course(days=(0,), sequence="")
    made.lessons.update(body="Words.\n\n::picture chair")
    pictures.add(course=made, name="chair", photo=photos.ready(drawn()), alt="A “chair”.", now=now)
    quiet = photos.ready(drawn("PNG", (40, 30)))
    pictures.add(course=made, name="leaf", photo=quiet, decorative=True, now=now)
    return made


def test_out_and_in_and_out_again(course: Course, now: dt.datetime) -> None:
    data = parcels.of(course)
    assert [name for name in parcels.files(data) if "/pictures/" in name] == [
        f"{PLACE}/chair.jpg", f"{PLACE}/chair.toml", f"{PLACE}/leaf.png", f"{PLACE}/leaf.toml"
    ]  # fmt: skip
    Picture.objects.all().delete()
    empty()
    taken_in(data, now)
    assert parcels.of(Course.objects.get()) == data
    assert fates(taken_in(data, now)) == {}


def test_what_the_coach_changed_is_left_alone_unless_chosen(course: Course, now: dt.datetime) -> None:
    data = parcels.of(course)
    Picture.objects.filter(name="chair").update(alt="Mine.")
    called = f"{PLACE}/chair.toml: picture chair"
    assert fates(taken_in(data, now)) == {"edited at the desk since: left alone": [called]}
    assert Picture.objects.get(name="chair").alt == "Mine."
    taken_in(data, now, take=(called,))
    assert Picture.objects.get(name="chair").alt == "A “chair”."


def test_a_picture_outlives_an_import_that_was_refused(course: Course, now: dt.datetime) -> None:
    data = parcels.of(course)
    chair = Picture.objects.filter(name="chair")
    chair.update(alt="Mine.")
    called = f"{PLACE}/chair.toml: picture chair"
    seen = fingerprint(planned(data, now).items)
    chair.update(alt="Mine, mended.")
    with pytest.raises(arrival.StaleError):
        taken_in(data, now, take=(called,), seen=seen)
    assert chair.get().alt == "Mine, mended."
    assert all(chair.get().file.storage.exists(name) for name in chair.get().files)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"chair.jpg": b"<svg/>"}, "chair.jpg: This is a drawing (SVG), or pretends to be one."),
        ({"chair.jpg": None}, "chair.toml: pictures/chair.jpg (or png, webp) is missing."),
        ({"chair.toml": None}, "chair.jpg: pictures/chair.toml is missing: it says what is to be seen."),
        ({"chair.toml": b"alt = 3\n"}, "chair.toml: alt: a picture has alt and caption, texts, and"),
        ({"chair.jpg": None, "chair.toml": None}, "::picture chair points at no file in pictures/."),
        ({"x.html": b"<script>"}, "x.html: a course has no such file."),
    ],
)
def test_a_wrong_picture_is_told_and_nothing_is_taken(
    course: Course, now: dt.datetime, files: dict[str, Any], words: str
) -> None:
    held = {**parcels.files(parcels.of(course)), **{f"{PLACE}/{name}": data for name, data in files.items()}}
    with pytest.raises(BadContent) as told:
        taken_in(parcels.zipped({name: data for name, data in held.items() if data is not None}), now)
    assert words in str(told.value)
    assert Picture.objects.get(name="chair").alt == "A “chair”."
