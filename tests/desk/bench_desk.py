# ruff: noqa: E402  (settings are read before models are imported)
"""How long the coach waits for a page about her students when there are many.

`make bench-desk` fills a database of its own (SQLite in a temporary folder, or a test database beside DATABASE_URL)
with a tenth of the students, counts the queries of each page, adds the rest, counts again, and takes the best of three
turns. It ends with an exit code of 1 when a page takes more than a second of work or 25 queries, or more queries with
many students than with few. Work is the processor time of this process and of the database that answers it: on a
machine that others keep busy the seconds beside it say how long one waits for them.
"""

import datetime as dt
import os
import random
import sys
import time
from pathlib import Path

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
from mailing.models import Contact, Letter, Run, Step
from payments.models import Attempt, Order, OrderLine, Payment
from tests import factories
from tests.mailing import scene

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
    scene.sequence(*range(60), now=now)
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
        write_letters(seats, chance, now)
        bought = seats[: len(seats) * 9 // 10]
        let_in(seats, sell(course, bought), chance)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a million rows may take their time, pages may not
            cursor.execute("SET statement_timeout = 0")
        cursor.execute(PROGRESS, [last])
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("RESET statement_timeout")


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


def let_in(seats: list[Enrolment], lines: list[OrderLine], chance: random.Random) -> None:
    """By what they bought, the others by hand; one in ten was taken out again at the desk."""
    coach = User.objects.get(email="ines@example.org")
    sources = [one.source for one in lines] + [f"manual:{one.pk}" for one in seats[len(lines) :]]
    grants = []
    for one, source in zip(seats, sources, strict=True):
        over = one.joined_at if chance.random() < 0.1 else None
        state, actor = (Grant.State.ENDED, coach) if over else (Grant.State.ACTIVE, None)
        grants.append(
            Grant(
                enrolment=one, source=source, started_at=one.joined_at, state=state, ended_at=over, actor=actor
            )
        )  # fmt: skip
    Grant.objects.bulk_create(grants)


def write_letters(seats: list[Enrolment], chance: random.Random, now: dt.datetime) -> None:
    """Everybody is on the way through the letters, some get one tomorrow; two letters went to each."""
    steps = list(Step.objects.select_related("sequence").order_by("position"))
    runs = [
        Run(
            sequence=steps[0].sequence, contact=one.user.contact, source=one.word, anchor_at=one.joined_at,
            next_step=chance.choice(steps), next_due_at=now + chance.random() * 30 * DAY,
        )
        for one in seats
    ]  # fmt: skip
    Run.objects.bulk_create(runs)
    Letter.objects.bulk_create(
        Letter(
            dedupe_key=f"seq:{run.pk}:{step.pk}", kind=Letter.Kind.LESSON, priority=5, contact=run.contact, run=run,
            revision_id=step.revision_id, state=Letter.State.SENT, created_at=now, not_before=now, sent_at=now,
        )
        for run in runs
        for step in steps[:2]
    )  # fmt: skip


def sell(course: Course, seats: list[Enrolment]) -> list[OrderLine]:
    """Each came by an order of the day they joined, paid at once."""
    orders = [
        Order(
            shopper=f"user:{one.user_id}", cart="cart", user=one.user, contact=one.user.contact, email=one.user.email,
            email_key=one.user.email, list_minor=14900, amount_minor=14900, currency="usd", livemode=False,
            terms_version="1", agreed_at=one.joined_at, created_at=one.joined_at, paid_at=one.joined_at,
            gateway="stripe", state=Order.State.PAID,
        )
        for one in seats
    ]  # fmt: skip
    Order.objects.bulk_create(orders)
    lines = [OrderLine(order=one, course=course, title=course.title, amount_minor=14900) for one in orders]
    OrderLine.objects.bulk_create(lines)
    attempts = [
        Attempt(
            order=one, session_id=f"cs_{one.pk}", idempotency_key=f"k{one.pk}", state=Attempt.State.PAID,
            created_at=one.created_at, expires_at=one.created_at + DAY,
        )
        for one in orders
    ]  # fmt: skip
    Attempt.objects.bulk_create(attempts)
    Payment.objects.bulk_create(
        Payment(
            attempt=one, gateway_id=f"pi_{one.pk}", captured_minor=14900, currency="usd", captured_at=one.created_at,
            seen_at=one.created_at,
        )
        for one in attempts
    )  # fmt: skip
    return lines


PROGRESS = """
    INSERT INTO courses_lessonprogress
        (enrolment_id, lesson_id, first_seen_at, last_seen_at, visits, done_at, read_percent, video_seconds)
    SELECT e.id, l.id, e.joined_at, e.last_seen_at, 1 + (e.id * 7 + l.place) %% 3,
        CASE WHEN e.completed_at IS NULL AND (l.place = (e.id * 7919) %% 150 OR (e.id + l.place) %% 33 = 0)
        THEN NULL ELSE e.last_seen_at END, 50, 0
    FROM courses_enrolment e
    JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM courses_lesson) l
        ON l.place <= (e.id * 7919) %% 150 OR e.completed_at IS NOT NULL
    WHERE e.last_seen_at IS NOT NULL AND e.id > %s
"""  # by the database itself: a million rows made one by one would take longer than all that is measured


def pages() -> dict[str, str]:
    students = reverse("admin:courses_enrolment_changelist")
    person = (
        Enrolment.objects.exclude(completed_at=None).select_related("user").order_by("pk")[0].user.contact_id
    )
    return {
        "the morning page": reverse("admin:index"),
        "one person": reverse("admin:courses_enrolment_person", args=[person]),
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
    turns = []
    for _ in range(TURNS):
        began, worked = time.perf_counter(), work()
        client.get(url)
        turns.append((work() - worked, time.perf_counter() - began))
    spent, waited = (min(turn) for turn in zip(*turns, strict=True))
    many = queries_of(client, url)
    is_bad = spent > BAR or many > QUERIES or many > few
    end = "  MISSED" if is_bad else ""
    print(
        f"  {name:32} {spent:6.3f} s of work, {waited:6.3f} s  {few:3} -> {many:3} queries{end}", flush=True
    )
    return is_bad


def work() -> float:
    """Seconds of processor time so far: ours, and of the PostgreSQL that works for us."""
    if connection.vendor != "postgresql":
        return time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
