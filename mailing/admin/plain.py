"""What became of a letter, in words for somebody who runs no mail server."""

from mailing import replies
from mailing.models import Letter

WHY = {
    "lesson done": "They had finished the lesson already.",
    "lesson not published": "Its lesson is not published.",
    "no access": "They are not in the course any more.",
    "course finished": "They finished the course.",
    "the cause finder was not answered": "It is only for whom the cause finder points to minerals.",
}
ANSWERS = {  # by the code that mail servers give; the longest beginning counts
    "5.1": "There is no such address.",
    "5.2.1": "The mailbox is closed.",
    "5.2.2": "The mailbox is full.",
    "4.2.2": "The mailbox is full.",
    "5.2.3": "The letter was too large for that mailbox.",
    "5.3.4": "The letter was too large for that mail server.",
    "5.6": "The mail server could not read the letter.",
    "5.7": "The mail server does not trust our mail. It is about us, not about them: ask whoever runs your mail.",
    "4.7": "The mail server wants us to slow down. It is tried again by itself.",
    "4": "The mail server could not take it then. It is tried again by itself.",
    "5": "The mail server refused it for good.",
}
ANSWERED = "The mail server answered"


def why(letter: Letter) -> str:
    """The reason in plain words, with the server's own sentence where there is one."""
    reason = letter.reason
    if reason in WHY:
        return WHY[reason]
    if reason.startswith("Could not be written:"):
        return f"It could not be written for this person. {reason}"
    if code := letter.enhanced_code or code_in(reason):
        return f"{meaning(code)} ({reason})" if reason else meaning(code)
    return reason


def code_in(reason: str) -> str:
    """`5.1.1` of "The mail server answered 550 5.1.1", or `5` of "The mail server answered 554"."""
    if not reason.startswith(ANSWERED):
        return ""
    found = replies.ENHANCED.search(reason)
    return found[1] if found else reason.removeprefix(ANSWERED).strip()[:1]


def meaning(code: str) -> str:
    if not code:
        return "No reason was given that one could read."
    fits = [beginning for beginning in ANSWERS if code.startswith(beginning)]
    return ANSWERS[max(fits, key=len)] if fits else "The mail server gave an answer that says little."
