"""Senders that are killed in the middle of it: kill -9 of real processes, real sockets."""

import datetime as dt
import os
import re
import signal
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

import pytest
from django.db import OperationalError, connection

from mailing import delivery, drip, outbox
from mailing.models import Broadcast, Letter, Run, Sequence, Step
from tests.mailing import hands, relay, scene

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = dt.timedelta(minutes=1)


def lessons(number: int, now: dt.datetime) -> None:
    """So many lesson letters in the queue."""
    scene.sequence(0, now=now)
    for place in range(number):
        scene.run(who=scene.contact(f"p{place}@example.org", now=now), now=now, source=f"enrolment:{place}")
    while drip.plan(now=now):
        pass


def send_and_die(server: relay.Relay, *, at: str, now: dt.datetime) -> None:
    with hands.started_when_told(lambda: outbox.deliver(now=now)) as (pid, go):
        server.kills(pid, at)
        assert go() == -signal.SIGKILL


def ids(server: relay.Relay) -> list[tuple[str, str]]:
    """Message-ID and Date of each mail the server took."""
    mails = [message_from_bytes(content) for content in server.mails]
    return [(mail["Message-ID"], mail["Date"]) for mail in mails]


def states() -> list[tuple[str, int]]:
    return list(Letter.objects.order_by("pk").values_list("state", "attempts"))


@pytest.mark.parametrize("word", ["MAIL", "RCPT"])
def test_01_killed_between_lease_and_data_it_is_sent_once(
    now: dt.datetime, server: relay.Relay, word: str
) -> None:
    lessons(1, now)
    send_and_die(server, at=word, now=now)
    assert (states(), server.mails) == ([("leased", 0)], [])
    outbox.deliver(now=now + delivery.LEASE)
    assert (states(), len(server.mails)) == ([("sent", 1)], 1)


def test_01_killed_while_the_server_has_yet_to_say_354_it_is_not_in_doubt(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons(1, now)
    send_and_die(server, at="DATA", now=now)
    assert states() == [("leased", 0)]
    assert outbox.deliver(now=now + delivery.LEASE) == delivery.Delivered(sent=1)
    assert len(server.mails) == 1


def test_02_killed_between_dot_and_mark_a_lesson_comes_once_more_with_the_same_id_date_and_bytes(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons(1, now)
    send_and_die(server, at=".", now=now)
    assert states() == [("handed", 1)]
    for minutes in (11, 14, 16, 60, 1500):
        outbox.deliver(now=now + minutes * MINUTE)
    assert states() == [("sent", 2)]
    first, second = server.mails
    assert first == second
    assert len(set(ids(server))) == 1


@pytest.mark.parametrize("kind", [Letter.Kind.NUDGE, Letter.Kind.BROADCAST])
def test_02_killed_between_dot_and_mark_a_nudge_stays_unknown_and_is_never_repeated(
    now: dt.datetime, server: relay.Relay, kind: Letter.Kind
) -> None:
    scene.of_kind(kind, who=scene.contact(now=now), now=now)
    send_and_die(server, at=".", now=now)
    for minutes in (11, 16, 60, 1500):
        outbox.deliver(now=now + minutes * MINUTE)
    assert (states(), len(server.mails)) == ([("unknown", 1)], 1)


def test_02_a_code_in_doubt_is_repeated_at_once(now: dt.datetime, server: relay.Relay) -> None:
    scene.code(who=scene.contact(now=now), now=now)
    send_and_die(server, at=".", now=now)
    outbox.deliver(now=now + delivery.HANDED)
    assert (states(), len(server.mails), len(set(ids(server)))) == ([("sent", 2)], 2, 1)


class Death:
    """kill -9 of oneself at the nth statement."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*args)


def test_03_killed_anywhere_in_the_planner_no_run_moves_on_without_its_letter(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    for place in range(3):
        scene.run(who=scene.contact(f"p{place}@example.org", now=now), now=now, source=f"enrolment:{place}")
    deaths = 0
    for at in range(1, 200):

        def plan(at: int = at) -> None:
            with connection.execute_wrapper(Death(at)):
                drip.plan(now=now)

        killed = hands.end_of(hands.child(plan)) == -signal.SIGKILL
        moved = set(
            Run.objects.exclude(next_step__key="a1").exclude(next_step=None).values_list("pk", flat=True)
        )
        assert moved == set(Letter.objects.values_list("run_id", flat=True))
        deaths += killed
        if not killed:
            break
    assert deaths >= 10
    assert Letter.objects.count() == 3


def test_04_random_kills_of_two_senders_lose_nobody(now: dt.datetime, server: relay.Relay) -> None:
    """The small one; `make chaos-letters` does 30 kills of 2,500."""
    lessons(40, now)
    moment = now
    for number, word in enumerate(["RCPT", ".", "MAIL", ".", "DATA", "QUIT"]):
        moment = now + number * delivery.HANDED
        with hands.started_when_told(lambda at=moment: outbox.deliver(now=at)) as (pid, go):  # type: ignore[misc]
            server.kills(pid, word)
            go()
    for minutes in range(0, 120, 10):
        outbox.deliver(now=moment + minutes * MINUTE)
    assert set(server.readers) == {f"p{place}@example.org" for place in range(40)}
    assert len(server.readers) - 40 <= 2
    assert len(set(ids(server))) == 40


def test_05_killed_in_the_middle_of_a_letter_to_many_nobody_is_left_out_or_written_to_twice(
    now: dt.datetime, server: relay.Relay
) -> None:
    broadcast(30, now)
    with hands.started_when_told(lambda: outbox.deliver(now=now)) as (pid, go):
        server.happens["RSET"] = server.happens["QUIT"] = lambda: None
        counted = iter(range(100))

        def at_the_tenth() -> None:
            if next(counted) == 9:
                os.kill(pid, signal.SIGKILL)
            else:
                server.happens["RCPT"] = at_the_tenth

        server.happens["RCPT"] = at_the_tenth
        assert go() == -signal.SIGKILL
    assert len(server.mails) == 9
    outbox.deliver(now=now + delivery.HANDED)
    assert sorted(server.readers) == sorted(f"p{place}@example.org" for place in range(30))


def broadcast(people: int, now: dt.datetime) -> Broadcast:
    """One letter to p0, p1 … on its way."""
    sequence = Sequence.objects.create(slug="many", title="many", kind=Sequence.Kind.BROADCAST)
    step = Step.objects.create(sequence=sequence, key="one", position=1)
    many = Broadcast.objects.create(
        title="News",
        audience="all",
        purpose="lessons",
        step=step,
        state=Broadcast.State.SENDING,
        created_at=now,
    )
    for place in range(people):
        letter = scene.of_kind(
            Letter.Kind.BROADCAST,
            who=scene.contact(f"p{place}@example.org", now=now),
            now=now,
            key=f"bc:{place}",
        )
        Letter.objects.filter(pk=letter.pk).update(broadcast=many)
    return many


def test_06_paused_and_at_another_pace_the_same_people_get_it_once(
    now: dt.datetime, server: relay.Relay, settings: Any
) -> None:
    broadcast(12, now)
    settings.MAIL_PER_MINUTE = 4
    assert outbox.deliver(now=now).sent == 4
    Broadcast.objects.update(state=Broadcast.State.STOPPED)
    assert outbox.deliver(now=now + 2 * MINUTE).sent == 0
    Broadcast.objects.update(state=Broadcast.State.SENDING)
    settings.MAIL_PER_MINUTE = 5
    assert [outbox.deliver(now=now + minutes * MINUTE).sent for minutes in (3, 3, 4, 5)] == [5, 0, 3, 0]
    assert sorted(server.readers) == sorted(f"p{place}@example.org" for place in range(12))


def gone_after(word: str) -> Callable[..., Any]:
    """The database goes away at the statement with this word, and stays away."""
    is_gone = False

    def wrapper(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        nonlocal is_gone
        is_gone = is_gone or word in sql
        if is_gone:
            raise OperationalError("terminating connection due to administrator command")
        return execute(sql, *args)

    return wrapper


def test_12_the_database_goes_away_in_the_middle_and_only_what_was_on_the_way_is_in_doubt(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons(3, now)

    def send() -> None:
        with connection.execute_wrapper(gone_after("sent_at =")):
            outbox.deliver(now=now)

    assert hands.end_of(hands.child(send)) == 2
    assert sorted(states()) == [("handed", 1), ("leased", 0), ("leased", 0)]
    outbox.deliver(now=now + delivery.HANDED)
    assert sorted(states()) == [("queued", 1), ("sent", 1), ("sent", 1)]
    outbox.deliver(now=now + 15 * MINUTE)
    assert (sorted(states())[-1], len(server.mails), len(set(ids(server)))) == (("sent", 2), 4, 3)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a server that can cut a connection")
def test_12_postgresql_cuts_the_connection_between_dot_and_mark(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons(2, now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (began,) = cursor.fetchone()

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_start > %s",
                [began],  # the sender's own: other tests of this process keep theirs
            )
        connection.close()

    server.happens["."] = cut
    assert hands.end_of(hands.child(lambda: outbox.deliver(now=now))) == 2
    assert sorted(states()) == [("handed", 1), ("leased", 0)]
    for minutes in (11, 15):
        outbox.deliver(now=now + minutes * MINUTE)
    assert (sorted(states()), len(set(ids(server)))) == ([("sent", 1), ("sent", 2)], 2)


def test_13_a_database_that_takes_no_more_writes_lets_no_letter_out(
    now: dt.datetime, server: relay.Relay
) -> None:
    lessons(1, now)
    (letter,) = delivery.lease(now=now)
    post = delivery.Post()

    def full(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("disk is full")
        return execute(sql, *args)

    with connection.execute_wrapper(full), pytest.raises(OperationalError):
        delivery.send(letter, post=post, weather=delivery.rates.Weather(), now=now)
    post.close()
    assert (server.words[-1], server.mails, states()) == ("DATA", [], [("leased", 0)])
    outbox.deliver(now=now + delivery.LEASE)
    assert len(server.mails) == 1


def test_13_a_read_only_database_lets_no_letter_out(now: dt.datetime, server: relay.Relay) -> None:
    lessons(1, now)
    read_only = (
        "PRAGMA query_only = ON"
        if connection.vendor == "sqlite"
        else "SET default_transaction_read_only = on"
    )

    def send() -> None:
        with connection.cursor() as cursor:
            cursor.execute(read_only)
        outbox.deliver(now=now)

    assert hands.end_of(hands.child(send)) == 2
    assert (re.findall("DATA", " ".join(server.words)), states()) == ([], [("queued", 0)])
