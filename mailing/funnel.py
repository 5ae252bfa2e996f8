"""What became of a sequence's letters, counted from the ledger: at each letter the numbers add up to who began.

Also what came back: letters refused, called spam, followed by "no more of these" within a day.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from mailing import kinds
from mailing.models import Consent, DeliveryEvent, Letter, Run, Sequence, Step

L, T = Letter.State, DeliveryEvent.Type
WALKING = (Run.State.ACTIVE, Run.State.HELD)
DAY = dt.timedelta(days=1)
PLACES: Mapping[str, str] = {
    L.QUEUED: "queued",
    L.LEASED: "queued",
    L.HANDED: "unknown",
    L.SENT: "got",
    L.UNKNOWN: "unknown",
    L.FAILED: "failed",
    L.CANCELLED: "left_out",
    L.SKIPPED: "left_out",
    L.EXPIRED: "left_out",
}


@dataclass(frozen=True)
class Stand:
    """How everybody who began stands to one letter. `next` wait for it, `later` come to it; `apart` ended before it or
    had passed its place. `off`: of those who got it, who wanted no more of these within a day."""

    next: int = 0
    later: int = 0
    got: int = 0
    unknown: int = 0
    failed: int = 0
    left_out: int = 0
    apart: int = 0
    off: int = 0

    @property
    def began(self) -> int:
        return self.next + self.later + self.got + self.unknown + self.failed + self.left_out + self.apart


@dataclass(frozen=True)
class Echo:
    """What came back of so many letters that went."""

    of: int
    refused: int
    spam: int
    off: int


def stands(sequence: Sequence, steps: list[Step]) -> dict[int, Stand]:
    """By the id of each step; `steps` are the sequence's, in order. Four queries."""
    runs = Run.objects.filter(sequence=sequence).order_by()
    began = runs.count()
    walking = dict(runs.filter(state__in=WALKING).values_list("next_step").annotate(number=Count("pk")))
    is_loose = sequence.kind in kinds.LOOSE
    mine = Q(revision__step__sequence=sequence) if is_loose else Q(run__sequence=sequence)
    letters = Letter.objects.filter(mine).order_by()
    rows = defaultdict[int, Counter[str]](Counter)
    for pk, state, number in letters.values_list("revision__step", "state").annotate(number=Count("pk")):
        rows[pk][PLACES[state]] += number
    off = turned_off(sequence)
    come = walking.pop(None, 0)  # who began before there was a letter waits for the first
    found, later = {}, 0
    for step in steps:
        waiting, come = (
            0,
            come + walking.get(step.pk, 0),
        )  # who is held at one taken out goes on with the next
        if step.archived_at is None:
            waiting, come = come, 0
        without = 0 if is_loose else began - rows[step.pk].total() - waiting
        behind = min(later, without) if step.archived_at is None else 0
        queued = rows[step.pk].pop("queued", 0)
        found[step.pk] = Stand(
            next=waiting + queued,
            later=behind,
            apart=without - behind,
            off=off.get(step.pk, 0),
            **rows[step.pk],
        )
        later += waiting
    return found


def turned_off(sequence: Sequence) -> dict[int, int]:
    """By the id of a step: how many turned these letters off within a day after they got it."""
    if sequence.kind not in kinds.LETTER:
        return {}
    theirs = Q(contact__letters__run__sequence=sequence)
    rows = _off(theirs, kinds.PURPOSE[kinds.letter(sequence.kind)])
    return dict(
        rows.values_list("contact__letters__revision__step").annotate(number=Count("contact", distinct=True))
    )


def _off(letters: Q, purpose: str) -> QuerySet[Consent]:
    """Who said no within a day after one of these letters; each letter is a row."""
    said = Consent.objects.filter(purpose=purpose, state=Consent.State.WITHDRAWN).order_by()
    sent = F("contact__letters__sent_at")
    return said.filter(
        letters,
        contact__letters__state=L.SENT,
        withdrawn_at__gte=sent,
        withdrawn_at__lte=sent + DAY,
    )


def echo_of(letters: QuerySet[Letter], *, of: int, off: int) -> Echo:
    """What was heard of those of these letters that went, `of` in number; one that was refused at once never did. One
    query."""
    told = DeliveryEvent.objects.filter(letter__in=letters.filter(state=L.SENT).order_by()).order_by()
    number = dict(told.values_list("type").annotate(number=Count("letter", distinct=True)))
    return Echo(of, number.get(T.BOUNCED, 0), number.get(T.COMPLAINED, 0), off)


def off_after_broadcast(broadcast_id: int, purpose: str) -> int:
    """How many wanted no more of such letters within a day after they got this one."""
    rows = _off(Q(contact__letters__broadcast=broadcast_id), purpose)
    return rows.values("contact").distinct().count()
