"""The mailbox that bounces come to: a maildir on this machine, or a box at the provider's read by IMAP.

No mail is ever deleted. In a maildir reports go to the folders Done and Parked beside it; in an IMAP box they get a
keyword of the same name and stay. What is no report is not touched, not even marked as read; a report of another kind,
such as a read receipt, only gets the keyword NoBounce, so that it is fetched once.
"""

import datetime as dt
import imaplib
import mailbox
import ssl
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mailing import bounces

MOST = 500  # reports in one go
FOLDERS = {bounces.Found.BOUNCE: "Done", bounces.Found.FORGED: "Parked"}
KEYWORDS = {**FOLDERS, bounces.Found.OTHER: "NoBounce"}
Counts = Counter[bounces.Found]


class NoMailbox(ValueError):
    """BOUNCE_MAILBOX is not an address we can read."""


def work_off(address: str, *, now: dt.datetime) -> Counts:
    """Read what came since the last time. Called again at once it finds nothing new. Raises NoMailbox, OSError and
    imaplib's errors: then the rest is read the next time."""
    parts = urlsplit(address)
    if parts.scheme == "maildir" and parts.path:
        return _maildir(Path(unquote(parts.path)), now)
    if parts.scheme in {"imap", "imaps"} and parts.hostname:
        return _imap(address, now)
    raise NoMailbox("BOUNCE_MAILBOX: say maildir:///path or imaps://user:password@host/INBOX.")


def _maildir(path: Path, now: dt.datetime) -> Counts:
    if not path.is_dir():
        raise NoMailbox(f"BOUNCE_MAILBOX: there is no folder {path}.")
    box = mailbox.Maildir(path, create=True)
    counts, looked_at = Counts(), 0
    for key in sorted(box.keys()):
        if looked_at == MOST:
            break
        raw = box.get_bytes(key)
        found = bounces.take(raw, now=now) if may_be_bounce(raw) else bounces.Found.OTHER
        counts[found] += 1
        if folder := FOLDERS.get(found):
            looked_at += 1
            box.add_folder(folder).add(raw)
            box.discard(key)
    return counts


def may_be_bounce(raw: bytes) -> bool:
    """Without reading it as a mail: there may be thousands of others, which stay and are passed by each time."""
    text = raw.lower()
    return b"multipart/report" in text[:20_000] and b"message/delivery-status" in text


def _imap(address: str, now: dt.datetime) -> Counts:
    parts = urlsplit(address)
    host, box = str(parts.hostname), unquote(parts.path.strip("/")) or "INBOX"
    line: imaplib.IMAP4
    if parts.scheme == "imaps":
        line = imaplib.IMAP4_SSL(
            host, parts.port or 993, ssl_context=ssl.create_default_context(), timeout=30
        )
    else:
        line = imaplib.IMAP4(host, parts.port or 143, timeout=30)
    counts = Counts()
    with line:
        line.login(unquote(parts.username or ""), unquote(parts.password or ""))
        _ask(line.select(f'"{box}"'))
        unread = " ".join(f"UNKEYWORD {word}" for word in KEYWORDS.values())
        new = f'{unread} HEADER Content-Type "multipart/report"'
        for uid in str(_ask(line.uid("SEARCH", new))[0] or b"", "ascii").split()[:MOST]:
            found = bounces.take(_fetched(_ask(line.uid("FETCH", uid, "(BODY.PEEK[])"))), now=now)
            counts[found] += 1
            _ask(line.uid("STORE", uid, "+FLAGS.SILENT", f"({KEYWORDS[found]})"))
    return counts


def _ask(answer: tuple[str, Any]) -> Any:
    word, data = answer
    if word != "OK":
        raise imaplib.IMAP4.error(f"The mail server said {word}.")
    return data


def _fetched(data: list[Any]) -> bytes:
    for part in data:
        if isinstance(part, tuple):
            return bytes(part[1])
    raise imaplib.IMAP4.error("The mail server sent no mail.")
