"""The bell. What is due stands in the database; ringing twice, late or not at all changes nothing but latency."""

import time

from celery import shared_task
from django.conf import settings

from coursesite.lib import clock
from mailing import (
    bouncebox,
    broadcasts,
    canary,
    catchup,
    delivery,
    drip,
    evidence,
    heartbeat,
    restored,
    suppression,
    switches,
    trouble,
)

SECONDS = 15  # one tick begins no further round after this
LONGEST = 720  # a server may take ten minutes for the final dot; to be cut off then would make a double of the letter


@shared_task(ignore_result=True, soft_time_limit=LONGEST - 10, time_limit=LONGEST)
def tick() -> None:
    """Plan what is due, send what waits, say that we live. Overlapping ticks do no harm.

    By turns, each for a short while: on a morning with a thousand letters to plan a sign-in code waits for none.
    """
    until, now = time.monotonic() + SECONDS, clock.now()
    restored.look(now=now)
    on = switches.on()
    found = catchup.look(now=now, is_on=switches.CATCHING_UP in on)
    is_due = found.is_run_due
    while True:
        planned = 0
        if switches.HOLD not in on:
            planned = (drip.plan(now=clock.now()) if is_due else 0) + broadcasts.advance(now=clock.now())
        is_due = True
        delivery.deliver(now=clock.now())
        if not planned or time.monotonic() >= until:
            break
    if switches.HOLD not in on and found.lag(now) > trouble.LATE:  # it was so; is it still?
        trouble.late(by=catchup.overdue(now=clock.now()).lag(now), now=now)
    heartbeat.beat(role=heartbeat.TICK, now=(ended := clock.now()))
    restored.mark(now=ended)


@shared_task(ignore_result=True)
def hear() -> None:
    """Look what came back, join what was heard too early, end rests that are over; the test letter, once a morning."""
    now = clock.now()
    evidence.join(now=now)
    suppression.end_rests(now=now)
    canary.sing(now=now)
    if settings.BOUNCE_MAILBOX:
        bouncebox.work_off(settings.BOUNCE_MAILBOX, now=now)
