"""What a person got lately and gets soon: from it follows on which day the next letter may come."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from coursesite.lib import localtime
from mailing import zones
from mailing.models import Contact, Letter, Run, Sequence

LATELY = dt.timedelta(days=4)


@dataclass
class Agenda:
    """One contact's. Moments are UTC; days are those of the zone the contact lives in."""

    zone: str
    paused_until: dt.datetime | None = None
    days: set[dt.date] = field(default_factory=set)  # with a sequence letter: sent, or on its way
    kept: list[dt.datetime] = field(
        default_factory=list
    )  # sequence letters; not welcomes: they keep no distance
    known: list[dt.datetime] = field(default_factory=list)  # all letters but sign-in codes
    coming: list[dt.datetime] = field(default_factory=list)  # when runs that are no nudges are due

    def note(self, moment: dt.datetime, *, is_welcome: bool, is_sequence: bool = True) -> None:
        self.known.append(moment)
        if is_sequence:
            self.days.add(localtime.local_day(moment, self.zone))
            if not is_welcome:
                self.kept.append(moment)


def of(contacts: Iterable[Contact], *, now: dt.datetime) -> dict[int, Agenda]:
    """By contact id, in two queries."""
    made = {one.pk: Agenda(zones.of(one), one.paused_until) for one in contacts}
    for letter in lately(made, now=now):
        gone = letter["sent_at"] or letter["handed_at"]
        made[letter["contact"]].note(
            max(now, letter["not_before"]) if gone is None or letter["state"] in Letter.UNDER_WAY else gone,
            is_welcome=letter["revision__step__day"] == 0,
            is_sequence=letter["run"] is not None,
        )
    coming = Run.objects.filter(
        contact__in=made, state=Run.State.ACTIVE, sequence__state=Sequence.State.LIVE, next_step__isnull=False
    ).exclude(sequence__kind=Sequence.Kind.NUDGE)
    for contact, due_at in coming.exclude(next_due_at=None).values_list("contact", "next_due_at"):
        if due_at:
            made[contact].coming.append(due_at)
    return made


def lately(contacts: Collection[int], *, now: dt.datetime) -> Iterable[Any]:
    since = now - LATELY
    rows = Letter.objects.filter(contact__in=contacts).filter(
        Q(state__in=Letter.UNDER_WAY)
        | Q(state=Letter.State.SENT, sent_at__gte=since)
        | Q(state=Letter.State.UNKNOWN, handed_at__gte=since)
    )
    still = [Sequence.State.PAUSED, Sequence.State.DRAFT]  # awake they find days anew
    rows = rows.exclude(state=Letter.State.QUEUED, run__sequence__state__in=still)
    return rows.exclude(kind__in=[Letter.Kind.ACCOUNT, Letter.Kind.OPT_IN]).values(
        "contact", "state", "sent_at", "handed_at", "not_before", "run", "revision__step__day"
    )
