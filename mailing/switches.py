"""What was switched on for all mail. "hold": nothing leaves but sign-in codes and account letters, so that people can
still get in, and nothing is planned meanwhile; whoever is late then is caught up with afterwards."""

import datetime as dt

from mailing.models import Switch

HOLD = "hold"
RESTORED = "restored"  # beside a hold that the machine switched on itself; its reason is the gap, from/to
CATCHING_UP = "catching-up"  # the machine's own: lessons first, reminders and letters to many wait


def turn_on(*, key: str, reason: str, by: str, now: dt.datetime) -> bool:
    """True if it was off. The second call changes nothing: the first reason stands."""
    values = {"is_on": True, "reason": reason[:200], "changed_by": by[:254], "changed_at": now}
    if Switch.objects.filter(key=key, is_on=False).update(**values):
        return True
    if Switch.objects.filter(key=key).exists():
        return False
    return bool(Switch.objects.bulk_create([Switch(key=key, **values)], ignore_conflicts=True))


def turn_off(*, key: str, by: str, now: dt.datetime) -> bool:
    """True if it was on."""
    on = Switch.objects.filter(key=key, is_on=True)
    return bool(on.update(is_on=False, changed_by=by[:254], changed_at=now))


def is_on(key: str) -> bool:
    return Switch.objects.filter(key=key, is_on=True).exists()


def on() -> set[str]:
    """The keys of all that is switched on."""
    return set(Switch.objects.filter(is_on=True).values_list("key", flat=True))


def hold(*, by: str, now: dt.datetime, reason: str = "by hand") -> bool:
    """Hold all mail. True if it went out before."""
    return turn_on(key=HOLD, reason=reason, by=by, now=now)


def release(*, by: str, now: dt.datetime) -> bool:
    """Let mail go out again. True if it was held."""
    return turn_off(key=HOLD, by=by, now=now)
