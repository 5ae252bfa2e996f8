"""What a mail server's answer means for a letter and for its address."""

import re
import smtplib
from dataclasses import dataclass

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
NO_SUCH_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}


@dataclass(frozen=True)
class Answer:
    code: int
    text: str

    @property
    def enhanced(self) -> str:
        found = ENHANCED.search(self.text)
        return found[1] if found else ""

    @property
    def is_final(self) -> bool:
        """Trying again would be no use. 5.7.x is about us, not about the letter: tried again, seen at the desk."""
        return self.code >= 500 and not self.enhanced.startswith("5.7.")

    @property
    def address_is_gone(self) -> bool:
        """Only these codes say that nobody lives there; no other answer ever suppresses a person."""
        return self.code >= 500 and self.enhanced in NO_SUCH_ADDRESS

    @property
    def reason(self) -> str:
        return f"The mail server answered {self.code} {self.enhanced}".strip()


def read(error: smtplib.SMTPException) -> Answer | None:
    """The server's answer inside an error; None when there was none and the outcome is unknown."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return Answer(code, plain(text))
        case smtplib.SMTPResponseException():  # sender refused, data refused, helo, authentication
            return Answer(error.smtp_code, plain(error.smtp_error))
        case smtplib.SMTPNotSupportedError():
            return Answer(550, "5.6.7 this address needs SMTPUTF8")
    return None


def plain(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
