"""A rendered letter as the mail that goes over the wire: the same bytes at every attempt."""

import datetime as dt
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass
from email.utils import format_datetime, parseaddr
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from mailing import addresses, kinds, letters, mime
from mailing.mime import QUOTED_PRINTABLE
from mailing.models import Letter

LONGEST_LINE = 998  # RFC 5321, without its end
TO = re.compile(rb"^To: [^\r\n]*", re.MULTILINE)


class Unfit(ValueError):
    """This must not go over the wire."""


class Mail(EmailMultiAlternatives):
    """A mail whose headers stay on one line each, for a fold right after the name confuses some readers, and whose
    parts are parted by the same word each time it is made."""

    boundary = ""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        made = super().message(*args, **kwargs)
        made.policy = made.policy.clone(max_line_length=mime.LONGEST_HEADER)
        if self.boundary:
            made.set_boundary(self.boundary)
        return made


@dataclass(frozen=True)
class Parcel:
    """A letter ready for the road."""

    mail: Mail
    sender: str  # to whom a bounce goes
    reader: str
    content: bytes
    message_id: str
    date: str
    key: str  # always the same for one letter

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def signed(letter_id: uuid.UUID, purpose: str, length: int) -> str:
    """A word that only we can make for a letter."""
    about = purpose.encode() + letter_id.bytes
    return hmac.new(settings.SECRET_KEY.encode(), about, hashlib.sha256).hexdigest()[:length]


def message_id(letter: Letter) -> str:
    """<word@domain>, always the same for one letter and not to be guessed from it."""
    return f"<{signed(letter.pk, '', 40)}@{own_address().partition('@')[2] or 'localhost'}>"


def own_address() -> str:
    return bare(settings.DEFAULT_FROM_EMAIL)


def from_address(kind: str) -> str:
    """Who a letter of this kind is from: what can be stopped may come from an address of its own."""
    return settings.LETTERS_FROM_EMAIL if kind in kinds.STOPPABLE else settings.DEFAULT_FROM_EMAIL


@lru_cache(maxsize=8)
def bare(address: str) -> str:
    return parseaddr(address)[1]


def return_path(letter: Letter) -> str:
    """Where bounces go: an address that names the letter, if there is a domain for it, else the sender's own."""
    if not settings.BOUNCE_DOMAIN:
        return own_address()
    return f"bounce+{letter.pk.hex}{signed(letter.pk, 'bounce', 16)}@{settings.BOUNCE_DOMAIN}"


def letter_id_of(token: str) -> uuid.UUID | None:
    """The letter a return path names; `token` is what stands between "bounce+" and the @. None if it is forged."""
    if not re.fullmatch(r"[0-9a-f]{48}", token := token.strip().lower()):
        return None
    letter_id = uuid.UUID(token[:32])
    return letter_id if hmac.compare_digest(token[32:], signed(letter_id, "bounce", 16)) else None


def date(now: dt.datetime) -> str:
    return format_datetime(now.astimezone(dt.UTC).replace(microsecond=0))


def seal(letter: Letter, *, now: dt.datetime) -> Parcel:
    """The mail of a letter: one reader, text first. Raises placeholders.Missing, Unfit and Django's BadHeaderError."""
    rendered = letters.render(letter, now=now)
    frozen = {
        "Message-ID": letter.message_id or message_id(letter),
        "Date": letter.date_header or date(now),
    }
    mail = Mail(
        subject=rendered.subject,
        body=rendered.text,
        from_email=from_address(letter.kind),
        to=[letter.contact.email],
        reply_to=[settings.COACH_EMAIL] if settings.COACH_EMAIL else None,
        headers={**rendered.headers, **frozen},
    )
    mail.encoding = QUOTED_PRINTABLE
    mail.boundary = f"part-{signed(letter.pk, 'boundary', 24)}"
    mail.attach_alternative(rendered.html, "text/html")
    reader = addresses.on_the_wire(letter.contact.email)
    return Parcel(
        mail=mail,
        sender=return_path(letter),
        reader=reader,
        content=fit(as_bytes(mail, rendered.html, reader)),
        message_id=frozen["Message-ID"],
        date=frozen["Date"],
        key=str(letter.pk),
    )


def as_bytes(mail: Mail, html: str, reader: str) -> bytes:
    """What mail.message() would give."""
    headers = {
        "Subject": mail.subject,
        "From": mail.from_email,
        "To": ", ".join(mail.to),
        **({"Reply-To": ", ".join(mail.reply_to)} if mail.reply_to else {}),
        **mail.extra_headers,
    }
    content = mime.alternative(headers.items(), text=str(mail.body), html=html, boundary=mail.boundary)
    if not reader.isascii():  # RFC 6532: the address itself; an encoded word there is somebody else's
        content = TO.sub(lambda _: b"To: " + reader.encode(), content, count=1)
    return content


def fit(content: bytes) -> bytes:
    """The same bytes, if a mail server may be given them. Raises Unfit."""
    if not content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n"):
        raise Unfit("a line does not end in CR LF")
    if max(map(len, content.split(b"\r\n"))) > LONGEST_LINE:
        raise Unfit("a line is too long")
    return content
