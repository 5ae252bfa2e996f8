"""Our line to a mail server: a letter is offered first (MAIL, RCPT, DATA), and given away in a second step.

Between the two the caller commits that the letter is handed over: a refusal before the 354 never leaves a doubt.
"""

import re
import smtplib
import socket
from collections.abc import Iterator
from typing import Any

from django.core.mail.backends import smtp

from mailing import replies

SAID = range(200, 600)
NO_NUMBER = 450  # what a line without a number, which smtplib calls -1, counts as before the dot
DOT = re.compile(rb"^\.", re.MULTILINE)
DOT_SECONDS = (
    600  # a shorter wait makes doubles: the server may have taken it (RFC 5321, 4.5.3.2.6; RFC 1047)
)


class EmailBackend(smtp.EmailBackend):
    """Django's backend, which can also send in two steps."""

    connection: smtplib.SMTP | None

    @property
    def line(self) -> smtplib.SMTP:
        if self.connection is None:
            raise smtplib.SMTPServerDisconnected("The line is not open.")
        return self.connection

    def open(self) -> bool | None:
        """As Django does, and small packets leave at once: body and dot are two, and the second must not wait 40 ms
        for a receipt of the first."""
        is_new = super().open()
        if is_new and self.line.sock is not None:
            self.line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return is_new

    @property
    def is_open(self) -> bool:
        return self.connection is not None and self.connection.sock is not None

    def offer(self, *, sender: str, reader: str) -> None:
        """Everything up to the 354. Raises smtplib's errors; after a refusal the line is fit for the next letter."""
        self.line.ehlo_or_helo_if_needed()
        try:
            self._ask(sender, reader)
        except smtplib.SMTPNotSupportedError:
            raise
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            answer = replies.read(error)
            if answer is None or answer.code == 421:
                self.hang_up()
            elif self.is_open:
                self._forget()
            raise

    def _forget(self) -> None:
        """What was offered so far. A server that hung up after its answer has forgotten; the answer counts."""
        try:
            self.line.rset()
        except (OSError, smtplib.SMTPException):
            self.hang_up()

    def _ask(self, sender: str, reader: str) -> None:
        options, encoding = "", "ascii"
        if not (sender + reader).isascii():
            if not self.line.has_extn("smtputf8"):
                raise smtplib.SMTPNotSupportedError("no SMTPUTF8")
            options, encoding = " SMTPUTF8 BODY=8BITMIME", "utf-8"
        said = self._answers([f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{reader}>", "DATA"], encoding)
        try:
            code, text = next(said)
            if code != 250 and options:  # no other letter is offered in this way: that is about its reader
                raise smtplib.SMTPRecipientsRefused({reader: (code, text)})
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, text, sender)
            code, text = next(said)
            if code not in (250, 251):
                raise smtplib.SMTPRecipientsRefused({reader: (code, text)})
        except (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused):
            self._hear_out(code, said)
            raise
        code, text = next(said)
        if code != 354:
            raise smtplib.SMTPDataError(code, text)

    def _answers(self, words: list[str], encoding: str) -> Iterator[tuple[int, bytes]]:
        """One for each command. A server that can (RFC 2920) is told all of them at once: a letter then costs one way
        there and back before its body, not three. Others are told the next one when the one before was answered."""
        if any("\r" in word or "\n" in word for word in words):
            raise ValueError("A command is one line.")
        lines = [f"{word}\r\n".encode(encoding) for word in words]
        for bundle in [b"".join(lines)] if self.line.has_extn("pipelining") else lines:
            self.line.send(bundle)
            for _ in range(bundle.count(b"\n")):
                code, text = self.line.getreply()
                if code not in SAID:
                    self.hang_up()  # what comes after a line without a number may answer something else
                    code = NO_NUMBER
                yield code, text

    def _hear_out(self, code: int, said: Iterator[tuple[int, bytes]]) -> None:
        """After a refusal: what was asked along with it is refused as well. A server that waits for a body all the
        same is left, or it would take for one what we say next."""
        if code == 421 or not self.is_open or not self.line.has_extn("pipelining"):
            return
        try:
            is_waiting = 354 in [later for later, _ in said]
        except OSError:  # it hung up
            is_waiting = True
        if is_waiting:
            self.hang_up()

    def give(self, content: bytes) -> replies.Answer:
        """The body, then the final dot, then the answer. Raises SMTPDataError for a refusal; any other error means
        that nobody knows, for by then the dot was on its way."""
        line = self.line
        if line.sock is None:
            raise smtplib.SMTPDataError(451, b"4.4.2 the line broke before the final dot")
        patience = line.sock.gettimeout()
        line.sock.settimeout(DOT_SECONDS)
        try:
            line.send(DOT.sub(b"..", content) if b"\n." in content or content.startswith(b".") else content)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise smtplib.SMTPDataError(451, b"4.4.2 the line broke before the final dot") from error
        line.send(b".\r\n")
        code, text = line.getreply()
        if line.sock is not None:
            line.sock.settimeout(patience)
        if code not in SAID:
            raise smtplib.SMTPServerDisconnected("The answer to the dot has no number.")
        if code != 250:
            raise smtplib.SMTPDataError(code, text)
        return replies.Answer(code, replies.plain(text))

    def hang_up(self) -> None:
        """Let go of the line without a word: what was offered and not given counts as never sent."""
        line, self.connection = self.connection, None
        if line is not None:
            line.close()

    def close(self) -> Any:
        """Say goodbye; a server that has gone already is no fault."""
        if not self.is_open:
            self.hang_up()
        return super().close()
