"""When a letter of a sequence is due: on the reader's own mornings, never at night, never two on one day."""

import datetime as dt

from django.db.models import Q

from coursesite.lib import localtime
from mailing.models import Contact, Letter, Run, Step

QUIET_FROM, QUIET_UNTIL = dt.time(21), dt.time(7)  # the reader's own time
LEAST_GAP = dt.timedelta(hours=18)
ON_THE_WAY = (Letter.State.QUEUED, Letter.State.LEASED, Letter.State.HANDED)


def due(*, step: Step, anchor_at: dt.datetime, zone: str) -> dt.datetime:
    """UTC moment at which a step is due: day 0 at once, later ones at the sequence's hour of their local day."""
    if step.day == 0:
        return anchor_at
    return localtime.days_after(anchor_at, step.day, zone, step.sequence.send_at)


def is_quiet(moment: dt.datetime, zone: str) -> bool:
    time = moment.astimezone(localtime.zone(zone)).time()
    return time >= QUIET_FROM or time < QUIET_UNTIL


def slot_time(send_at: dt.time) -> dt.time:
    """The hour to move a letter to: the sequence's own, unless that is in the quiet hours."""
    return send_at if QUIET_UNTIL <= send_at < QUIET_FROM else QUIET_UNTIL


def next_slot(*, after: dt.datetime, zone: str, send_at: dt.time) -> dt.datetime:
    """The first slot later than `after`, today or tomorrow."""
    today = localtime.at(localtime.local_day(after, zone), slot_time(send_at), zone)
    return today if today > after else next_day(after=after, zone=zone, send_at=send_at)


def next_day(*, after: dt.datetime, zone: str, send_at: dt.time) -> dt.datetime:
    """The slot of the local day after that of `after`."""
    return localtime.days_after(after, 1, zone, slot_time(send_at))


def has_letter_today(*, contact: Contact, zone: str, now: dt.datetime) -> bool:
    """Whether a sequence letter went out on the local day of `now`, or one is still on its way."""
    midnight = localtime.at(localtime.local_day(now, zone), dt.time(0), zone)
    return (
        Letter.objects.filter(contact=contact, run__isnull=False)
        .filter(
            Q(state__in=ON_THE_WAY)
            | Q(state=Letter.State.SENT, sent_at__gte=midnight)
            | Q(state=Letter.State.UNKNOWN, handed_at__gte=midnight)
        )
        .exists()
    )


def replan(*, contact: Contact, zone: str) -> None:
    """Recompute what active runs wait for in a new zone: no two letters on one local date nor within 18 hours.

    The second call computes the same moments.
    """
    waiting = Run.objects.filter(contact=contact, state=Run.State.ACTIVE, next_step__isnull=False)
    for run in waiting.select_related("next_step__sequence"):
        last = latest_morning_letter(run)
        run.next_due_at = moved(due=due_of(run, zone), last=last, run=run, zone=zone)
        run.save(update_fields=["next_due_at"])


def due_of(run: Run, zone: str) -> dt.datetime:
    if run.next_step is None:
        raise ValueError("The run waits for no step.")
    return due(step=run.next_step, anchor_at=run.anchor_at, zone=zone)


def latest_morning_letter(run: Run) -> dt.datetime | None:
    """When the run's last daily letter went; the welcome at the moment of joining keeps no distance."""
    sent = Letter.objects.filter(run=run, state=Letter.State.SENT, revision__step__day__gt=0)
    return sent.order_by("-sent_at").values_list("sent_at", flat=True).first()


def moved(*, due: dt.datetime, last: dt.datetime | None, run: Run, zone: str) -> dt.datetime:
    if last is None:
        return due
    while due - last < LEAST_GAP or localtime.local_day(due, zone) == localtime.local_day(last, zone):
        due = next_day(after=max(due, last), zone=zone, send_at=run.sequence.send_at)
    return due


def retime(*, step: Step, zone_of: "dict[int, str]") -> None:
    """After a change of a step's day: recompute the runs that stand before it. `zone_of` maps contact ids to zones."""
    waiting = Run.objects.filter(next_step=step, state=Run.State.ACTIVE).select_related("sequence")
    for run in waiting:
        zone = zone_of[run.contact_id]
        moment = due(step=step, anchor_at=run.anchor_at, zone=zone)
        run.next_due_at = moved(due=moment, last=latest_morning_letter(run), run=run, zone=zone)
        run.save(update_fields=["next_due_at"])
