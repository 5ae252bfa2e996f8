"""How students stand, and what the desk's list says of many at once."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses import access, glance, progress, release, standing, syllabus
from courses.models import Course, Enrolment, Grant, Lesson, LessonProgress, Module
from tests import factories
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def knots() -> Course:
    return factories.small_course(days=(0, 0, 1, 30))


@pytest.fixture
def mine(ann: User, knots: Course, now: dt.datetime) -> Enrolment:
    return access.grant(user=ann, course=knots, source="order-line:1", now=now).enrolment


def lesson(position: int) -> Lesson:
    return Lesson.objects.get(position=position)


def stands(now: dt.datetime) -> set[str]:
    """The words that are true of the only student."""
    every = Enrolment.objects.all()
    return {word for word in standing.STANDINGS if standing.rows(word, among=every, now=now).exists()}


def test_who_is_in_and_never_looked(mine: Enrolment, now: dt.datetime) -> None:
    assert stands(now + 40 * DAY) == {"new", "in"}


def test_quiet_is_counted_from_the_last_look(mine: Enrolment, now: dt.datetime) -> None:
    progress.seen(enrolment=mine, lesson=lesson(1), now=now)
    assert stands(now + 7 * DAY - HOUR) == {"in"}
    assert stands(now + 7 * DAY) == {"in", "quiet-7"}
    assert stands(now + 14 * DAY) == {"in", "quiet-7", "quiet-14"}
    assert stands(now + 30 * DAY) == {"in", "quiet-7", "quiet-14", "quiet-30"}


def test_stuck_is_who_came_back_and_left_a_lesson_begun(mine: Enrolment, now: dt.datetime) -> None:
    progress.seen(enrolment=mine, lesson=lesson(1), now=now)
    assert "stuck" not in stands(now + 6 * DAY)  # did not come back
    progress.seen(enrolment=mine, lesson=lesson(2), now=now + 2 * DAY)
    assert "stuck" not in stands(now + 4 * DAY)
    assert "stuck" in stands(now + 5 * DAY)
    assert "stuck" not in stands(now + 16 * DAY)  # quiet by now
    progress.complete(enrolment=mine, lesson=lesson(1), now=now + 5 * DAY)
    assert "stuck" not in stands(now + 5 * DAY)


def test_stuck_is_who_comes_back_to_a_lesson_three_times(mine: Enrolment, now: dt.datetime) -> None:
    for hours in (0, 1, 2, 5, 8):  # three visits: the looks of the first hours are one
        assert "stuck" not in stands(now + hours * HOUR)
        progress.seen(enrolment=mine, lesson=lesson(1), now=now + hours * HOUR)
    assert LessonProgress.objects.get().visits == 3
    assert "stuck" in stands(now + 8 * HOUR)
    for rows in (Lesson.objects.filter(position=1), Module.objects.all()):
        rows.update(archived_at=now)
        assert "stuck" not in stands(now + 8 * HOUR)
        rows.update(archived_at=None)


def test_whoever_finished_is_neither_quiet_nor_stuck(mine: Enrolment, now: dt.datetime) -> None:
    for one in Lesson.objects.all():
        progress.complete(enrolment=mine, lesson=one, now=now)
    assert stands(now + 40 * DAY) == {"in", "finished"}


def test_how_access_stands(mine: Enrolment, ines: User, now: dt.datetime) -> None:
    grant = Grant.objects.get()
    access.suspend(grant=grant, reason="A dispute", now=now)
    assert stands(now) == {"on-hold"}
    access.grant_by_hand(user=mine.user, course=mine.course, reason="A friend", now=now, actor=ines)
    assert stands(now) == {"new", "in", "by-hand"}
    access.end_all(enrolment=mine, reason="Enough", now=now)
    assert stands(now) == {"ended"}


def test_a_strange_word_leaves_nobody_out(mine: Enrolment, now: dt.datetime) -> None:
    assert standing.rows("nonsense", among=Enrolment.objects.all(), now=now).get() == mine


def test_a_glance_says_what_comes_next_as_the_student_is_told(mine: Enrolment, now: dt.datetime) -> None:
    def agree(moment: dt.datetime) -> str:
        one = Enrolment.objects.select_related("user__contact", "course", "last_lesson").get()
        outline = syllabus.outline(course=one.course, enrolment=one, now=moment)
        expected = syllabus.next_lesson(outline, last_read=one.last_lesson_id)
        found = glance.of([one], now=moment)[one.pk]
        assert (found.done, found.total) == (outline.done, outline.total)
        assert found.next_title == (expected.title if expected else "")
        later = outline.opens_next if expected is None else None
        assert found.opens_at == (later.opens_at if later else None)
        return found.next_title

    second = factories.module(mine.course, 2)
    for number in (6, 7, 8):
        factories.lesson(second, number)
    assert agree(now) == "Lesson 1.1"
    progress.complete(enrolment=mine, lesson=lesson(7), now=now)
    assert agree(now) == lesson(6).title  # passed over in the module read last
    Lesson.objects.filter(position=7).update(status=Lesson.Status.OUTLINE)
    assert agree(now) == "Lesson 1.1"
    Lesson.objects.filter(module=second).update(status=Lesson.Status.OUTLINE)
    progress.complete(enrolment=mine, lesson=lesson(2), now=now)
    assert agree(now) == "Lesson 1.1"
    progress.seen(enrolment=mine, lesson=lesson(1), now=now + HOUR)
    assert agree(now + HOUR) == "Lesson 1.1"
    progress.complete(enrolment=mine, lesson=lesson(1), now=now + HOUR)
    assert agree(now + HOUR) == ""
    assert agree(now + 2 * DAY) == "Lesson 1.3"
    release.freeze(enrolment=mine, now=now + 31 * DAY)
    Lesson.objects.filter(position=4).update(release_days=90)
    progress.complete(enrolment=mine, lesson=lesson(3), now=now + 31 * DAY)
    assert agree(now + 31 * DAY) == "Lesson 1.4"


def test_the_list_says_where_it_stops(mine: Enrolment, ines_client: Client, now: dt.datetime) -> None:
    progress.complete(enrolment=mine, lesson=lesson(2), now=now)
    progress.seen(enrolment=mine, lesson=lesson(1), now=now)
    progress.seen(enrolment=mine, lesson=lesson(1), now=now + 2 * DAY)
    show(now + 6 * DAY)
    page = ines_client.get("/desk/courses/enrolment/", {"standing": "stuck"}).content.decode()
    assert "1 of 4" in page
    assert "begun 6 days ago, 2 visits" in page
    assert "<strong>Stuck</strong>: Still coming (within 14 days)" in page
    show(now + 30 * DAY)
    page = ines_client.get("/desk/courses/enrolment/", {"standing": "quiet-14"}).content.decode()
    assert "quiet for 28 days" in page
    assert "1 of 4" not in ines_client.get("/desk/courses/enrolment/", {"standing": "stuck"}).content.decode()


def test_the_list_is_sorted_by_lessons_done(
    mine: Enrolment, ben: User, ines_client: Client, now: dt.datetime
) -> None:
    his = access.grant(user=ben, course=mine.course, source="free", now=now).enrolment
    for position in (1, 2):
        progress.complete(enrolment=his, lesson=lesson(position), now=now)
    progress.complete(enrolment=mine, lesson=lesson(1), now=now)  # by a later row of progress
    for order, expected in (("-3", [his, mine]), ("3", [mine, his])):
        page = ines_client.get("/desk/courses/enrolment/", {"o": order})
        assert list(page.context["cl"].result_list) == expected


@pytest.mark.parametrize("word", sorted(standing.STANDINGS))
def test_every_filter_costs_the_same_for_many(
    word: str, knots: Course, ines_client: Client, now: dt.datetime
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ines_client.get("/desk/courses/enrolment/", {"standing": word}).status_code == 200
        return len(queries)

    def join(number: int) -> None:
        one = access.grant(
            user=factories.user(f"{word}{number}@example.org"), course=knots, source="manual:1", now=now
        ).enrolment
        stand(one, word, now)

    join(1)
    cost()
    one = cost()
    join(2)
    join(3)
    page: Any = ines_client.get("/desk/courses/enrolment/", {"standing": word})
    assert len(page.context["cl"].result_list) == 3
    assert cost() == one


def stand(one: Enrolment, word: str, now: dt.datetime) -> None:
    """Let a student stand so."""
    if word == "stuck":
        for hours in (9, 5, 1):
            progress.seen(enrolment=one, lesson=lesson(1), now=now - hours * HOUR)
    elif word.startswith("quiet"):
        progress.seen(enrolment=one, lesson=lesson(1), now=now - 30 * DAY)
    elif word == "finished":
        Enrolment.objects.filter(pk=one.pk).update(completed_at=now)
    elif word == "on-hold":
        access.suspend(grant=one.grants.get(), reason="x", now=now)
    elif word == "ended":
        access.end_all(enrolment=one, reason="x", now=now)
