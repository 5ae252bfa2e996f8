"""The words under which people say yes or no. A consent keeps the version it was given under, and no version ever
changes: new words are a new version, so that a row can say years later what somebody read."""

from mailing.models import Consent

P = Consent.Purpose
WORDINGS = {  # version -> what the page said; the last one of a purpose is what pages say now
    P.LESSONS: {
        "2026-11": "Lesson letters: at most one a day, in your own morning, when a lesson has opened for you.",
    },
    P.NUDGES: {
        "2026-11": "Reminders: a few friendly lines when it has been quiet for some days, farther and farther apart.",
    },
    P.MINICOURSE: {
        "2026-11": "Send me the free mini-course by e-mail. I can stop it with one click in every letter.",
    },
    P.NEWS: {
        "2026-11": "News and offers: now and then a letter when there is something new. "
        "Stop it with one click in every letter.",
    },
}


def current(purpose: str) -> str:
    """The version that pages show now."""
    return next(reversed(WORDINGS[P(purpose)]))


def text(purpose: str, version: str = "") -> str:
    """The words of a version, the current one if none is given. Raises KeyError for one that never was."""
    return WORDINGS[P(purpose)][version or current(purpose)]
