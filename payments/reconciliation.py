"""For the day on which no webhook comes: look at our unfinished attempts, and at the gateway's own list."""

import datetime as dt
import logging
import time
from collections.abc import Iterable

from django.db.models import F

from payments import gateway, leases, settlement
from payments.models import Attempt, Order

log = logging.getLogger(__name__)
QUIET_FOR = dt.timedelta(minutes=5)  # younger attempts may still hear from their webhook
LOOK_BACK = dt.timedelta(days=3)
SECONDS = 30  # each half of a round begins no further attempt after this: far below the task's time limit


def reconcile(*, now: dt.datetime) -> int:
    """Settle what may have gone unheard; returns how many orders changed. Called again it goes on, then changes none.

    First our own attempts that are not final, then every Session of the last three days that bears our mark and
    does not agree with what we know. A gateway that does not answer ends the round; the next one begins anew.
    """
    try:
        return _settle_all(_unheard(now=now), now=now) + _settle_all(_differing(now=now), now=now)
    except gateway.DownError as down:
        log.warning("Reconciliation stopped: the gateway does not answer (%s).", down)
        return 0


def _unheard(*, now: dt.datetime) -> Iterable[Attempt]:
    alive = Attempt.objects.filter(state__in=Attempt.ALIVE, created_at__lte=now - QUIET_FOR)
    return list(alive.select_related("order").order_by(F("looked_at").asc(nulls_first=True), "created_at"))


def _differing(*, now: dt.datetime) -> Iterable[Attempt]:
    """Attempts of ours whose Session says something else than our rows do."""
    sessions = {one.attempt_key: one for one in gateway.list_sessions(since=now - LOOK_BACK) if one.is_ours}
    if not sessions:
        return []
    found = Attempt.objects.filter(key__in=sessions).select_related("order", "payment")
    return [one for one in found if _differs(one, sessions[str(one.key)])]


def _differs(attempt: Attempt, session: gateway.Session) -> bool:
    known = getattr(attempt, "payment", None)
    refunded = known.refunded_minor if known else 0
    said = (session.payment_status != "unpaid", session.status == "expired", session.refunded_minor)
    if session.status == "open":
        return attempt.session_id is None
    return said != (attempt.state == Attempt.State.PAID, attempt.state == Attempt.State.EXPIRED, refunded)


def _settle_all(attempts: Iterable[Attempt], *, now: dt.datetime) -> int:
    changed, until = 0, time.monotonic() + SECONDS
    for attempt in attempts:
        if time.monotonic() >= until:
            log.warning("Reconciliation did not get through its list; the next round goes on.")
            break
        before = attempt.order.state
        try:
            order = settlement.settle(attempt=attempt, now=now)
        except leases.BusyError:
            continue
        except gateway.RefusedError as refused:
            log.error("%s: the gateway refused to show the payment: %s", attempt.order, refused)
            continue
        if order.state != before:
            changed += 1
            if order.state in Order.HAD_MONEY:
                log.warning("%s: reconciliation found money no webhook told of (%s).", order, order.state)
    return changed
