"""The last look before a letter leaves: everything may have changed since it was queued."""

import datetime as dt

from django.conf import settings

from mailing import addresses, consent, contacts, guards, schedule
from mailing.models import Letter, Run

MAILBOX = "postbox.backend.EmailBackend"
MOST_AN_HOUR = 20


def check(letter: Letter, *, now: dt.datetime) -> guards.Verdict:
    """Whether this letter may leave at this moment. Changes nothing."""
    purpose = consent.purpose_of(letter)
    refusal = consent.may_send(contact=letter.contact, kind=letter.kind, purpose=purpose, now=now)
    if refusal := refusal or not_allowed(letter):
        return guards.Skip(refusal)
    if purpose and letter.contact.paused_until and letter.contact.paused_until > now:
        return guards.Wait(letter.contact.paused_until)
    run = letter.run
    if run is None:
        return too_many(letter, now) or guards.Send(letter.context)
    if run.state == Run.State.CANCELLED:
        return guards.Cancel(run.reason)
    step = letter.revision.step
    zone = contacts.zone_of(letter.contact)
    if step.day > 0 and schedule.is_quiet(now, zone):
        return guards.Wait(schedule.next_slot(after=now, zone=zone, send_at=run.sequence.send_at))
    return guards.about(letter, now=now)


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
