"""A database restored from a backup does not know what was sent since: then all mail is held until a person decides.

Beside the database, in VAR, a file keeps when the last tick ended. A database whose own heartbeat is older has gone
back in time. (Who restores VAR together with the database turns the hold on by hand: docs/letters.md.)
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce

from mailing import contacts, drip, heartbeat, kinds, schedule, switches, trouble
from mailing.models import Letter, Run, Sequence, Switch

MARGIN = dt.timedelta(minutes=10)  # a power cut may cost a database its last moments; that is no backup
TREATED = "Counted as sent: the database was restored from a backup."
MACHINE = "the site itself"
ON_THE_WAY = (Letter.State.QUEUED, Letter.State.LEASED, Letter.State.HANDED)
MOST_STEPS = 1000


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


@transaction.atomic
def treat_as_sent(*, by: str, now: dt.datetime) -> int | None:
    """The letters of the gap count as sent: written down as of unknown outcome, and the runs go on behind them.

    Returns how many letters; None if there is nothing to decide, so that the second call changes nothing.
    """
    if (found := gap()) is None:
        return None
    until = found[1]
    due = Letter.objects.filter(state__in=ON_THE_WAY, not_before__lte=until)
    number = (
        due.exclude(kind=Letter.Kind.ACCOUNT)
        .exclude(run__sequence__state=Sequence.State.PAUSED)
        .update(
            state=Letter.State.UNKNOWN,
            reason=TREATED,
            handed_at=Coalesce("handed_at", "not_before"),
            lease_token=None,
            lease_until=None,
        )
    )
    behind = Run.objects.filter(
        state=Run.State.ACTIVE,
        sequence__state=Sequence.State.LIVE,
        next_due_at__lte=until,
        next_step__isnull=False,
    ).exclude(contact__paused_until__gt=until)  # what could not have gone has not gone
    for run in behind.select_related("contact", "next_step__sequence", "next_step__revision").iterator(500):
        number += _go_on(run, until, now)
    switches.turn_off(key=switches.RESTORED, by=by, now=now)
    switches.release(by=by, now=now)
    return number


def _go_on(run: Run, until: dt.datetime, now: dt.datetime) -> int:
    """Past every step that was due in the gap."""
    zone, written = contacts.zone_of(run.contact), 0
    for _ in range(MOST_STEPS):
        step = run.next_step
        if step is None or run.next_due_at is None or run.next_due_at > until:
            break
        written += _write_as_sent(run, now)
        last = schedule.Last(step.day, run.next_due_at)
        run.next_step = drip.next_step(step)
        if run.next_step is None:
            run.state, run.next_due_at = Run.State.DONE, None
        else:
            run.next_due_at = schedule.due(step=run.next_step, anchor_at=run.anchor_at, zone=zone, last=last)
    run.save(update_fields=["state", "next_step", "next_due_at"])
    return written


def _write_as_sent(run: Run, now: dt.datetime) -> bool:
    step = run.next_step
    if step is None or step.revision is None or step.archived_at:
        return False
    kind = kinds.letter(run.sequence.kind)
    _, is_new = Letter.objects.get_or_create(
        dedupe_key=f"seq:{run.pk}:{step.pk}",
        defaults={
            "kind": kind,
            "priority": kinds.PRIORITY[kind],
            "contact": run.contact,
            "run": run,
            "revision": step.revision,
            "state": Letter.State.UNKNOWN,
            "reason": TREATED,
            "created_at": now,
            "not_before": now,
            "handed_at": run.next_due_at,
        },
    )
    return is_new
