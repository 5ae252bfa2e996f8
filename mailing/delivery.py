"""Lease, look again, hand over, mark. A letter is committed as handed before the mail server sees it.

What a crash leaves behind: `leased` (the server saw nothing, so it is queued again) or `handed` (nobody knows).
"""

import datetime as dt
import logging
import smtplib
import time
import uuid
from dataclasses import dataclass

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from mailing import door, envelope, fate, guards, replies
from mailing.models import Letter, Run, Sequence

log = logging.getLogger(__name__)

BATCH = 20
SECONDS = (
    15  # a round takes up no further letter after this; the slowest server has a minute left for its last one
)
BREATH = 1  # seconds after which the rest of a batch goes back, so that a sign-in code never waits for it
LEASE = dt.timedelta(minutes=3)
HANDED = dt.timedelta(
    seconds=660
)  # a slow server may take ten minutes for the final dot (RFC 5321, 4.5.3.2.6)


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
    done, begun, post = Delivered(), time.monotonic(), Post()
    try:
        while (spent := int(time.monotonic() - begun)) < SECONDS and not post.is_shut:
            moment = now + dt.timedelta(seconds=spent)
            batch = lease(now=moment)
            if not batch:
                break
            work_off(batch, done=done, post=post, now=moment)
    finally:
        post.close()
    return done


def work_off(batch: list[Letter], *, done: Delivered, post: "Post", now: dt.datetime) -> None:
    """Send leased letters, at least one; those that were not begun within BREATH are queued again as they were."""
    begun = time.monotonic()
    for number, letter in enumerate(batch):
        if number and time.monotonic() - begun >= BREATH:
            fate.back(letter, not_before=letter.not_before)
            continue
        word = send(letter, post=post, now=now)
        setattr(done, word, getattr(done, word) + 1)


def waiting(now: dt.datetime) -> QuerySet[Letter]:
    live = Q(run=None) | Q(run__sequence__state=Sequence.State.LIVE)
    return Letter.objects.filter(live, state=Letter.State.QUEUED, not_before__lte=now)


def lease(*, now: dt.datetime) -> list[Letter]:
    """Take up to BATCH letters for this sender alone, first things first."""
    token = uuid.uuid4()
    first = waiting(now).order_by("priority", "not_before", "pk")
    if not first.exists():
        return []
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            first = first.select_for_update(skip_locked=True, of=("self",))
        pks = [letter.pk for letter in first.only("pk")[:BATCH]]
        Letter.objects.filter(pk__in=pks, state=Letter.State.QUEUED).update(
            state=Letter.State.LEASED, lease_token=token, lease_until=now + LEASE
        )
    mine = Letter.objects.filter(lease_token=token, state=Letter.State.LEASED)
    related = mine.select_related(
        "contact", "run__sequence", "revision__step__sequence", "revision__step__revision"
    )
    return list(related.order_by("priority", "not_before", "pk"))


def send(letter: Letter, *, post: "Post", now: dt.datetime) -> str:
    """Bring one leased letter to its end or back into the queue. Returns the field of Delivered to count it in."""
    if letter.expires_at and letter.expires_at <= now:
        return fate.stop(letter, Letter.State.EXPIRED, "Too late to be of use.")
    try:
        verdict = door.check(letter, now=now)
        match verdict:
            case guards.Skip(reason=reason):
                return fate.stop(letter, Letter.State.SKIPPED, reason)
            case guards.Cancel(reason=reason):
                return fate.stop(letter, Letter.State.CANCELLED, reason)
            case guards.Wait(until=until):
                return fate.back(letter, not_before=max(until, now + dt.timedelta(minutes=1)))
            case guards.Send(context=context):
                letter.context = context
        message = envelope.seal(with_newest_words(letter), now=now)
    except Exception as error:  # one bad letter never blocks the queue
        log.exception("letter %s could not be written", letter.pk)
        return fate.fail(letter, f"Could not be written: {type(error).__name__}: {error}")
    if not post.open():
        return fate.back(
            letter, not_before=now + dt.timedelta(minutes=1), reason="The mail server was not there."
        )
    return hand_over(letter, message, post=post, now=now)


def with_newest_words(letter: Letter) -> Letter:
    """A mended typo reaches everybody still waiting; what was tried once is repeated as it was."""
    step = letter.revision.step
    if letter.attempts == 0 and step.revision is not None:
        letter.revision = step.revision
        letter.revision.step = step
    return letter


def hand_over(letter: Letter, message: EmailMultiAlternatives, *, post: "Post", now: dt.datetime) -> str:
    """Commit `handed` first, then let the mail go. Who stopped the letter meanwhile has won: it does not go."""
    letter.date_header = str(message.extra_headers["Date"])
    mine = Letter.objects.filter(pk=letter.pk, state=Letter.State.LEASED, lease_token=letter.lease_token)
    taken = mine.update(
        state=Letter.State.HANDED,
        handed_at=now,
        lease_until=now + HANDED,
        attempts=F("attempts") + 1,
        address=letter.contact.email,
        revision=letter.revision,
        context=letter.context,
        date_header=letter.date_header,
    )
    if not taken:
        return "stopped"
    letter.state, letter.handed_at = Letter.State.HANDED, now
    letter.attempts += 1
    try:
        accepted = post.send(message)
    except smtplib.SMTPException as error:
        post.close()
        answer = replies.read(error)
        return fate.refused(letter, answer, now=now) if answer else fate.doubt(letter, now=now)
    except Exception as error:  # the line broke: perhaps before the mail was through, perhaps after
        post.close()
        log.warning("letter %s: outcome unknown (%s)", letter.pk, type(error).__name__)
        return fate.doubt(letter, now=now)
    if not accepted:
        return fate.refused(letter, replies.Answer(450, "not taken"), now=now)
    return sent(letter, now=now)


def sent(letter: Letter, *, now: dt.datetime) -> str:
    """Mark as sent. Codes and links with secrets in service letters are not kept longer than needed."""
    Letter.objects.filter(pk=letter.pk, state=Letter.State.HANDED).update(
        state=Letter.State.SENT,
        sent_at=now,
        lease_token=None,
        lease_until=None,
        reason="",
        **({} if letter.run_id else {"context": {}}),
    )
    if letter.run_id:
        Run.objects.filter(pk=letter.run_id).update(last_sent_at=now)
    return "sent"


class Post:
    """One connection to the mail server, opened when first needed, used for many letters."""

    LETTERS = 100

    def __init__(self) -> None:
        self.line: BaseEmailBackend | None = None
        self.carried = 0
        self.is_shut = False

    def open(self) -> bool:
        """Whether the mail server is there. After one failure nothing more is tried in this round."""
        if self.is_shut:
            return False
        if self.line is not None and self.carried < self.LETTERS:
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

    def send(self, message: EmailMultiAlternatives) -> bool:
        if self.line is None:
            raise RuntimeError("Open the line first.")
        self.carried += 1
        return bool(self.line.send_messages([message]))

    def close(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            try:
                line.close()
            except (OSError, smtplib.SMTPException):
                log.warning("the mail server hung up first")
