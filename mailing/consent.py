"""What people agreed to, purpose by purpose.

Letters of a joined course and reminders are on until somebody turns them off; the mini-course and news go only to who
asked for them and confirmed it from their own mailbox (`optin`).
"""

import datetime as dt
from collections.abc import Mapping

from django.core import signing
from django.db import transaction
from django.db.models import F, Q, QuerySet

from mailing import kinds, suppression, wordings
from mailing.models import Consent, Contact, Letter, Suppression

SALT = "mailing.consent"
UNSUBSCRIBED = "They turned lesson letters off."
P, S = Consent.Purpose, Consent.State
DEFAULT_ON = frozenset({P.LESSONS, P.NUDGES})  # a course brings these along


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
    try:
        said = signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    pk, purpose = said if isinstance(said, list) else (said, P.LESSONS)
    contact = Contact.objects.select_related("merged_into").filter(pk=pk).first()
    while contact is not None and contact.merged_into is not None:
        contact = contact.merged_into
    return (contact, str(purpose)) if contact is not None else None


def contact_of(token: str) -> Contact | None:
    found = read_token(token)
    return found[0] if found else None


# ---- yes and no ----
def give(
    *, contact: Contact, purpose: str, source: str, now: dt.datetime, ip: str = "", browser: str = ""
) -> Consent:
    """They want it (again), said where only they can have said it; `ip` and `browser` are kept as proof of a double
    opt-in. The second call changes nothing. Who wanted nothing at all wants something again."""
    said = _set(contact, purpose, S.CONFIRMED, source, now)
    if ip or browser:
        Consent.objects.filter(pk=said.pk, ip=None, browser="").update(ip=ip or None, browser=browser[:200])
    suppression.forgive(email=contact.email, now=now)
    return said


@transaction.atomic
def withdraw(*, contact: Contact, purpose: str, source: str, now: dt.datetime) -> Consent:
    """They do not want it any more; what is queued of it is skipped in the same transaction.

    The second call changes nothing. A letter already handed over cannot be called back. The contact is locked first:
    whoever is writing a letter for it (the planner locks it too) is through before the queue is emptied.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    said = _set(contact, purpose, S.WITHDRAWN, source, now)
    waiting(contact, [purpose]).update(
        state=Letter.State.SKIPPED, reason=stopped(purpose), lease_token=None, lease_until=None
    )
    return said


def waiting(contact: Contact, purposes: list[str]) -> QuerySet[Letter]:
    """The contact's letters for these purposes that have not been handed over."""
    of_kind = [kind for kind, one in kinds.PURPOSE.items() if one in purposes and one != P.NEWS]
    wanted = Q(kind__in=of_kind) | Q(kind=Letter.Kind.BROADCAST, broadcast__purpose__in=purposes)
    if P.NEWS in purposes:
        wanted |= Q(kind=Letter.Kind.BROADCAST, broadcast=None)
    return Letter.objects.filter(wanted, contact=contact, state__in=Letter.WAITING)


def said(contact: Contact) -> dict[str, str]:
    """What they said of each purpose they were ever asked about, in one query."""
    return dict(Consent.objects.filter(contact=contact).values_list("purpose", "state"))


def wanted(contact: Contact) -> dict[str, bool]:
    """Every purpose, on or off, in one query."""
    return on_or_off(said(contact))


def on_or_off(said: Mapping[str, str]) -> dict[str, bool]:
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
    return kinds.PURPOSE.get(Letter.Kind(letter.kind), "")


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
    needed = purpose or kinds.PURPOSE.get(Letter.Kind(kind), "")
    if not needed:
        return ""
    if Suppression.Scope.SEQUENCES in standing:
        return "The address gets receipts and sign-in codes only."
    if wants(contact, needed):
        return ""
    said_no = Consent.objects.filter(contact=contact, purpose=needed, state=S.WITHDRAWN)
    if needed in DEFAULT_ON or said_no.exists():
        return stopped(needed)
    return f"They have not confirmed that they want {P(needed).label}."


def stopped(purpose: str) -> str:
    """Why a letter did not go to who turned its kind off."""
    return UNSUBSCRIBED if purpose == P.LESSONS else f"They turned {P(purpose).label} off."


def is_asked(contact: Contact, purpose: str) -> bool:
    """Whether a question stands that nobody answered: a letter with its link may lie in their mailbox."""
    said = Consent.objects.filter(contact=contact, purpose=purpose)
    anew = Q(state=S.WITHDRAWN, asked_at__gt=F("changed_at"))
    return said.filter(Q(state=S.PENDING) | anew).exists()


def _set(contact: Contact, purpose: str, state: str, source: str, now: dt.datetime) -> Consent:
    wording = wordings.current(purpose)
    moments = {S.CONFIRMED: "confirmed_at", S.WITHDRAWN: "withdrawn_at"}
    said, is_new = Consent.objects.get_or_create(
        contact=contact,
        purpose=purpose,
        defaults={"state": state, "source": source, "wording_version": wording, "changed_at": now},
    )
    is_asked_since = said.asked_at is not None and said.asked_at > said.changed_at
    if is_new or said.state != state or is_asked_since:
        said.state, said.source, said.wording_version, said.changed_at = state, source, wording, now
        if moment := moments.get(S(state)):
            setattr(said, moment, now)
        said.save()
    return said
