"""The lesson page and its forms, with and without htmx."""

import datetime as dt
import re

import pytest
from django.test import Client

from accounts.models import User
from courses import access, progress
from courses.models import CheckAnswer, Course, Enrolment, Lesson, LessonProgress
from courses.rules import FIRST, Rule
from tests import factories
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
BASE = "/courses/knots/lessons/lesson-1-"
HTMX = {"HX-Request": "true"}


def lesson(number: int) -> Lesson:
    return Lesson.objects.select_related("course").get(position=number)


def test_an_open_lesson_shows_its_parts_in_order(seat: Enrolment, ann_client: Client) -> None:
    page = ann_client.get(f"{BASE}2/").content.decode()
    parts = ["Module 1, Module 1 · lesson 1.2", "<h1>Lesson 1.2</h1>", "Goal 2", "canarybody2", "canaryname2",
             "canarydrawing2", "canaryquestion2", "Sheet 2", "canarysource2", "Mark done", "All lessons"]  # fmt: skip
    assert [part for part in parts if part not in page] == []
    assert sorted(parts, key=page.index) == parts


def test_a_card_before_any_heading_leaves_none_out(seat: Enrolment, ann_client: Client) -> None:
    [key] = lesson(2).exercise_keys
    Lesson.objects.filter(position=2).update(body=f"::exercise {key}\n\n## Then\n\n::exercise {key}")
    page = ann_client.get(f"{BASE}2/").content.decode().partition("</h1>")[2]
    assert re.findall("<(h[2-4])", page)[:5] == ["h2", "h3", "h2", "h3", "h4"]


def test_reading_a_page_writes_nothing(seat: Enrolment, ann_client: Client) -> None:
    before = list(Enrolment.objects.values())
    for path in (
        f"{BASE}1/",
        f"{BASE}2/",
        f"{BASE}3/",
        "/learn/",
        "/learn/knots/continue/",
        "/",
        "/courses/knots/",
    ):
        ann_client.get(path)
    assert LessonProgress.objects.count() == 0
    assert list(Enrolment.objects.values()) == before


def test_a_lesson_that_opens_later_says_when_in_the_students_own_time(
    seat: Enrolment, ann_client: Client
) -> None:
    response = ann_client.get(f"{BASE}3/")
    assert response.status_code == 403
    assert "This lesson opens Mon Nov 23, 9:00 your time." in response.content.decode()


def test_a_lesson_that_waits_for_another_says_so_with_the_way_there(
    seat: Enrolment, ann_client: Client
) -> None:
    first, third = Lesson.objects.get(position=2), Lesson.objects.get(position=3)
    link = '<a href="/courses/knots/lessons/lesson-1-2/">Lesson 1.2</a>'
    third.rule = Rule(after_lesson=first.pk)
    third.save()
    page = ann_client.get(f"{BASE}3/").content.decode()
    assert f"This lesson opens after {link}." in page
    assert f"<b>After {link}</b>" in page
    third.rule = Rule(days=3, after_lesson=first.pk)
    third.save()
    response = ann_client.get(f"{BASE}3/")
    assert f"This lesson opens Mon Nov 23, 9:00 your time, after {link}." in response.content.decode()
    assert (
        f"<b>Opens Mon Nov 23, 9:00 your time, after {link}</b>" in ann_client.get("/learn/").content.decode()
    )
    show(factories.JOINED + dt.timedelta(days=4))
    assert f"This lesson opens after {link}." in ann_client.get(f"{BASE}3/").content.decode()
    ann_client.post(f"{BASE}2/done/", {"done": "yes"})
    assert ann_client.get(f"{BASE}3/").status_code == 200


def test_a_lesson_that_waits_for_a_module_names_it(seat: Enrolment, ann_client: Client) -> None:
    later = factories.lesson(factories.module(seat.course, 2), 1)
    later.rule = Rule(days=3, after_module=Lesson.objects.get(position=2).module_id, by=FIRST)
    later.save()
    page = ann_client.get(later.get_absolute_url()).content.decode()
    link = '<a href="/courses/knots/lessons/lesson-1-1/">Module 1</a>'
    assert f"This lesson opens Mon Nov 23, 9:00 your time or after {link}." in page


def test_it_opens_to_the_minute(seat: Enrolment, ann_client: Client) -> None:
    show(dt.datetime(2026, 11, 23, 13, 59, tzinfo=dt.UTC))
    assert ann_client.get(f"{BASE}3/").status_code == 403
    show(dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC))
    assert ann_client.get(f"{BASE}3/").status_code == 200


@pytest.mark.parametrize("who", ["nobody", "ben"])
def test_who_is_not_in_learns_what_the_course_is(
    full: Course, ben_client: Client, at: dt.datetime, who: str
) -> None:
    response = (Client() if who == "nobody" else ben_client).get(f"{BASE}2/")
    page = response.content.decode()
    assert response.status_code == 403
    assert "Part of the course" in page
    assert "149 USD" in page
    assert ("Sign in and you’ll come straight here" in page) == (who == "nobody")


@pytest.mark.parametrize(
    "path", [f"{BASE}4/", f"{BASE}5/", f"{BASE}6/", f"{BASE}9/", "/courses/no/lessons/lesson-1-1/"]
)
def test_what_is_not_published_is_not_there(seat: Enrolment, ann_client: Client, path: str) -> None:
    assert ann_client.get(path).status_code == 404


def test_a_lesson_of_one_course_is_not_in_another(seat: Enrolment, ann_client: Client) -> None:
    factories.course("other")
    assert ann_client.get("/courses/other/lessons/lesson-1-2/").status_code == 404


def test_done_without_javascript_leads_to_the_next_open_lesson(seat: Enrolment, ann_client: Client) -> None:
    response = ann_client.post(f"{BASE}1/done/", {"done": "yes"})
    assert (response.status_code, response.headers["Location"]) == (302, f"{BASE}2/")
    assert LessonProgress.objects.get().done_at is not None


def test_done_without_javascript_leads_home_when_the_next_is_not_open(
    seat: Enrolment, ann_client: Client
) -> None:
    assert ann_client.post(f"{BASE}2/done/", {"done": "yes"}).headers["Location"] == "/learn/"


def test_done_with_htmx_moves_the_pager_and_the_bar(seat: Enrolment, ann_client: Client) -> None:
    fragment = ann_client.post(f"{BASE}1/done/", {"done": "yes"}, headers=HTMX).content.decode()
    assert 'id="pager"' in fragment
    assert 'id="ropebar" data-hx-swap-oob="true"' in fragment
    assert "1 of 3 lessons done." in fragment
    row = fragment.partition('id="lesson-list" data-hx-swap-oob="true"')[2].partition('<li class="here">')[2]
    assert "Done" in row.partition("</li>")[0]
    assert "<html" not in fragment


def test_done_twice_stays_done_and_undo_takes_it_back(seat: Enrolment, ann_client: Client) -> None:
    ann_client.post(f"{BASE}1/done/", {"done": "yes"})
    ann_client.post(f"{BASE}1/done/", {"done": "yes"})
    assert LessonProgress.objects.exclude(done_at=None).count() == 1
    assert ann_client.post(f"{BASE}1/done/", {"done": "no"}).headers["Location"] == f"{BASE}1/"
    assert LessonProgress.objects.exclude(done_at=None).count() == 0


def test_an_answer_is_kept_and_explained(seat: Enrolment, ann_client: Client) -> None:
    assert "canarywhy2" not in ann_client.get(f"{BASE}2/").content.decode()
    response = ann_client.post(f"{BASE}2/check/", {"check": "1", "answer": "0"})
    assert (response.status_code, response.headers["Location"]) == (302, f"{BASE}2/#check-1")
    page = ann_client.get(f"{BASE}2/").content.decode()
    assert "Not quite.</strong> The answer is: <b>canaryright2</b>" in page
    assert "canarywhy2" in page
    assert list(CheckAnswer.objects.values_list("chosen", flat=True)) == [0]


def test_an_answer_with_htmx_is_the_same_card(seat: Enrolment, ann_client: Client) -> None:
    fragment = ann_client.post(
        f"{BASE}2/check/", {"check": "1", "answer": "1"}, headers=HTMX
    ).content.decode()
    assert "That’s right." in fragment
    assert 'id="check-1"' in fragment
    assert f'action="{BASE}2/check/#check-1"' in fragment
    assert "<html" not in fragment


def test_a_visitors_answer_is_shown_and_kept_nowhere(full: Course, at: dt.datetime) -> None:
    response = Client().post(f"{BASE}1/check/", {"check": "1", "answer": "1"})
    assert response.status_code == 200
    assert "That’s right." in response.content.decode()
    assert CheckAnswer.objects.count() == LessonProgress.objects.count() == 0


@pytest.mark.parametrize("answer", [{}, {"answer": ""}, {"answer": "7"}, {"answer": "x"}, {"answer": "-1"}])
def test_no_answer_is_said_so(seat: Enrolment, ann_client: Client, answer: dict[str, str]) -> None:
    response = ann_client.post(f"{BASE}2/check/", {"check": "1", **answer})
    assert response.status_code == 200
    assert "Choose an answer first." in response.content.decode()
    assert CheckAnswer.objects.count() == 0


@pytest.mark.parametrize("number", ["0", "2", "x", ""])
def test_an_unknown_question_is_not_there(seat: Enrolment, ann_client: Client, number: str) -> None:
    assert ann_client.post(f"{BASE}2/check/", {"check": number, "answer": "0"}).status_code == 404


def test_the_place_is_kept_and_offered_again(seat: Enrolment, ann_client: Client) -> None:
    assert ann_client.post(f"{BASE}2/position/", {"percent": "45", "seconds": "252"}).status_code == 204
    step = LessonProgress.objects.get()
    assert (step.read_percent, step.video_seconds) == (45, 252)
    page = ann_client.get(f"{BASE}2/").content.decode()
    assert 'data-percent="45"' in page
    assert 'data-position="252"' in page
    assert "data-resume" in page


def test_opening_a_lesson_makes_it_begun(seat: Enrolment, ann_client: Client) -> None:
    ann_client.post(f"{BASE}2/position/")
    step = LessonProgress.objects.get()
    assert (step.lesson, step.read_percent, step.done_at) == (lesson(2), 0, None)


@pytest.mark.parametrize(
    "place", [{"percent": "101"}, {"percent": "-1"}, {"percent": "x"}, {"seconds": "9999999"}]
)
def test_a_place_that_makes_no_sense_is_ignored(
    seat: Enrolment, ann_client: Client, place: dict[str, str]
) -> None:
    assert ann_client.post(f"{BASE}2/position/", place).status_code == 204
    assert LessonProgress.objects.count() == 0


@pytest.mark.parametrize("end", ["done/", "position/", "check/"])
@pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
def test_a_stranger_can_press_nothing(
    full: Course, ben_client: Client, at: dt.datetime, end: str, number: int
) -> None:
    response = ben_client.post(
        f"{BASE}{number}/{end}", {"done": "yes", "percent": "5", "check": "1", "answer": "0"}
    )
    assert response.status_code == 404
    assert LessonProgress.objects.count() == CheckAnswer.objects.count() == 0


def test_a_stranger_makes_no_progress_in_a_free_lesson(
    full: Course, ben_client: Client, at: dt.datetime
) -> None:
    assert ben_client.post(f"{BASE}1/done/").status_code == 404
    assert ben_client.post(f"{BASE}1/position/", {"percent": "5"}).status_code == 204
    assert LessonProgress.objects.count() == 0


@pytest.mark.parametrize("end", ["done/", "position/", "check/"])
def test_a_student_too_early_can_press_nothing(seat: Enrolment, ann_client: Client, end: str) -> None:
    assert ann_client.post(f"{BASE}3/{end}", {"check": "1", "answer": "0"}).status_code == 404
    assert LessonProgress.objects.count() == 0


def test_a_teacher_looking_in_leaves_no_trace(full: Course, ines_client: Client, at: dt.datetime) -> None:
    page = ines_client.get(f"{BASE}4/").content.decode()
    assert "As a student would see it" in page
    assert ines_client.post(f"{BASE}4/done/").status_code == 404
    assert ines_client.post(f"{BASE}4/position/", {"percent": "5"}).status_code == 204
    assert LessonProgress.objects.count() == 0


def test_a_draft_that_its_author_looks_at_says_that_it_is_not_out(full: Course, ines_client: Client) -> None:
    Lesson.objects.filter(position=4).update(status=Lesson.Status.DRAFT)
    page = " ".join(ines_client.get(f"{BASE}4/").content.decode().split())
    assert "Module ," not in page and f"{lesson(4).module.title} · not out yet" in page


@pytest.mark.parametrize("end", ["done/", "position/", "check/"])
def test_forms_answer_only_to_post(seat: Enrolment, ann_client: Client, end: str) -> None:
    assert ann_client.get(f"{BASE}2/{end}").status_code == 405


def test_a_signed_in_page_is_kept_by_no_cache(seat: Enrolment, ann_client: Client) -> None:
    assert ann_client.get(f"{BASE}2/").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("size", [1, 25])
def test_a_lesson_costs_eight_queries_however_long_the_course(
    ann: User, ann_client: Client, full: Course, at: dt.datetime, size: int, django_assert_num_queries: object
) -> None:
    enrolment = access.grant(user=ann, course=full, source="free", now=at).enrolment
    for number in range(2, 2 + size):
        module = factories.module(full, number)
        for position in (1, 2):
            progress.seen(enrolment=enrolment, lesson=factories.lesson(module, position), now=at)
        access.grant(user=factories.user(f"s{number}@example.org"), course=full, source="free", now=at)
    # session, user, lesson with seat, outline, cards, drawings, checks with answers, materials
    with django_assert_num_queries(8):  # type: ignore[operator]
        assert ann_client.get(f"{BASE}2/").status_code == 200


def test_a_closed_lesson_costs_few_queries(
    seat: Enrolment, ann_client: Client, django_assert_num_queries: object
) -> None:
    # session, user, lesson with seat, outline, letters to come
    with django_assert_num_queries(5):  # type: ignore[operator]
        assert ann_client.get(f"{BASE}3/").status_code == 403
