"""Everything the gateway knows of one attempt, read in one go. Never called while a transaction is open."""

import datetime as dt
from dataclasses import dataclass

from payments import gateway
from payments.models import Attempt, Payment

CLOCKS_APART = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Truth:
    """What was read. `session` is None when the gateway has none for this attempt."""

    session: gateway.Session | None
    moneys: tuple[gateway.Money, ...] = ()
    refunds: tuple[gateway.Refund, ...] = ()
    disputes: tuple[gateway.Dispute, ...] = ()
    subscription: gateway.Subscription | None = None
    invoices: tuple[gateway.Invoice, ...] = ()


def read(attempt: Attempt) -> Truth:
    """Session, money, refunds, disputes, and with instalments the subscription and its invoices.

    Raises gateway.DownError, gateway.RefusedError.
    """
    session = _session(attempt)
    if session is None:
        return Truth(None)
    subscription = None
    invoices: tuple[gateway.Invoice, ...] = ()
    if session.subscription_id:
        subscription = gateway.read_subscription(session.subscription_id)
        invoices = tuple(gateway.list_invoices(session.subscription_id))
    moneys = _moneys(session, invoices)
    held = [one.id for one in moneys if one.captured_minor]
    held += [one for one in _known(attempt) if one not in held]
    return Truth(
        session=session,
        moneys=moneys,
        refunds=tuple(one for key in held for one in gateway.list_refunds(payment_intent_id=key)),
        disputes=tuple(one for key in held for one in gateway.list_disputes(payment_intent_id=key)),
        subscription=subscription,
        invoices=invoices,
    )


def _session(attempt: Attempt) -> gateway.Session | None:
    """The Session, searched for among the newest when we never learned its id; None if there is none."""
    if attempt.session_id:
        return gateway.read_session(attempt.session_id)
    sessions = gateway.list_sessions(since=attempt.created_at - CLOCKS_APART)
    return next((one for one in sessions if one.attempt_key == str(attempt.key)), None)


def _moneys(session: gateway.Session, invoices: tuple[gateway.Invoice, ...]) -> tuple[gateway.Money, ...]:
    """The Session's own money, and that of each invoice; what an invoice brought in once is not asked for again."""
    found = [session.money] if session.money else []
    keys = [key for one in invoices for key in one.payment_intent_ids]
    known = set(Payment.objects.filter(gateway_id__in=keys).values_list("gateway_id", flat=True))
    return (*found, *(gateway.read_money(key) for key in keys if key not in known))


def _known(attempt: Attempt) -> list[str]:
    return list(attempt.payments.values_list("gateway_id", flat=True))
