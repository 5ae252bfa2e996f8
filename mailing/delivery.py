"""Lease, look again, offer, commit, give, mark. Between the server's 354 and the body a letter is committed as handed
over, so the outcome is unknown only if something breaks between the final dot and the mark `sent`.

What a crash leaves behind: `leased` (the server never saw the dot, so it is queued again) or `handed` (nobody knows).
"""

import datetime as dt
import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Prefetch

from mailing import apart, door, envelope, fate, gate, guards, kinds, marks, planner, rates, replies, trouble
from mailing.models import Letter, StepRevision
from mailing.post import Post

log = logging.getLogger(__name__)

BATCH = 20
SECONDS = 15  # a round takes up no further letter after this
BREATH = 1  # seconds after which the rest of a batch goes back, so that a sign-in code never waits for it
LEASE = dt.timedelta(minutes=3)
HANDED = dt.timedelta(seconds=660)  # ten minutes for the final dot, and one more
MINUTE = dt.timedelta(minutes=1)
# a text once for all of a batch that say it
TEXTS = Prefetch(
    "revision",
    StepRevision.objects.defer("body", "step__revision__body").select_related(
        "step__sequence", "step__revision"
    ),
)


@dataclass
class Delivered:
    """What one round did."""

    sent: int = 0
    stopped: int = 0  # skipped, cancelled, expired
    failed: int = 0
    later: int = 0  # put back, or the outcome is not known yet


def deliver(*, now: dt.datetime) -> Delivered:
    """Send what is due, for SECONDS at most. Called again at once it finds nothing; two at a time share the work.

    Time goes on meanwhile, in whole seconds from `now`: what is queued during a round and more urgent goes first.
    """
    fate.recover(now=now)
    done, begun, post, is_more = Delivered(), time.monotonic(), Post(), False
    try:
        while (spent := int(time.monotonic() - begun)) < SECONDS and not post.is_shut:
            moment = now + dt.timedelta(seconds=spent)
            if not is_more and not gate.waiting(moment).exists():
                break
            weather = rates.look(now=moment)
            batch = lease(now=moment, weather=weather)
            is_more = len(batch) == BATCH  # on a quiet site a look costs less than a lease, and locks nobody
            if not batch:
                break
            work_off(batch, done=done, post=post, weather=weather, now=moment)
    finally:
        post.close()
    return done


def work_off(
    batch: list[Letter], *, done: Delivered, post: Post, weather: rates.Weather, now: dt.datetime
) -> None:
    """Send leased letters, at least one; those that were not begun within BREATH are queued again as they were."""
    begun, weather.unsure = time.monotonic(), planner.who_may_refuse(letter.contact for letter in batch)
    said = door.ask(batch, now=now)
    said |= {pk: guards.Wait(day) for pk, day in apart.waits(batch, said, now=now).items()}
    taken_up = 0
    try:
        for letter in batch:
            taken_up += 1
            word = send(letter, post=post, weather=weather, now=now, said=said)
            setattr(done, word, getattr(done, word) + 1)
            if time.monotonic() - begun >= BREATH:
                break
    finally:  # also when the database fails at one: that one waits for its lease to end, the others do not
        fate.all_back(batch[taken_up:])
        for group, reason in weather.news.items():
            trouble.refused(group=group, reason=reason, now=now)


def lease(*, now: dt.datetime, weather: rates.Weather | None = None) -> list[Letter]:
    """Take up to BATCH letters for this sender alone, first things first, none of a group that is closed.

    When the provider's plan is used up only account letters go on: somebody waits for them before a screen.
    """
    token, weather = uuid.uuid4(), weather or rates.look(now=now)
    if rates.ALL in weather.closed:
        return []
    first = gate.waiting(now).filter(rates.outside(weather)).order_by("priority", "not_before", "pk")
    if rates.is_used_up(now=now):
        first = first.filter(kind=Letter.Kind.ACCOUNT)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            first = first.select_for_update(skip_locked=True, of=("self",))
        pks = [letter.pk for letter in first.only("pk")[:BATCH]]
        Letter.objects.filter(pk__in=pks, state=Letter.State.QUEUED).update(
            state=Letter.State.LEASED, lease_token=token, lease_until=now + LEASE
        )
    mine = Letter.objects.filter(lease_token=token, state=Letter.State.LEASED)
    related = mine.select_related("contact", "broadcast", "run__sequence").prefetch_related(TEXTS)
    return list(related.order_by("priority", "not_before", "pk"))


def send(
    letter: Letter, *, post: Post, weather: rates.Weather, now: dt.datetime, said: door.Said | None = None
) -> str:
    """Bring one leased letter to its end or back into the queue. Returns the field of Delivered to count it in."""
    if fate.is_too_late(letter, now):
        return fate.stop(letter, Letter.State.EXPIRED, kinds.TOO_LATE)
    if until := weather.keeps_in(letter, now):
        return fate.back(letter, not_before=until, reason="Its mail server asked for a pause.")
    try:
        match door.check(letter, now=now, is_sure=is_sure(letter, weather), said=said):
            case guards.Skip(reason=reason):
                return fate.stop(letter, Letter.State.SKIPPED, reason)
            case guards.Cancel(reason=reason):
                return fate.stop(letter, Letter.State.CANCELLED, reason)
            case guards.Wait(until=until):
                return fate.back(letter, not_before=max(until, now + MINUTE))
            case guards.Send(context=context):
                parcel = envelope.seal(with_newest_words(letter, context), now=now)
    except Exception as error:  # one bad letter never blocks the queue
        log.exception("letter %s could not be written", letter.pk)
        return fate.fail(letter, f"Could not be written: {type(error).__name__}: {error}")
    if not post.open():
        return fate.back(letter, not_before=letter.not_before, reason="The mail server was not there.")
    if (until := rates.take(now=now)) and letter.kind != Letter.Kind.ACCOUNT:
        return fate.back(letter, not_before=until, reason="The provider's plan is used up for now.")
    return hand_over(letter, parcel, post=post, weather=weather, now=now)


def is_sure(letter: Letter, weather: rates.Weather) -> bool:
    """Whoever asked for a thing has said yes to it, and that is looked up; most others never said anything."""
    known, kind = weather.unsure is not None, Letter.Kind(letter.kind)
    return (
        known
        and letter.contact_id not in (weather.unsure or ())
        and kind in (gate.K.LESSON, gate.K.NUDGE, *gate.NEEDED)
    )


def with_newest_words(letter: Letter, context: dict[str, str]) -> Letter:
    """A mended typo reaches everybody still waiting; what a server has seen once is repeated to the byte."""
    if letter.date_header:
        return letter
    letter.context, step = context, letter.revision.step
    if step.revision is not None:
        letter.revision = step.revision
        letter.revision.step = step
    return letter


def hand_over(
    letter: Letter,
    parcel: envelope.Parcel,
    *,
    post: Post,
    now: dt.datetime,
    weather: rates.Weather | None = None,
) -> str:
    """Offer, commit `handed`, give. Who stopped the letter meanwhile has won: it does not go."""
    weather = weather or rates.Weather()
    try:
        post.offer(parcel)
    except Exception as error:  # the server never saw a dot: nothing has gone, whatever it was
        if answer := replies.read(error):
            return fate.refused(letter, answer, now=now, weather=weather)
        log.warning("letter %s was not offered (%s)", letter.pk, type(error).__name__)
        post.drop()
        return fate.back(letter, not_before=now + MINUTE, reason="The mail server hung up.")
    is_ours = False
    try:
        is_ours = commit(letter, parcel, now=now)
    finally:
        if not is_ours:
            post.drop()  # without a dot the server forgets what was offered
    return give(letter, parcel, post=post, weather=weather, now=now) if is_ours else "stopped"


def give(
    letter: Letter, parcel: envelope.Parcel, *, post: Post, weather: rates.Weather, now: dt.datetime
) -> str:
    """Body and dot of a letter that is committed as handed over, and what came of it."""
    try:
        answer, name = post.give(parcel)
    except Exception as error:
        if said := replies.read(error):
            return fate.refused(letter, said, now=now, weather=weather)
        post.drop()  # the line broke: perhaps before the mail was through, perhaps after
        log.warning("letter %s: outcome unknown (%s)", letter.pk, type(error).__name__)
        if replies.is_in_trouble(error):
            weather.closed[rates.ALL] = rates.pause(group=rates.ALL, now=now)
            weather.troubled.add(rates.ALL)
        return fate.doubt(letter, now=now)
    if answer is None:
        return fate.refused(letter, replies.Answer(450, "not taken"), now=now, weather=weather)
    return sent(letter, answer, name, weather=weather, now=now)


def commit(letter: Letter, parcel: envelope.Parcel, *, now: dt.datetime) -> bool:
    """leased -> handed. False: it must not go now."""
    if letter.payload_sha256 not in ("", parcel.sha256):
        log.warning("letter %s goes out again with other bytes", letter.pk)
    facts = marks.Facts(parcel.date, parcel.message_id, parcel.sha256, until=now + HANDED)
    if not marks.handed(letter, facts, now=now):
        fate.back(letter, not_before=max(letter.not_before, now))
        return False
    letter.state, letter.handed_at = Letter.State.HANDED, now
    letter.attempts += 1
    return True


def sent(
    letter: Letter, answer: replies.Answer, name: str, *, weather: rates.Weather, now: dt.datetime
) -> str:
    facts: dict[str, Any] = {"code": answer.code, "enhanced": answer.enhanced, "name": name, "now": now}
    try:
        marks.sent(letter, **facts)
    except OperationalError:  # a long edit holds the run: that the letter went must not be in doubt for it
        marks.sent(letter, **facts, in_run=False)
    for group in weather.troubled and weather.troubled & {
        rates.ALL,
        rates.group_of(letter.contact.email_key),
    }:
        if letter.kind == Letter.Kind.ACCOUNT and weather.is_stopped(group):
            continue  # that a code gets through says nothing of lessons
        rates.open_again(group=group, now=now)
        weather.troubled.discard(group)
    return "sent"
