"""The bell. What is due stands in the database; ringing twice, late or not at all changes nothing but latency."""

from celery import shared_task

from coursesite.lib import clock
from mailing import delivery, drip, heartbeat


@shared_task(ignore_result=True)
def tick() -> None:
    """Plan what is due, send what waits, say that we live. Overlapping ticks do no harm."""
    now = clock.now()
    drip.plan(now=now)
    delivery.deliver(now=now)
    heartbeat.beat(role=heartbeat.TICK, now=now)
