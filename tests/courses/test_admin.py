"""The desk for courses: it shows, and what it changes goes through the verbs."""

import datetime as dt
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from courses import access, release
from courses.models import (
    Check,
    Course,
    Enrolment,
    Grant,
    Illustration,
    Lesson,
    LessonProgress,
    Module,
    Opening,
)
from tests import conftest, factories
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>A</title>{}</svg>'


def management(prefix: str, count: int) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": str(count), f"{prefix}-INITIAL_FORMS": "0"}


def form(lesson: Lesson, **changes: Any) -> dict[str, Any]:
    """What the lesson's form posts."""
    data = {
        "module": lesson.module_id, "key": lesson.key, "slug": lesson.slug, "position": lesson.position,
        "title": lesson.title, "summary": "", "goal": "", "minutes": lesson.minutes, "status": lesson.status,
        "release_days": lesson.release_days, "body": lesson.body, "sources": "", "transcript": "",
    }  # fmt: skip
    return {**data, **management("checks", 0), **management("materials", 0), **changes}


@pytest.fixture
def knots() -> Course:
    return factories.small_course(days=(0, 1))


def post(client: Client, lesson: Lesson, **changes: Any) -> Any:
    return client.post(f"/desk/courses/lesson/{lesson.pk}/change/", form(lesson, **changes))


@pytest.mark.parametrize(
    "model",
    ["course", "module", "lesson", "exercise", "illustration", "page", "enrolment", "grant"],
)
def test_every_list_and_search_opens(seat: Enrolment, ines_client: Client, model: str) -> None:
    assert ines_client.get(f"/desk/courses/{model}/").status_code == 200
    assert ines_client.get(f"/desk/courses/{model}/", {"q": "knots"}).status_code == 200


@pytest.mark.parametrize(
    "model", ["course", "module", "lesson", "exercise", "illustration", "enrolment", "grant"]
)
def test_every_row_opens(seat: Enrolment, ines_client: Client, model: str) -> None:
    row = apps.get_model("courses", model)._default_manager.first()
    assert row is not None
    assert ines_client.get(f"/desk/courses/{model}/{row.pk}/change/").status_code == 200


def test_the_lesson_leads_to_what_a_student_sees(full: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=4)
    page = ines_client.get(f"/desk/courses/lesson/{lesson.pk}/change/").content.decode()
    assert '<a href="/courses/knots/lessons/lesson-1-4/" class="golink">See as a student</a>' in page


def test_changed_days_close_nothing(ann: User, knots: Course, ines_client: Client, now: dt.datetime) -> None:
    seat = access.grant(user=ann, course=knots, source="free", now=now).enrolment
    show(now + 2 * DAY)
    lesson = Lesson.objects.get(position=2)
    assert post(ines_client, lesson, release_days=9).status_code == 302
    lesson.refresh_from_db()
    assert lesson.release_days == 9
    assert Opening.objects.get().lesson == lesson
    assert release.is_open(lesson, seat, now=now + 2 * DAY)


def test_a_self_check_is_written_as_lines(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=1)
    check = {"checks-0-position": "1", "checks-0-question": "True?", "checks-0-why": "Because.",
             "checks-0-answers": "True\n* False\n"}  # fmt: skip
    assert post(ines_client, lesson, **{**management("checks", 1), **check}).status_code == 302
    assert Check.objects.get().answers == [{"text": "True", "right": False}, {"text": "False", "right": True}]
    page = ines_client.get(f"/desk/courses/lesson/{lesson.pk}/change/").content.decode()
    assert "True\n* False" in page


def test_self_checks_without_a_position_come_behind_the_others(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=1)
    first = Check.objects.create(lesson=lesson, position=7, question="?", why="!", answers=[])
    posted = management("checks", 3) | {"checks-INITIAL_FORMS": "1"}
    for number, position in enumerate((str(first.position), "", "")):
        posted |= {f"checks-{number}-position": position, f"checks-{number}-question": f"Question {number}?",
                   f"checks-{number}-why": "Because.", f"checks-{number}-answers": "True\n* False\n"}  # fmt: skip
    posted |= {"checks-0-id": str(first.pk), "checks-0-lesson": str(lesson.pk)}
    assert post(ines_client, lesson, **posted).status_code == 302
    assert list(lesson.checks.values_list("position", "question")) == [
        (7, "Question 0?"), (8, "Question 1?"), (9, "Question 2?"),
    ]  # fmt: skip


def test_what_is_to_be_mended_stands_on_top_with_the_way_there(knots: Course, ines_client: Client) -> None:
    check = {"checks-0-question": "True?", "checks-0-why": "", "checks-0-answers": "True\n* False"}
    lesson = Lesson.objects.get(position=1)
    response = post(ines_client, lesson, title="", **{**management("checks", 1), **check})
    page = " ".join(response.content.decode().split())
    assert '<li><a href="#id_title">Title</a>: This field is required.</li>' in page
    way = '<a href="#id_checks-0-why">Self-check question 1, explanation</a>'
    assert f"<li>{way}: This field is required.</li>" in page


def test_a_saved_lesson_leads_back_to_its_place_in_the_outline(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=1)
    assert post(ines_client, lesson).url == f"/desk/courses/course/{knots.pk}/outline/#lesson-{lesson.pk}"
    address = f"/desk/courses/lesson/{lesson.pk}/change/?_changelist_filters=status__exact%3Ddraft"
    response: Any = ines_client.post(address, form(lesson))
    assert response.url == "/desk/courses/lesson/?status__exact=draft"


def test_a_file_that_is_there_is_shown_from_where_the_site_sends_it(
    knots: Course, ines_client: Client
) -> None:
    lesson = Lesson.objects.get(position=1)
    Lesson.objects.filter(pk=lesson.pk).update(video="video/1.webm", captions="video/1.vtt")
    page = ines_client.get(f"/desk/courses/lesson/{lesson.pk}/change/").content.decode()
    for kind in ("video", "captions"):
        assert f'<a href="{lesson.get_absolute_url()}{kind}/">See the file that is there</a>' in page
    assert "video/1.webm" not in page


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ("* Only one", "Give at least two answers."),
        ("One\nTwo", "Begin exactly one answer with a star"),
        ("* One\n* Two", "Begin exactly one answer with a star"),
    ],
)
def test_a_self_check_without_one_right_answer_is_refused(
    knots: Course, ines_client: Client, answers: str, words: str
) -> None:
    check = {
        "checks-0-position": "1",
        "checks-0-question": "?",
        "checks-0-why": "!",
        "checks-0-answers": answers,
    }
    response = post(ines_client, Lesson.objects.get(position=1), **{**management("checks", 1), **check})
    assert response.status_code == 200
    assert words in response.content.decode()
    assert Check.objects.count() == 0


def test_sources_are_written_as_lines(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=1)
    post(ines_client, lesson, sources="MAYO | A page for patients.\nGeneral knowledge.\n\n")
    lesson.refresh_from_db()
    assert lesson.sources == [
        {"code": "MAYO", "text": "A page for patients."},
        {"text": "General knowledge."},
    ]
    page = ines_client.get(f"/desk/courses/lesson/{lesson.pk}/change/").content.decode()
    assert "MAYO | A page for patients.\nGeneral knowledge." in page


def test_a_published_lesson_needs_its_text(knots: Course, ines_client: Client) -> None:
    response = post(ines_client, Lesson.objects.get(position=1), body=" ")
    assert "A published lesson needs its text." in response.content.decode()


@pytest.mark.parametrize(
    ("name", "data", "is_taken"),
    [
        ("film.mp4", MP4, True),
        ("film.webm", b"\x1a\x45\xdf\xa3" + b"\x00" * 64, True),
        ("film.mp4", b"<html><script>", False),
        ("film.html", MP4, False),
        ("film.svg", b"<svg onload=alert(1)>", False),
        ("../../film.mp4", MP4, True),
    ],
)
def test_only_real_films_are_taken_under_names_of_our_own(
    knots: Course, ines_client: Client, name: str, data: bytes, is_taken: bool
) -> None:
    lesson = Lesson.objects.get(position=1)
    post(ines_client, lesson, video=SimpleUploadedFile(name, data), without_captions="on")
    lesson.refresh_from_db()
    assert bool(lesson.video) == is_taken
    if is_taken:
        folder, _, stored = str(lesson.video.name).partition("/")
        assert folder == "video"
        assert len(stored.partition(".")[0]) == 32


def test_a_drawing_is_cleaned_or_refused(knots: Course, ines_client: Client) -> None:
    def add(name: str, text: str) -> str:
        data = {"course": knots.pk, "name": name, "svg": text}
        return str(ines_client.post("/desk/courses/illustration/add/", data).content.decode())

    assert "&lt;script&gt; is not allowed in a drawing." in add("bad", SVG.format("<script/>"))
    assert "The attribute onload is not allowed in a drawing." in add("bad", SVG.format('<g onload="x"/>'))
    add("good", SVG.format("<g/>"))
    assert list(Illustration.objects.values_list("name", flat=True)) == ["good"]


def test_lessons_and_their_modules_stay_in_their_course(knots: Course, ines_client: Client) -> None:
    other = factories.module(factories.course("other"))
    lesson = Lesson.objects.get(position=1)
    answer = post(ines_client, lesson, module=other.pk)
    assert list(answer.context["adminform"].form.errors) == ["module"]
    module = Module.objects.get(course=knots)
    data = {"course": other.course_id, "title": "T", "slug": "t", "key": module.key, "summary": ""}
    answer = ines_client.post(f"/desk/courses/module/{module.pk}/change/", data)
    assert list(answer.context["adminform"].form.errors) == ["course"]
    assert set(Lesson.objects.values_list("course", "module__course")) == {(knots.pk, knots.pk)}


def test_a_lesson_is_archived_not_deleted(knots: Course, ines_client: Client, at: dt.datetime) -> None:
    lesson = Lesson.objects.get(position=1)
    assert ines_client.post(f"/desk/courses/lesson/{lesson.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"_selected_action": [lesson.pk]}
    ines_client.post("/desk/courses/lesson/", {"action": "archive", **chosen})
    ines_client.post("/desk/courses/lesson/", {"action": "archive", **chosen})
    lesson.refresh_from_db()
    assert lesson.archived_at is not None
    ines_client.post("/desk/courses/lesson/", {"action": "restore", **chosen})
    lesson.refresh_from_db()
    assert lesson.archived_at is None


def test_somebody_is_let_in_by_hand_with_a_reason(
    ines: User, knots: Course, ines_client: Client, at: dt.datetime
) -> None:
    data = {"email": "new@example.org", "course": knots.pk, "reason": "Won the raffle"}
    for _ in range(2):
        assert ines_client.post("/desk/courses/enrolment/join/", data).status_code == 302
    grant = Grant.objects.get()
    assert (grant.source, grant.reason, grant.actor) == ("manual:1", "Won the raffle", ines)
    assert access.of(User.objects.get(email="new@example.org"), knots) == grant.enrolment


def test_without_a_reason_nobody_is_let_in(knots: Course, ines_client: Client) -> None:
    data = {"email": "new@example.org", "course": knots.pk, "reason": ""}
    assert ines_client.post("/desk/courses/enrolment/join/", data).status_code == 200
    assert Grant.objects.count() == 0


def test_access_is_ended_after_a_reason_was_given(
    ines: User, ann: User, seat: Enrolment, full: Course, ines_client: Client
) -> None:
    chosen = {"action": "end_access", "_selected_action": [seat.pk]}
    page = ines_client.post("/desk/courses/enrolment/", chosen)
    assert page.status_code == 200
    assert access.of(ann, full) == seat

    ines_client.post("/desk/courses/enrolment/", {**chosen, "apply": "End access", "reason": ""})
    assert access.of(ann, full) == seat
    ines_client.post("/desk/courses/enrolment/", {**chosen, "apply": "End access", "reason": "Asked for it"})
    grant = Grant.objects.get()
    assert access.of(ann, full) is None
    assert (grant.state, grant.reason, grant.actor) == ("ended", "Asked for it", ines)

    again = {**chosen, "action": "let_in_again", "apply": "Let in", "reason": "A mistake"}
    ines_client.post("/desk/courses/enrolment/", again)
    assert access.of(ann, full) == seat


def test_all_of_thousands_are_done_and_exactly_those_that_were_shown(
    full: Course, ines_client: Client, at: dt.datetime, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 8

    def join(number: int) -> Grant:
        user = factories.user(f"n{number}@example.org")
        return access.grant(user=user, course=full, source="free", now=at)

    shown = [join(number) for number in range(9)]
    everybody = {"action": "end_access", "select_across": "1", "_selected_action": [shown[0].enrolment_id]}
    page = ines_client.post("/desk/courses/enrolment/", everybody).content.decode()
    assert [f"n{number}@example.org in" in page for number in range(9)] == [True] * 9
    later = join(9)
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    for reason in ("", "The course ends"):
        answer = [*fields, ("apply", "End access"), ("reason", reason)]
        ines_client.post(
            "/desk/courses/enrolment/", urlencode(answer), content_type="application/x-www-form-urlencoded"
        )
    ended = Grant.objects.filter(state="ended", reason="The course ends")
    assert set(ended) == set(shown)
    assert later not in ended


def test_progress_and_grants_are_shown_and_not_typed_into(seat: Enrolment, ines_client: Client) -> None:
    for model, pk in (("enrolment", seat.pk), ("grant", seat.grants.get().pk)):
        assert ines_client.post(f"/desk/courses/{model}/{pk}/change/", {"state": "ended"}).status_code == 403
        assert ines_client.post(f"/desk/courses/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
        assert ines_client.get(f"/desk/courses/{model}/add/").status_code == 403
    assert LessonProgress.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["/desk/courses/enrolment/join/", "/desk/courses/enrolment/", "/desk/courses/lesson/"]
)
def test_a_student_finds_no_desk(seat: Enrolment, ann_client: Client, path: str) -> None:
    response = ann_client.post(path, {"email": "ann@example.org", "action": "archive"})
    assert response.status_code in {302, 403}
    assert Grant.objects.count() == 1


def test_staff_without_the_right_let_nobody_in(knots: Course, at: dt.datetime) -> None:
    clerk = conftest.signed_in(factories.user("clerk@example.org", is_staff=True))
    data = {"email": "new@example.org", "course": knots.pk, "reason": "x"}
    assert clerk.post("/desk/courses/enrolment/join/", data).headers["Location"] == "/desk/"
    assert Grant.objects.count() == 0


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_of_enrolments_costs_the_same_for_many(
    knots: Course, ines_client: Client, now: dt.datetime, size: int, django_assert_num_queries: Any
) -> None:
    for number in range(size):
        access.grant(user=factories.user(f"s{number}@example.org"), course=knots, source="free", now=now)
    ines_client.get("/desk/courses/enrolment/")
    # session, user, what holds the mail, how many courses, the count, the filter by course, the list; for the rows of
    # the page lessons, progress, openings, where they are stuck, grants
    with django_assert_num_queries(12):
        assert ines_client.get("/desk/courses/enrolment/").status_code == 200
