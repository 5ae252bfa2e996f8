"""How a letter ends that did not simply go out: stopped, failed, put back, or in doubt."""

import datetime as dt
from typing import Any

from django.db.models import F

from mailing import replies, suppression
from mailing.models import Letter, Suppression

S = Letter.State
PAUSES = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
TRIES = {
    Letter.Kind.ACCOUNT: 5,
    Letter.Kind.RECEIPT: 12,
    Letter.Kind.OPT_IN: 5,
    Letter.Kind.LESSON: 5,
    Letter.Kind.MINICOURSE: 5,
    Letter.Kind.NUDGE: 2,
    Letter.Kind.BROADCAST: 2,
}
EVIDENCE = dt.timedelta(minutes=15)  # how long a lesson letter in doubt waits before its one repetition


def forgotten(letter: Letter) -> dict[str, Any]:
    """An account letter's code is emptied once the letter has come to its end."""
    return {"context": {}} if letter.kind == Letter.Kind.ACCOUNT else {}


def stop(letter: Letter, state: str, reason: str) -> str:
    """It is not sent, and the row says why."""
    return _end(letter, state, reason, "stopped")


def fail(letter: Letter, reason: str) -> str:
    return _end(letter, S.FAILED, reason, "failed")


def back(letter: Letter, *, not_before: dt.datetime, reason: str = "") -> str:
    """Into the queue again, for later."""
    _ours(letter).update(
        state=S.QUEUED, not_before=not_before, lease_token=None, lease_until=None, reason=reason[:200]
    )
    return "later"


def refused(letter: Letter, answer: replies.Answer, *, now: dt.datetime) -> str:
    """The mail server said no: for good, or for now."""
    if answer.address_is_gone:
        suppression.put(
            email=letter.contact.email,
            scope=Suppression.Scope.ALL,
            reason=Suppression.Reason.HARD_BOUNCE,
            now=now,
        )
    if answer.is_final or letter.attempts >= TRIES[Letter.Kind(letter.kind)]:
        return fail(letter, answer.reason)
    pause = PAUSES[min(letter.attempts, len(PAUSES)) - 1]
    return back(letter, not_before=now + pause, reason=answer.reason)


def doubt(letter: Letter, *, now: dt.datetime) -> str:
    """Nobody knows whether the mail got through: codes and receipts are repeated with the same Message-ID and
    Date; a lesson letter once, after a quarter of an hour, and then a person decides."""
    is_lesson = letter.kind == Letter.Kind.LESSON
    if (is_lesson and letter.doubts) or letter.attempts >= TRIES[Letter.Kind(letter.kind)]:
        return _end(letter, S.UNKNOWN, "The mail server's answer never came.", "later")
    not_before = (letter.handed_at or now) + EVIDENCE if is_lesson else now + PAUSES[0]
    _ours(letter).update(
        state=S.QUEUED,
        doubts=F("doubts") + 1,
        not_before=max(not_before, now) if is_lesson else not_before,
        lease_token=None,
        lease_until=None,
        reason="Sent once, outcome unknown; to be repeated.",
    )
    return "later"


def again(*, letter: Letter, now: dt.datetime) -> bool:
    """A person decided: queue a failed or doubtful letter once more, with the same Message-ID.

    False for a letter that is queued or sent already, and for account letters: their codes are gone.
    """
    ended = Letter.objects.filter(pk=letter.pk, state__in=[S.FAILED, S.UNKNOWN]).exclude(
        kind=Letter.Kind.ACCOUNT
    )
    return bool(
        ended.update(state=S.QUEUED, not_before=now, attempts=0, doubts=0, reason="Queued again by hand.")
    )


def recover(*, now: dt.datetime) -> int:
    """Take up what a crashed sender left. Returns how many letters; 0 the second time."""
    left = Letter.objects.filter(state__in=[S.LEASED, S.HANDED], lease_until__lte=now)
    found = list(left.select_related("contact")[:500])
    for letter in found:
        if letter.state == S.LEASED:  # the server saw nothing
            back(letter, not_before=letter.not_before)
        else:
            doubt(letter, now=now)
    return len(found)


def _ours(letter: Letter) -> Any:
    """The row, if it still is as we saw it, under the same lease: whoever is later changes nothing."""
    return Letter.objects.filter(pk=letter.pk, state=letter.state, lease_token=letter.lease_token)


def _end(letter: Letter, state: str, reason: str, word: str) -> str:
    _ours(letter).update(
        state=state, reason=reason[:200], lease_token=None, lease_until=None, **forgotten(letter)
    )
    return word
