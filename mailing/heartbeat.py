"""Who was last at work when."""

import datetime as dt

from django.conf import settings

from mailing.models import Heartbeat

TICK = "letters"


def beat(*, role: str, now: dt.datetime) -> None:
    """Note that `role` ran to its end. The second call only moves the time."""
    if not Heartbeat.objects.filter(role=role).update(at=now):
        Heartbeat.objects.bulk_create([Heartbeat(role=role, at=now)], ignore_conflicts=True)


def last(*, role: str) -> dt.datetime | None:
    return Heartbeat.objects.filter(role=role).values_list("at", flat=True).first()


def is_fresh(*, now: dt.datetime) -> bool:
    """Did the tick run to its end within the last three ticks, or 90 seconds, whichever is longer?"""
    at = last(role=TICK)
    limit = dt.timedelta(seconds=max(90, 3 * settings.TICK_SECONDS))
    return at is not None and abs(now - at) < limit
