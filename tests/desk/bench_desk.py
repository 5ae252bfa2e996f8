# ruff: noqa: E402  (settings are read before models are imported)
"""How long the coach waits for a page about her students when there are many.

`python -m tests.desk.bench_desk 20000` fills a database of its own (SQLite in a temporary folder, or a test database
beside DATABASE_URL) with a tenth of the students, counts the queries of each page, adds the rest, counts again, and
takes the best time of three. It ends with an exit code of 1 when a page takes more than a second or 25 queries, or more
queries with many students than with few.
"""

import datetime as dt
import os
import random
import sys
import time

import django
import pytest  # with it settings take static files as they are

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()
assert pytest and "pytest" in sys.modules

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, get_runner, setup_test_environment
from django.urls import reverse

from accounts.models import User
from courses.models import Course, Enrolment, Grant, Lesson, LessonProgress
from coursesite.lib import clock
from mailing.models import Contact
from tests import factories

BAR, QUERIES, TURNS, PORTION = 1.0, 25, 3, 1_000
MODULES, LESSONS_EACH = 15, 10
DAY = dt.timedelta(days=1)


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    from django.conf import settings

    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        return measured(number)
    finally:
        runner.teardown_databases(made)


def measured(number: int) -> int:
    now, chance = clock.now(), random.Random(150)  # noqa: S311  (the same students every time)
    course = whole_course()
    client = Client()
    client.force_login(factories.user("ines@example.org", is_staff=True, is_superuser=True))
    fill(course, range(number // 10), chance, now=now)
    few = {name: queries_of(client, url) for name, url in pages().items()}
    fill(course, range(number // 10, number), chance, now=now)
    print(
        f"{number:,} students, {course.lessons.count()} lessons, {LessonProgress.objects.count():,} rows of progress, "
        f"{connection.vendor}, load {os.getloadavg()[0]:.1f}"
    )
    missed = [told(client, name, url, few[name]) for name, url in pages().items()]
    return 1 if any(missed) else 0


def whole_course() -> Course:
    course = factories.course()
    for position in range(1, MODULES + 1):
        module = factories.module(course, position)
        for place in range(1, LESSONS_EACH + 1):
            days = (position - 1) * LESSONS_EACH + place - 1
            factories.lesson(module, place, release_days=days)
    return course


def fill(course: Course, span: range, chance: random.Random, *, now: dt.datetime) -> None:
    """Students who joined within a year, each so far as they came: a third went quiet, some never began."""
    lessons = list(Lesson.objects.order_by("module__position", "position"))
    last = Enrolment.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for first in range(span.start, span.stop, PORTION):
        some = range(first, min(first + PORTION, span.stop))
        people = [contact(number, now) for number in some]
        Contact.objects.bulk_create(people)
        users = [User(email=one.email, contact=one, password="!", date_joined=now) for one in people]
        User.objects.bulk_create(users)
        seats = [seat(user, course, lessons, chance, now) for user in users]
        Enrolment.objects.bulk_create(seats)
        Grant.objects.bulk_create(grant(number, one, chance) for number, one in zip(some, seats, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, [last])
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def contact(number: int, now: dt.datetime) -> Contact:
    email = f"p{number}@example.org"
    zone = ["America/New_York", "Europe/Berlin", "Asia/Tokyo"][number % 3]
    return Contact(email=email, email_key=email, name=f"Person {number}", time_zone=zone, created_at=now)


def seat(
    user: User, course: Course, lessons: list[Lesson], chance: random.Random, now: dt.datetime
) -> Enrolment:
    joined = now - chance.random() * 365 * DAY
    way = chance.random()
    seen = (
        None
        if way < 0.1
        else joined + (now - joined) * chance.random()
        if way < 0.4
        else now - chance.random() * 5 * DAY
    )
    return Enrolment(
        user=user, course=course, joined_at=joined, time_zone=user.contact.time_zone, last_seen_at=max(seen, joined)
        if seen else None, last_lesson=chance.choice(lessons) if seen else None,
        completed_at=seen if way > 0.9 else None,
    )  # fmt: skip


def grant(number: int, enrolment: Enrolment, chance: random.Random) -> Grant:
    source = f"manual:{number}" if chance.random() < 0.1 else f"order-line:{number}"
    is_over = chance.random() < 0.1
    return Grant(
        enrolment=enrolment, source=source, started_at=enrolment.joined_at,
        state=Grant.State.ENDED if is_over else Grant.State.ACTIVE, ended_at=enrolment.joined_at if is_over else None,
    )  # fmt: skip


PROGRESS = """
    INSERT INTO courses_lessonprogress
        (enrolment_id, lesson_id, first_seen_at, last_seen_at, visits, done_at, read_percent, video_seconds)
    SELECT e.id, l.id, e.joined_at, e.last_seen_at, 1 + (e.id * 7 + l.place) % 3,
        CASE WHEN e.completed_at IS NULL AND (l.place = (e.id * 7919) % 150 OR (e.id + l.place) % 33 = 0)
        THEN NULL ELSE e.last_seen_at END, 50, 0
    FROM courses_enrolment e
    JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM courses_lesson) l
        ON l.place <= (e.id * 7919) % 150 OR e.completed_at IS NOT NULL
    WHERE e.last_seen_at IS NOT NULL AND e.id > %s
"""  # by the database itself: a million rows made one by one would take longer than all that is measured


def pages() -> dict[str, str]:
    students = reverse("admin:courses_enrolment_changelist")
    return {
        "students": students,
        "students, page 30": f"{students}?p=30",
        "students, stuck": f"{students}?standing=stuck",
        "students, quiet for 14 days": f"{students}?standing=quiet-14",
        "students, never started": f"{students}?standing=new",
        "students, in by hand": f"{students}?standing=by-hand",
        "students, ended": f"{students}?standing=ended",
        "students, found by name": f"{students}?q=Person+77",
        "students, most progress first": f"{students}?o=-3",
        "students, last seen first": f"{students}?o=-6",
    }


def queries_of(client: Client, url: str) -> int:
    assert client.get(url, follow=True).status_code == 200, url
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def told(client: Client, name: str, url: str, few: int) -> bool:
    seconds, work = [], []
    for _ in range(TURNS):
        began, worked = time.perf_counter(), time.process_time()
        client.get(url)
        seconds.append(time.perf_counter() - began)
        work.append(time.process_time() - worked)
    many = queries_of(client, url)
    is_bad = min(seconds) > BAR or many > QUERIES or many > few
    print(
        f"  {name:32} {min(seconds):6.3f} s ({min(work):5.3f} s of our own work)  {few:3} -> {many:3} queries"
        f"{'  MISSED' if is_bad else ''}", flush=True
    )  # fmt: skip
    return is_bad


if __name__ == "__main__":
    sys.exit(main())
