"""Several senders and planners at the same moment: every reader gets one mail."""

import datetime as dt

import pytest
from django.db import connection

from mailing import delivery, drip, letters, outbox
from mailing.models import Letter, Run
from tests.mailing import hands, relay, scene
from tests.mailing.hands import at_once

pytestmark = pytest.mark.django_db(transaction=True)
READERS = 12


def test_08_five_ticks_give_every_reader_one_mail(now: dt.datetime) -> None:
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


def test_11_a_second_tick_while_the_first_still_sends_finds_nothing(
    now: dt.datetime, server: relay.Relay
) -> None:
    scene.code(who=scene.contact(now=now), now=now)
    found = []

    def again() -> None:
        found.append(outbox.deliver(now=now + dt.timedelta(seconds=delivery.LEASE.seconds - 1)))
        connection.close()

    server.happens["DATA"] = again
    assert outbox.deliver(now=now) == delivery.Delivered(sent=1)
    assert (found, len(server.mails)) == ([delivery.Delivered()], 1)


def test_07_two_beats_for_a_while_are_one_mail_each(now: dt.datetime, server: relay.Relay) -> None:
    """An orphan beat rings beside the new one: two processes tick as fast as they can."""
    scene.sequence(0, now=now)
    for number in range(READERS):
        scene.run(who=scene.contact(f"p{number}@example.org", now=now), now=now, source=f"enrolment:{number}")

    def beat() -> None:
        for _ in range(20):
            drip.plan(now=now)
            outbox.deliver(now=now)

    both = [hands.child(beat), hands.child(beat)]
    assert [hands.end_of(pid) for pid in both] == [0, 0]
    assert sorted(server.readers) == sorted(f"p{number}@example.org" for number in range(READERS))


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
