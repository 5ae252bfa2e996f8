"""A letter's mail as bytes: the very bytes that Django's own message would give, in a fifth of the time.

A letter is always the same small thing, text beside HTML, and most of its lines are those of the letter before.
tests/mailing/test_mime.py compares with Django's.
"""

import functools
import re
from collections.abc import Iterable
from email.charset import QP, Charset
from email.policy import compat32
from typing import Any

from django.core.mail.message import forbid_multi_line_headers

QUOTED_PRINTABLE = Charset("utf-8")  # lines stay short on the wire, whatever the relay can do
QUOTED_PRINTABLE.body_encoding = QP
LONGEST_HEADER = 990  # 998 is the limit on the wire
FOLDED = compat32.clone(max_line_length=LONGEST_HEADER, linesep="\r\n")
PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")
SHORT_SUBJECT = 60  # Django breaks longer ones
BREAK = re.compile(r"\r\n|\r")
PART = (
    'Content-Type: text/{}; charset="utf-8"\r\nMIME-Version: 1.0\r\n'
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)


def alternative(headers: Iterable[tuple[str, str]], *, text: str, html: str, boundary: str) -> bytes:
    """multipart/alternative, text first. Raises Django's BadHeaderError for a header of two lines."""
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\nMIME-Version: 1.0\r\n'
    return "".join(
        (
            head, *(header(name, value) for name, value in headers), "\r\n",
            f"--{boundary}\r\n", PART.format("plain"), body(text), "\r\n",
            f"--{boundary}\r\n", PART.format("html"), body(html), "\r\n",
            f"--{boundary}--\r\n",
        )
    ).encode("ascii")  # fmt: skip


def header(name: str, value: str) -> str:
    """One header with its end. What is plain and short stays as it is; all else is left to Django and the library."""
    longest = SHORT_SUBJECT if name == "Subject" else LONGEST_HEADER - len(name) - 2
    if len(value) <= longest and PLAIN.fullmatch(value):
        return f"{name}: {value}\r\n"
    return encoded(name, value)


@functools.lru_cache(maxsize=200)  # subjects and senders, mostly
def encoded(name: str, value: str) -> str:
    charset: Any = QUOTED_PRINTABLE  # what mail.encoding may be, though the stubs say a word
    _, written = forbid_multi_line_headers(name, value, charset)
    return FOLDED.fold_binary(name, written).decode("ascii")


def body(text: str) -> str:
    """Quoted-printable, which knows no more than the line it is at."""
    return "\r\n".join(map(line, BREAK.sub("\n", text).split("\n")))


@functools.lru_cache(maxsize=1024)  # all letters of the course have 400 lines, and few of them a name in it
def line(text: str) -> str:
    return str(QUOTED_PRINTABLE.body_encode(text)).replace("\n", "\r\n")
