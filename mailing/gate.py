"""Which letters may leave at this moment, as conditions of the database: for leasing, and once more in the statement
that commits a letter as handed over. `door` says the same in words, for the row."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from mailing import consent, suppression, switches
from mailing.models import Broadcast, Consent, Contact, Letter, Run, Sequence, Suppression, Switch

K = Letter.Kind
NEEDED = (K.ACCOUNT, K.RECEIPT, K.OPT_IN)  # neither a pause nor a "no" to lessons holds these
PATIENT = (K.NUDGE, K.BROADCAST)  # these wait while lessons are caught up with
WALKING = (Run.State.ACTIVE, Run.State.DONE)
UNDER_WAY = (Broadcast.State.SENDING, Broadcast.State.DONE)


def waiting(now: dt.datetime) -> QuerySet[Letter]:
    """Queued letters that are due and held by nothing."""
    running = Q(run=None) | Q(
        run__sequence__state=Sequence.State.LIVE, run__state__in=[*WALKING, Run.State.CANCELLED]
    )
    told = Q(broadcast=None) | Q(broadcast__state__in=UNDER_WAY)
    rested = Q(contact__paused_until=None) | Q(contact__paused_until__lte=now) | Q(kind__in=NEEDED)
    letters = Letter.objects.filter(running, told, rested, state=Letter.State.QUEUED, not_before__lte=now)
    letters = letters.filter(~is_on(switches.HOLD) | Q(kind=K.ACCOUNT))
    return letters.filter(~is_on(switches.CATCHING_UP) | ~Q(kind__in=PATIENT))


def is_on(key: str) -> Exists:
    return Exists(Switch.objects.filter(key=key, is_on=True))


def leaving(letter: Letter, *, now: dt.datetime) -> QuerySet[Letter]:
    """This letter's row, if it is still ours and everything that spoke for it a moment ago still does.

    Only EXISTS beside the row's own columns, never a join: a row that changed while the update waited for its lock is
    then looked at as it is now.
    """
    row = Letter.objects.filter(pk=letter.pk, state=Letter.State.LEASED, lease_token=letter.lease_token)
    return row.filter(*_conditions(letter, now))


def _conditions(letter: Letter, now: dt.datetime) -> list[Q]:
    contact = Contact.objects.filter(pk=OuterRef("contact_id"), email=letter.contact.email)
    scopes = [Suppression.Scope.ALL]
    if letter.kind not in NEEDED:
        contact = contact.filter(Q(paused_until=None) | Q(paused_until__lte=now))
        scopes.append(Suppression.Scope.SEQUENCES)
    standing = suppression.of(letter.contact.email).filter(lifted_at=None, scope__in=scopes)
    conditions = [
        Q(Exists(contact)),
        ~Q(Exists(standing.filter(Q(until=None) | Q(until__gt=now)))),
        *_agreed(letter),
    ]
    if letter.kind != K.ACCOUNT:
        conditions.append(~Q(is_on(switches.HOLD)))
    if letter.run_id:
        run = Run.objects.filter(pk=letter.run_id, state__in=WALKING, sequence__state=Sequence.State.LIVE)
        conditions.append(Q(Exists(run)))
    if letter.broadcast_id:
        conditions.append(Q(Exists(Broadcast.objects.filter(pk=letter.broadcast_id, state__in=UNDER_WAY))))
    return conditions


def _agreed(letter: Letter) -> list[Q]:
    """What a letter needs: no "no" to what comes with a course, a "yes" to what was asked for."""
    if not (purpose := consent.purpose_of(letter)):
        return []
    said = Consent.objects.filter(contact=OuterRef("contact_id"), purpose=purpose)
    if purpose in consent.DEFAULT_ON:
        return [~Q(Exists(said.filter(state=Consent.State.WITHDRAWN)))]
    return [Q(Exists(said.filter(state=Consent.State.CONFIRMED)))]
