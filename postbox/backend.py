"""Plays the mail provider: what is sent becomes a file, whole or not at all."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from postbox import files


class EmailBackend(BaseEmailBackend):
    """Stores each mail as an .eml file in settings.MAILBOX_DIR."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        kept = 0
        for mail in email_messages:
            if mail.recipients():
                files.keep(mail.message().as_bytes())
                kept += 1
        return kept

    def open(self) -> bool:
        return True

    def close(self) -> Any:
        return None
