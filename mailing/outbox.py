"""Ring after something was queued, so that nobody waits for the next tick."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction

from mailing import delivery, tasks

log = logging.getLogger(__name__)


def ring() -> None:
    """Ask for a tick after commit. Never raises: with the broker down the next tick finds the letter.

    In embedded mode the one worker ticks by itself every few seconds, so nothing is asked.
    """
    if not settings.EMBEDDED:
        transaction.on_commit(_ring)


def deliver(*, now: dt.datetime) -> delivery.Delivered:
    """Send what waits; see delivery.deliver."""
    return delivery.deliver(now=now)


def _ring() -> None:
    try:
        tasks.tick.delay()
    except Exception as error:  # whatever the broker says, the row stands
        log.warning("the bell did not ring: %s", type(error).__name__)
