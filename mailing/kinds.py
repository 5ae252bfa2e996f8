"""What follows from the kind of a sequence: the kind of its letters, how urgent they are, who has to say yes."""

import datetime as dt

from django.db.models import QuerySet

from mailing.models import Consent, Contact, Letter, Run, Sequence

TO_ONE = "letters-to-one"  # the sequence on whose steps letters to one person stand
LETTER = {
    Sequence.Kind.DRIP: Letter.Kind.LESSON,
    Sequence.Kind.COMPLETION: Letter.Kind.LESSON,
    Sequence.Kind.NUDGE: Letter.Kind.NUDGE,
    Sequence.Kind.MINICOURSE: Letter.Kind.MINICOURSE,
    Sequence.Kind.BROADCAST: Letter.Kind.BROADCAST,
}
PURPOSE = {
    Letter.Kind.LESSON: Consent.Purpose.LESSONS,
    Letter.Kind.NUDGE: Consent.Purpose.NUDGES,
    Letter.Kind.MINICOURSE: Consent.Purpose.MINICOURSE,
    Letter.Kind.BROADCAST: Consent.Purpose.NEWS,  # unless the broadcast says that it is a notice to students
}
PRIORITY = {
    Letter.Kind.ACCOUNT: 1,
    Letter.Kind.RECEIPT: 2,
    Letter.Kind.OPT_IN: 2,
    Letter.Kind.LESSON: 5,
    Letter.Kind.MINICOURSE: 6,
    Letter.Kind.NUDGE: 7,
    Letter.Kind.BROADCAST: 8,
}
RANK = [  # who goes first when two runs of one person are due on one day
    Sequence.Kind.COMPLETION,
    Sequence.Kind.DRIP,
    Sequence.Kind.MINICOURSE,
    Sequence.Kind.BROADCAST,
    Sequence.Kind.NUDGE,
]
STALE = dt.timedelta(hours=24)  # a reminder that could not go out for a day would remind of the wrong thing
TOO_LATE = "Too late to be of use."
LOOSE = (Sequence.Kind.SERVICE, Sequence.Kind.BROADCAST)  # each sent by an event of its own, in no order
EACH_SOURCE = (
    Sequence.Kind.COMPLETION,
)  # a person goes through these once for each source, others once at a time
STOPPABLE = frozenset(LETTER.values())  # letters that carry a way to stop them


def letter(kind: str) -> Letter.Kind:
    """The kind of a sequence's letters."""
    return LETTER[Sequence.Kind(kind)]


def rank(kind: str) -> int:
    return RANK.index(Sequence.Kind(kind))


def rivals(sequence: Sequence, contact: Contact, source: str) -> "QuerySet[Run]":
    """The runs of somebody through a sequence, of which one at a time is under way."""
    runs = Run.objects.filter(sequence=sequence, contact=contact)
    return runs.filter(source=source) if sequence.kind in EACH_SOURCE else runs
