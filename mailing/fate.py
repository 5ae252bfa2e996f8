"""How a letter ends that did not simply go out: stopped, failed, put back, or in doubt."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from mailing import evidence, kinds, rates, replies
from mailing.models import Broadcast, DeliveryEvent, Letter, Step, StepRevision

S, K = Letter.State, Letter.Kind
MINUTE = dt.timedelta(minutes=1)
# Minutes between one try and the next; after the last of them comes the last try.
PAUSES = {
    K.ACCOUNT: [1, 1, 2, 5],
    K.RECEIPT: [1, 5, 15, 60, 240, 240, 240, 240, 240, 240, 240],
    K.OPT_IN: [1, 5, 15, 60],
    K.LESSON: [5, 30, 180, 1200],  # five within 24 hours
    K.MINICOURSE: [5, 30, 180, 1200],
    K.NUDGE: [15],
    K.BROADCAST: [60],
}
WORTH_REPEATING = (K.ACCOUNT, K.RECEIPT, K.OPT_IN)  # at once: twice is better than never
NEVER_REPEATED = (K.NUDGE, K.BROADCAST)  # never twice; a person may
EVIDENCE = dt.timedelta(minutes=15)  # how long a lesson letter in doubt waits before its one repetition
TOMORROW = dt.timedelta(days=1)
OFFERED = "For those who had passed its place."  # by this `offered` finds what can be called back
CALLED_BACK = "Called back at the desk."
BY_HAND = "Queued again by hand."


def forgotten(letter: Letter) -> dict[str, Any]:
    """An account letter's code is emptied once the letter has come to its end."""
    return {"context": {}} if letter.kind == K.ACCOUNT else {}


def is_too_late(letter: Letter, at: dt.datetime) -> bool:
    """Whether it is of no use any more at that moment (UTC): a reminder a day after it was written, any letter from
    its expiry on."""
    if letter.kind == K.NUDGE and letter.created_at + kinds.STALE <= at:
        return True
    return letter.expires_at is not None and letter.expires_at <= at


def stop(letter: Letter, state: str, reason: str) -> str:
    """It is not sent, and the row says why."""
    return _end(letter, state, reason, "stopped")


def fail(letter: Letter, reason: str, **facts: Any) -> str:
    return _end(letter, S.FAILED, reason, "failed", **facts)


def back(letter: Letter, *, not_before: dt.datetime, reason: str = "", **facts: Any) -> str:
    """Into the queue again, for later. That it was offered, or queued by hand, stays behind the reason."""
    if kept := next((word for word in (OFFERED, BY_HAND) if letter.reason.endswith(word)), ""):
        reason = f"{reason[: 199 - len(kept)]} {kept}".strip()
    values = {"not_before": not_before, "lease_token": None, "lease_until": None, "reason": reason[:200]}
    _ours(letter).update(state=S.QUEUED, **values, **facts)
    return "later"


def all_back(letters: list[Letter]) -> int:
    """Leased letters that were not begun: queued again as they were, in one statement. Returns how many."""
    if not letters:
        return 0
    mine = Letter.objects.filter(
        pk__in=[letter.pk for letter in letters], state=S.LEASED, lease_token=letters[0].lease_token
    )
    return mine.update(state=S.QUEUED, lease_token=None, lease_until=None)


def refused(
    letter: Letter, answer: replies.Answer, *, now: dt.datetime, weather: rates.Weather | None = None
) -> str:
    """The mail server said no: to us for a while, to us altogether, or to this letter, for good or for now.

    The first two cost the letter no try: it waits with all of its group. An account letter is not for waiting: where
    we are refused altogether it is tried by its own rule, and fails.
    """
    was_handed = letter.state == S.HANDED
    begun = letter.attempts - 1 if was_handed else letter.attempts
    facts: dict[str, Any] = {"smtp_code": answer.code, "enhanced_code": answer.enhanced[:12]}
    is_alone = letter.kind == K.ACCOUNT and answer.is_policy and not answer.is_about_us
    if answer.is_too_fast or answer.is_policy:
        until = close(letter, answer, now=now, weather=weather or rates.Weather())
    if answer.is_too_fast or (answer.is_policy and not is_alone):
        return back(letter, not_before=until, reason=answer.reason, attempts=begun, **facts)
    facts["attempts"] = begun + 1
    pauses = PAUSES[K(letter.kind)]
    if answer.is_final or begun >= len(pauses):
        word = fail(letter, answer.reason, **facts)
    else:
        pause = TOMORROW if answer.is_full else pauses[begun] * MINUTE
        word = back(letter, not_before=now + pause, reason=answer.reason, **facts)
    if not answer.is_policy:
        weigh(letter, answer, now=now)
    return word


def close(letter: Letter, answer: replies.Answer, *, now: dt.datetime, weather: rates.Weather) -> dt.datetime:
    """Nothing more to this group, for now or until a person has looked. Returns when to ask again for the letter.

    A refusal of ourselves, before any reader was named, is asked again and again: sign-in codes hang on it.
    """
    group = rates.ALL if answer.is_about_us else rates.group_of(letter.contact.email_key)
    weather.troubled.add(group)
    was_stopped = weather.is_stopped(group)
    if answer.is_policy and not was_stopped:
        weather.news[group] = answer.reason
    if answer.is_policy and group != rates.ALL:
        rates.stop(group=group, reason=f"{answer.reason}: {answer.text}", now=now)
        weather.closed[group] = None
        return now
    until = rates.pause(group=group, now=now)
    if not was_stopped:
        weather.closed[group] = until
    return until


def weigh(letter: Letter, answer: replies.Answer, *, now: dt.datetime) -> None:
    """What an answer to this reader says of the address is weighed with everything else that was heard of it."""
    evidence.note(
        provider="smtp",
        type=DeliveryEvent.Type.BOUNCED if answer.is_final else DeliveryEvent.Type.DEFERRED,
        at=now,
        now=now,
        letter_id=letter.pk,
        recipient=letter.contact.email,
        code=answer.enhanced,
        text=answer.text,
    )


def doubt(letter: Letter, *, now: dt.datetime) -> str:
    """Nobody knows whether the mail got through. Codes and receipts are repeated at once with the same Message-ID and
    Date; a lesson letter once, after a quarter of an hour, and then a person decides; nudges and broadcasts never."""
    is_needed, pauses = letter.kind in WORTH_REPEATING, PAUSES[K(letter.kind)]
    if letter.kind in NEVER_REPEATED or letter.attempts > len(pauses) or (letter.doubts and not is_needed):
        return _end(letter, S.UNKNOWN, "The mail server's answer never came.", "later")
    if is_needed:
        not_before = now + (pauses[letter.doubts - 1] * MINUTE if letter.doubts else dt.timedelta())
    else:
        not_before = max((letter.handed_at or now) + EVIDENCE, now)
    reason = "Sent once, outcome unknown; to be repeated."
    return back(letter, not_before=not_before, reason=reason, doubts=letter.doubts + 1)


def again(*, letter: Letter, now: dt.datetime) -> bool:
    """A person decided: queue a failed or doubtful letter once more, with the same Message-ID.

    False for a letter that is queued or sent already, for account letters, whose codes are gone, and for those of a
    letter to many that was stopped. A reminder that has grown old meanwhile goes all the same.
    """
    ended = Letter.objects.filter(pk=letter.pk, state__in=[S.FAILED, S.UNKNOWN]).exclude(kind=K.ACCOUNT)
    if letter.broadcast_id and Broadcast.objects.filter(
        pk=letter.broadcast_id, state=Broadcast.State.STOPPED
    ):
        return False
    ended.filter(kind=K.NUDGE).update(expires_at=None, created_at=now)
    return bool(ended.update(state=S.QUEUED, not_before=now, attempts=0, doubts=0, reason=BY_HAND))


def offered(step: Step) -> "QuerySet[Letter]":
    """What was written to those who had passed a step and has not gone, as far as one knows."""
    return written(step).filter(reason__endswith=OFFERED)


def written(step: Step) -> "QuerySet[Letter]":
    """What was written of a step and has not gone, as far as one knows."""
    words = StepRevision.objects.filter(
        step=step
    )  # no join: an update then looks at each row as it is by then
    return Letter.objects.filter(revision__in=words, state__in=Letter.WAITING, doubts=0)


def call_back(letters: "QuerySet[Letter]") -> int:
    """These are not sent. Returns how many; 0 the second time."""
    return letters.update(state=S.CANCELLED, reason=CALLED_BACK, lease_token=None, lease_until=None)


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


def _end(letter: Letter, state: str, reason: str, word: str, **facts: Any) -> str:
    values = {"state": state, "reason": reason[:200], "lease_token": None, "lease_until": None}
    _ours(letter).update(**values, **forgotten(letter), **facts)
    return word
