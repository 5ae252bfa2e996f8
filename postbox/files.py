"""The mails as files, newest first. A name says when the mail came and nothing about it."""

import os
import re
import time
import uuid
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

NAME = re.compile(r"[0-9]{20}-[0-9a-f]{32}")


@dataclass(frozen=True)
class Mail:
    name: str
    message: EmailMessage

    @property
    def sender(self) -> str:
        return str(self.message.get("From", ""))

    @property
    def to(self) -> str:
        return str(self.message.get("To", ""))

    @property
    def subject(self) -> str:
        return str(self.message.get("Subject", "(no subject)"))

    @property
    def date(self) -> str:
        return str(self.message.get("Date", ""))

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def html(self) -> str:
        return self.part("html")

    def part(self, kind: str) -> str:
        found = self.message.get_body(preferencelist=(kind,))
        return str(found.get_content()) if found is not None else ""


def folder() -> Path:
    path = Path(settings.MAILBOX_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


def keep(content: bytes) -> str:
    """Store a mail; returns its name. A reader sees the whole file or none."""
    name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
    draft = folder() / f".{name}"
    draft.write_bytes(content)
    os.replace(draft, folder() / f"{name}.eml")  # noqa: PTH105  (atomic on every system)
    return name


def read(name: str) -> Mail | None:
    """The mail of a name, None if there is none or the name is none of ours."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (folder() / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None
    message = message_from_bytes(content, policy=policy.default)
    return Mail(name, message)


def newest(*, to: str = "", limit: int = 50) -> list[Mail]:
    """The newest mails, those to an address containing `to` (any case)."""
    found: list[Mail] = []
    for path in sorted(folder().glob("*.eml"), reverse=True):
        mail = read(path.stem)
        if mail and to.lower() in mail.to.lower():
            found.append(mail)
        if len(found) == limit:
            break
    return found
