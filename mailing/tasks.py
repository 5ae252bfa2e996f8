"""The bell. What is due stands in the database; ringing twice, late or not at all changes nothing but latency."""

import time

from celery import shared_task

from coursesite.lib import clock
from mailing import delivery, drip, heartbeat

SECONDS = 15  # one tick begins no further round after this: far below the task's time limit


@shared_task(ignore_result=True)
def tick() -> None:
    """Plan what is due, send what waits, say that we live. Overlapping ticks do no harm.

    By turns, each for a short while: on a morning with a thousand letters to plan a sign-in code waits for none.
    """
    until = time.monotonic() + SECONDS
    while True:
        planned = drip.plan(now=clock.now())
        delivery.deliver(now=clock.now())
        if not planned or time.monotonic() >= until:
            break
    heartbeat.beat(role=heartbeat.TICK, now=clock.now())
