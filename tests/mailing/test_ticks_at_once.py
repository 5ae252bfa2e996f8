"""Several senders and planners at the same moment: every reader gets one mail."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from mailing import drip, letters, outbox
from mailing.models import Letter, Run
from tests.mailing import scene

pytestmark = pytest.mark.django_db(transaction=True)
READERS = 12


def at_once(number: int, work: Callable[[], object]) -> None:
    """Run `work` in so many threads, all starting together; what one of them raises, the test raises."""
    start, faults = threading.Barrier(number), list[BaseException]()

    def one() -> None:
        start.wait()
        try:
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_five_ticks_give_every_reader_one_mail(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    for number in range(READERS):
        scene.run(who=scene.contact(f"p{number}@example.org", now=now), now=now, source=f"enrolment:{number}")

    def tick() -> None:
        drip.plan(now=now)
        outbox.deliver(now=now)

    at_once(5, tick)
    tick()
    assert sorted(mail["To"] for mail in scene.mails()) == sorted(f"p{n}@example.org" for n in range(READERS))
    assert Letter.objects.filter(state=Letter.State.SENT, attempts=1).count() == READERS


def test_five_starts_are_one_run(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    ann = scene.contact(now=now)
    at_once(5, lambda: scene.run(who=ann, now=now))
    assert Run.objects.count() == 1


def test_five_posts_of_one_event_are_one_letter(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    letters.published("service/sign-in-code", now)
    at_once(5, lambda: scene.code(who=ann, now=now))
    assert Letter.objects.count() == 1


def test_two_runs_of_one_reader_planned_at_once_are_one_letter_that_day(now: dt.datetime) -> None:
    morning = now + dt.timedelta(hours=23)
    scene.sequence(1, now=now)
    scene.sequence(1, now=now, slug="other")
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ann, now=now, slug="other", source="enrolment:43")
    at_once(4, lambda: drip.plan(now=morning))
    assert Letter.objects.count() == 1
