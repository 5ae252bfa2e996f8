"""One connection to whoever carries the mail, opened when first needed, used for many letters."""

import logging
import smtplib
from typing import Any

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from mailing import replies
from mailing.envelope import Parcel
from mailing.smtp import EmailBackend

log = logging.getLogger(__name__)
LETTERS = 100  # then a new line: servers and their balancers like to see that


class Post:
    """Offer, then give. A backend that cannot do it in two steps takes everything in the second."""

    def __init__(self) -> None:
        self.line: BaseEmailBackend | None = None
        self.carried = 0
        self.is_shut = False

    def open(self) -> bool:
        """Whether the carrier is there. After one failure nothing more is tried in this round."""
        if self.is_shut:
            return False
        has_gone = isinstance(self.line, EmailBackend) and not self.line.is_open
        if self.line is not None and self.carried < LETTERS and not has_gone:
            return True
        self.close()
        line = mail.get_connection()
        try:
            line.open()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("no mail server: %s", type(error).__name__)
            self.is_shut = True
            return False
        self.line, self.carried = line, 0
        return True

    def offer(self, parcel: Parcel) -> None:
        """Up to the 354. A line that has gone since the last letter is opened once more: nothing was handed over.

        Raises smtplib's errors and OSError.
        """
        if not isinstance(self.line, EmailBackend):
            return
        try:
            self.line.offer(sender=parcel.sender, reader=parcel.reader)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if isinstance(error, smtplib.SMTPException) and not isinstance(
                error, smtplib.SMTPServerDisconnected
            ):
                raise  # an answer, though smtplib counts it among the errors of the system
            is_fresh = not self.carried
            self.drop()
            if is_fresh or not self.open():
                raise
            self.line.offer(sender=parcel.sender, reader=parcel.reader)

    def give(self, parcel: Parcel) -> tuple[replies.Answer | None, str]:
        """Body and dot. Returns the answer (None: not taken) and the carrier's own name for the letter."""
        if self.line is None:
            raise RuntimeError("Open the line first.")
        self.carried += 1
        if isinstance(self.line, EmailBackend):
            answer = self.line.give(parcel.content)
            return answer, answer.queue_id
        if getattr(self.line, "esp_name", "") == "Resend":  # it then takes a repetition for the same mail
            session: Any = getattr(self.line, "session", None)
            session.headers["Idempotency-Key"] = parcel.key
        taken = self.line.send_messages([parcel.mail])
        status: Any = getattr(parcel.mail, "anymail_status", None)
        return (replies.Answer(250, "") if taken else None), str(getattr(status, "message_id", None) or "")

    def drop(self) -> None:
        """Let go without a word: what was offered and not given was never sent."""
        line, self.line = self.line, None
        if isinstance(line, EmailBackend):
            line.hang_up()
        elif line is not None:
            line.close()

    def close(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            try:
                line.close()
            except (OSError, smtplib.SMTPException):
                log.warning("the mail server hung up first")
