"""Over real SMTP: one connection for many letters, one reader each, and what a server may do to us."""

import datetime as dt
import hashlib
import smtplib
import socket
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.conf import settings as settings_of_the_site

from mailing import delivery, drip, envelope, outbox, smtp
from mailing.models import Contact, Letter, Sequence, Suppression
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


def one(now: dt.datetime, email: str = "ann@example.org", **context: str) -> Letter:
    return scene.receipt(who=scene.contact(email, now=now), now=now, **context)


def test_the_row_says_what_went_out_and_what_the_server_said(now: dt.datetime, server: relay.Relay) -> None:
    one(now)
    outbox.deliver(now=now)
    letter, (content,) = Letter.objects.get(), server.mails
    mail = message_from_bytes(content)
    assert (letter.message_id, letter.date_header) == (mail["Message-ID"], mail["Date"])
    assert letter.payload_sha256 == hashlib.sha256(content).hexdigest()
    assert (letter.smtp_code, letter.enhanced_code, letter.provider_ref) == (250, "2.0.0", "4F5E2A1")
    assert server.senders == ["coach@example.org"]


def test_the_return_path_names_the_letter_and_cannot_be_forged(
    now: dt.datetime, server: relay.Relay, settings: Any
) -> None:
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    letter = one(now)
    outbox.deliver(now=now)
    (path,) = server.senders
    word = path.removeprefix("bounce+").removesuffix("@bounces.example.org")
    assert (path, envelope.letter_id_of(word.upper())) == (envelope.return_path(letter), letter.pk)
    assert len(path.partition("@")[0]) <= 64
    other = "0" if word[-1] != "0" else "1"
    for forged in (word[:-1] + other, word[:-1], f"{word}0", "", "é" * 48, f"{letter.pk.hex}{'0' * 16}"):
        assert envelope.letter_id_of(forged) is None


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_before_the_354_never_leaves_a_letter_handed_over(
    now: dt.datetime, server: relay.Relay, word: str
) -> None:
    one(now)
    server.refuses[word, "@"] = "450 4.3.0 not now"
    assert outbox.deliver(now=now) == delivery.Delivered(later=1)
    letter = Letter.objects.get()
    assert (letter.state, letter.handed_at, letter.date_header, letter.attempts) == ("queued", None, "", 1)
    server.refuses.clear()
    outbox.deliver(now=now + MINUTE)
    assert (len(server.mails), server.words.count("RSET")) == (1, 1)


def test_a_refusal_counts_also_when_the_server_hangs_up_after_it(
    now: dt.datetime, server: relay.Relay
) -> None:
    server.hangs_up_after_refusal = True
    server.gone.add("ann@example.org")
    one(now)
    assert outbox.deliver(now=now) == delivery.Delivered(failed=1)
    assert outbox.deliver(now=now + MINUTE) == delivery.Delivered()
    assert (server.words.count("RCPT"), Suppression.objects.count()) == (1, 1)


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", ["oops", "45", "450 4.3.0 \0"])
def test_an_answer_that_makes_no_sense_blocks_nobody(
    now: dt.datetime, server: relay.Relay, word: str, answer: str
) -> None:
    server.refuses[word, "ann@" if word != "MAIL" else "@"] = answer
    scene.code(who=scene.contact(now=now), now=now)
    one(now, "ben@example.org")
    outbox.deliver(now=now)
    server.refuses.clear()
    for minutes in range(1, 31):
        outbox.deliver(now=now + minutes * MINUTE)
    assert server.readers.count("ben@example.org") == 1
    assert "leased" not in Letter.objects.values_list("state", flat=True)


def test_56_a_server_that_refuses_such_an_address_at_once_refuses_nobody_else(
    now: dt.datetime, server: relay.Relay
) -> None:
    """It says that it can, and then it cannot: that letter fails, and mail for others does not pause."""
    server.offers = [*server.offers, "SMTPUTF8"]
    server.refuses["MAIL", "@"] = "553 5.6.7 not here"
    scene.code(who=scene.contact("jörg@example.org", now=now), now=now)
    assert outbox.deliver(now=now) == delivery.Delivered(failed=1)
    server.refuses.clear()
    one(now, "ben@example.org")
    assert outbox.deliver(now=now) == delivery.Delivered(sent=1)


def test_a_server_that_wants_a_body_after_its_refusal_is_left(now: dt.datetime, server: relay.Relay) -> None:
    """What we said next would be that body."""
    server.is_lax = True
    server.gone.add("ann@example.org")
    scene.code(who=scene.contact(now=now), now=now)
    one(now, "ben@example.org")
    assert outbox.deliver(now=now) == delivery.Delivered(sent=1, failed=1)
    assert (len(server.mails), server.readers) == (1, ["ben@example.org"])
    assert server.connections == (2 if "PIPELINING" in server.offers else 1)


def test_a_server_that_can_is_told_three_commands_in_one_packet(
    now: dt.datetime, server: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    packets: list[object] = []
    send = smtplib.SMTP.send
    monkeypatch.setattr(smtplib.SMTP, "send", lambda line, what: (packets.append(what), send(line, what)))
    codes(2, now)
    assert outbox.deliver(now=now).sent == 2
    each = 3 if "PIPELINING" in server.offers else 5  # with the body and the dot
    assert len([packet for packet in packets if isinstance(packet, bytes)]) == 2 * each


def test_a_line_cut_before_the_354_is_no_doubt(now: dt.datetime, server: relay.Relay) -> None:
    for place in range(3):
        scene.code(who=scene.contact(f"ann@p{place}.example", now=now), now=now, key=str(place))
    server.refuses["RCPT", "p1."] = "421 4.3.2 shutting down"
    assert outbox.deliver(now=now).sent == 2
    assert sorted(Letter.objects.values_list("state", "doubts")) == [("queued", 0), ("sent", 0), ("sent", 0)]


def test_stopped_while_the_server_thinks_about_it_nothing_is_given(
    now: dt.datetime, server: relay.Relay
) -> None:
    """Without a dot the server forgets what was offered."""
    one(now)
    post = delivery.Post()
    post.open()
    (letter,) = delivery.lease(now=now)
    parcel = envelope.seal(letter, now=now)
    Letter.objects.update(state=Letter.State.CANCELLED, lease_token=None)
    assert delivery.hand_over(letter, parcel, post=post, now=now) == "stopped"
    assert (server.words[-1], server.mails, Letter.objects.get().state) == ("DATA", [], "cancelled")


def test_a_hundred_letters_then_a_new_line(now: dt.datetime, server: relay.Relay) -> None:
    codes(101, now)
    assert (outbox.deliver(now=now).sent, server.connections) == (101, 2)


def test_a_server_without_patience_for_the_dot_is_given_ten_minutes(
    now: dt.datetime, server: relay.Relay
) -> None:
    assert (smtp.DOT_SECONDS, settings_of_the_site.EMAIL_TIMEOUT) == (600, 3)
    assert dt.timedelta(seconds=660) == delivery.HANDED


# ---- what a text or a name may do to the wire ----
def test_55_one_huge_line_an_emoji_subject_and_a_long_name_go_out_as_short_ascii_lines(
    now: dt.datetime, server: relay.Relay
) -> None:
    name = "Ännchen " * 37 + "🪢"
    one(now, course_title="x" * 200_000 + name, amount="🪢" * 50)
    scene.sequence(now=now)
    scene.step(
        Sequence.objects.get(slug="course"),
        1,
        day=0,
        now=now,
        subject=("🪢 " * 40).strip(),
        body=f"{'y' * 60_000}\n\n{{button:Go}}",
    )
    scene.run(who=scene.contact("ben@example.org", now=now), now=now)
    drip.plan(now=now)
    assert outbox.deliver(now=now).sent == 2
    for content in server.mails:
        mail = message_from_bytes(content, policy=policy.default)
        assert content.isascii()
        assert max(map(len, content.split(b"\r\n"))) <= 998
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert mail.get_body(("html",)) is not None
    assert str(message_from_bytes(server.mails[1], policy=policy.default)["Subject"]).startswith("🪢 🪢")


def test_55_a_line_of_one_dot_ends_no_mail(now: dt.datetime, server: relay.Relay) -> None:
    one(now, order_number="1\n.\n..two")
    outbox.deliver(now=now)
    assert len(server.mails) == 1
    body = message_from_bytes(server.mails[0], policy=policy.default).get_body(("plain",))
    assert body is not None
    assert envelope_sha() == hashlib.sha256(server.mails[0]).hexdigest()


def envelope_sha() -> str:
    return Letter.objects.get().payload_sha256


@pytest.mark.parametrize(
    "evil", ["Ann\r\nBcc: eve@evil.example", "Ann\nX-Evil: yes", "Ann\r\n.\r\nMAIL FROM:<e@x>"]
)
def test_55_line_breaks_in_a_name_add_no_header_and_no_command(
    now: dt.datetime, server: relay.Relay, evil: str
) -> None:
    ann = scene.contact(now=now)
    Contact.objects.update(name=evil)
    scene.sequence(now=now)
    scene.step(
        Sequence.objects.get(slug="course"),
        1,
        day=0,
        now=now,
        subject="Hello {first_name}",
        body="{first_name}\n\n{button:Go}",
    )
    scene.run(who=ann, now=now)
    drip.plan(now=now)
    outbox.deliver(now=now)
    mail = message_from_bytes(server.mails[0])
    assert (mail["Bcc"], mail["X-Evil"], server.words.count("MAIL"), server.readers) == (
        None, None, 1, ["ann@example.org"]
    )  # fmt: skip


@pytest.mark.parametrize(
    "evil", ["ann@example.org\r\nRCPT TO:<eve@evil.example>", "ann@example.org>\nDATA", "a b@example.org"]
)
def test_55_line_breaks_in_an_address_are_refused(now: dt.datetime, server: relay.Relay, evil: str) -> None:
    letter = one(now)
    Contact.objects.update(email=evil)
    outbox.deliver(now=now)
    letter.refresh_from_db()
    assert (letter.state, server.mails, set(server.words)) == ("failed", [], set())
    assert letter.reason.startswith("Could not be written")


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"x" * 999 + b"\r\n"])
def test_55_what_is_not_fit_for_the_wire_is_refused(content: bytes) -> None:
    with pytest.raises(envelope.Unfit):
        envelope.fit(content)
    assert envelope.fit(b"x" * 998 + b"\r\n")


def test_56_a_domain_in_other_letters_is_told_in_idna(now: dt.datetime, server: relay.Relay) -> None:
    one(now, "ann@bücher.example")
    assert outbox.deliver(now=now).sent == 1
    assert server.readers == ["ann@xn--bcher-kva.example"]
    assert message_from_bytes(server.mails[0])["To"] == "ann@xn--bcher-kva.example"


def test_56_an_address_in_other_letters_goes_out_where_the_server_can(
    now: dt.datetime, server: relay.Relay
) -> None:
    server.offers.append("SMTPUTF8")
    one(now, "jörg@bücher.example")
    one_more = scene.code(who=scene.contact(now=now), now=now)
    assert (outbox.deliver(now=now).sent, one_more.state) == (2, "queued")
    assert sorted(server.readers) == ["ann@example.org", "jörg@xn--bcher-kva.example"]
    assert b"\r\nTo: j\xc3\xb6rg@xn--bcher-kva.example\r\n" in server.mails[-1]


def test_56_else_it_fails_with_words_and_the_others_go_on(now: dt.datetime, server: relay.Relay) -> None:
    letter = one(now, "jörg@example.org")
    scene.code(who=scene.contact(now=now), now=now)
    assert outbox.deliver(now=now) == delivery.Delivered(sent=1, failed=1)
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == (
        "failed", "Its mail server cannot write to an address with such letters (SMTPUTF8)."
    )  # fmt: skip
    assert Suppression.objects.count() == 0


def test_body_and_dot_leave_at_once(now: dt.datetime, server: relay.Relay) -> None:
    """Otherwise the dot waits 40 ms for the receipt of the body: chaos-letters found that."""
    post = delivery.Post()
    assert post.open()
    assert isinstance(post.line, smtp.EmailBackend)
    assert post.line.line.sock is not None
    assert post.line.line.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    post.close()
