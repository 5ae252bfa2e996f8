"""What a run's next letter is and when: decided in memory for many runs at once, from a handful of queries.

The planner (drip) writes down what comes out; who only looks ahead (forecast) lets time run on and writes nothing.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from collections.abc import Sequence as Several
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Field

from mailing import agenda, consent, guards, kinds, schedule, suppression
from mailing.models import Consent, Contact, Letter, Run, Sequence, Step

log = logging.getLogger(__name__)

ASK_AGAIN = dt.timedelta(minutes=10)
FAILED = "The planner failed; see the log."
MOST = 100  # runs in one statement: SQLite takes only so many values
EMPTY = dt.timedelta(hours=1)  # when to look again whether a sequence without letters got one


@dataclass(frozen=True)
class Planned:
    """A letter to write. With a refusal it is written as skipped, for the ledger's sake."""

    run: Run
    step: Step
    at: dt.datetime
    context: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    is_stale: bool = False

    @property
    def goes_out(self) -> bool:
        return not self.refusal and not self.is_stale


@dataclass
class Planner:
    """Knows what it needs of these runs, their contacts and their sequences. Runs are changed in memory only."""

    runs: Several[Run]
    now: dt.datetime
    is_look: bool = False

    def __post_init__(self) -> None:
        contacts = {run.contact_id: run.contact for run in self.runs}
        self.agendas = agenda.of(contacts.values(), now=self.now)
        self.steps = steps_of({run.sequence_id for run in self.runs})
        self.written: set[tuple[int, int]] = set()
        self.last: dict[int, schedule.Last] = {}
        self._look_up_written()
        self.unsure = who_may_refuse(contacts.values())
        self.refusals: dict[tuple[int, str], str] = {}
        self.begun_again: list[tuple[Run, dt.datetime]] = []  # runs to be followed by a new generation

    def _look_up_written(self) -> None:
        rows = Letter.objects.filter(run__in=[run.pk for run in self.runs]).order_by("created_at")
        for run, step, day, sent_at, created_at in rows.values_list(
            "run", "revision__step", "revision__step__day", "sent_at", "created_at"
        ):
            self.written.add((run, step))
            self.last[run] = schedule.Last(day, sent_at or created_at)

    def go(self, moments: dict[int, dt.datetime]) -> list[Planned]:
        """Move every run on until its next letter lies after its contact's moment. What is to be written, in order."""
        planned: list[Planned] = []
        while due := [run for run in self.in_order() if is_due(run, moments.get(run.contact_id))]:
            planned += self._round(due, moments)
        return planned

    def in_order(self) -> list[Run]:
        """Lowest step first, reminders last: who is first gets the day."""
        return sorted(
            self.runs, key=lambda run: (run.contact_id, kinds.rank(run.sequence.kind), place(run), run.pk)
        )

    def _round(self, due: list[Run], moments: dict[int, dt.datetime]) -> list[Planned]:
        planned, asked = list[Planned](), list[tuple[Run, Step]]()
        for run in due:
            step = self.open_step(run)
            if step is None:
                self.rest(run, moments[run.contact_id])
            elif (run.pk, step.pk) in self.written:
                self.move_on(run, step)
            else:
                asked.append((run, step))
        for (run, step), answer in zip(asked, self._ask(asked, moments), strict=True):
            now = moments[run.contact_id]
            try:
                if isinstance(answer, Exception):
                    raise answer
                planned += self.decide(run, step, answer, now)
            except Exception:  # one bad run never blocks the others; the trace is in the log
                log.exception("run %s could not be planned", run.pk)
                run.next_due_at, run.reason = now + ASK_AGAIN, FAILED
        return planned

    def _ask(
        self, asked: list[tuple[Run, Step]], moments: dict[int, dt.datetime]
    ) -> Several[guards.Answer | Exception]:
        questions = [
            guards.question(run, step, now=moments[run.contact_id], is_look=self.is_look)
            for run, step in asked
        ]
        return guards.ask_each(questions)

    def decide(self, run: Run, step: Step, answer: guards.Answer, now: dt.datetime) -> list[Planned]:
        run.reason = ""
        match answer:
            case guards.Cancel(reason=reason):
                run.state, run.reason, run.next_due_at = Run.State.CANCELLED, reason[:200], None
            case guards.Again(since=since, reason=reason):
                self.again(run, since, reason)
            case guards.Wait(until=until, reason=reason):
                run.next_step, run.next_due_at = step, max(until, now + dt.timedelta(minutes=1))
                run.reason = reason[:200]
            case guards.Skip(reason=reason):
                return self.write(Planned(run, step, now, refusal=reason))
            case guards.Send(context=context):
                return self.to_send(run, step, context, now)
        return []

    def to_send(self, run: Run, step: Step, context: dict[str, str], now: dt.datetime) -> list[Planned]:
        if run.contact_id in self.unsure and suppression.dead(run.contact.email).exists():
            run.state, run.reason = Run.State.HELD, suppression.HELD
            return []
        if refusal := self.refusal(run):
            return self.write(Planned(run, step, now, context, refusal))
        due_at = run.next_due_at or now
        if run.sequence.kind == Sequence.Kind.NUDGE and now - due_at > kinds.STALE:
            return self.write(Planned(run, step, now, context, is_stale=True))
        mine = self.agendas[run.contact_id]
        moment = schedule.earliest(step=step, run=run, agenda=mine, now=now)
        if moment > now:
            run.next_step, run.next_due_at = step, moment
            return []
        mine.note(now, is_welcome=step.day == 0)
        return self.write(Planned(run, step, now, context))

    def write(self, one: Planned) -> list[Planned]:
        self.written.add((one.run.pk, one.step.pk))
        self.last[one.run.pk] = schedule.Last(one.step.day, one.at)
        self.move_on(one.run, one.step)
        return [one]

    def again(self, run: Run, since: dt.datetime, reason: str) -> None:
        """What was counted from has happened anew. A run that wrote nothing yet counts from there; another is over
        and a new generation begins."""
        if since <= run.anchor_at:
            raise ValueError("What a run counts from cannot begin again before itself.")
        first = self.following(run.sequence_id, None)
        if run.pk not in self.last and first is not None:
            run.anchor_at, run.next_step = since, first
            run.next_due_at = schedule.due(step=first, anchor_at=since, zone=self.zone(run))
            return
        run.state, run.reason, run.next_due_at = Run.State.CANCELLED, reason[:200], None
        self.begun_again.append((run, since))
        if self.is_look and first is not None:
            anew = Run(
                pk=-run.pk, sequence=run.sequence, contact=run.contact, source=run.source, next_step=first
            )
            anew.anchor_at = since
            anew.next_due_at = schedule.due(step=first, anchor_at=since, zone=self.zone(run))
            self.runs = [*self.runs, anew]

    def refusal(self, run: Run) -> str:
        kind = kinds.letter(run.sequence.kind)
        if kind != Letter.Kind.MINICOURSE and run.contact_id not in self.unsure:
            return ""
        key = (run.contact_id, kind)
        if key not in self.refusals:
            self.refusals[key] = consent.may_send(contact=run.contact, kind=kind)
        return self.refusals[key]

    def move_on(self, run: Run, step: Step) -> None:
        run.next_step = self.following(run.sequence_id, step)
        while run.next_step is not None and (run.pk, run.next_step.pk) in self.written:
            run.next_step = self.following(run.sequence_id, run.next_step)
        if run.next_step is None:
            run.state, run.next_due_at = Run.State.DONE, None
            return
        run.next_due_at = schedule.due(
            step=run.next_step, anchor_at=run.anchor_at, zone=self.zone(run), last=self.last.get(run.pk)
        )

    def rest(self, run: Run, now: dt.datetime) -> None:
        """No letter left: done, unless the sequence has none at all yet."""
        if run.next_step is None:
            run.next_due_at = now + EMPTY
        else:
            run.state, run.next_due_at, run.next_step = Run.State.DONE, None, None

    def open_step(self, run: Run) -> Step | None:
        """The step the run stands before; when that was archived, the one after it."""
        if run.next_step is None:
            return self.following(run.sequence_id, None)
        open_steps = self.steps[run.sequence_id]
        here = next((step for step in open_steps if step.pk == run.next_step_id), None)
        return here or self.following(run.sequence_id, run.next_step)

    def following(self, sequence_id: int, step: Step | None) -> Step | None:
        open_steps = self.steps[sequence_id]
        return next((one for one in open_steps if step is None or one.place > step.place), None)

    def zone(self, run: Run) -> str:
        return self.agendas[run.contact_id].zone


def is_due(run: Run, moment: dt.datetime | None) -> bool:
    is_waiting = run.state == Run.State.ACTIVE and run.next_due_at is not None
    return is_waiting and moment is not None and run.next_due_at is not None and run.next_due_at <= moment


def place(run: Run) -> float:
    return float(run.next_step.position) if run.next_step else 0.0


def steps_of(sequences: Collection[int]) -> dict[int, list[Step]]:
    """What can be sent, in order, by sequence."""
    found = defaultdict[int, list[Step]](list)
    published = Step.objects.filter(sequence__in=sequences, archived_at=None, revision__isnull=False)
    for step in published.select_related("sequence").order_by("position", "pk"):
        found[step.sequence_id].append(step)
    return found


def who_may_refuse(contacts: Iterable[Contact]) -> set[int]:
    """Who ever said no, or whose address is on the list: only these have to be asked about one by one."""
    emails = {contact.pk: contact.email for contact in contacts}
    listed = suppression.listed(emails.values())
    said_no = Consent.objects.filter(contact__in=emails).exclude(state=Consent.State.CONFIRMED)
    return {pk for pk, email in emails.items() if email in listed} | set(
        said_no.values_list("contact", flat=True)
    )


def save_all(runs: Several[Run], names: Collection[str]) -> None:
    """These fields of runs, so many in a statement: Django's own bulk_update takes longer than all the rest."""
    fields = [field for field in Run._meta.concrete_fields if field.name in names]
    for start in range(0, len(runs), MOST):
        some = runs[start : start + MOST]
        values = [
            value
            for run in some
            for value in (
                run.pk,
                *(field.get_db_prep_save(getattr(run, field.attname), connection) for field in fields),
            )
        ]
        with connection.cursor() as cursor:
            cursor.execute(_update(fields, len(some)), values)


def _update(fields: "Several[Field[Any, Any]]", rows: int) -> str:
    """A database that asks for it is told the types: a column of nothing but NULL has none."""
    casts = connection.features.requires_casted_case_in_updates
    sets = ", ".join(
        f"{field.column} = " + (f"CAST({given} AS {field.cast_db_type(connection)})" if casts else given)
        for field, given in ((field, f"column{number}") for number, field in enumerate(fields, start=2))
    )
    one = f"({', '.join(['%s'] * (len(fields) + 1))})"
    return (
        f"UPDATE {Run._meta.db_table} SET {sets}"  # noqa: S608
        f" FROM (VALUES {', '.join([one] * rows)}) AS given WHERE id = column1"
    )
