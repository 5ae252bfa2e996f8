"""What people agreed to, purpose by purpose.

Letters of a joined course and reminders are on until somebody turns them off; the mini-course and news go only to who
asked for them and confirmed it from their own mailbox (double opt-in):

    key = consent.ask(contact=..., purpose=..., source="mini-course form", now=now)   # pending; None: write nothing now
    consent.asking_token(contact, purpose)        # for the link in the letter; looking at it changes nothing
    consent.confirm(token=..., now=now)           # the button behind the link: pending -> confirmed
"""

import datetime as dt
import enum

from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet

from mailing import suppression, wordings
from mailing.models import Consent, Contact, Letter, Suppression

SALT = "mailing.consent"
ASKING_SALT = "mailing.consent.ask"
UNSUBSCRIBED = "They turned lesson letters off."
P, S = Consent.Purpose, Consent.State
DEFAULT_ON = frozenset({P.LESSONS, P.NUDGES})  # a course brings these along
PURPOSE = {  # what a letter of a kind needs; all others answer something the person did
    Letter.Kind.LESSON: P.LESSONS,
    Letter.Kind.NUDGE: P.NUDGES,
    Letter.Kind.MINICOURSE: P.MINICOURSE,
    Letter.Kind.BROADCAST: P.NEWS,  # unless the broadcast says that it is a notice to students
}
STOPPED = {
    P.LESSONS: UNSUBSCRIBED,
    P.NUDGES: "They turned reminders off.",
    P.MINICOURSE: "They turned the mini-course off.",
    P.NEWS: "They turned news off.",
}
ASK_AGAIN = dt.timedelta(minutes=15)
ASKED_A_DAY = 3
ASKING_LASTS = dt.timedelta(days=30)


class Confirmed(enum.Enum):
    """What came of pressing the button behind an opt-in link."""

    NOW = "confirmed just now"
    BEFORE = "was confirmed before"
    EXPIRED = "asked too long ago: offer a new link"
    UNKNOWN = "not a link of ours, or turned off since"


# ---- the signed word in each letter ----
def token(contact: Contact, purpose: str = "") -> str:
    """An opaque, signed word for a contact and what one click stops; always the same and good for ever, because old
    mails unsubscribe too. Without a purpose it is the word of the time when there were lesson letters only."""
    return signer().sign_object([contact.pk, purpose] if purpose else contact.pk)


def signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")


def read_token(token: str) -> tuple[Contact, str] | None:
    """The contact of a token and the purpose it stops; None if it is not one of ours. Who became one with another
    contact is found as that one."""
    return _read(signer(), token)


def contact_of(token: str) -> Contact | None:
    found = read_token(token)
    return found[0] if found else None


def _read(signer: signing.Signer, token: str) -> tuple[Contact, str] | None:
    try:
        said = signer.unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    pk, purpose = said if isinstance(said, list) else (said, P.LESSONS)
    contact = Contact.objects.select_related("merged_into").filter(pk=pk).first()
    while contact is not None and contact.merged_into is not None:
        contact = contact.merged_into
    return (contact, str(purpose)) if contact is not None else None


# ---- yes and no ----
def give(*, contact: Contact, purpose: str, source: str, now: dt.datetime) -> Consent:
    """They want it (again), said where only they can have said it. The second call changes nothing."""
    return _set(contact, purpose, S.CONFIRMED, source, now)


@transaction.atomic
def withdraw(*, contact: Contact, purpose: str, source: str, now: dt.datetime) -> Consent:
    """They do not want it any more; what is queued of it is skipped in the same transaction.

    The second call changes nothing. A letter already handed over cannot be called back. The contact is locked first:
    whoever is writing a letter for it (the planner locks it too) is through before the queue is emptied.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    said = _set(contact, purpose, S.WITHDRAWN, source, now)
    waiting(contact, [purpose]).update(
        state=Letter.State.SKIPPED, reason=STOPPED[P(purpose)], lease_token=None, lease_until=None
    )
    return said


def waiting(contact: Contact, purposes: list[str]) -> QuerySet[Letter]:
    """The contact's letters for these purposes that have not been handed over."""
    kinds = [kind for kind, purpose in PURPOSE.items() if purpose in purposes and purpose != P.NEWS]
    wanted = Q(kind__in=kinds) | Q(kind=Letter.Kind.BROADCAST, broadcast__purpose__in=purposes)
    if P.NEWS in purposes:
        wanted |= Q(kind=Letter.Kind.BROADCAST, broadcast=None)
    return Letter.objects.filter(
        wanted, contact=contact, state__in=[Letter.State.QUEUED, Letter.State.LEASED]
    )


def wanted(contact: Contact) -> dict[str, bool]:
    """Every purpose, on or off, in one query."""
    said = dict(Consent.objects.filter(contact=contact).values_list("purpose", "state"))
    return {purpose: _is_on(purpose, said.get(purpose)) for purpose in P.values}


def wants(contact: Contact, purpose: str) -> bool:
    said = Consent.objects.filter(contact=contact, purpose=purpose).values_list("state", flat=True).first()
    return _is_on(purpose, said)


def wants_lessons(contact: Contact) -> bool:
    return wants(contact, P.LESSONS)


def _is_on(purpose: str, state: str | None) -> bool:
    return state == S.CONFIRMED or (state is None and purpose in DEFAULT_ON)


# ---- may it go? ----
def purpose_of(letter: Letter) -> str:
    """What a letter needs a yes for; empty if it answers something the person did."""
    if letter.broadcast is not None:
        return letter.broadcast.purpose
    return PURPOSE.get(Letter.Kind(letter.kind), "")


def may_send(*, contact: Contact, kind: str, purpose: str = "", now: dt.datetime | None = None) -> str:
    """Empty if a letter of this kind may go to the contact, else the reason why not. `purpose` overrules what the
    kind needs: a notice to students is a broadcast for P.LESSONS."""
    standing = suppression.standing(contact.email, now=now)
    if Suppression.Scope.ALL in standing:
        return "The address is on the list of those not to be written to."
    if (
        kind == Letter.Kind.OPT_IN
        and standing.get(Suppression.Scope.SEQUENCES) == Suppression.Reason.COMPLAINT
    ):
        return "They complained about a letter: they are not asked again."
    needed = purpose or PURPOSE.get(Letter.Kind(kind), "")
    if not needed:
        return ""
    if Suppression.Scope.SEQUENCES in standing:
        return "The address gets receipts and sign-in codes only."
    if wants(contact, needed):
        return ""
    asked_for = needed not in DEFAULT_ON and not _was_withdrawn(contact, needed)
    return "They have not confirmed that they want this." if asked_for else STOPPED[P(needed)]


def _was_withdrawn(contact: Contact, purpose: str) -> bool:
    return Consent.objects.filter(contact=contact, purpose=purpose, state=S.WITHDRAWN).exists()


# ---- double opt-in ----
@transaction.atomic
def ask(*, contact: Contact, purpose: str, source: str, now: dt.datetime) -> str | None:
    """Somebody typed this address into a form. Post the letter that asks for a yes with the dedupe_key returned, in
    the same transaction; None means that no letter is to go: they confirmed long ago, were asked within 15 minutes,
    or three times within a day. The page says the same words in every case, so that it tells nobody who is known here.

    Changes nothing about a confirmed yes. A withdrawn no becomes pending, and stays a no until confirmed.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    asked = Letter.objects.filter(contact=contact, kind=Letter.Kind.OPT_IN, dedupe_key__startswith="ask:")
    today = asked.filter(created_at__gt=now - dt.timedelta(days=1)).count()
    lately = asked.filter(created_at__gt=now - ASK_AGAIN).exists()
    said = Consent.objects.filter(contact=contact, purpose=purpose).first()
    if said is not None and said.state == S.CONFIRMED:
        return None
    if lately or today >= ASKED_A_DAY:
        return None
    said = _set(contact, purpose, S.PENDING, source, now)
    Consent.objects.filter(pk=said.pk).update(asked_at=now)
    return f"ask:{contact.pk}:{purpose}:{asked.count() + 1}"


def asking_token(contact: Contact, purpose: str) -> str:
    """For the link in the opt-in letter; how long it is good for stands in the row."""
    return _asking_signer().sign_object([contact.pk, purpose])


def asked_by(token: str) -> tuple[Contact, str] | None:
    """Whom and what an opt-in link is about. Looking changes nothing, however many scanners look."""
    return _read(_asking_signer(), token)


def _asking_signer() -> signing.Signer:
    return signing.Signer(salt=ASKING_SALT, sep=".")


@transaction.atomic
def confirm(*, token: str, now: dt.datetime, ip: str = "", browser: str = "") -> Confirmed:
    """The button behind the link was pressed: pending -> confirmed, with the moment and where it came from as proof.

    The second call answers BEFORE and changes nothing. Thirty days after the last asking: EXPIRED.
    """
    found = asked_by(token)
    if found is None:
        return Confirmed.UNKNOWN
    contact, purpose = found
    pending = Consent.objects.filter(contact=contact, purpose=purpose)
    state = pending.values_list("state", flat=True).first()
    if state == S.CONFIRMED:
        return Confirmed.BEFORE
    if state == S.WITHDRAWN:
        return Confirmed.UNKNOWN
    fresh = pending.filter(state=S.PENDING, asked_at__gt=now - ASKING_LASTS).update(
        state=S.CONFIRMED, changed_at=now, confirmed_at=now, ip=ip or None, browser=browser[:200]
    )
    if fresh:
        suppression.forgive(email=contact.email, now=now)
    return Confirmed.NOW if fresh else Confirmed.EXPIRED


def purge(*, now: dt.datetime) -> int:
    """Askings that nobody answered within thirty days are deleted; returns how many. The second call finds none.

    Contacts of whom nothing else is known then are emptied by `farewell.forget_strangers`.
    """
    old = Consent.objects.filter(state=S.PENDING, asked_at__lte=now - ASKING_LASTS)
    return old.delete()[0]


def _set(contact: Contact, purpose: str, state: str, source: str, now: dt.datetime) -> Consent:
    wording = wordings.current(purpose)
    moments = {S.CONFIRMED: "confirmed_at", S.WITHDRAWN: "withdrawn_at"}
    said, is_new = Consent.objects.get_or_create(
        contact=contact,
        purpose=purpose,
        defaults={"state": state, "source": source, "wording_version": wording, "changed_at": now},
    )
    if is_new or said.state != state:
        said.state, said.source, said.wording_version, said.changed_at = state, source, wording, now
        if moment := moments.get(S(state)):
            setattr(said, moment, now)
        said.save()
    return said
