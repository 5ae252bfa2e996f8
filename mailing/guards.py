"""May this letter still go? The floor above answers; here stand the question and the answers it may give."""

import datetime as dt
from collections.abc import Sequence as Several
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string

from mailing.models import Letter, Run, Sequence, Step


@dataclass(frozen=True)
class Question:
    """About a letter on `subject_of` for whoever stands behind `source`, at the moment `now`.

    `kind` is its sequence's, `condition` its step's word, `since` the moment its run counts from. Somebody who only
    looks ahead (`is_look`) must leave no trace: the floor above then writes nothing.
    """

    source: str
    subject_of: str
    now: dt.datetime
    kind: str = Sequence.Kind.DRIP
    condition: str = ""
    since: dt.datetime | None = None
    is_look: bool = False


@dataclass(frozen=True)
class Send:
    """Yes; `context` fills the letter's placeholders."""

    context: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Skip:
    """This letter never, the next one in its turn. The ledger keeps the reason."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Ask again at `until` (UTC); `reason` where that is not what it waits for."""

    until: dt.datetime
    reason: str = ""


@dataclass(frozen=True)
class Cancel:
    """The whole run is over."""

    reason: str


@dataclass(frozen=True)
class Again:
    """What the run counts from has happened anew, at `since`: it begins again from there. Only the planner hears it."""

    since: dt.datetime
    reason: str


Verdict = Send | Skip | Wait | Cancel
Answer = Verdict | Again


def ask(*, source: str, subject_of: str, now: dt.datetime) -> Verdict:
    """What settings.LETTER_GUARD says about one letter of a course."""
    return settled(answers([Question(source=source, subject_of=subject_of, now=now)])[0])


def about(letter: Letter, *, now: dt.datetime) -> Verdict:
    """What it says about a letter of a run that is about to leave."""
    if letter.run is None:
        raise ValueError("Nobody has to be asked about a service letter.")
    return settled(answers([question(letter.run, letter.revision.step, now=now)])[0])


def question(run: Run, step: Step, *, now: dt.datetime, is_look: bool = False) -> Question:
    return Question(
        source=run.source,
        subject_of=step.subject_of,
        now=now,
        kind=run.sequence.kind,
        condition=step.condition,
        since=run.anchor_at,
        is_look=is_look,
    )


def answers(questions: Several[Question]) -> list[Answer]:
    """All at once, because the floor above then needs a few queries only. One answer for each question, in order."""
    given: list[Answer] = import_string(settings.LETTER_GUARD)(questions)
    return given


def lessons(sequence: str) -> list[str]:
    """The keys of the lessons that its letters can be about, as the floor above knows them; none if it knows none."""
    found: list[str] = import_string(settings.LETTER_LESSONS)(sequence)
    return found


def condition(word: str) -> str:
    """For whom a letter with this condition goes out, in the words of the floor above."""
    known: dict[str, str] = import_string(settings.LETTER_CONDITIONS)()
    return known.get(word, f"only for “{word}”, which the site does not know: nobody gets it")


def ask_each(questions: list[Question]) -> Several[Answer | Exception]:
    """Ask all at once; when that breaks, one by one, so that only the one who broke it has to wait."""
    if not questions:
        return []
    try:
        return answers(questions)
    except Exception:
        return [_ask_alone(question) for question in questions]


def _ask_alone(question: Question) -> Answer | Exception:
    try:
        return answers([question])[0]
    except Exception as error:
        return error


def settled(answer: Answer) -> Verdict:
    """For a letter that is about to leave, a run that begins again is one that is over."""
    return Cancel(answer.reason) if isinstance(answer, Again) else answer
