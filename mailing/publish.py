"""A new wording of a letter: checked, compiled, and from then on what every unsent letter of its step says."""

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction

from mailing import contacts, frame, placeholders, schedule
from mailing.models import Run, Sequence, Step, StepRevision

LARGEST_HTML = 90_000  # bytes; Gmail cuts a letter a little above


class Refused(ValueError):
    """The text cannot be published; the message says why in plain words."""


@dataclass(frozen=True)
class Text:
    """What a step says and when: the fields that content/ and the desk both know."""

    subject: str
    preheader: str
    body: str
    day: int
    subject_of: str
    position: str

    def hash(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def text_of(step: Step) -> Text | None:
    """How a step stands now; None if nothing was ever published."""
    if step.revision is None:
        return None
    return Text(
        subject=step.revision.subject,
        preheader=step.revision.preheader,
        body=step.revision.body,
        day=step.day,
        subject_of=step.subject_of,
        position=written(step.position),
    )


def written(position: Decimal | float | int | str) -> str:
    return f"{Decimal(position):.2f}"


@transaction.atomic
def step(
    *,
    sequence: Sequence,
    key: str,
    subject: str,
    preheader: str,
    body: str,
    day: int,
    subject_of: str,
    position: Decimal | int,
    now: dt.datetime,
) -> StepRevision | None:
    """Publish a step's text and place. Returns the new revision, or None when the words have not changed.

    A changed day moves the runs that stand before the step. Rows of the ledger are never touched.
    Raises Refused.
    """
    check(sequence=sequence, subject=subject, preheader=preheader, body=body)
    made, _ = Step.objects.get_or_create(
        sequence=sequence, key=key, defaults={"position": position, "day": day}
    )
    day_before = made.day
    made.day, made.subject_of, made.position = day, subject_of, Decimal(position)
    revision = _revise(made, subject, preheader, body, now)
    made.save()
    if day != day_before:
        _retime(made)
    return revision


@transaction.atomic
def change_sequence(*, sequence: Sequence, title: str, state: str, send_at: dt.time) -> None:
    """Name a sequence, pause or wake it, set its hour; a new hour moves all who wait. Again: changes nothing."""
    hour_before = Sequence.objects.values_list("send_at", flat=True).get(pk=sequence.pk)
    sequence.title, sequence.state, sequence.send_at = title, state, send_at
    sequence.save()
    if send_at != hour_before:
        for waited_for in Step.objects.filter(sequence=sequence).select_related("sequence"):
            _retime(waited_for)


def archive(*, step: Step, now: dt.datetime) -> bool:
    """Take a step out of its sequence; who got it keeps it in the ledger. False the second time."""
    return bool(Step.objects.filter(pk=step.pk, archived_at=None).update(archived_at=now))


def restore(*, step: Step) -> bool:
    """Back into its sequence, for those who have not come past its place. False the second time."""
    return bool(Step.objects.filter(pk=step.pk, archived_at__isnull=False).update(archived_at=None))


def check(*, sequence: Sequence, subject: str, preheader: str, body: str) -> None:
    """Raises Refused for a text that would fail, or shame us, at somebody's door."""
    if not subject.strip() or placeholders.one_line(subject) != subject.strip():
        raise Refused("The subject must be one line and not empty.")
    is_lesson = sequence.kind == Sequence.Kind.DRIP
    buttons = placeholders.BUTTON.findall(body)
    if body.count("{button:") != len(buttons) or len(buttons) > 1:
        raise Refused("A letter has one button, alone on its line: {button:Words on it}")
    if is_lesson and not buttons:
        raise Refused("The button is missing: {button:Words on it}")
    known = placeholders.OWN | (placeholders.LESSON if is_lesson else placeholders.SERVICE)
    used = set(placeholders.NAME.findall(f"{subject} {preheader} {body}"))
    if unknown := sorted(used - known):
        raise Refused(f"Unknown placeholder: {', '.join(unknown)}")


def _revise(step: Step, subject: str, preheader: str, body: str, now: dt.datetime) -> StepRevision | None:
    current = step.revision
    if current and (current.subject, current.preheader, current.body) == (subject, preheader, body):
        return None
    is_lesson = step.sequence.kind == Sequence.Kind.DRIP
    compiled = frame.compile(subject=subject, preheader=preheader, body=body, is_lesson=is_lesson)
    if len(compiled.html.encode()) > LARGEST_HTML:
        raise Refused("The letter is longer than mail programs show (90 KB).")
    step.revision = StepRevision.objects.create(
        step=step,
        number=current.number + 1 if current else 1,
        subject=subject,
        preheader=preheader,
        body=body,
        html=compiled.html,
        text=compiled.text,
        created_at=now,
    )
    return step.revision


def _retime(step: Step) -> None:
    runs = Run.objects.filter(next_step=step, state=Run.State.ACTIVE).select_related("contact")
    schedule.retime(step=step, zone_of={run.contact_id: contacts.zone_of(run.contact) for run in runs})
