"""Letters of a sequence: start, plan, skip, cancel.

The planner writes a letter and advances its run in one transaction, so a crash leaves both or neither.
"""

import datetime as dt
import logging
import time

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from mailing import consent, contacts, guards, letterfiles, schedule
from mailing.models import Contact, Letter, Run, Sequence, Step

log = logging.getLogger(__name__)

BATCH = 10  # runs in one transaction: on SQLite nobody else writes meanwhile
SECONDS = 2  # then the letters get their turn
WAITING = (Letter.State.QUEUED, Letter.State.LEASED)
GONE = (Letter.State.HANDED, Letter.State.SENT, Letter.State.UNKNOWN)
ASK_AGAIN = dt.timedelta(minutes=10)
PRIORITY = 5


def start(*, sequence: str, contact: Contact, anchor_at: dt.datetime, source: str, now: dt.datetime) -> Run:
    """Send a contact through a sequence, counted in days from anchor_at (UTC); day 0 is due at once.

    Inside the caller's transaction. While a run is active the second call returns it; after its end a new generation
    goes on behind the last letter that went out, and when that was the last of all, the ended run is returned.
    A sequence without letters yet waits for them.
    """
    into = letterfiles.sequence(sequence)
    runs = Run.objects.filter(sequence=into, contact=contact).order_by("-generation")
    last = runs.first()
    if last and last.state == Run.State.ACTIVE:
        return last
    gone = last_gone(into, contact)
    step = next_step(gone) if gone else first_step(into)
    if last and gone and step is None:
        return last
    zone = contacts.zone_of(contact)
    try:
        with transaction.atomic():
            return Run.objects.create(
                sequence=into,
                contact=contact,
                source=source,
                generation=last.generation + 1 if last else 1,
                anchor_at=anchor_at,
                next_step=step,
                next_due_at=schedule.due(step=step, anchor_at=anchor_at, zone=zone) if step else anchor_at,
            )
    except IntegrityError:  # somebody was faster
        return runs.get(state=Run.State.ACTIVE)


def last_gone(sequence: Sequence, contact: Contact) -> Step | None:
    """The furthest step of which this contact has, or may have, the letter: nobody is written the same twice."""
    letters = Letter.objects.filter(run__sequence=sequence, run__contact=contact, state__in=GONE)
    furthest = (
        letters.select_related("revision__step__sequence").order_by("-revision__step__position").first()
    )
    return furthest.revision.step if furthest else None


@transaction.atomic
def cancel(*, source: str, reason: str, now: dt.datetime) -> int:
    """End the active runs of a source and withdraw their waiting letters. Returns how many runs; 0 the second time."""
    ended = Run.objects.filter(source=source, state=Run.State.ACTIVE).update(
        state=Run.State.CANCELLED, reason=reason[:200], next_due_at=None
    )
    Letter.objects.filter(run__source=source, state__in=WAITING).update(
        state=Letter.State.CANCELLED, reason=reason[:200], lease_token=None, lease_until=None
    )
    return ended


def skip(*, source: str, subject_of: str, reason: str, now: dt.datetime) -> int:
    """Waiting letters of a source about one subject are not sent. Returns how many; 0 the second time.

    `subject_of` is the whole word ("knots/1.3") or what a step says of it ("1.3"): the source knows the rest.
    """
    words = {subject_of, subject_of.rpartition("/")[2]}
    about = Letter.objects.filter(run__source=source, revision__step__subject_of__in=words, state__in=WAITING)
    return about.update(state=Letter.State.SKIPPED, reason=reason[:200], lease_token=None, lease_until=None)


def plan(*, now: dt.datetime) -> int:
    """Write the letters that are due, for SECONDS at most. Returns how many runs were moved on; 0 when none is left."""
    done, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until and (pks := list(due(now)[:BATCH])):
        moved = _plan_batch(pks, now)
        done += moved
        if len(pks) < BATCH or not moved:
            break
    return done


def due(now: dt.datetime) -> "QuerySet[Run, int]":
    runs = Run.objects.filter(
        state=Run.State.ACTIVE, next_due_at__lte=now, sequence__state=Sequence.State.LIVE
    )
    return runs.order_by("next_due_at").values_list("pk", flat=True)


@transaction.atomic
def _plan_batch(pks: list[int], now: dt.datetime) -> int:
    """Lock run and contact (one letter a day counts over all runs), decide, write.

    Whoever else plans at this moment skips what is locked here.
    """
    runs = Run.objects.filter(pk__in=pks, state=Run.State.ACTIVE, next_due_at__lte=now)
    if connection.features.has_select_for_update_skip_locked:
        # no_key: a sign-in code for the same contact can be queued meanwhile
        runs = runs.select_for_update(skip_locked=True, of=("self", "contact"), no_key=True)
    mine = list(runs.select_related("sequence", "contact", "next_step").order_by("next_due_at"))
    for run in mine:
        try:
            with transaction.atomic():
                _advance(run, now)
        except (
            Exception
        ):  # one bad run never blocks the others; it is asked again and the trace is in the log
            log.exception("run %s could not be planned", run.pk)
            Run.objects.filter(pk=run.pk).update(
                next_due_at=now + ASK_AGAIN, reason="The planner failed; see the log."
            )
    return len(mine)


def _advance(run: Run, now: dt.datetime) -> None:
    """Write the run's next letter, or go past those that are not to be sent, until something lies in the future."""
    zone = contacts.zone_of(run.contact)
    run.reason = ""
    while run.state == Run.State.ACTIVE and run.next_due_at is not None and run.next_due_at <= now:
        step = _open_step(run)
        if step is None:
            _rest(run, now)
            break
        _decide(run, step, zone, now)
    run.save(update_fields=["state", "next_step", "next_due_at", "reason"])


def _decide(run: Run, step: Step, zone: str, now: dt.datetime) -> None:
    match guards.ask(source=run.source, subject_of=step.subject_of, now=now):
        case guards.Cancel(reason=reason):
            run.state, run.reason, run.next_due_at = Run.State.CANCELLED, reason[:200], None
        case guards.Wait(until=until):
            run.next_step, run.next_due_at = step, max(until, now + dt.timedelta(minutes=1))
        case guards.Skip(reason=reason):
            _write(run, step, now, {}, reason)
            _move_on(run, step, zone)
        case guards.Send(context=context):
            refusal = consent.may_send(contact=run.contact, kind=Letter.Kind.LESSON)
            hold = None if refusal else _held_until(run, step, zone, now)
            if hold:
                run.next_step, run.next_due_at = step, hold
            else:
                _write(run, step, now, context, refusal)
                _move_on(run, step, zone)


def _held_until(run: Run, step: Step, zone: str, now: dt.datetime) -> dt.datetime | None:
    """When to come back, if this is no moment for a letter. The welcome, day 0, goes at any hour."""
    if step.day == 0:
        return None
    send_at = run.sequence.send_at
    if schedule.is_quiet(now, zone):
        return schedule.next_slot(after=now, zone=zone, send_at=send_at)
    if schedule.has_letter_today(contact=run.contact, zone=zone, now=now):
        return schedule.next_day(after=now, zone=zone, send_at=send_at)
    return None


def _write(run: Run, step: Step, now: dt.datetime, context: dict[str, str], refusal: str) -> None:
    if step.revision is None:
        raise ValueError("Nothing was published for this step.")
    Letter.objects.get_or_create(
        dedupe_key=f"seq:{run.pk}:{step.pk}",
        defaults={
            "kind": Letter.Kind.LESSON,
            "priority": PRIORITY,
            "contact": run.contact,
            "run": run,
            "revision": step.revision,
            "context": context,
            "state": Letter.State.SKIPPED if refusal else Letter.State.QUEUED,
            "reason": refusal[:200],
            "created_at": now,
            "not_before": now,
        },
    )


def _move_on(run: Run, step: Step, zone: str) -> None:
    run.next_step = next_step(step)
    if run.next_step is None:
        run.state, run.next_due_at = Run.State.DONE, None
    else:
        run.next_due_at = schedule.due(step=run.next_step, anchor_at=run.anchor_at, zone=zone)


def _open_step(run: Run) -> Step | None:
    """The step the run stands before; when that was archived, the one after it."""
    step = run.next_step or first_step(run.sequence)
    while step is not None and (step.archived_at or step.revision_id is None):
        step = next_step(step)
    return step


def _rest(run: Run, now: dt.datetime) -> None:
    """No letter left: done, unless the sequence has none at all yet."""
    if run.next_step is None:
        run.next_due_at = now + dt.timedelta(hours=1)
    else:
        run.state, run.next_due_at, run.next_step = Run.State.DONE, None, None


def steps(sequence: Sequence) -> "QuerySet[Step]":
    published = Step.objects.filter(sequence=sequence, archived_at=None, revision__isnull=False)
    return published.select_related("sequence", "revision").order_by("position", "pk")


def first_step(sequence: Sequence) -> Step | None:
    return steps(sequence).first()


def next_step(step: Step) -> Step | None:
    return steps(step.sequence).filter(position__gt=step.position).first()
