"""A new wording of a letter: checked, compiled, and from then on what every unsent letter of its step says."""

import datetime as dt
import difflib
import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from mailing import apart, edits, fate, frame, placeholders
from mailing.models import Letter, Sequence, Step, StepRevision

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
    condition: str = ""

    def hash(self) -> str:
        fields = asdict(self)
        if not self.condition:  # letters imported before there were conditions keep their hash
            del fields["condition"]
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


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
        condition=step.condition,
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
    condition: str = "",
    is_in: bool = True,
) -> StepRevision | None:
    """Publish a step's text and place. Returns the new revision, or None when the words have not changed. A step that
    is not there yet is kept out of its sequence unless `is_in`: `restore` puts it in.

    A changed place moves the runs that stand before the step (edits.py). Rows of the ledger are never touched.
    Raises Refused.
    """
    check(sequence=sequence, subject=subject, preheader=preheader, body=body)
    made, _ = Step.objects.get_or_create(
        sequence=sequence,
        key=key,
        defaults={"position": position, "day": day, "archived_at": None if is_in else now},
    )
    made.sequence = sequence
    to = edits.Place(day, Decimal(position), made.archived_at is None)
    edits.move(step=made, to=to, subject_of=subject_of, condition=condition, now=now)
    revision = _revise(made, subject, preheader, body, now)
    made.save()
    return revision


@transaction.atomic
def change_sequence(
    *, sequence: Sequence, title: str, state: str, send_at: dt.time, now: dt.datetime, **clock: Any
) -> None:
    """Name a sequence, pause or wake it, set its hour and days; a new clock moves all who wait.

    `clock` may hold weekdays, anchor, least_gap_hours. The second call changes nothing.
    """
    stored = Sequence.objects.get(pk=sequence.pk)
    if (stored.state, state) == (Sequence.State.PAUSED, Sequence.State.LIVE):
        _find_days(stored, now)
    stored.title, stored.state = title, state
    if state == Sequence.State.LIVE:
        stored.paused_reason = ""  # somebody looked
    stored.save(update_fields=["title", "state", "paused_reason"])
    edits.apply_clock(sequence=stored, to=replace(edits.clock_of(stored), send_at=send_at, **clock), now=now)
    sequence.refresh_from_db()


def _find_days(sequence: Sequence, now: dt.datetime) -> None:
    """What waited in a paused sequence goes on a day that no other letter of its reader has taken meanwhile."""
    waiting = Letter.objects.filter(run__sequence=sequence, state=Letter.State.QUEUED).order_by("pk")
    pks = list(waiting.values_list("pk", flat=True))
    for start in range(0, len(pks), 500):
        chosen = Letter.objects.filter(pk__in=pks[start : start + 500]).order_by("pk")
        portion = list(chosen.select_related("contact", "run__sequence", "revision__step__sequence"))
        days = apart.days(portion, now=now)
        for letter in portion:
            letter.not_before = days.get(letter.pk, letter.not_before)
        Letter.objects.bulk_update(portion, ["not_before"])


@transaction.atomic
def archive(*, step: Step, now: dt.datetime) -> bool:
    """Take a step out of its sequence, also for those for whom it was written and waits to leave; who got it keeps it
    in the ledger. False the second time."""
    if step.archived_at is not None:
        return False
    edits.apply(step=step, to=replace(edits.place_of(step), is_in=False), now=now)
    fate.call_back(fate.written(step))
    return True


def restore(*, step: Step, now: dt.datetime) -> bool:
    """Back into its sequence, for those who have not come past its place. False the second time."""
    if step.archived_at is None:
        return False
    edits.apply(step=step, to=replace(edits.place_of(step), is_in=True), now=now)
    return True


def check(*, sequence: Sequence, subject: str, preheader: str, body: str) -> None:
    """Raises Refused for a text that would fail, or shame us, at somebody's door."""
    if not subject.strip() or placeholders.one_line(subject) != subject.strip():
        raise Refused("The subject must be one line and not empty.")
    is_series = sequence.kind != Sequence.Kind.SERVICE
    buttons = placeholders.BUTTON.findall(body)
    if body.count("{button:") != len(buttons) or len(buttons) > 1:
        raise Refused("A letter has one button, alone on its line: {button:Words on it}")
    if sequence.kind == Sequence.Kind.DRIP and not buttons:
        raise Refused("The button is missing: {button:Words on it}")
    known = placeholders.OWN | (placeholders.LESSON if is_series else placeholders.SERVICE)
    used = set(placeholders.NAME.findall(f"{subject} {preheader} {body}"))
    if unknown := sorted(used - known):
        raise Refused(f"Unknown placeholder: {', '.join(map(meant(known), unknown))}")


def meant(known: Collection[str]) -> Callable[[str], str]:
    """`firstname (first_name?)`: an unknown word with the one it is most like."""

    def word(unknown: str) -> str:
        close = difflib.get_close_matches(unknown, sorted(known), n=1)
        return f"{unknown} ({close[0]}?)" if close else unknown

    return word


def _revise(step: Step, subject: str, preheader: str, body: str, now: dt.datetime) -> StepRevision | None:
    current = step.revision
    if current and (current.subject, current.preheader, current.body) == (subject, preheader, body):
        return None
    kind = step.sequence.kind
    compiled = frame.compile(subject=subject, preheader=preheader, body=body, kind=kind)
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
