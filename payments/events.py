"""Working off the webhooks that arrived: each row leads to an attempt, and the attempt is settled."""

import datetime as dt
import logging
import time

from payments import gateway, leases, settlement, stubs
from payments.models import Attempt, EventInbox

log = logging.getLogger(__name__)
BATCH = 50
SECONDS = 20  # a round begins no further row after this: far below the task's time limit
MOST_TRIES = 10
BACKOFF_SECONDS = (5, 15, 60, 300, 900, 3600)
DUE = [EventInbox.State.RECEIVED, EventInbox.State.FAILED]
FOUND_BY = (
    "session_id",
    "payment_intent_id",
    "subscription_id",
    "payments__gateway_id",
    "payments__refunds__gateway_id",
    "payments__disputes__gateway_id",
    "order__plan__instalments__invoice_id",
)
SLOWEST = dt.timedelta(minutes=2)  # nobody else takes up a row so long


def work(*, now: dt.datetime) -> int:
    """Work off what is due; returns how many rows came to an end. The second call finds nothing due.

    A row is done only after its order was settled; one look at the gateway answers all rows about the same attempt
    that had come before it. What fails comes again after growing waits, until it is dead
    and an error is logged. A gateway that does not answer ends the round: each further row would wait for it as long.
    """
    due = EventInbox.objects.filter(state__in=DUE, next_try_at__lte=now).order_by("next_try_at", "pk")
    done, until = 0, time.monotonic() + SECONDS
    for row in due.select_related("attempt")[:BATCH]:
        try:
            done += _work_one(row, now=now)
        except gateway.DownError:
            break
        if time.monotonic() >= until:
            break
    return done


def _work_one(row: EventInbox, *, now: dt.datetime) -> int:
    """Take the row (the count decides who does), settle, and note how it went; how many rows came to an end by it.

    Passes gateway.DownError on, noted.
    """
    seen = EventInbox.objects.filter(pk=row.pk, state=row.state, next_try_at=row.next_try_at, tries=row.tries)
    if not seen.update(tries=row.tries + 1, next_try_at=now + SLOWEST):
        return False
    row.tries += 1
    if row.attempt is None:
        return _finish(
            row, EventInbox.State.IGNORED, reason=row.reason or "not about an order of ours", now=now
        )
    same = EventInbox.objects.filter(attempt=row.attempt, state__in=DUE).exclude(pk=row.pk)
    heard = list(
        same.values_list("pk", flat=True)
    )  # had come before the gateway is read: answered by the same look
    try:
        settlement.settle(attempt=row.attempt, now=now)
    except gateway.DownError as down:
        _fail(row, down, now=now)
        raise
    except leases.BusyError as busy:
        return _fail(row, busy, now=now)
    except Exception as error:  # one bad row never holds up the others; the trace is in the log
        log.exception("Webhook %s could not be worked off.", row.event_id)
        return _fail(row, error, now=now)
    together = f"answered together with {row.event_id}"[:200]
    return _finish(row, EventInbox.State.DONE, reason="", now=now) + same.filter(pk__in=heard).update(
        state=EventInbox.State.DONE, reason=together, done_at=now
    )


def _finish(row: EventInbox, state: str, *, reason: str, now: dt.datetime) -> int:
    """How many rows that ends: none when another's look at the gateway has ended it meanwhile."""
    due = EventInbox.objects.filter(pk=row.pk, state__in=DUE)
    return due.update(state=state, reason=reason, done_at=now)


def _fail(row: EventInbox, error: Exception, *, now: dt.datetime) -> int:
    reason = f"{type(error).__name__}: {error}"[:200]
    if row.tries >= MOST_TRIES:
        log.error("Webhook %s given up after %s tries: %s", row.event_id, row.tries, reason)
        return _finish(row, EventInbox.State.DEAD, reason=reason, now=now)
    wait = dt.timedelta(seconds=BACKOFF_SECONDS[min(row.tries - 1, len(BACKOFF_SECONDS) - 1)])
    EventInbox.objects.filter(pk=row.pk, state__in=DUE).update(
        state=EventInbox.State.FAILED, reason=reason, next_try_at=now + wait
    )
    return 0


def attempt_of(stub: stubs.EventStub) -> Attempt | None:
    """The attempt an event is about: by the gateway's own ids first, else by our mark in its metadata."""
    ids = [one for one in (stub.object_id, stub.payment_intent_id, stub.subscription_id) if one]
    for field in FOUND_BY:
        if ids and (found := Attempt.objects.filter(**{f"{field}__in": ids}).first()):
            return found
    return Attempt.objects.filter(key=stub.attempt_key).first() if stub.attempt_key else None
