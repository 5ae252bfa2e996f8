"""A course out of the desk as a file and in again: asked first, done exactly so, written down."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import roles
from courses.models import Course, Lesson
from coursesite.lib.desk_log import Kind
from tests import factories
from tests.conftest import signed_in
from tests.courses import parcels
from tests.courses.test_importing import empty, everything
from tests.courses.test_parcel import FIRST, taken_in
from tests.courses.test_unpacking import entry

pytestmark = pytest.mark.django_db
BRING, PLAN = "/desk/courses/course/parcel/", "/desk/courses/course/parcel/plan/"


@pytest.fixture
def home(now: dt.datetime) -> Course:
    data = parcels.of(parcels.filmed())
    empty()
    taken_in(data, now)
    return Course.objects.get()


def lines() -> list[tuple[int, str]]:
    return [(one.action_flag, one.change_message) for one in LogEntry.objects.order_by("pk")]


def bring(client: Client, data: bytes) -> Any:
    return client.post(BRING, {"file": SimpleUploadedFile("knots.zip", data, "application/zip")})


def changed(home: Course) -> bytes:
    found = parcels.files(parcels.of(home))
    return parcels.zipped({**found, FIRST: found[FIRST].replace(b"Words to read.", b"Other words.")})


def test_it_goes_out_in_pieces_and_that_is_written_down(home: Course, ines_client: Client) -> None:
    url = reverse("admin:courses_course_parcel", args=[home.pk])
    assert ines_client.get(url).status_code == 302  # only a press takes it out
    answer: Any = ines_client.post(url)
    data = b"".join(answer.streaming_content)
    assert data == parcels.of(home)
    assert (answer["Content-Disposition"], answer["Content-Length"]) == (
        'attachment; filename="knots.zip"', str(len(data)),
    )  # fmt: skip
    assert lines() == [(Kind.EXPORT, "Took the course out as a file.")]


def test_first_it_is_shown_and_then_done(home: Course, ines_client: Client, settings: Any) -> None:
    before = everything()
    assert bring(ines_client, changed(home)).url == PLAN
    page = ines_client.get(PLAN)
    assert everything() == before
    text = page.content.decode()
    assert f"{FIRST}" in text and "<del>Words to read.</del> <ins>Other words.</ins>" in text
    done = ines_client.post(PLAN, {"do": "go", "seen": page.context["seen"]})
    assert done.url == reverse("admin:courses_course_outline", args=[home.pk])
    assert Lesson.objects.get(key="1.1").body == "Other words."
    same = len(page.context["report"].items) - 1
    assert lines() == [(Kind.IMPORT, f"Took in a course from a file: 1 changed, {same} unchanged.")]
    assert not list((Path(settings.MEDIA_ROOT) / "arrivals").iterdir())
    assert ines_client.get(PLAN).url == BRING  # type: ignore[attr-defined]


def test_what_was_edited_is_ticked_one_by_one(home: Course, ines_client: Client) -> None:
    data = changed(home)
    Lesson.objects.update(body="Mine.")
    bring(ines_client, data)
    page = ines_client.get(PLAN)
    assert f'<input type="checkbox" name="take" value="{FIRST}">' in page.content.decode()
    ines_client.post(PLAN, {"do": "go", "seen": page.context["seen"], "take": [FIRST]})
    assert list(Lesson.objects.values_list("body", flat=True)) == ["Other words.", "Mine."]


def test_a_plan_that_is_old_is_shown_anew_with_its_ticks(home: Course, ines_client: Client) -> None:
    data = changed(home)
    Lesson.objects.filter(key="1.1").update(body="Mine.")
    bring(ines_client, data)
    seen = ines_client.get(PLAN).context["seen"]
    Lesson.objects.filter(key="1.1").update(body="Mine, mended.")
    page = ines_client.post(PLAN, {"do": "go", "seen": seen, "take": [FIRST]})
    text = page.content.decode()
    assert "Somebody worked at the desk meanwhile" in text
    assert f'value="{FIRST}" checked' in text
    assert Lesson.objects.get(key="1.1").body == "Mine, mended."
    assert lines() == []


def test_it_can_be_left(home: Course, ines_client: Client, settings: Any) -> None:
    bring(ines_client, changed(home))
    assert ines_client.post(PLAN, {"do": "cancel"}).url == "/desk/courses/course/"  # type: ignore[attr-defined]
    assert Lesson.objects.get(key="1.1").body == "Words to read."
    assert not list((Path(settings.MEDIA_ROOT) / "arrivals").iterdir())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not a zip", "This is no zip that can be read whole"),
        (entry("../evil.md"), "the name leads out of its folder."),
    ],
)
def test_a_bad_one_is_told_at_the_field_and_not_kept(
    data: bytes, words: str, home: Course, ines_client: Client, settings: Any
) -> None:
    before = everything()
    text = bring(ines_client, data).content.decode()
    assert words in text and "Nothing was changed." in text
    assert everything() == before
    assert not (Path(settings.MEDIA_ROOT) / "arrivals").exists()
    assert ines_client.get(PLAN).url == BRING  # type: ignore[attr-defined]


def scanned(file: Any) -> str:
    return "Eicar" if b"kino" in file.read() else ""


def test_what_is_in_a_zip_is_shown_to_the_virus_scanner(
    home: Course, ines_client: Client, settings: Any
) -> None:
    settings.UPLOAD_SCANNER = f"{__name__}.scanned"
    assert bring(ines_client, changed(home)).url == PLAN
    film = {"courses/knots/media/lesson-1-1.mp4": parcels.OTHER_FILM}
    text = bring(ines_client, parcels.zipped({**parcels.files(parcels.of(home)), **film})).content.decode()
    assert "media/lesson-1-1.mp4: The virus scanner refused this file (Eicar)." in text


def test_an_assistant_takes_nothing_out_and_brings_nothing(home: Course) -> None:
    roles.prepare()
    hal = factories.user("hal@example.org", is_staff=True)
    hal.groups.add(Group.objects.get(name=roles.ASSISTANT))
    client = signed_in(hal)
    url = reverse("admin:courses_course_parcel", args=[home.pk])
    assert [client.post(url).status_code, client.get(BRING).status_code, client.get(PLAN).status_code] == [
        403
    ] * 3
    assert bring(client, parcels.of(home)).status_code == 403
    page = client.get("/desk/courses/course/").content.decode()
    assert "Take in a course" not in page
