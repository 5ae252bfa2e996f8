# ruff: noqa: E402  (settings are read before models are imported)
"""How long the coach waits for a page about letters when many people are on the way (mail.md §6, B12).

`python -m tests.desk.bench_letters 100000` fills a database of its own (SQLite in a temporary folder, or a test
database beside DATABASE_URL), asks for each page three times, and prints the best time and the queries. It ends with an
exit code of 1 when a bar is missed: a person's page 0.3 s, a day 1 s, an impact sheet 2 s, 30 queries each.
"""

import datetime as dt
import os
import sys
import time
from collections.abc import Callable

import django
import pytest  # with it settings take static files as they are

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()
assert pytest and "pytest" in sys.modules

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, get_runner, setup_test_environment
from django.urls import reverse

from coursesite.lib import clock
from mailing.models import Contact, Letter, Run, Step
from tests import factories
from tests.mailing import scene
from tests.mailing.yardstick import slowness, verdict

BARS = {"person": 0.3, "day": 1.0, "impact": 2.0}
QUERIES, TURNS, PEOPLE_AT_A_STEP = 30, 3, 142
STEPS = 14


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    setup_test_environment()
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    runner = get_runner(settings)(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        fill(number, now=clock.now())
        return told(number, pages())
    finally:
        runner.teardown_databases(made)


def fill(number: int, *, now: dt.datetime) -> None:
    """So many runs spread over the steps of one sequence, each with the letters behind it; few wait for the last."""
    course = scene.sequence(*range(STEPS), now=now)
    steps = list(Step.objects.filter(sequence=course).order_by("position"))
    for start in range(0, number, 5_000):
        some = range(start, min(start + 5_000, number))
        people = [
            Contact(email=f"p{one}@example.org", email_key=f"p{one}@example.org", name=f"Person {one}",
                    time_zone="America/New_York", created_at=now)
            for one in some
        ]  # fmt: skip
        Contact.objects.bulk_create(people)
        runs = [run_of(one, who, steps, now) for one, who in zip(some, people, strict=True)]
        Run.objects.bulk_create(runs)
        Letter.objects.bulk_create(letter for run in runs for letter in letters_of(run, steps, now))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def run_of(number: int, who: Contact, steps: list[Step], now: dt.datetime) -> Run:
    at = STEPS - 1 if number < PEOPLE_AT_A_STEP else 1 + number % (STEPS - 2)
    day = dt.timedelta(days=at)
    due = now + dt.timedelta(hours=1 + number % (24 * 30))
    return Run(
        sequence=steps[0].sequence, contact=who, source=f"enrolment:{number}", anchor_at=due - day,
        next_step=steps[at], next_due_at=due,
    )  # fmt: skip


def letters_of(run: Run, steps: list[Step], now: dt.datetime) -> list[Letter]:
    at = next(place for place, step in enumerate(steps) if step.pk == run.next_step_id)
    return [
        Letter(
            dedupe_key=f"seq:{run.pk}:{step.pk}", kind=Letter.Kind.LESSON, priority=5, contact=run.contact, run=run,
            revision_id=step.revision_id, state=Letter.State.SENT, created_at=now, not_before=now,
            sent_at=now - dt.timedelta(days=at - place),
        )
        for place, step in enumerate(steps[:at][-2:])
    ]  # fmt: skip


def pages() -> dict[str, Callable[[Client], object]]:
    last = Step.objects.select_related("revision").order_by("-position")[0]
    person = Contact.objects.order_by("pk")[7]
    day = reverse("admin:mailing_run_days")
    words = {name: getattr(last.revision, name) for name in ("subject", "preheader", "body")}
    form = {**words, "position": last.position, "day": last.day + 1, "subject_of": last.subject_of}
    change = reverse("admin:mailing_step_change", args=[last.pk])
    busy = Step.objects.order_by("position")[3]
    return {
        "person": lambda client: client.get(reverse("admin:mailing_contact_letters", args=[person.pk])),
        "day": lambda client: client.get(day),
        f"impact ({PEOPLE_AT_A_STEP} wait)": lambda client: client.post(change, form),
        "impact (take out a busy letter)": lambda client: client.get(
            reverse("admin:mailing_step_archive", args=[busy.pk])
        ),
        "sequence": lambda client: client.get(
            reverse("admin:mailing_sequence_letters", args=[last.sequence_id])
        ),
        "overview": lambda client: client.get(reverse("admin:mailing_letter_overview")),
    }


def told(number: int, asked: dict[str, Callable[[Client], object]]) -> int:
    client, missed = Client(), 0
    client.force_login(factories.user("ines@example.org", is_staff=True, is_superuser=True))
    print(f"{number:,} runs, {Letter.objects.count():,} letters, {connection.vendor}")
    for name, ask in asked.items():
        seconds, slow = [], slowness()
        for _ in range(TURNS):
            began = time.perf_counter()
            answer = ask(client)
            seconds.append(time.perf_counter() - began)
            assert getattr(answer, "status_code", 0) == 200, name
        with CaptureQueriesContext(connection) as queries:
            ask(client)
        bar = BARS.get(name.split(" ")[0])
        limit = "no bar"
        if bar:
            said = verdict(min(seconds), bar, slow) if len(queries) <= QUERIES else "MISSED"
            missed += said == "MISSED"
            limit = f"bar {bar} s, {QUERIES} queries: {said}"
        print(f"  {name:34} {min(seconds):6.3f} s  {len(queries):4} queries  {limit}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
