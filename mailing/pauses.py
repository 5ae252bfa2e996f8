"""A person's holiday from letters: the runs keep their clock, and afterwards what lay in it comes one letter a day."""

import datetime as dt

from django.db import transaction

from coursesite.lib import localtime
from mailing import kinds, schedule, zones
from mailing.models import Contact, Letter, Run, Sequence

OPEN_END = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)  # until somebody wakes them


def has_no_end(until: dt.datetime | None) -> bool:
    """Whether a rest, or what waits for its end, lasts until somebody wakes it."""
    return until is not None and until >= OPEN_END


@transaction.atomic
def pause(*, contact: Contact, until: dt.datetime, now: dt.datetime) -> None:
    """No sequence letters before `until`; receipts and sign-in codes still go. Again: the new end counts."""
    before, contact.paused_until = contact.paused_until, until
    contact.save(update_fields=["paused_until"])
    if before is not None and until < before:  # what was put off until then is due by its own day again
        schedule.replan(contact=contact, zone=zones.of(contact))


@transaction.atomic
def resume(*, contact: Contact, now: dt.datetime) -> None:
    """Letters may come again from now on, also those that their reader let rest. The second call changes nothing."""
    until, contact.paused_until = contact.paused_until, None
    contact.save(update_fields=["paused_until"])
    if until is not None:
        resting = Letter.objects.filter(contact=contact, kind__in=kinds.PURPOSE, state=Letter.State.QUEUED)
        resting.filter(not_before=until).update(not_before=now)
    schedule.replan(contact=contact, zone=zones.of(contact))


@transaction.atomic
def shift(*, source: str, days: int, now: dt.datetime) -> int:
    """Let the letters of a course that are to come to one person come so many days later, or earlier if negative; what
    would have been due by then comes the next morning. How many runs. The second call moves them once more."""
    runs = Run.objects.filter(
        source=source, state__in=[Run.State.ACTIVE, Run.State.HELD], sequence__kind=Sequence.Kind.DRIP
    )
    # locked first and then read: what was joined before the planner let go would be of before
    mine = (
        list(runs.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)) if days else []
    )
    moved = Run.objects.filter(pk__in=mine).select_related("sequence", "contact", "next_step__sequence")
    for run in moved:
        zone = zones.of(run.contact)
        local = run.anchor_at.astimezone(localtime.zone(zone))
        run.anchor_at = localtime.at(local.date() + dt.timedelta(days=days), local.time(), zone)
        if run.next_step is not None and run.next_due_at is not None:
            due = schedule.due_of(run, zone)
            if due <= now:
                due = schedule.next_slot(after=now, zone=zone, send_at=run.sequence.send_at)
            run.next_due_at = due
        run.save(update_fields=["anchor_at", "next_due_at"])
    return len(mine)
