"""A rendered letter as the mail that goes over the wire. Message-ID and Date are the same at every attempt."""

import datetime as dt
import hashlib
import hmac
from email import charset
from email.utils import format_datetime, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from mailing import letters
from mailing.models import Letter

QUOTED_PRINTABLE = charset.Charset("utf-8")  # lines stay short on the wire, whatever the relay can do
QUOTED_PRINTABLE.body_encoding = charset.QP


class Mail(EmailMultiAlternatives):
    """A mail whose headers stay on one line each: a fold right after the name confuses some readers."""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        made = super().message(*args, **kwargs)
        made.policy = made.policy.clone(max_line_length=990)  # 998 is the limit on the wire
        return made


def message_id(letter: Letter) -> str:
    """<word@domain>, always the same for one letter and not to be guessed from it."""
    word = hmac.new(settings.SECRET_KEY.encode(), letter.pk.bytes, hashlib.sha256).hexdigest()[:40]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"<{word}@{domain}>"


def date(now: dt.datetime) -> str:
    return format_datetime(now.astimezone(dt.UTC).replace(microsecond=0))


def seal(letter: Letter, *, now: dt.datetime) -> EmailMultiAlternatives:
    """The mail of a letter: one reader, text first. Raises placeholders.Missing."""
    rendered = letters.render(letter, now=now)
    mail = Mail(
        subject=rendered.subject,
        body=rendered.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.contact.email],
        reply_to=[settings.COACH_EMAIL] if settings.COACH_EMAIL else None,
        headers={
            **rendered.headers,
            "Message-ID": message_id(letter),
            "Date": letter.date_header or date(now),
        },
    )
    mail.encoding = QUOTED_PRINTABLE
    mail.attach_alternative(rendered.html, "text/html")
    return mail
