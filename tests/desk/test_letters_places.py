"""Where a letter stood is told with its wordings, and after each move the way back is one press and a question away."""

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailing import publish
from mailing.models import Run, Sequence, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def guard(settings: Any) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


@pytest.fixture
def course(at: dt.datetime) -> Sequence:
    made = scene.sequence(1, 3, 5, now=at - 9 * DAY)
    for number in range(2):
        who = scene.contact(f"p{number}@example.org", now=at)
        scene.run(who=who, now=at, source=f"enrolment:{number}")
    return made


def url(name: str, *args: object) -> str:
    return reverse(f"admin:mailing_{name}", args=args)


def says(client: Client, page: str, words: dict[str, Any] | None = None) -> str:
    answer = client.get(page) if words is None else client.post(page, words, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def undo(page: str) -> str:
    [address] = re.findall(r'<a href="([^"]+)">Undo …</a>', page)
    return html.unescape(address)


def order() -> list[tuple[str, int]]:
    return list(Step.objects.order_by("position").values_list("key", "day"))


def words(step: Step, **changes: Any) -> dict[str, Any]:
    text = {"subject": "Letter 2", "preheader": "", "body": scene.BODY}
    place = {"position": step.position, "day": step.day, "subject_of": step.subject_of}
    return {**text, **place, "_sure": "yes", **changes}


def test_a_saved_day_can_be_undone(course: Sequence, ines_client: Client) -> None:
    step, waits = Step.objects.get(key="a2"), list(Run.objects.values_list("next_due_at", flat=True))
    change = url("step_change", step.pk)
    page = says(ines_client, change, words(step, day=4))
    assert "It stands in another place now." in page
    back = undo(page)
    sheet = says(ines_client, back)
    assert "Put back: “Letter 2” to Day 3, 9:00 their time, behind “Letter 1”, about lesson 1.2" in sheet
    assert "2 people: this letter comes on day 3 and not on day 4." in sheet
    assert order()[1] == ("a2", 4)
    page = says(ines_client, back, {"_sure": "yes"})
    assert "Put back where it stood." in page and undo(page) != back
    assert order()[1] == ("a2", 3)
    assert list(Run.objects.values_list("next_due_at", flat=True)) == waits
    assert "It stands there already." in says(ines_client, back, {"_sure": "yes"})
    assert "Undo …" not in says(ines_client, change, words(step, subject="Other words"))


def test_a_moved_letter_can_be_moved_back(course: Sequence, ines_client: Client) -> None:
    before = order()
    moved = {"step": Step.objects.get(key="a1").pk, "before": "", "_sure": "yes"}
    page = says(ines_client, url("sequence_order", course.pk), moved)
    assert order() != before and "“Letter 1” moved to the end." in page
    says(ines_client, undo(page), {"_sure": "yes"})
    assert order() == before


def test_the_wordings_say_where_the_letter_stood(
    course: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    step = Step.objects.select_related("sequence", "revision").get(key="a2")
    page = says(ines_client, url("step_versions", step.pk))
    assert "Where it stood" not in page
    assert page.count("Day 3, 9:00 their time, behind “Letter 1”, about lesson 1.2: from") == 1
    for day, subject, moment in (
        (4, "Letter 2", at - 3 * DAY),
        (6, "Mended", at - 2 * DAY),
        (6, "Again", at - DAY),
    ):
        publish.step(
            sequence=course, key="a2", subject=subject, preheader="", body=scene.BODY, day=day, subject_of="1.2",
            position=2, now=moment,
        )  # fmt: skip
    page = says(ines_client, url("step_versions", step.pk))
    places, *wordings = page.split("<article")
    assert "Where it stood" in places and places.count("Put it back there …") == 2
    stood = [
        re.findall(r"(Day \d), [^:]*:00 their time[^:]*: from [^<]+?( until)?[^<]*</p>", one)
        for one in wordings
    ]
    assert [[day for day, _ in one] for one in stood] == [["Day 6"], ["Day 6"], ["Day 4", "Day 3"]]


def test_a_place_of_another_letter_is_not_found(course: Sequence, ines_client: Client) -> None:
    step, other = Step.objects.get(key="a2"), Step.objects.get(key="a3")
    says(ines_client, url("step_change", step.pk), words(step, day=4))
    place = step.places.get()
    assert ines_client.get(url("step_place", other.pk, place.pk)).status_code == 404
    assert ines_client.get(url("step_place", step.pk, place.pk + 1)).status_code == 404


def test_a_place_that_has_no_room_any_more_is_told(course: Sequence, ines_client: Client) -> None:
    step = Step.objects.get(key="a2")
    says(ines_client, url("step_change", step.pk), words(step, position="9"))
    Step.objects.filter(key="a1").update(position="1.99")
    Step.objects.filter(key="a3").update(position="2")
    place = url("step_place", step.pk, step.places.get().pk)
    assert "Move it by hand." in says(ines_client, place, {"_sure": "yes"})


# ---- the clock of a sequence ----
def test_another_hour_can_be_undone(course: Sequence, ines_client: Client) -> None:
    change = url("sequence_change", course.pk)
    words = {"title": "Letters", "send_at": "09:00", "days": list("1234567")}
    assert "Undo …" not in says(ines_client, change, words)
    page = says(ines_client, change, {**words, "send_at": "20:00", "days": list("13"), "_sure": "yes"})
    back = undo(page)
    form = ines_client.get(back)
    shown = form.content.decode()
    assert 'value="09:00"' in shown and shown.count("checked") == 7
    course.refresh_from_db()
    assert (course.send_at.hour, course.weekdays) == (20, "13")
    opened = form.context["opened"]
    page = says(ines_client, back, {**words, "_opened": opened, "_sure": "yes"})
    assert "was changed successfully" in page
    course.refresh_from_db()
    assert (course.send_at.hour, course.weekdays) == (9, "1234567")
    assert 'value="09:00"' in says(ines_client, change)
