"""The student's own page."""

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from courses import access, progress
from courses.models import Course, Enrolment, Lesson
from mailing import consent
from mailing.models import Sequence, Step
from tests import conftest, factories
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def text(client: Client) -> str:
    response = client.get("/learn/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_nobody_is_asked_to_sign_in(db: None) -> None:
    response = Client().get("/learn/")
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/login/?next=/learn/")


def test_without_a_course_there_is_a_way_to_one(full: Course, ben_client: Client, at: dt.datetime) -> None:
    page = text(ben_client)
    assert "No course yet" in page
    assert 'href="/courses/knots/"' in page


def test_without_any_course_on_offer_it_says_so(ben_client: Client) -> None:
    assert "The first course is being written." in text(ben_client)


@pytest.mark.parametrize(
    ("hour", "words"),
    [(4, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (17, "Good afternoon"),
     (18, "Good evening"), (23, "Good evening"), (3, "Good evening")],
)  # fmt: skip
def test_it_greets_by_the_students_own_clock(
    seat: Enrolment, ann_client: Client, hour: int, words: str
) -> None:
    show(dt.datetime(2026, 11, 25, 5 + hour if hour < 19 else hour - 19, 30, tzinfo=dt.UTC))
    assert f"<h1>{words}, Ann.</h1>" in text(ann_client)


def test_whoever_gave_no_name_is_not_called_by_an_address(seat: Enrolment, ann_client: Client) -> None:
    seat.user.contact.name = ""
    seat.user.contact.save()
    show(dt.datetime(2026, 11, 25, 15, 30, tzinfo=dt.UTC))
    assert "<h1>Good morning.</h1>" in text(ann_client)


def test_times_name_the_place_until_the_student_said_where_they_live(
    seat: Enrolment, ann_client: Client
) -> None:
    seat.user.contact.time_zone_confirmed = False
    seat.user.contact.save()
    page = text(ann_client)
    assert "Opens Mon Nov 23, 9:00 in New York.<" in page
    assert "your time" not in page


def test_the_end_is_said_and_nothing_more_is_asked(seat: Enrolment, ann_client: Client) -> None:
    seat.user.contact.time_zone_confirmed = False
    seat.user.contact.save()
    first, *rest = Lesson.objects.order_by("position")
    for one in rest:
        progress.complete(enrolment=seat, lesson=one, now=seat.joined_at)
    answer = ann_client.post(
        f"{first.get_absolute_url()}done/", {"done": "yes"}, headers={"HX-Request": "true"}
    )
    assert "That was the last one: you have been all the way through." in answer.content.decode()
    assert "the last one" not in ann_client.get(first.get_absolute_url()).content.decode()
    page = text(ann_client)
    assert "Well done. You have been all the way through." in page
    assert "When is your morning?" not in page and "where you were" not in page


def test_it_leads_to_the_first_lesson_and_says_what_opens_next(seat: Enrolment, ann_client: Client) -> None:
    page = text(ann_client)
    assert "Your first lesson" in page
    assert '<a class="button big wide" href="/courses/knots/lessons/lesson-1-1/">Begin' in page
    assert "Opens Mon Nov 23, 9:00 your time.<" in page
    assert "0 of 3 lessons done." in page


def test_a_letter_is_promised_only_where_one_will_come(
    ann: User, seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    promise = "I’ll write you one short email when"
    waiting = "/courses/knots/lessons/lesson-1-3/"
    assert promise not in text(ann_client) + ann_client.get(waiting).content.decode()

    sequence = Sequence.objects.get(slug="course")
    Step.objects.create(sequence=sequence, key="a3", position=3, day=3, subject_of="knots/1.3")
    assert f"{promise} it does." in text(ann_client)
    assert f"{promise} this one opens." in ann_client.get(waiting).content.decode()

    consent.withdraw(contact=ann.contact, purpose="lessons", source="test", now=at)
    assert promise not in text(ann_client) + ann_client.get(waiting).content.decode()


def test_it_leads_back_into_what_was_begun(seat: Enrolment, ann_client: Client, at: dt.datetime) -> None:
    lesson = Lesson.objects.get(position=2)
    progress.remember(enrolment=seat, lesson=lesson, read_percent=60, now=at)
    page = text(ann_client)
    assert "Carry on where you were" in page
    assert "about 2 minutes left" in page
    assert '<a class="button big wide" href="/courses/knots/lessons/lesson-1-2/">Continue' in page


def test_when_all_that_is_open_is_done_it_says_so(
    seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    for lesson in Lesson.objects.filter(position__in=[1, 2]).select_related("course"):
        progress.complete(enrolment=seat, lesson=lesson, now=at)
    page = text(ann_client)
    assert "That is all that is open today." in page
    assert "“Lesson 1.3” comes next." in page


def test_who_has_finished_reads_well_done(seat: Enrolment, ann_client: Client, at: dt.datetime) -> None:
    show(at + 100 * HOUR)
    for lesson in Lesson.objects.filter(position__in=[1, 2, 3]).select_related("course"):
        progress.complete(enrolment=seat, lesson=lesson, now=at + 100 * HOUR)
    assert "Well done. You have been all the way through." in text(ann_client)


def test_cards_and_sheets_of_open_lessons_only(seat: Enrolment, ann_client: Client) -> None:
    page = text(ann_client)
    assert [n for n in range(1, 7) if f"/exercises/e0{n}/" in page] == [1, 2]
    assert [n for n in range(1, 7) if f"lesson-1-{n}/materials/sheet/" in page] == [1, 2]


def test_several_courses_the_latest_first(
    ann: User, seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    other = factories.small_course(slug="other", title="Other Course")
    access.grant(user=ann, course=other, source="free", now=at + HOUR)
    show(at + 2 * HOUR)
    page = text(ann_client)
    assert page.index("Other Course ·") < page.index("Knots In Your Back Gone ·")


def test_the_zone_is_asked_until_it_is_confirmed(ann: User, seat: Enrolment, ann_client: Client) -> None:
    assert "Do you live by the clocks of" not in text(ann_client)
    ann.contact.time_zone_confirmed = False
    ann.contact.save()
    page = text(ann_client)
    assert "Do you live by the clocks of" in page
    assert 'action="/accounts/profile/zone/"' in page


def test_ended_access_leaves_no_course(seat: Enrolment, ann_client: Client, at: dt.datetime) -> None:
    access.end(grant=seat.grants.get(), reason="refunded", now=at)
    assert "No course yet" in text(ann_client)


@pytest.mark.parametrize("size", [1, 3])
def test_it_costs_seven_queries_however_many_courses(
    ann: User, full: Course, at: dt.datetime, size: int, django_assert_num_queries: object
) -> None:
    access.grant(user=ann, course=full, source="free", now=at)
    for number in range(size):
        more = factories.small_course(slug=f"more-{number}", days=(0,) * (size * 5))
        access.grant(user=ann, course=more, source="free", now=at)
    client = conftest.signed_in(ann)
    # session, user, enrolments, outlines, materials, cards, letters to come
    with django_assert_num_queries(7):  # type: ignore[operator]
        client.get("/learn/")


def test_continue_leads_to_the_right_lesson(seat: Enrolment, ann_client: Client, at: dt.datetime) -> None:
    first = Lesson.objects.select_related("course").get(position=1)
    assert ann_client.get("/learn/knots/continue/").headers["Location"] == first.get_absolute_url()
    progress.complete(enrolment=seat, lesson=first, now=at)
    assert (
        ann_client.get("/learn/knots/continue/").headers["Location"] == "/courses/knots/lessons/lesson-1-2/"
    )


def test_continue_leads_home_when_nothing_is_left(
    seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    for lesson in Lesson.objects.filter(position__in=[1, 2]).select_related("course"):
        progress.complete(enrolment=seat, lesson=lesson, now=at)
    assert ann_client.get("/learn/knots/continue/").headers["Location"] == "/learn/"


def test_continue_leads_a_stranger_to_the_course(full: Course, ben_client: Client) -> None:
    assert ben_client.get("/learn/knots/continue/").headers["Location"] == "/courses/knots/"
    assert ben_client.get("/learn/nothing/continue/").status_code == 404
    factories.course("secret-plan", status=Course.Status.DRAFT)
    assert ben_client.get("/learn/secret-plan/continue/").status_code == 404
