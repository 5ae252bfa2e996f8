"""Over real SMTP: one connection for many letters, one reader each, and what a server may do to us."""

import datetime as dt
import socket
from typing import Any

import pytest

from mailing import delivery, drip, outbox
from mailing.models import Letter
from tests.mailing import relay, scene

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def codes(number: int, now: dt.datetime) -> None:
    for place in range(number):
        scene.code(who=scene.contact(f"p{place}@example.org", now=now), now=now, key=str(place))


def test_many_letters_go_over_one_connection(now: dt.datetime, server: relay.Relay) -> None:
    codes(25, now)
    assert outbox.deliver(now=now) == delivery.Delivered(sent=25)
    assert (len(server.mails), server.connections) == (25, 1)


def test_what_goes_over_the_wire_is_plain_short_lines(now: dt.datetime, server: relay.Relay) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    outbox.deliver(now=now)
    (mail,) = server.mails
    lines = mail.split(b"\r\n")
    assert mail.isascii()
    assert max(map(len, lines)) <= 990
    assert b"\n" not in b"".join(lines)


def test_17_one_address_that_is_gone_does_not_stop_the_others(now: dt.datetime, server: relay.Relay) -> None:
    server.gone.add("p1@example.org")
    codes(3, now)
    assert outbox.deliver(now=now) == delivery.Delivered(sent=2, failed=1)
    assert len(server.mails) == 2


def test_15_a_server_that_hangs_up_after_some_mails_is_called_again_at_once(
    now: dt.datetime, server: relay.Relay
) -> None:
    server.hang_up_after = 2
    codes(5, now)
    assert outbox.deliver(now=now) == delivery.Delivered(sent=5)
    assert (len(server.mails), server.connections) == (5, 3)
    assert set(Letter.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_a_line_cut_after_the_dot_repeats_a_lesson_once_with_the_same_id(
    now: dt.datetime, server: relay.Relay
) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    server.hang_up_after_dot = True
    for minutes in (0, 1, 14, 15, 16, 60):
        outbox.deliver(now=now + minutes * MINUTE)
    ids = [line for mail in server.mails for line in mail.split(b"\r\n") if line.startswith(b"Message-ID")]
    assert (len(ids), len(set(ids))) == (2, 1)
    assert Letter.objects.get().state == Letter.State.UNKNOWN


def test_14_a_server_that_answers_nothing_does_not_lose_the_letter(now: dt.datetime, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.EMAIL_BACKEND = "mailing.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = (
            "127.0.0.1",
            deaf.getsockname()[1],
            0.2,
        )
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.IS_PRODUCTION = True
        codes(2, now)
        assert outbox.deliver(now=now) == delivery.Delivered(later=2)
    assert set(Letter.objects.values_list("state", "attempts")) == {("queued", 0)}
