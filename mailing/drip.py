"""Letters of a sequence: start, plan, skip, cancel.

The planner writes letters and advances their runs in one transaction, so a crash leaves both or neither.
"""

import datetime as dt
import logging
import time
from collections.abc import Sequence as Several

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, QuerySet

from mailing import kinds, letterfiles, marks, places, schedule, suppression, zones
from mailing.models import Contact, Letter, Run, Sequence, Step
from mailing.planner import ASK_AGAIN, FAILED, Planned, Planner, save_all

log = logging.getLogger(__name__)

BATCH = 100  # runs in one transaction: on SQLite nobody else writes meanwhile
SECONDS = 2  # then the letters get their turn
PLANNED = ("state", "next_step", "next_due_at", "anchor_at", "reason")  # what planning changes of a run
STOPPED = "Stopped at the desk."  # for good: reminders do not begin again


def start(
    *,
    sequence: str,
    contact: Contact,
    anchor_at: dt.datetime,
    source: str,
    now: dt.datetime,
    afresh: bool = False,
) -> Run:
    """Send a contact through a sequence, counted in days from anchor_at (UTC); day 0 is due at once.

    Inside the caller's transaction. While a run is active, or held, the second call returns it; after its end a new
    generation goes on behind the last letter that went out, and when that was the last of all, the ended run is
    returned. `afresh` begins again with the first letter, as reminders do after each time somebody was there, unless
    they were stopped at the desk. Letters for afterwards are sent for each source.
    A sequence without letters yet waits for them.
    """
    into = letterfiles.sequence(sequence)
    runs = kinds.rivals(into, contact, source)
    if going := runs.filter(state__in=[Run.State.ACTIVE, Run.State.HELD]).first():
        return going  # of two who became one it need not be the newest
    last = runs.order_by("-generation").first()
    if last and afresh and last.reason == STOPPED:
        return last
    gone = None if afresh else last_gone(runs)
    step = next_step(gone) if gone else first_step(into)
    if last and gone and step is None:
        return last
    due = schedule.due(step=step, anchor_at=anchor_at, zone=zones.of(contact)) if step else anchor_at
    run = Run(sequence=into, contact=contact, source=source, anchor_at=anchor_at)
    run.next_step, run.next_due_at = step, due
    return _saved(run) or start(
        sequence=sequence, contact=contact, anchor_at=anchor_at, source=source, now=now, afresh=afresh
    )


def _saved(run: Run) -> Run | None:
    """As the newest generation; None if somebody was faster, with this source or another."""
    others = Run.objects.filter(sequence=run.sequence, contact=run.contact)
    run.generation = (others.aggregate(last=Max("generation"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        return None
    return run


def last_gone(runs: "QuerySet[Run]") -> Step | None:
    """The furthest step of which somebody has, or may have, the letter: nobody is written the same twice."""
    letters = Letter.objects.filter(run__in=runs, state__in=Letter.GONE)
    furthest = (
        letters.select_related("revision__step__sequence")
        .order_by("-revision__step__position", "-revision__step")
        .first()
    )
    return furthest.revision.step if furthest else None


@transaction.atomic
def cancel(
    *,
    source: str,
    reason: str,
    now: dt.datetime,
    kinds: Several[str] = (),
    letters: str = Letter.State.CANCELLED,
) -> int:
    """End the active runs of a source and withdraw their waiting letters. Returns how many runs; 0 the second time.
    The runs are locked before the letters (`locks`).

    `kinds` are those of sequences to end, all if empty; `letters` is the state in which waiting letters end.
    """
    runs = Run.objects.filter(source=source, **({"sequence__kind__in": kinds} if kinds else {}))
    locked = runs.select_for_update(of=("self",), no_key=True).order_by("pk")
    mine = list(locked.values_list("pk", flat=True))
    ended = Run.objects.filter(pk__in=mine, state__in=[Run.State.ACTIVE, Run.State.HELD]).update(
        state=Run.State.CANCELLED, reason=reason[:200], next_due_at=None
    )
    Letter.objects.filter(run__in=mine, state__in=Letter.WAITING).update(
        state=letters, reason=reason[:200], lease_token=None, lease_until=None
    )
    return ended


def skip(*, source: str, subject_of: str, reason: str, now: dt.datetime) -> int:
    """Waiting letters of a source about one subject are not sent. Returns how many; 0 the second time.

    `subject_of` is the whole word ("knots/1.3") or what a step says of it ("1.3"): the source knows the rest.
    """
    words = {subject_of, subject_of.rpartition("/")[2]}
    about = Letter.objects.filter(
        run__source=source, revision__step__subject_of__in=words, state__in=Letter.WAITING
    )
    return about.update(state=Letter.State.SKIPPED, reason=reason[:200], lease_token=None, lease_until=None)


def plan(*, now: dt.datetime) -> int:
    """Write the letters that are due, for SECONDS at most. Returns how many runs were moved on; 0 when none is left."""
    done, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until and (pks := list(due(now)[:BATCH])):
        moved = plan_some(pks, now)
        done += moved
        if len(pks) < BATCH or not moved:
            break
    return done


def due(now: dt.datetime) -> "QuerySet[Run, int]":
    runs = Run.objects.filter(
        state=Run.State.ACTIVE, next_due_at__lte=now, sequence__state=Sequence.State.LIVE
    )
    return runs.order_by("next_due_at").values_list("pk", flat=True)


def plan_some(pks: list[int], now: dt.datetime) -> int:
    """All of them in one transaction; when the database refuses that, each in its own, so that one cannot block
    the others."""
    try:
        return _plan_batch(pks, now)
    except IntegrityError:
        log.exception("a batch could not be written; its runs go one by one")
        return sum(_plan_alone(pk, now) for pk in pks)


def _plan_alone(pk: int, now: dt.datetime) -> int:
    try:
        return _plan_batch([pk], now)
    except IntegrityError:
        log.exception("run %s could not be planned", pk)
        return Run.objects.filter(pk=pk).update(next_due_at=now + ASK_AGAIN, reason=FAILED)


@transaction.atomic
def _plan_batch(pks: list[int], now: dt.datetime) -> int:
    """Lock runs and contacts (one letter a day counts over all runs), decide, write.

    What else of theirs is due comes along, so that the right run gets the day. Whoever else plans at this moment
    skips what is locked here.
    """
    contacts = Run.objects.filter(pk__in=pks).values("contact")
    runs = Run.objects.filter(
        contact__in=contacts,
        state=Run.State.ACTIVE,
        next_due_at__lte=now,
        sequence__state=Sequence.State.LIVE,
    )
    if connection.features.has_select_for_update_skip_locked:
        # no_key: a sign-in code for the same contact can be queued meanwhile
        runs = runs.select_for_update(skip_locked=True, of=("self", "contact"), no_key=True)
    mine = list(runs.select_related("sequence", "contact", "next_step").order_by("next_due_at"))
    if not mine:
        return 0
    planner = Planner(mine, now)
    planned = planner.go({run.contact_id: now for run in mine})
    marks.write([row(one) for one in planned])
    save_all(mine, PLANNED)
    for contact in {run.contact for run in mine if run.state == Run.State.HELD}:
        suppression.wake(contact=contact, now=now)  # if its address was mended at this very moment
    for run, since in planner.begun_again:
        start(
            sequence=run.sequence.slug,
            contact=run.contact,
            anchor_at=since,
            source=run.source,
            now=now,
            afresh=True,
        )
    return len(mine)


def row(one: Planned) -> Letter:
    """The letter of a step, in the wording that stands now."""
    if one.step.revision_id is None:
        raise ValueError("Nothing was published for this step.")
    kind = kinds.letter(one.run.sequence.kind)
    state, reason = Letter.State.QUEUED, ""
    if one.refusal:
        state, reason = Letter.State.SKIPPED, one.refusal
    elif one.is_stale:
        state, reason = Letter.State.EXPIRED, kinds.TOO_LATE
    return Letter(
        dedupe_key=f"seq:{one.run.pk}:{one.step.pk}",
        kind=kind,
        priority=kinds.PRIORITY[kind],
        contact=one.run.contact,
        run=one.run,
        revision_id=one.step.revision_id,
        context=one.context,
        state=state,
        reason=reason[:200],
        created_at=one.at,
        not_before=one.at,
        expires_at=one.at + kinds.STALE if kind == Letter.Kind.NUDGE else None,
    )


def steps(sequence: Sequence) -> "QuerySet[Step]":
    published = Step.objects.filter(sequence=sequence, archived_at=None, revision__isnull=False)
    return published.select_related("sequence", "revision").order_by("position", "pk")


def first_step(sequence: Sequence) -> Step | None:
    return steps(sequence).first()


def next_step(step: Step) -> Step | None:
    return steps(step.sequence).filter(places.behind(step)).first()
