"""What went wrong with letters lately, in groups that one can act upon, and how late the mail is."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, QuerySet

from mailing import gate, heartbeat
from mailing.models import Broadcast, Contact, Letter, RateBucket, Run, Sequence

LATELY = dt.timedelta(days=14)
LATE = dt.timedelta(minutes=30)
GROUPS = 20
ASK = (Letter.State.UNKNOWN, Letter.State.FAILED)


@dataclass(frozen=True)
class Group:
    """Letters of one kind that ended the same way for the same reason."""

    state: str
    kind: str
    reason: str
    number: int

    @property
    def example(self) -> Letter:
        """A letter that is in no table, to be spoken of."""
        return Letter(state=self.state, kind=self.kind, reason=self.reason)


@dataclass(frozen=True)
class Lag:
    """How the machinery stands."""

    last_tick: dt.datetime | None
    is_alive: bool
    waiting: int
    oldest: dt.datetime | None

    def is_late(self, now: dt.datetime) -> bool:
        return self.oldest is not None and now - self.oldest > LATE


def groups(*, now: dt.datetime) -> list[Group]:
    """What a person should look at, the most first: one query."""
    found = ended(now).values_list("state", "kind", "reason").annotate(number=Count("pk"))
    return [Group(*row) for row in found.order_by("-number", "state", "kind", "reason")[:GROUPS]]


def of_group(*, state: str, kind: str, reason: str, now: dt.datetime) -> "QuerySet[Letter]":
    return ended(now).filter(state=state, kind=kind, reason=reason)


def ended(now: dt.datetime) -> "QuerySet[Letter]":
    """Account letters are not among them: their codes are gone, and whoever needs one asks again."""
    ended = Letter.objects.filter(state__in=ASK, created_at__gt=now - LATELY)
    stopped = Broadcast.objects.filter(state=Broadcast.State.STOPPED)  # who got it stands on its own page
    return ended.exclude(kind=Letter.Kind.ACCOUNT).exclude(broadcast__in=stopped).order_by()


def lag(*, now: dt.datetime) -> Lag:
    """Two queries."""
    due = gate.waiting(now).aggregate(number=Count("pk"), oldest=Min("not_before"))
    return Lag(heartbeat.last(role=heartbeat.TICK), heartbeat.is_fresh(now=now), due["number"], due["oldest"])


def stopped() -> "QuerySet[RateBucket]":
    """Mail providers that refused us for a reason that only a person can mend."""
    return RateBucket.objects.exclude(stopped_reason="").order_by("group")


def paused() -> "QuerySet[Sequence]":
    """Sequences that paused themselves: too many addresses refused them, or too many readers complained."""
    return Sequence.objects.filter(state=Sequence.State.PAUSED).exclude(paused_reason="").order_by("title")


def unreachable() -> int:
    """People whose letters rest because mail to their address does not arrive."""
    held = Run.objects.filter(state=Run.State.HELD)
    return Contact.objects.filter(pk__in=held.values("contact")).count()
