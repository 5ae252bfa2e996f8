"""For the day on which no webhook comes: our unfinished rows, and the gateway's own lists, held against each other.

Lists of objects, not of events: an event may never have been made.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterable

from django.db.models import F, Q

from payments import coupons, gateway, instalments, leases, ledger, refunds, settlement
from payments.models import Attempt, Dispute, Order, Plan, Refund

log = logging.getLogger(__name__)
QUIET_FOR = dt.timedelta(minutes=5)  # younger attempts may still hear from their webhook
LOOK_BACK = dt.timedelta(days=3)
LOOK_FAR_BACK = dt.timedelta(days=30)
LATE = dt.timedelta(hours=2)  # so long after a payment was due its webhook counts as lost
SECONDS = 30  # each part of a round begins no further attempt after this: far below the task's time limit


def reconcile(*, now: dt.datetime, look_back: dt.timedelta = LOOK_BACK) -> int:
    """Settle what may have gone unheard; returns how many orders changed. Called again it goes on, then changes none.

    First refunds that were asked for and whose answer was lost, then our own rows that are not final, then every
    Session, refund and dispute since `look_back` that does not agree with what we know. A gateway that does not
    answer ends the round; the next one begins anew.
    """
    coupons.free_forgotten(now=now)
    try:
        refunds.send_unsent(now=now)
        changed = _settle_all(_unheard(now=now), now=now)
        return changed + _settle_all(_differing(since=now - look_back), now=now)
    except gateway.DownError as down:
        log.warning("Reconciliation stopped: the gateway does not answer (%s).", down)
        return 0


def _unheard(*, now: dt.datetime) -> Iterable[Attempt]:
    """Attempts that may become a payment, and those with money on its way, under dispute, or due month by month."""
    alive = Attempt.objects.filter(state__in=Attempt.ALIVE, created_at__lte=now - QUIET_FOR)
    restless = Attempt.objects.filter(
        Q(payments__refunds__state=Refund.State.PENDING)
        | (Q(payments__disputes__isnull=False) & ~Q(payments__disputes__status__in=Dispute.OVER))
        | Q(order__plan__in=_plans_to_look_at(now)),
        state=Attempt.State.PAID,
    ).filter(Q(looked_at=None) | Q(looked_at__lte=now - LATE))
    longest_unseen = F("looked_at").asc(nulls_first=True)
    found = [
        *alive.select_related("order").order_by(longest_unseen, "created_at"),
        *restless.select_related("order").distinct().order_by(longest_unseen, "created_at"),
    ]
    return {one.pk: one for one in found}.values()


def _plans_to_look_at(now: dt.datetime) -> Iterable[Plan]:
    """Plans whose next payment or end should have come, that are late, that do not end, or that must be ended."""
    over = Q(pk__in=instalments.to_be_stopped())
    endless = Q(ends_at=None, over_at=None)
    ending = Q(ends_at__lte=now - LATE, over_at=None)
    due = Q(instalments__state="due", instalments__due_at__lte=now - LATE)
    late = Q(instalments__state="past_due")
    return Plan.objects.filter(
        over | ending | (Q(state__in=Plan.RUNNING) & (endless | due | late))
    ).distinct()


def _differing(*, since: dt.datetime) -> Iterable[Attempt]:
    """Attempts of ours of which the gateway's lists say something else than our rows do."""
    sessions = {one.attempt_key: one for one in gateway.list_sessions(since=since) if one.is_ours}
    attempts = Attempt.objects.filter(key__in=sessions).select_related("order")
    found = {one.pk: one for one in attempts if _differs(one, sessions[str(one.key)])}
    for intent in {*_other_refunds(since), *_other_disputes(since)}:
        attempt = Attempt.objects.filter(payments__gateway_id=intent).select_related("order").first()
        if attempt is not None:
            found[attempt.pk] = attempt
    return list(found.values())


def _differs(attempt: Attempt, session: gateway.Session) -> bool:
    said = (session.payment_status != "unpaid", session.status == "expired")
    if session.status == "open":
        return attempt.session_id is None
    return said != (attempt.state == Attempt.State.PAID, attempt.state == Attempt.State.EXPIRED)


def _other_refunds(since: dt.datetime) -> Iterable[str]:
    """The payments of refunds that we know otherwise or not at all."""
    known = dict(Refund.objects.exclude(gateway_id=None).values_list("gateway_id", "state"))
    for told in gateway.list_refunds(since=since):
        if known.get(told.id) != ledger.REFUND_STATES.get(told.status, Refund.State.PENDING):
            yield told.payment_intent_id


def _other_disputes(since: dt.datetime) -> Iterable[str]:
    known = dict(Dispute.objects.values_list("gateway_id", "status"))
    for told in gateway.list_disputes(since=since):
        if known.get(told.id) != told.status:
            yield told.payment_intent_id


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
