"""The last look before a letter leaves: everything may have changed since it was queued."""

import datetime as dt
import uuid

from django.conf import settings

from mailing import addresses, audiences, consent, contacts, guards, schedule
from mailing.models import Letter, Run

MAILBOX = "postbox.backend.EmailBackend"
MOST_AN_HOUR = 20
Said = dict[uuid.UUID, guards.Answer | Exception]


def ask(letters: list[Letter], *, now: dt.datetime) -> Said:
    """What the floor above says of those that hang on a course or go to its people, asked all at once: each alone costs
    as many queries."""
    asked = [
        letter for letter in letters if letter.run is not None and letter.run.state != Run.State.CANCELLED
    ]
    questions = [guards.question(one.run, one.revision.step, now=now) for one in asked if one.run is not None]
    said: Said = {one.pk: answer for one, answer in zip(asked, guards.ask_each(questions), strict=True)}
    return said | outside([one for one in letters if one.broadcast is not None], now=now)


def outside(letters: list[Letter], *, now: dt.datetime) -> dict[uuid.UUID, guards.Skip]:
    """Those of letters to many whose readers are none of its people any more: one query for each audience."""
    found, named = dict[uuid.UUID, guards.Skip](), audiences.named(now=now) if letters else {}
    for word, audience in named.items():
        if audience.still is None:
            continue
        mine = [one for one in letters if one.broadcast is not None and one.broadcast.audience == word]
        people = {one.contact_id for one in mine}
        still = set(audience.still.filter(pk__in=people).values_list("pk", flat=True)) if mine else people
        found |= {one.pk: guards.Skip(audiences.LEFT) for one in mine if one.contact_id not in still}
    return found


def check(
    letter: Letter, *, now: dt.datetime, is_sure: bool = False, said: Said | None = None
) -> guards.Verdict:
    """Whether this letter may leave at this moment. Changes nothing.

    `is_sure` says that its reader never refused anything when the batch was taken, `said` what the floor above thought
    of its letters then; the gate looks once more. Raises what the floor above raised.
    """
    purpose, refusal = consent.purpose_of(letter), ""
    if not is_sure:
        refusal = consent.may_send(contact=letter.contact, kind=letter.kind, purpose=purpose, now=now)
    if refusal := refusal or not_allowed(letter):
        return guards.Skip(refusal)
    if purpose and letter.contact.paused_until and letter.contact.paused_until > now:
        return guards.Wait(letter.contact.paused_until)
    run = letter.run
    if run is not None and run.state == Run.State.CANCELLED:
        return guards.Cancel(run.reason)
    if morning := at_night(letter, now):
        return guards.Wait(morning)
    if letter.broadcast is not None:
        if said is None:
            said = {**outside([letter], now=now)}
        return answered(letter, said, now=now) if letter.pk in said else guards.Send(letter.context)
    if run is None:
        return too_many(letter, now) or guards.Send(letter.context)
    return answered(letter, said, now=now)


def at_night(letter: Letter, now: dt.datetime) -> dt.datetime | None:
    """The morning for which a letter waits; None by day, and for what answers something done a moment ago."""
    zone, step = contacts.zone_of(letter.contact), letter.revision.step
    if not consent.purpose_of(letter) or not schedule.is_quiet(now, zone):
        return None
    if letter.run is not None and schedule.is_welcome(step, letter.run.anchor_at, now):
        return None
    return schedule.next_slot(after=now, zone=zone, send_at=step.sequence.send_at)


def answered(letter: Letter, said: Said | None, *, now: dt.datetime) -> guards.Verdict:
    if said is None or letter.pk not in said:
        return guards.about(letter, now=now)
    answer = said[letter.pk]
    if isinstance(answer, Exception):
        raise answer
    return guards.settled(answer)


def too_many(letter: Letter, now: dt.datetime) -> guards.Skip | None:
    """Nobody can have us pour sign-in letters over a stranger, whatever the forms let through."""
    if letter.kind != Letter.Kind.ACCOUNT:
        return None
    lately = Letter.objects.filter(
        contact=letter.contact, kind=letter.kind, sent_at__gt=now - dt.timedelta(hours=1)
    )
    return (
        guards.Skip("Too many letters to this address within an hour.")
        if lately.count() >= MOST_AN_HOUR
        else None
    )


def not_allowed(letter: Letter) -> str:
    """A practice site with real mail writes to the addresses of MAIL_ALLOW_LIST only; "@example.org" names a domain."""
    if settings.IS_PRODUCTION or settings.EMAIL_BACKEND == MAILBOX:
        return ""
    allowed = {addresses.key(address) for address in settings.MAIL_ALLOW_LIST}
    key = letter.contact.email_key
    return (
        ""
        if {key, f"@{key.rpartition('@')[2]}"} & allowed
        else "This practice site may not write to this address."
    )
