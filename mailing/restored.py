"""A database restored from a backup does not know what was sent since: then all mail is held until a person decides.

Beside the database, in VAR, a file keeps when the last tick ended. A database whose own heartbeat is older has gone
back in time. (Who restores VAR together with the database turns the hold on by hand: docs/letters.md.)
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from mailing import broadcasts, contacts, gate, heartbeat, kinds, locks, planner, schedule, switches, trouble
from mailing.models import Broadcast, Letter, Run, Sequence, Step, Switch

MARGIN = dt.timedelta(minutes=10)  # a power cut may cost a database its last moments; that is no backup
TREATED = "Counted as sent: the database was restored from a backup."
STOPPED = "Not sent: the database was restored from a backup."
MACHINE = "the site itself"
PORTION = 500


def which_database() -> str:
    parts = [str(settings.DATABASES["default"].get(name, "")) for name in ("ENGINE", "HOST", "PORT", "NAME")]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def mark(*, now: dt.datetime) -> None:
    """Note outside the database that a tick ended now. Never raises: a full disk is somebody else's trouble."""
    path = Path(settings.LAST_TICK_FILE)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps({"database": which_database(), "at": now.isoformat()}))
        draft.replace(path)


def marked() -> dt.datetime | None:
    """When the last tick on this database ended, as the file has it."""
    try:
        said = json.loads(Path(settings.LAST_TICK_FILE).read_text())
        return dt.datetime.fromisoformat(said["at"]) if said["database"] == which_database() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def look(*, now: dt.datetime) -> bool:
    """Hold all mail if the database is older than the file says. True if so; the second call changes nothing."""
    last = marked()  # first the file, then the row: another worker may end a tick between the two
    if last is None:
        return False
    known = heartbeat.last(role=heartbeat.TICK)
    if known is None and not Letter.objects.exists():
        return False  # a new and empty one
    since = known or last - MARGIN * 2
    if last - since <= MARGIN:
        return False
    interval = f"{since.isoformat()}/{last.isoformat()}"
    switches.turn_on(key=switches.RESTORED, reason=interval, by=MACHINE, now=now)
    words = f"It ends at {since:%Y-%m-%d %H:%M} UTC; mail went out until {last:%Y-%m-%d %H:%M} UTC."
    switches.hold(reason=f"The database was restored. {words}", by=MACHINE, now=now)
    trouble.restored(gap=words, now=now)
    return True


def gap() -> tuple[dt.datetime, dt.datetime] | None:
    """From when to when the database knows nothing, while somebody has yet to decide."""
    row = Switch.objects.filter(key=switches.RESTORED, is_on=True).first()
    if row is None:
        return None
    since, _, until = row.reason.partition("/")
    return dt.datetime.fromisoformat(since), dt.datetime.fromisoformat(until)


def send_it(*, by: str, now: dt.datetime) -> bool:
    """The letters of the gap are sent, perhaps for the second time. False if there is nothing to decide."""
    if not switches.turn_off(key=switches.RESTORED, by=by, now=now):
        return False
    switches.release(by=by, now=now)
    return True


def treat_as_sent(*, by: str, now: dt.datetime) -> int | None:
    """The letters of the gap count as sent: written down as of unknown outcome, and the runs go on behind them.

    Returns how many letters; None if there is nothing to decide, so that the second call changes nothing. Each portion
    is a transaction of its own, so that nobody has to wait long: cut off in the middle, all mail is still held, and
    the next call goes on.
    """
    if (found := gap()) is None:
        return None
    until, number = found[1], 0
    for pk in list(_going_to_many(until).values_list("pk", flat=True)):
        broadcasts.release(pk, until)
        while broadcasts.write_portion(pk, until):
            pass
    while portion := list(_letters(until).order_by("pk").values_list("pk", "contact")[:PORTION]):
        number += _written_off(portion, until)
    while behind := list(_behind(until).order_by("pk").values_list("pk", "contact")[:PORTION]):
        number += _moved_on([run for run, _ in behind], {contact for _, contact in behind}, until, now)
    with transaction.atomic():
        _stop_what_was_going_to_many(now)
        switches.turn_off(key=switches.RESTORED, by=by, now=now)
        switches.release(by=by, now=now)
    return number


def _going_to_many(until: dt.datetime) -> "QuerySet[Broadcast]":
    """Of those whose first readers had it, nobody knows whether the coach let the others have it."""
    states = Broadcast.State
    going = Q(state__in=[states.SENDING, states.TRIED]) | Q(state=states.HELD, hold_until__lte=until)
    return Broadcast.objects.filter(going).order_by("pk")


def _stop_what_was_going_to_many(now: dt.datetime) -> None:
    """Who may have it in the gap stands in the ledger; a person can still send it to who cannot."""
    states = Broadcast.State
    going = Broadcast.objects.filter(state__in=[states.SENDING, states.TRIED])
    waiting = Letter.objects.filter(broadcast__in=going, state__in=Letter.WAITING)
    waiting.update(state=Letter.State.CANCELLED, reason=STOPPED, lease_token=None, lease_until=None)
    going.update(state=states.STOPPED, ended_at=now, again=[], reason=TREATED)


def _letters(until: dt.datetime) -> "QuerySet[Letter]":
    """Those that would have gone in the gap; what was held by something has not gone."""
    due = Letter.objects.filter(state__in=Letter.UNDER_WAY, not_before__lte=until)
    return due.filter(Q(state=Letter.State.HANDED) | gate.going(until)).exclude(kind=Letter.Kind.ACCOUNT)


@transaction.atomic
def _written_off(portion: list[tuple[uuid.UUID, int]], until: dt.datetime) -> int:
    locks.take(*{contact for _, contact in portion})
    return (
        _letters(until)
        .filter(pk__in=[letter for letter, _ in portion])
        .update(
            state=Letter.State.UNKNOWN,
            reason=TREATED,
            handed_at=Coalesce("handed_at", "not_before"),
            lease_token=None,
            lease_until=None,
        )
    )


def _behind(until: dt.datetime) -> "QuerySet[Run]":
    """Runs that would have written in the gap; what could not have gone has not gone."""
    due = Run.objects.filter(
        state=Run.State.ACTIVE,
        sequence__state=Sequence.State.LIVE,
        next_due_at__lte=until,
        next_step__isnull=False,
    )
    return due.exclude(contact__paused_until__gt=until)


@transaction.atomic
def _moved_on(pks: list[int], people: set[int], until: dt.datetime, now: dt.datetime) -> int:
    """These runs, past every step that was due in the gap. Returns how many letters that is."""
    locks.take(*people)
    related = _behind(until).filter(pk__in=pks).select_related("contact", "sequence", "next_step__sequence")
    runs, letters = list(related.order_by("pk")), list[Letter]()
    steps = planner.steps_of({run.sequence_id for run in runs})
    written = set(Letter.objects.filter(run__in=runs).values_list("dedupe_key", flat=True))
    for run in runs:
        found = _go_on(run, steps[run.sequence_id], until, now)
        letters += [one for one in found if one.dedupe_key not in written]
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    planner.save_all(runs, ("state", "next_step", "next_due_at"))
    return len(letters)


def _go_on(run: Run, steps: list[Step], until: dt.datetime, now: dt.datetime) -> Iterator[Letter]:
    """Move a run past what was due in the gap; its letters, as sent at their hour."""
    zone, ahead = contacts.zone_of(run.contact), run.next_step
    while (step := ahead) is not None and run.next_due_at is not None and run.next_due_at <= until:
        if step in steps:
            yield _as_sent(run, step, run.next_due_at, now)
        last = schedule.Last(step.day, run.next_due_at)
        run.next_step = ahead = next((one for one in steps if one.place > step.place), None)
        if ahead is None:
            run.state, run.next_due_at = Run.State.DONE, None
        else:
            run.next_due_at = schedule.due(step=ahead, anchor_at=run.anchor_at, zone=zone, last=last)


def _as_sent(run: Run, step: Step, at: dt.datetime, now: dt.datetime) -> Letter:
    kind = kinds.letter(run.sequence.kind)
    return Letter(
        dedupe_key=f"seq:{run.pk}:{step.pk}",
        kind=kind,
        priority=kinds.PRIORITY[kind],
        contact=run.contact,
        run=run,
        revision_id=step.revision_id or 0,  # `steps` have one
        state=Letter.State.UNKNOWN,
        reason=TREATED,
        created_at=now,
        not_before=now,
        handed_at=at,
    )
