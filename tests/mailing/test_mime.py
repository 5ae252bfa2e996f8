"""The mail as we write it is, byte by byte, the mail as Django would."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.mail.message import BadHeaderError

from mailing import envelope, mime
from tests.mailing import scene
from tests.mailing.test_letters import name, queued

ODD = "a \t.=-\n\r\x0b\x0c\x1c\x85\u2028é🪢{}<>\"' word line of some length to be broken"


def chances(number: int, longest: int, letters: str = ODD) -> Iterator[str]:
    chance = random.Random(7)  # noqa: S311  (no secret)
    for _ in range(number):
        yield "".join(chance.choices(letters, k=chance.randrange(1, longest)))


def mail(subject: str, text: str, html: str, **headers: str) -> envelope.Mail:
    made = envelope.Mail(
        subject=subject, body=text, from_email="Ines Müller <coach@example.org>", to=["ann@example.org"],
        reply_to=["coach@example.org"],
        headers={"Message-ID": "<a@example.org>", "Date": "Fri, 20 Nov 2026 15:00:00 +0000", **headers},
    )  # fmt: skip
    made.encoding, made.boundary = mime.QUOTED_PRINTABLE, "part-1"
    made.attach_alternative(html, "text/html")
    return made


def same(made: envelope.Mail, html: str) -> None:
    django = made.message().as_bytes(linesep="\r\n")
    assert envelope.as_bytes(made, html, "ann@example.org") == django + b"\r\n" * (
        not django.endswith(b"\r\n")
    )


def test_bodies_of_any_text() -> None:
    for text in chances(300, 400):
        same(mail("Letter 1", text, text), text)


def test_headers_of_any_one_line() -> None:
    for value in chances(300, 120, ODD.replace("\n", "").replace("\r", "")):
        same(mail(value, "a", "b", **{"X-Word": value}), "b")


@pytest.mark.parametrize("length", [1, 59, 60, 61, 76, 200, 900, 983, 984, 985, 990, 1200])
def test_headers_of_any_length(length: int) -> None:
    for value in ("x" * length, ("word " * length)[:length].strip(), "=?utf-8?q?a?= " * (length // 14 + 1)):
        same(mail(value.strip(), "a", "b", **{"X-Word": value.strip()}), "b")


@pytest.mark.parametrize("length", [74, 75, 76, 77, 78, 150, 151, 152])
@pytest.mark.parametrize("end", ["", " ", "\t", "=", "é"])
def test_lines_at_the_edge_of_what_fits(length: int, end: str) -> None:
    text = "x" * length + end
    same(mail("Letter 1", f"{text}\n{text}", text), text)


@pytest.mark.parametrize("evil", ["a\nBcc: eve@example.org", "a\rb", "a\r\n"])
def test_a_header_of_two_lines_is_refused(evil: str) -> None:
    with pytest.raises(BadHeaderError):
        envelope.as_bytes(mail(evil, "a", "b"), "b", "ann@example.org")


@pytest.mark.django_db
@pytest.mark.parametrize("path", scene.letter_files(), ids=name)
def test_every_letter_of_the_course(path: Path, now: dt.datetime) -> None:
    parcel = envelope.seal(queued(path, now), now=now)
    assert parcel.content == parcel.mail.message().as_bytes(linesep="\r\n")
