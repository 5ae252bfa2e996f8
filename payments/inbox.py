"""Where webhooks arrive: verified at once, stored once, worked off a moment later."""

import contextlib
import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F

from coursesite.lib import bell
from payments import events, gateway, tasks
from payments.models import EventInbox, Refusal


def count_refusal(*, reason: str, now: dt.datetime) -> None:
    """One more webhook turned away today; nothing else of it is kept. Each call counts."""
    today = Refusal.objects.filter(on=now.date(), reason=reason)
    if not today.update(count=F("count") + 1, last_at=now):
        with (
            contextlib.suppress(IntegrityError),
            transaction.atomic(),
        ):  # somebody was faster: one is not counted
            Refusal.objects.create(on=now.date(), reason=reason, count=1, last_at=now)


class NotYetError(Exception):
    """An event about an attempt that bears our mark and is not in our rows (yet): let it be sent again."""


def receive(*, body: bytes, signature: str, now: dt.datetime) -> EventInbox:
    """Verify and store an event, ring for its work. The second call with the same event returns the first row.

    Raises gateway.BadEventError, gateway.TooLargeError, NotYetError; then nothing is stored.
    """
    stub = gateway.verify_event(body, signature, now=now)
    mode = stub.livemode == gateway.is_live()
    attempt = events.attempt_of(stub) if mode else None
    if mode and attempt is None and stub.is_ours:
        raise NotYetError(stub.attempt_key)
    try:
        with transaction.atomic():
            row = EventInbox.objects.create(
                gateway=gateway.NAME,
                livemode=stub.livemode,
                event_id=stub.id,
                type=stub.type,
                object_id=stub.object_id,
                payment_intent_id=stub.payment_intent_id,
                attempt=attempt,
                reason="" if mode else "practice money and real money do not mix",
                received_at=now,
                next_try_at=now,
            )
    except IntegrityError:
        return EventInbox.objects.get(gateway=gateway.NAME, livemode=stub.livemode, event_id=stub.id)
    bell.ring(tasks.work_inbox)  # with the broker down the next tick finds the row
    return row
