"""Which letters may be leased at this moment, as conditions of the database. `marks` asks once more in the statement
that commits a letter as handed over; `door` says the same in words, for the row."""

import datetime as dt

from django.db.models import Exists, Q, QuerySet

from mailing import switches
from mailing.models import Broadcast, Letter, Run, Sequence, Switch

K = Letter.Kind
NEEDED = (K.ACCOUNT, K.RECEIPT, K.OPT_IN)  # neither a pause nor a "no" to lessons holds these
PATIENT = (K.NUDGE, K.BROADCAST)  # these wait while lessons are caught up with
WALKING = (Run.State.ACTIVE, Run.State.DONE)
B = Broadcast.State
UNDER_WAY = (B.SENDING, B.TRIED, B.HELD, B.DONE)  # what was written before a hold goes on meanwhile


def due(now: dt.datetime) -> QuerySet[Letter]:
    """Queued letters whose hour has come, held or not: a quiet site asks this first, because it is asked so often."""
    return Letter.objects.filter(state=Letter.State.QUEUED, not_before__lte=now)


def waiting(now: dt.datetime) -> QuerySet[Letter]:
    """Queued letters that are due and held by nothing."""
    letters = due(now).filter(going(now))
    letters = letters.filter(~is_on(switches.HOLD) | Q(kind=K.ACCOUNT))
    return letters.filter(~is_on(switches.CATCHING_UP) | ~Q(kind__in=PATIENT))


def going(now: dt.datetime) -> Q:
    """Letters that no sequence, run, letter to many or reader of theirs holds at a moment."""
    running = Q(run=None) | Q(
        run__sequence__state=Sequence.State.LIVE, run__state__in=[*WALKING, Run.State.CANCELLED]
    )
    told = Q(broadcast=None) | Q(broadcast__state__in=UNDER_WAY)
    rested = Q(contact__paused_until=None) | Q(contact__paused_until__lte=now) | Q(kind__in=NEEDED)
    return running & told & rested


def is_on(key: str) -> Exists:
    return Exists(Switch.objects.filter(key=key, is_on=True))
