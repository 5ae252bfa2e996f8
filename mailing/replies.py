"""What a mail server's answer means for a letter, for its address, and for all who share its mail server."""

import re
import smtplib
from dataclasses import dataclass
from typing import Any

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
QUEUED_AS = re.compile(r"(?:queued as |^Ok )([\w.+-]{4,100})", re.IGNORECASE)
UNSURE = (408, 409)  # of HTTP: perhaps the same letter is being taken at this moment
NO_SUCH_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}


@dataclass(frozen=True)
class Answer:
    code: int
    text: str
    is_about_us: bool = (
        False  # said before any reader was named: whoever it were for, the answer would be this
    )
    why: str = ""  # in words, where it is no mail server's

    @property
    def enhanced(self) -> str:
        found = ENHANCED.search(self.text)
        return found[1] if found else ""

    @property
    def is_too_fast(self) -> bool:
        """The server wants a pause from us, not this letter in particular."""
        return self.code == 421 or (400 <= self.code < 500 and self.enhanced.startswith("4.7."))

    @property
    def is_policy(self) -> bool:
        """It does not want our mail. That is about us: it never says anything about the reader (mail.md §2).

        So is a no before any reader was named, in whatever words: an account that was closed, a domain that ran out.
        """
        is_for_all = self.is_about_us and self.code != 552  # that one is about the size of a letter
        return self.code >= 500 and (is_for_all or self.enhanced.startswith("5.7."))

    @property
    def is_full(self) -> bool:
        """The mailbox has no room: perhaps tomorrow, whichever class of code the server chose for it."""
        return self.code >= 400 and self.enhanced[1:] == ".2.2"

    @property
    def is_final(self) -> bool:
        """Trying again would be no use."""
        return self.code >= 500 and not self.is_policy and not self.is_full

    @property
    def address_is_gone(self) -> bool:
        """Only these codes say that nobody lives there; no other answer ever suppresses a person."""
        return self.code >= 500 and self.enhanced in NO_SUCH_ADDRESS

    @property
    def queue_id(self) -> str:
        """What the server calls the letter from now on, if it says so: its log and its bounces know that name."""
        found = QUEUED_AS.search(self.text.removeprefix(self.enhanced).strip())
        return found[1] if found else ""

    @property
    def reason(self) -> str:
        if self.why:
            return self.why
        if self.enhanced == "5.6.7":
            return "Its mail server cannot write to an address with such letters (SMTPUTF8)."
        return f"The mail server answered {self.code} {self.enhanced}".strip()


def read(error: BaseException) -> Answer | None:
    """The server's answer inside an error; None when there was none and the outcome is unknown."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return Answer(code, plain(text))
        case smtplib.SMTPDataError():
            return Answer(error.smtp_code, plain(error.smtp_error))
        case smtplib.SMTPResponseException():  # sender refused, helo, authentication
            code = error.smtp_code if error.smtp_code > 0 else 421  # a greeting without a number
            return Answer(code, plain(error.smtp_error), is_about_us=True)
        case smtplib.SMTPNotSupportedError():
            return Answer(550, "5.6.7 this address needs SMTPUTF8")
    return of_provider(error)


def of_provider(error: BaseException) -> Answer | None:
    """What a provider's API said (django-anymail). With 4xx it surely has not taken the letter; after 5xx, or without
    an answer, nobody knows. 401 and 403 are about us, and so is 429, which wants a pause."""
    from anymail import exceptions  # 4 MB, for those who have such a provider

    if isinstance(error, exceptions.AnymailRecipientsRefused):
        return Answer(554, plain(str(error)), why="The mail provider refuses this address.")
    if not isinstance(error, exceptions.AnymailError):
        return None
    status = error.status_code
    if status is None and not isinstance(error, exceptions.AnymailAPIError):
        return Answer(450, str(error), why="The mail provider's API cannot say such a letter.")
    if status is None:
        return Answer(421, "", True, "The mail provider could not be reached.") if is_unheard(error) else None
    why, said = f"The mail provider answered {status}.", str(error)[:400]
    if status in (401, 403):
        return Answer(550, f"5.7.0 {said}", True, why)
    if status == 429:
        return Answer(421, said, True, why)
    return Answer(450, said, why=why) if 400 <= status < 500 and status not in UNSURE else None


def is_unheard(error: BaseException) -> bool:
    """Whether the connection never came about, so that nothing can have been taken."""
    import requests
    import urllib3

    cause: Any = error.__cause__
    if isinstance(cause, requests.ConnectTimeout):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def is_in_trouble(error: BaseException) -> bool:
    """A provider's API that is down or does not answer: the next letter would fare no better."""
    from anymail import exceptions

    return isinstance(error, exceptions.AnymailAPIError) and (error.status_code or 500) >= 500


def plain(text: bytes | str) -> str:
    """As the database can keep it: PostgreSQL takes no NUL."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return said.replace("\0", "\N{REPLACEMENT CHARACTER}")
