"""What mail servers and providers say of a letter after it left: kept once however often it is told, and acted upon.

Where it comes from: answers at the door of a mail server, bounces that come back to the letter's own return path
(`bounces`), and a provider's webhooks (`receivers`). What follows stands in mail.md §2: an address that does not exist
is suppressed at once, a disabled one at the second letter, a mailbox that is full again and again gets a rest; a policy
refusal is about us and never about a person; who complains gets receipts only.
"""

import datetime as dt
import hashlib
import uuid

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from mailing import addresses, alarm, consent, locks, suppression
from mailing.models import Consent, DeliveryEvent, Letter, Run, Suppression
from mailing.replies import ENHANCED, NO_SUCH_ADDRESS

T = DeliveryEvent.Type
S = Letter.State
DISABLED = "5.2.1"
FULL_LETTERS, FULL_FOR, REST = 3, dt.timedelta(days=14), dt.timedelta(days=30)
QUIET = dt.timedelta(days=5)  # a letter of which nothing bad was heard for so long has arrived
JOIN_FOR = dt.timedelta(days=30)
COMPLAINED = "They called a letter spam."


def note(
    *,
    provider: str,
    type: str,
    at: dt.datetime | None,
    now: dt.datetime,
    letter_id: uuid.UUID | str | None = None,
    message_ref: str = "",
    recipient: str = "",
    code: str = "",
    text: str = "",
) -> DeliveryEvent | None:
    """Keep what was said, and act on it. None if it was heard before: the second call changes nothing.

    `provider` is "smtp", "bounce" or a provider's name; `at` its own time, None if it gave none. The letter is named by
    `letter_id`, or by `message_ref`: its Message-ID or the provider's own name for it. A letter that is not known, or
    still on its way, is joined later (`join`). The enhanced code is read from `text` if it is not given.
    """
    text, name = text.replace("\x00", ""), str(letter_id or message_ref).replace("\x00", "")
    found = ENHANCED.search(code or text)
    said = "\n".join([provider, name, type, addresses.key(recipient), at.isoformat() if at else ""])
    letter = find(name)
    event = DeliveryEvent(
        provider=provider[:40],
        event_key=hashlib.sha256(said.encode()).hexdigest(),
        message_ref=name[:200],
        letter=letter,
        type=type,
        code=found[1] if found else "",
        text=_kept(text, letter),
        at=at or now,
        received_at=now,
    )
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:  # told again, perhaps at this very moment
        return None
    _apply(event, now)
    return event


def _kept(text: str, letter: Letter | None) -> str:
    """A server's words, but for somebody who was removed: they would name whom nothing names any more."""
    is_removed = letter is not None and addresses.is_removed(letter.contact.email)
    return "" if is_removed else " ".join(text.split())[:500]


def find(name: str) -> Letter | None:
    """The letter of an id, a Message-ID or a provider's name for it."""
    try:
        who = Q(pk=uuid.UUID(name))
    except ValueError:
        bare = name.strip("<> ")
        if not bare:
            return None
        who = Q(message_id__in=[bare, f"<{bare}>"]) | Q(provider_ref__in=[bare, f"<{bare}>"])
        return _letters().filter(who).first()
    return _letters().filter(who | Q(provider_ref=name)).first()


def _letters() -> QuerySet[Letter]:
    return Letter.objects.select_related("contact", "run__sequence", "broadcast")


def join(*, now: dt.datetime) -> int:
    """Act on what was said before the letter was known or while it was on its way. Returns how many events came to
    their end; the second call finds none."""
    done = 0
    early = DeliveryEvent.objects.filter(applied_at=None, received_at__gt=now - JOIN_FOR)
    newest = early.order_by("-received_at", "-at")[
        :500
    ]  # not the oldest: those of another site would never make room
    for event in sorted(newest, key=lambda one: one.at):
        event.letter = find(event.message_ref)
        if event.letter is not None:
            done += _apply(event, now)
    return done


@transaction.atomic
def _apply(event: DeliveryEvent, now: dt.datetime) -> bool:
    """What follows from an event; whatever is done twice stays as it is. False while the letter is on its way."""
    letter = event.letter
    if letter is None:
        return False
    locks.take(letter.contact_id)
    match event.type:
        case T.BOUNCED | T.DEFERRED:
            _refused(event, letter, now)
        case T.COMPLAINED:
            _complained(letter, now)
        case T.UNSUBSCRIBED:
            if purpose := consent.purpose_of(letter):
                consent.withdraw(contact=letter.contact, purpose=purpose, source=event.provider, now=now)
    _settle(event, letter)
    if event.type in {T.BOUNCED, T.COMPLAINED}:
        alarm.watch(letter, now=now)
    on_its_way = Letter.objects.filter(pk=letter.pk, state__in=[S.LEASED, S.HANDED]).exists()
    event.applied_at = None if on_its_way else now
    event.save(update_fields=["letter", "applied_at"])
    return not on_its_way


def _settle(event: DeliveryEvent, letter: Letter) -> None:
    """Evidence ends doubt (P5): also that of a letter which waits to be repeated. Nothing else changes its state."""
    doubtful = Letter.objects.filter(pk=letter.pk).filter(
        Q(state=S.UNKNOWN) | Q(state=S.QUEUED, doubts__gt=0)
    )
    if event.type in {T.DELIVERED, T.COMPLAINED, T.UNSUBSCRIBED}:
        secrets: dict[str, dict[str, str]] = {} if letter.run_id or letter.broadcast_id else {"context": {}}
        sent = doubtful.update(
            state=S.SENT, sent_at=Coalesce(F("handed_at"), event.at), reason="Settled by what was heard of it.",
            **secrets,
        )  # fmt: skip
        if sent and letter.run_id:
            Run.objects.filter(pk=letter.run_id).update(last_sent_at=letter.handed_at or event.at)
    elif event.type == T.BOUNCED:
        doubtful.update(state=S.FAILED, reason=f"It came back: {event.code} {event.text}".strip()[:200])


def _refused(event: DeliveryEvent, letter: Letter, now: dt.datetime) -> None:
    """An address is suppressed by these answers only; others, 5.7.x above all, say nothing about a person."""
    email = letter.address or letter.contact.email
    if event.type == T.BOUNCED and (
        event.code in NO_SUCH_ADDRESS
        or (event.code == DISABLED and len(_since_success(DISABLED, letter, now)) > 1)
    ):
        _suppress(email, Suppression.Reason.HARD_BOUNCE, now, None)
    elif event.code[1:] == ".2.2":
        moments = _since_success(".2.2", letter, now).values()
        if len(moments) >= FULL_LETTERS and max(moments) - min(moments) >= FULL_FOR:
            _suppress(email, Suppression.Reason.FULL, now, now + REST)


def _suppress(email: str, reason: str, now: dt.datetime, until: dt.datetime | None) -> None:
    suppression.put(email=email, scope=Suppression.Scope.ALL, reason=reason, now=now, until=until)


def _since_success(code: str, letter: Letter, now: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
    """Letters to this address that met the same answer since the last one that arrived, and when."""
    to_it = Q(letter__contact=letter.contact_id, letter__address__in=[letter.address, ""])
    events = DeliveryEvent.objects.filter(to_it)
    quiet = Letter.objects.filter(contact=letter.contact_id, address=letter.address, state=S.SENT).filter(
        ~Q(events__type__in=[T.BOUNCED, T.DEFERRED]), sent_at__lte=now - QUIET
    )
    arrived = [
        events.filter(type=T.DELIVERED).aggregate(last=Max("at"))["last"],
        quiet.aggregate(last=Max("sent_at"))["last"],
    ]
    same = events.filter(type__in=[T.BOUNCED, T.DEFERRED], code__endswith=code)
    if last := max((moment for moment in arrived if moment), default=None):
        same = same.filter(at__gt=last)
    return {row["letter"]: row["last"] for row in same.values("letter").annotate(last=Max("at"))}


def _complained(letter: Letter, now: dt.datetime) -> None:
    """Sequences and marketing are off at once, waiting letters too; receipts and codes still go."""
    email = letter.address or letter.contact.email
    suppression.put(
        email=email, scope=Suppression.Scope.SEQUENCES, reason=Suppression.Reason.COMPLAINT, now=now
    )
    if addresses.key(email) != letter.contact.email_key:
        return  # the person has another address now
    consent.waiting(letter.contact, Consent.Purpose.values).update(
        state=S.SKIPPED, reason=COMPLAINED, lease_token=None, lease_until=None
    )
    for purpose in (Consent.Purpose.NEWS, Consent.Purpose.MINICOURSE):
        if consent.wants(letter.contact, purpose) or consent.is_asked(letter.contact, purpose):
            consent.withdraw(contact=letter.contact, purpose=purpose, source="complaint", now=now)
