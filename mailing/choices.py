"""What a reader chooses on the page behind the link in each letter: this on, that off, a rest, or nothing at all."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q, QuerySet

from mailing import consent, kinds, schedule, suppression, unions, zones
from mailing.models import Consent, Contact, Letter, Run, Sequence, Step, Suppression

NOTHING_AT_ALL = "They want receipts and sign-in codes only."


@transaction.atomic
def choose(*, contact: Contact, wishes: Mapping[str, bool], source: str, now: dt.datetime) -> None:
    """Turn purposes on and off; only what differs from now is written. The second call changes nothing."""
    before = consent.wanted(contact)
    for purpose, wish in wishes.items():
        if wish != before[purpose]:
            change = consent.give if wish else consent.withdraw
            change(contact=contact, purpose=purpose, source=source, now=now)
    if any(wishes.values()):
        suppression.forgive(email=contact.email, now=now)


@transaction.atomic
def nothing(*, contact: Contact, source: str, now: dt.datetime) -> None:
    """No letter any more but receipts and codes, also for whoever makes an account with this address again.

    The second call changes nothing.
    """
    for purpose in Consent.Purpose.values:
        is_asked = consent.is_asked(contact, purpose)  # no link of a letter from before says yes any more
        if is_asked or purpose in consent.DEFAULT_ON or consent.wants(contact, purpose):
            consent.withdraw(contact=contact, purpose=purpose, source=source, now=now)
    suppression.put(
        email=contact.email,
        scope=Suppression.Scope.SEQUENCES,
        reason=Suppression.Reason.UNSUBSCRIBED,
        now=now,
    )


@transaction.atomic
def pause(*, contact: Contact, until: dt.datetime, now: dt.datetime) -> None:
    """No letter that stands for a purpose goes before `until`; receipts and codes still do. The second call moves
    the end."""
    before = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk).paused_until
    contact.paused_until = until
    contact.save(update_fields=["paused_until"])
    if before is not None and until < before:  # what was put off until then is due by its own day again
        schedule.replan(contact=contact, zone=zones.of(contact))
    # what was to come later keeps its day; what waited for the former end moves with it
    resting = _resting(contact).filter(Q(not_before__lt=until) | Q(not_before=before or until))
    resting.update(state=Letter.State.QUEUED, not_before=until, lease_token=None, lease_until=None)


@transaction.atomic
def resume(*, contact: Contact, now: dt.datetime) -> bool:
    """Letters go on, those first that waited for the end of the rest; what the planner had put off until then is due
    by its own day again. False if there was none."""
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    until = contact.paused_until
    if until is None or until <= now:
        return False
    contact.paused_until = None
    contact.save(update_fields=["paused_until"])
    _resting(contact).filter(state=Letter.State.QUEUED, not_before=until).update(not_before=now)
    schedule.replan(contact=contact, zone=zones.of(contact))
    return True


def is_paused(contact: Contact, *, now: dt.datetime) -> bool:
    return contact.paused_until is not None and contact.paused_until > now


def obstacle(contact: Contact, *, now: dt.datetime) -> str:
    """What keeps letters from them whatever they choose: mail is "undeliverable", there was a "complaint", the address
    was put on the list by hand ("manual"); empty if nothing does."""
    reasons = set(suppression.standing(contact.email, now=now).values())
    if not reasons.isdisjoint(suppression.UNDELIVERABLE):
        return "undeliverable"
    return next(
        (one for one in (Suppression.Reason.COMPLAINT, Suppression.Reason.MANUAL) if one in reasons), ""
    )


def listed(*, contact: Contact, said: Mapping[str, str], came_by: str) -> set[str]:
    """The kinds to choose from: what comes with a course for who has or had one, an account, a letter of that kind
    (`came_by` is the purpose of the link) or an answer about it; the free letters for who still gets them."""
    with_course = consent.DEFAULT_ON
    letters = [kind for kind, one in kinds.LETTER.items() if kinds.PURPOSE[one] in with_course]
    has_course = (
        came_by in with_course
        or not with_course.isdisjoint(said)
        or Run.objects.filter(contact=contact, sequence__kind__in=letters).exists()
        or unions.has_account(contact)
    )
    found: set[str] = {Consent.Purpose.NEWS, *(with_course if has_course else ())}
    if said.get(Consent.Purpose.MINICOURSE) == Consent.State.CONFIRMED and not had_free_letters(contact):
        found.add(Consent.Purpose.MINICOURSE)
    return found


def had_free_letters(contact: Contact) -> bool:
    """Whether their free letters are over: none is under way or waits."""
    runs = Run.objects.filter(contact=contact, sequence__kind=Sequence.Kind.MINICOURSE)
    waiting = consent.waiting(contact, [Consent.Purpose.MINICOURSE])
    states = set(runs.values_list("state", flat=True))
    return bool(states) and states <= {Run.State.DONE, Run.State.CANCELLED} and not waiting.exists()


def may_ask_again(said: Mapping[str, str]) -> bool:
    """Whether somebody who said this turned the free letters off, and there still are any. They are asked for on a page
    of their own, because only a letter to their mailbox can ask whether it is them."""
    letters = Step.objects.filter(sequence__kind=Sequence.Kind.MINICOURSE, archived_at=None)
    is_off = said.get(Consent.Purpose.MINICOURSE) == Consent.State.WITHDRAWN
    return is_off and letters.filter(revision__isnull=False).exists()


def _resting(contact: Contact) -> QuerySet[Letter]:
    return Letter.objects.filter(contact=contact, kind__in=kinds.PURPOSE, state__in=Letter.WAITING)
