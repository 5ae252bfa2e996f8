"""Bounces that come back to the letter's own return path: by maildir and by IMAP. Scenarios 20 and 21."""

import datetime as dt
import mailbox
import socketserver
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from coursesite.lib import clock
from mailing import bouncebox, bounces, envelope, suppression, tasks
from mailing.models import DeliveryEvent, Letter, Suppression
from tests.mailing import scene
from tests.mailing.test_evidence import sent

pytestmark = pytest.mark.django_db

REPORT = """\
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Delivered-To: {delivered_to}
Subject: Undelivered Mail Returned to Sender
Date: Fri, 20 Nov 2026 15:00:05 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="9F1E2"

--9F1E2
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--9F1E2
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4F1D2A0
Arrival-Date: Fri, 20 Nov 2026 15:00:01 +0000

Final-Recipient: rfc822; ann@example.org
Original-Recipient: rfc822;ann@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {diagnosis}

--9F1E2
Content-Type: message/rfc822

Subject: Letter 1
Message-ID: <whatever@example.org>

Hello
--9F1E2--
"""
VACATION = """\
From: ann@example.org
To: {to}
Subject: Out of office Re: Letter 1
Auto-Submitted: auto-replied
Content-Type: text/plain

I am away until Monday. 550 5.1.1 is a number I like.
"""
QUESTION = "From: ann@example.org\nTo: coach@example.org\nSubject: A question\n\nDoes it help?\n"
READ_RECEIPT = """\
From: ann@example.org
To: {to}
Subject: Read: Letter 1
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain

Read.
--b
Content-Type: message/disposition-notification

Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""


@pytest.fixture(autouse=True)
def domain(settings: Any) -> None:
    settings.BOUNCE_DOMAIN = "bounces.example.org"


def report(
    to: str, *, status: str = "5.1.1", action: str = "failed", diagnosis: str = "", **more: str
) -> bytes:
    said = diagnosis or f"550 {status} <ann@example.org>: nobody here"
    words = {"to": to, "delivered_to": to, "status": status, "action": action, "diagnosis": said}
    return REPORT.format(**{**words, **more}).encode()


def forged(letter: Letter) -> str:
    """As somebody makes it up who knows everything but our key."""
    return f"bounce+{letter.pk.hex}{'0' * 16}@bounces.example.org"


def test_the_return_path_names_a_letter_and_only_we_can_make_one(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    path = envelope.return_path(letter)
    word = path.removeprefix("bounce+").partition("@")[0]
    assert (envelope.letter_id_of(word), envelope.letter_id_of(word.upper())) == (letter.pk, letter.pk)
    other = sent("b", now=now)
    for wrong in (
        "",
        word[:-1],
        word[:-1] + ("0" if word[-1] != "0" else "1"),
        other.pk.hex + word[32:],
        "x" * 48,
    ):
        assert envelope.letter_id_of(wrong) is None


def test_a_bounce_suppresses_its_reader_once_however_often_it_is_read(now: dt.datetime) -> None:
    raw = report(envelope.return_path(sent("a", now=now)))
    assert [bounces.take(raw, now=now) for _ in range(3)] == [bounces.Found.BOUNCE] * 3
    event = DeliveryEvent.objects.get()
    assert (event.provider, event.type, event.code, event.at) == (
        "bounce", "bounced", "5.1.1", dt.datetime(2026, 11, 20, 15, 0, 5, tzinfo=dt.UTC),
    )  # fmt: skip
    assert suppression.standing("ann@example.org") == {"all": "hard"}


@pytest.mark.parametrize(
    ("report_of", "type", "code"),
    [
        ({"status": "4.2.2", "action": "delayed"}, "deferred", "4.2.2"),
        ({"status": "5.0.0", "diagnosis": "550 5.7.1 refused"}, "bounced", "5.7.1"),
        ({"status": "2.0.0", "action": "delivered (to the mailbox)"}, "delivered", "2.0.0"),
        ({"status": "nonsense", "diagnosis": "no"}, "bounced", ""),
    ],
)
def test_what_else_a_report_says(now: dt.datetime, report_of: dict[str, str], type: str, code: str) -> None:
    assert bounces.take(report(envelope.return_path(sent("a", now=now)), **report_of), now=now)
    event = DeliveryEvent.objects.get()
    assert (event.type, event.code if code != "2.0.0" else "2.0.0", Suppression.objects.count()) == (
        type,
        code,
        0,
    )


def test_20_a_vacation_reply_to_the_return_path_is_ignored(now: dt.datetime) -> None:
    path = envelope.return_path(sent("a", now=now))
    for text in (VACATION, READ_RECEIPT):
        assert bounces.take(text.format(to=path).encode(), now=now) == bounces.Found.OTHER
    assert (DeliveryEvent.objects.count(), Suppression.objects.count()) == (0, 0)


def test_21_a_forged_bounce_has_no_effect(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    stranger = Letter(pk="12345678-1234-4234-8234-123456789abc")
    for to in (forged(letter), "coach@example.org", "bounce+@bounces.example.org"):
        assert bounces.take(report(to), now=now) == bounces.Found.FORGED
    assert (DeliveryEvent.objects.count(), Suppression.objects.count()) == (0, 0)
    assert stranger.pk != letter.pk


def maildir(path: Path, *mails: bytes) -> mailbox.Maildir:
    box = mailbox.Maildir(path, create=True)
    for raw in mails:
        box.add(raw)
    return box


def test_21_a_maildir_is_sorted_and_nothing_in_it_is_deleted(
    now: dt.datetime, tmp_path: Path, settings: Any
) -> None:
    letter = sent("a", now=now)
    path = envelope.return_path(letter)
    others = [QUESTION.encode(), VACATION.format(to=path).encode(), READ_RECEIPT.format(to=path).encode()]
    good, bad = report(path), report(forged(letter))
    box = maildir(tmp_path / "mail", *others, good, bad)
    settings.BOUNCE_MAILBOX = f"maildir://{tmp_path}/mail"
    said = StringIO()
    call_command("bounces", stdout=said)
    assert said.getvalue() == (
        "Bounces: 1 a report on a letter of ours; 1 a report that names no letter of ours; "
        "3 no report: somebody else reads it\n"
    )
    assert sorted(box.get_bytes(key) for key in box.keys()) == sorted(others)  # noqa: SIM118  (a mailbox)
    assert [[folder.get_bytes(key) for key in folder.keys()] for folder in map(box.get_folder, ("Done", "Parked"))] == [  # noqa: SIM118
        [good], [bad],
    ]  # fmt: skip
    assert (DeliveryEvent.objects.count(), suppression.standing(letter.address)) == (1, {"all": "hard"})
    call_command("bounces", stdout=StringIO())
    assert (DeliveryEvent.objects.count(), len(box)) == (1, 3)


@pytest.mark.parametrize(
    "header",
    ['To: "', "To: a@[", "To: a@example.org\nDate: Mon, 01 Jan 2024 00:00:00 +99999999999999999999"],
)
def test_21_a_mail_that_cannot_be_read_is_parked_and_hides_no_bounce(
    now: dt.datetime, tmp_path: Path, header: str
) -> None:
    letter = sent("a", now=now)
    good = report(envelope.return_path(letter))
    odd = good.replace(f"To: {envelope.return_path(letter)}".encode(), header.encode())
    assert odd != good
    box = maildir(tmp_path / "mail", odd, good)
    for _ in range(2):
        bouncebox.work_off(f"maildir://{tmp_path}/mail", now=now)
    assert suppression.standing(letter.address) == {"all": "hard"}
    assert (len(box), len(box.get_folder("Done")), len(box.get_folder("Parked"))) == (0, 1, 1)


def test_the_worker_reads_the_mailbox_too(now: dt.datetime, tmp_path: Path, settings: Any) -> None:
    letter = sent("a", now=clock.now())
    maildir(tmp_path / "mail", report(envelope.return_path(letter)))
    settings.BOUNCE_MAILBOX = f"maildir://{tmp_path}/mail"
    for _ in range(2):
        tasks.hear()
    assert DeliveryEvent.objects.get().letter == letter


@pytest.mark.parametrize("address", ["", "pop3://x", "maildir:///no/such/folder", "imaps:///INBOX"])
def test_a_mailbox_that_is_none_is_said_in_words(address: str, settings: Any) -> None:
    settings.BOUNCE_MAILBOX = address
    with pytest.raises(CommandError, match="BOUNCE_MAILBOX"):
        call_command("bounces")


class Imap(socketserver.ThreadingTCPServer):
    """As much of an IMAP server as is asked of one here; it refuses everything else, deletion above all."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, *mails: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails = dict(enumerate(mails, 101))
        self.flags: dict[int, set[str]] = {uid: set() for uid in self.mails}


class Session(socketserver.StreamRequestHandler):
    server: Imap

    def handle(self) -> None:
        self.say("* OK IMAP4rev1 ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            words = command.upper().split()
            match words[:2]:
                case ["CAPABILITY", *_]:
                    self.say("* CAPABILITY IMAP4rev1")
                case ["LOGIN", *_] | ["LOGOUT", *_]:
                    pass
                case ["SELECT", *_]:
                    self.say(f"* {len(self.server.mails)} EXISTS")
                case ["UID", "SEARCH"]:
                    assert words[2:8:2] == ["UNKEYWORD"] * 3
                    assert words[3:8:2] == ["DONE", "PARKED", "NOBOUNCE"]
                    new = (
                        uid
                        for uid, raw in self.server.mails.items()
                        if not self.server.flags[uid] and b"multipart/report" in raw
                    )
                    self.say(f"* SEARCH {' '.join(map(str, new))}")
                case ["UID", "FETCH"]:
                    raw = self.server.mails[int(words[2])]
                    assert words[3] == "(BODY.PEEK[])"
                    self.say(f"* 1 FETCH (UID {words[2]} BODY[] {{{len(raw)}}}")
                    self.wfile.write(raw + b")\r\n")
                case ["UID", "STORE"]:
                    assert words[3] == "+FLAGS.SILENT"
                    self.server.flags[int(words[2])].add(command.split()[-1].strip("()"))
                case _:
                    self.say(f"{tag} BAD never heard of {command}")
                    continue
            self.say(f"{tag} OK done")
            if words[0] == "LOGOUT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def imap(now: dt.datetime) -> Iterator[Imap]:
    letter = sent("a", now=now)
    path = envelope.return_path(letter)
    mails = [QUESTION.encode(), report(path), report(forged(letter)), READ_RECEIPT.format(to=path).encode()]
    with Imap(*mails) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_21_an_imap_box_keeps_every_mail_and_marks_reports_only(now: dt.datetime, imap: Imap) -> None:
    address = f"imap://reader:se%20cret@127.0.0.1:{imap.server_address[1]}/INBOX"
    first = bouncebox.work_off(address, now=now)
    assert dict(first) == {bounces.Found.BOUNCE: 1, bounces.Found.FORGED: 1, bounces.Found.OTHER: 1}
    assert list(imap.flags.values()) == [set(), {"Done"}, {"Parked"}, {"NoBounce"}]
    assert dict(bouncebox.work_off(address, now=now)) == {}
    assert (len(imap.mails), DeliveryEvent.objects.count()) == (4, 1)
    assert scene.got() == []


def test_other_reports_in_an_imap_box_do_not_hide_a_bounce(
    now: dt.datetime, imap: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts = dict.fromkeys(range(1, 6), imap.mails[104])
    imap.mails = receipts | imap.mails
    imap.flags = {uid: set() for uid in imap.mails}
    monkeypatch.setattr(bouncebox, "MOST", 3)
    address = f"imap://reader:se%20cret@127.0.0.1:{imap.server_address[1]}/INBOX"
    for _ in range(2):
        bouncebox.work_off(address, now=now)
    assert DeliveryEvent.objects.count() == 1
