"""Two contacts turn out to be one person: what becomes of letters, runs, and of every yes and no."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from coursesite.lib import localtime
from mailing import addresses, consent, contacts, kinds, locks, places, schedule, suppression
from mailing.models import Consent, Contact, Letter, Run, Step, StepRevision

REASON = "Two contacts became one."
OPEN = (Run.State.ACTIVE, Run.State.HELD)
STRICTEST_FIRST = (Consent.State.WITHDRAWN, Consent.State.PENDING, Consent.State.CONFIRMED)


class TwoAccounts(ValueError):
    """Each of them has an account: which one stays is for a person to decide, one floor up."""


@transaction.atomic
def merge(*, one: Contact, other: Contact, now: dt.datetime, email: str = "") -> Contact:
    """Make two contacts one and return it: the older row, with its own name and zone where it has them. Letters go to
    the address of whoever has an account, else to `email` if that is one of the two, else to the older row's.

    Everything that points to the younger one points to it from then on, links in old letters too. It may be written to
    only as far as both might. Of two runs of one sequence the one that is further goes on, and never repeats a lesson
    that was mailed to either. Who is one with a third already stands for that one. The second call changes nothing.
    Raises TwoAccounts.
    """
    locks.take(one.pk, other.pk)
    stays, *rest = Contact.objects.filter(pk__in=[one.pk, other.pk]).order_by("pk")
    if not rest:
        return stays
    goes = rest[0]
    if stays.merged_into_id or goes.merged_into_id:  # by somebody else, a moment ago or before
        now_one = [contacts.standing(contact.pk) or contact for contact in (stays, goes)]
        return merge(one=now_one[0], other=now_one[1], now=now, email=email)
    address = _address(stays, goes, email)
    _repoint_from_above(goes, stays)
    _join_refusals(stays, goes, now)
    _join_refusals(goes, stays, now)
    _join_consents(goes, stays, now)
    _join_broadcasts(goes, stays)
    _join_runs(goes, stays, now)
    Letter.objects.filter(contact=goes).update(contact=stays)
    _join_persons(goes, stays, address)
    suppression.wake(contact=stays, now=now)
    return stays


def has_account(contact: Contact) -> bool:
    return any(field.unique for field, _ in contacts.links_from_above(contact))


def _address(stays: Contact, goes: Contact, wished: str) -> str:
    """People sign in with the address of their account, so that one stays theirs."""
    if has_account(stays):
        return stays.email
    is_wished = addresses.key(wished) == goes.email_key if wished else False
    return goes.email if has_account(goes) or is_wished else stays.email


def _repoint_from_above(goes: Contact, stays: Contact) -> None:
    links = contacts.links_from_above(goes)
    theirs = {field for field, _ in contacts.links_from_above(stays)}
    if any(field.unique and field in theirs for field, _ in links):
        raise TwoAccounts("Both have an account.")
    for field, rows in links:
        rows.update(**{field.name: stays})


def _join_refusals(one: Contact, other: Contact, now: dt.datetime) -> None:
    """What the person, a complaint or the desk said of one address holds for the other too. That mail to one of them
    does not arrive stays a fact about that one: who mistyped an address at first is not shut out at the right one."""
    said = suppression.of(one.email).filter(lifted_at=None).exclude(reason__in=suppression.UNDELIVERABLE)
    for row in said:
        suppression.put(email=other.email, scope=row.scope, reason=row.reason, now=now, until=row.until)


def _join_consents(goes: Contact, stays: Contact, now: dt.datetime) -> None:
    """Where both said something, the stricter word counts; where one did, that one."""
    mine = {said.purpose: said for said in Consent.objects.filter(contact=stays)}
    for said in Consent.objects.filter(contact=goes):
        standing = mine.get(said.purpose)
        if standing is None:
            said.contact = stays
            said.save(update_fields=["contact"])
        elif _strictness(said) < _strictness(standing):
            standing.delete()
            said.contact = stays
            said.save(update_fields=["contact"])
    no = Consent.objects.filter(contact=stays, state=Consent.State.WITHDRAWN).values_list(
        "purpose", flat=True
    )
    for purpose in no:
        for contact in (stays, goes):
            consent.withdraw(contact=contact, purpose=purpose, source="merge", now=now)
    Consent.objects.filter(contact=goes).delete()


def _strictness(said: Consent) -> int:
    return STRICTEST_FIRST.index(Consent.State(said.state))


def _join_runs(goes: Contact, stays: Contact, now: dt.datetime) -> None:
    for run in (
        Run.objects.filter(contact=goes).order_by("generation").select_related("next_step", "sequence")
    ):
        rivals = kinds.rivals(run.sequence, stays, run.source).filter(state__in=OPEN)
        rival = rivals.select_related("next_step", "sequence").first()
        if run.state in OPEN and rival is not None:
            _end(run if _place(run) <= _place(rival) else rival)
            run.refresh_from_db()
        run.contact = stays
        others = Run.objects.filter(contact=stays, sequence=run.sequence)
        run.generation = (others.aggregate(last=Max("generation"))["last"] or 0) + 1
        run.save(update_fields=["contact", "generation"])
    Letter.objects.filter(contact=goes).update(contact=stays)
    for run in Run.objects.filter(contact=stays, state__in=OPEN).select_related("next_step", "sequence"):
        _go_past_what_is_known(run, stays, now)


def _place(run: Run) -> float:
    """How far a run is: the place of the step it waits for."""
    return float(run.next_step.position) if run.next_step else 0.0


def _end(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED, reason=REASON, next_due_at=None)
    waiting = Letter.objects.filter(run=run, state__in=Letter.WAITING)
    waiting.update(state=Letter.State.CANCELLED, reason=REASON, lease_token=None, lease_until=None)


def _go_past_what_is_known(run: Run, contact: Contact, now: dt.datetime) -> None:
    """Lessons that either of them has are not written again, whichever run they came from, nor sent if they wait."""
    gone = Letter.objects.filter(
        run__in=kinds.rivals(run.sequence, contact, run.source), state__in=Letter.GONE
    )
    known = StepRevision.objects.filter(step__in=gone.values("revision__step"))
    twice = Letter.objects.filter(run=run, state__in=Letter.WAITING, revision__in=known)
    twice.update(state=Letter.State.CANCELLED, reason=REASON, lease_token=None, lease_until=None)
    furthest = gone.select_related("revision__step").order_by("-revision__step__position", "-revision__step")
    last = next((letter.revision.step for letter in furthest[:1]), None)
    if last is None or run.next_step is None or run.next_step.place > last.place:
        return
    steps = Step.objects.filter(sequence=run.sequence, archived_at=None, revision__isnull=False)
    step = steps.filter(places.behind(last)).select_related("sequence").order_by("position", "pk").first()
    if step is None:
        run.state, run.next_step, run.next_due_at = Run.State.DONE, None, None
    else:
        due = schedule.due(step=step, anchor_at=run.anchor_at, zone=contacts.zone_of(contact))
        run.next_step, run.next_due_at = step, max(due, now)
    run.save(update_fields=["state", "next_step", "next_due_at"])


def _join_broadcasts(goes: Contact, stays: Contact) -> None:
    """A letter to many that one of them has, or is about to get, does not go to the other too."""
    for one, other in ((goes, stays), (stays, goes)):
        theirs = Letter.objects.filter(
            contact=other, broadcast__isnull=False, state__in=[*Letter.GONE, *Letter.WAITING]
        )
        mine = Letter.objects.filter(
            contact=one, broadcast__in=theirs.values("broadcast"), state__in=Letter.WAITING
        )
        mine.update(state=Letter.State.CANCELLED, reason=REASON, lease_token=None, lease_until=None)


def _join_persons(goes: Contact, stays: Contact, address: str) -> None:
    stays.name = stays.name or goes.name
    if not localtime.is_zone(stays.time_zone) and localtime.is_zone(goes.time_zone):
        stays.time_zone, stays.time_zone_confirmed = goes.time_zone, goes.time_zone_confirmed
    pauses = [moment for moment in (stays.paused_until, goes.paused_until) if moment]
    stays.paused_until = max(pauses, default=None)
    Contact.objects.filter(merged_into=goes).update(merged_into=stays)
    goes.email, goes.name, goes.merged_into = f"merged-{goes.pk}@moved.invalid", "", stays
    goes.save()
    stays.email = address
    stays.save()
