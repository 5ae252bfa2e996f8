"""Bar B9: a thousand races of "no more letters" and of refunds against senders under load, on PostgreSQL.

When the no has been committed, what was handed over is handed over; not one letter may follow. `pytest -m chaos -s`
prints the figures; CONSENT_TRIALS says how many trials.
"""

import datetime as dt
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection

from mailing import consent, drip, outbox
from mailing.models import Contact, Letter, Sequence
from tests.mailing import scene

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
TRIALS = int(os.environ.get("CONSENT_TRIALS", "1000"))
SENDERS, PLANNERS, LETTERS, BACKGROUND = 2, 1, 6, 40
GONE = ("handed", "sent", "unknown")


class Load:
    """Senders and a planner that never rest, as production has them."""

    def __init__(self, now: dt.datetime) -> None:
        self.now, self.over, self.faults = now, threading.Event(), list[BaseException]()
        self.threads = [threading.Thread(target=self.send) for _ in range(SENDERS)]
        self.threads += [threading.Thread(target=self.plan) for _ in range(PLANNERS)]

    def send(self) -> None:
        self.work(lambda: outbox.deliver(now=self.now))

    def plan(self) -> None:
        self.work(lambda: drip.plan(now=self.now))

    def work(self, turn: object) -> None:
        try:
            while not self.over.is_set():
                turn()  # type: ignore[operator]
                time.sleep(0.001)
        except BaseException as fault:
            self.faults.append(fault)
        finally:
            connection.close()


@pytest.fixture
def load(now: dt.datetime) -> Iterator[Load]:
    running = Load(now)
    for thread in running.threads:
        thread.start()
    yield running
    running.over.set()
    for thread in running.threads:
        thread.join()


def handed(who: Contact) -> set[str]:
    return {str(pk) for pk in Letter.objects.filter(contact=who, state__in=GONE).values_list("pk", flat=True)}


def fill(first: Letter, who: Contact, run: object, trial: int, number: int, now: dt.datetime) -> None:
    Letter.objects.bulk_create(
        Letter(dedupe_key=f"race:{trial}:{place}", kind="lesson", priority=5, contact=who, run=run,
               revision=first.revision, context=scene.OPEN, created_at=now, not_before=now)
        for place in range(number)
    )  # fmt: skip


@pytest.mark.parametrize("way", ["unsubscribe", "refund"])
def test_b9_after_the_no_not_one_letter_is_handed_over(way: str, now: dt.datetime, load: Load) -> None:
    """Each trial: letters wait, one more is being planned, senders are busy with others; then the no, at any moment."""
    course, chance = scene.sequence(0, now=now), random.Random(9)  # noqa: S311  (no secret)
    scene.run(who=scene.contact("first@example.org", now=now), now=now, source="enrolment:first")
    while not (first := Letter.objects.select_related("revision").first()):
        time.sleep(0.01)
    late, figures = Counter[str](), Counter[str]()
    others = scene.contact("others@example.org", now=now)
    for trial in range(TRIALS):
        who = scene.contact(f"r{trial}@example.org", now=now)
        fill(first, others, None, -trial - 1, BACKGROUND // 10, now)
        run = scene.run(who=who, now=now, source=f"enrolment:{trial}")  # the planner takes it up meanwhile
        fill(first, who, run, trial, LETTERS, now)
        time.sleep(chance.random() * 0.04)
        if way == "unsubscribe":
            consent.withdraw(contact=who, purpose="lessons", source="race", now=now)
        else:
            drip.cancel(source=run.source, reason="refunded", now=now)
        before = handed(who)
        figures["handed before the no"] += len(before)
        figures["trials in which it came midway"] += 0 < len(before) < LETTERS + 1
        time.sleep(0.02)
        late["after it"] += len(handed(who) - before)
        if load.faults:
            break
    time.sleep(1)
    everything = Letter.objects.filter(contact__email__startswith="r").values_list("state", flat=True)
    print(
        f"\nB9 {way} on {connection.vendor}: {TRIALS} trials, {dict(figures)}, handed after the no: {late['after it']}"
    )
    print(f"   how the letters ended: {dict(Counter(everything))}")
    assert load.faults == []
    assert late["after it"] == 0
    assert figures["trials in which it came midway"] > TRIALS / 50
    assert set(everything) <= {"sent", "skipped", "cancelled"}
    assert Sequence.objects.get(pk=course.pk).state == "live"
