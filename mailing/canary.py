"""A test letter every morning to an address of the owner's choice, by the sender's own way: as long as it arrives, mail
works; when it was not handed over within the hour, the desk says so."""

import datetime as dt

from django.conf import settings

from coursesite.lib import localtime
from mailing import contacts, letters
from mailing.models import Letter, Switch

KEY = "canary"  # the switch that is on while there is an address; its reason is the address
STEP, DESK = "service/daily-test", "/desk/mailing/letter/overview/"
HOUR, PATIENCE = dt.time(6), dt.timedelta(hours=1)
USELESS = dt.timedelta(hours=12)  # after this a test letter would only confuse


def standing() -> Switch | None:
    return Switch.objects.filter(key=KEY, is_on=True).first()


def choose(*, email: str, by: str, now: dt.datetime) -> bool:
    """From now on it goes to this address every morning; to none if it is empty. False if that was so before."""
    before = standing()
    if (before.reason if before else "") == email:
        return False
    values = {"is_on": bool(email), "reason": email[:200], "changed_by": by[:254], "changed_at": now}
    Switch.objects.update_or_create(key=KEY, defaults=values)
    return True


def sing(*, now: dt.datetime) -> Letter | None:
    """Write the letter of this morning, once it is time; None before that, and while there is no address. The second
    call returns the same letter."""
    switch, due = standing(), due_at(now)
    if switch is None or now < due or switch.changed_at > due:
        return None
    return letters.post(
        step=STEP,
        contact=contacts.of(switch.reason, now=now),
        dedupe_key=key_of(due),
        context={
            "when": localtime.with_place(due, settings.SITE_TIME_ZONE),
            "button_url": f"{settings.SITE_URL}{DESK}",
        },
        now=now,
        kind=Letter.Kind.RECEIPT,
        expires_at=due + USELESS,
    )


def says(switch: Switch | None, *, is_held: bool, now: dt.datetime) -> str:
    """What is wrong with the letter that should have been handed over last; empty if all is well. One query."""
    if switch is None or is_held:
        return ""
    due = due_at(now - PATIENCE)
    if switch.changed_at > due:
        return ""  # it was not asked for yet
    letter = Letter.objects.filter(dedupe_key=key_of(due)).first()
    what = f"The test letter of {localtime.with_place(due, settings.SITE_TIME_ZONE)} to {switch.reason}"
    if letter is None:
        return f"{what} was not even written: the part that sends letters does not run."
    if letter.state in Letter.UNDER_WAY:
        return f"{what} still waits. {letter.reason}".strip()
    if letter.state != Letter.State.SENT:
        return f"{what} did not go. {letter.reason}".strip()
    return ""


def due_at(now: dt.datetime) -> dt.datetime:
    """The last moment at which a test letter was due."""
    zone = settings.SITE_TIME_ZONE
    today = localtime.at(localtime.local_day(now, zone), HOUR, zone)
    if today <= now:
        return today
    return localtime.at(localtime.local_day(now, zone) - dt.timedelta(days=1), HOUR, zone)


def key_of(due: dt.datetime) -> str:
    return f"canary:{localtime.local_day(due, settings.SITE_TIME_ZONE)}"
