"""What an idle tick costs with 10k, 100k and a million runs, and planning a hundred due of them (mail.md §6, B3, B4).

`make bench-ticks`; TICKS_RUNS="10000 100000" for fewer. Uses a database of its own beside DATABASE_URL's. Ends with an
exit code of 1 when a bar is missed.
"""

import datetime as dt
import os
import statistics
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from mailing import drip  # noqa: E402
from mailing.models import Contact, Letter, Run, Sequence  # noqa: E402
from tests.mailing import scene  # noqa: E402
from tests.mailing.yardstick import slowness, verdict  # noqa: E402

NOW = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)
ROUNDS, DUE, PORTION = 100, 100, 10_000
# the bars: ms, ms, statements, a million to ten thousand, ms
P50, P95, QUERIES, RATIO, PLAN = 5, 25, 8, 2, 50


def fill(number: int) -> None:
    """So many contacts and active runs, all due in the coming thirty days."""
    sequence = Sequence.objects.filter(slug="course").first() or scene.sequence(0, 40, now=NOW)
    second = sequence.steps.get(key="a2")
    for first in range(Run.objects.count(), number, PORTION):
        span = range(first, min(first + PORTION, number))
        people = [
            Contact(email=f"p{one}@example.org", email_key=f"p{one}@example.org", created_at=NOW)
            for one in span
        ]
        Contact.objects.bulk_create(people)
        runs = [
            Run(
                sequence=sequence,
                contact=person,
                source=f"enrolment:{one}",
                anchor_at=NOW,
                next_step=second,
                next_due_at=NOW + dt.timedelta(days=1, seconds=one % 2_500_000),
            )
            for one, person in zip(span, people, strict=True)
        ]
        Run.objects.bulk_create(runs)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def timed(work: Any) -> tuple[float, float]:
    """Milliseconds by the clock, and those in which this process used a processor: a busy machine spoils the first."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - begun) * 1000, (time.process_time() - used) * 1000


def idle() -> tuple[float, float, float, int]:
    """p50, p95 and processor in ms, and queries of a plan with nothing due."""
    with CaptureQueriesContext(connection) as queries:
        assert drip.plan(now=NOW) == 0
    found = [timed(lambda: drip.plan(now=NOW)) for _ in range(ROUNDS)]
    times = sorted(clock for clock, _ in found)
    used = statistics.median(cpu for _, cpu in found)
    return statistics.median(times), times[int(ROUNDS * 0.95)], used, len(queries)


def hundred() -> tuple[float, float]:
    """Plan a hundred that are due, in ms; afterwards everything is as before."""
    pks = list(Run.objects.order_by("pk").values_list("pk", flat=True)[:DUE])
    Run.objects.filter(pk__in=pks).update(next_due_at=NOW - dt.timedelta(seconds=1))
    spent = timed(lambda: drip.plan(now=NOW))
    assert Letter.objects.filter(run__in=pks).count() == DUE
    Letter.objects.filter(run__in=pks).delete()
    second = Sequence.objects.get(slug="course").steps.get(key="a2")
    Run.objects.filter(pk__in=pks).update(
        state="active", next_step=second, next_due_at=F("anchor_at") + dt.timedelta(days=20)
    )
    return spent


def main() -> int:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    sizes = [int(word) for word in os.environ.get("TICKS_RUNS", "10000 100000 1000000").split()]
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    print(f"{connection.vendor}, {name}")
    p50s, verdicts = [], []
    try:
        for size in sizes:
            fill(size)
            p50, p95, used, queries = idle()
            slow = slowness()
            due = sorted(hundred() for _ in range(7))
            p50s.append(p50)
            verdicts += [verdict(p50, P50, slow), verdict(p95, P95, slow), verdict(queries, QUERIES, 1)]
            verdicts.append(verdict(due[3][0], PLAN, slow))
            print(
                f"{size:>9,} runs: idle p50 {p50:.2f} ms, p95 {p95:.2f} ms, processor {used:.2f} ms, "
                f"{queries} queries; "
                f"{DUE} due: best {due[0][0]:.0f} ms, median {due[3][0]:.0f} ms, "
                f"processor {statistics.median(cpu for _, cpu in due):.0f} ms: {verdicts[-1]}; "
                f"load {os.getloadavg()[0]:.0f}",
                flush=True,
            )
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    verdicts.append(verdict(p50s[-1] / p50s[0], RATIO, 1))
    print(f"largest to smallest: {p50s[-1] / p50s[0]:.2f}: {verdicts[-1]}")
    return int("MISSED" in verdicts)


if __name__ == "__main__":
    sys.exit(main())
