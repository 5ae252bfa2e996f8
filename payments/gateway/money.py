"""Money the gateway holds, gave back, or has to defend."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import stripe
from django.conf import settings

from payments import stubs
from payments.gateway.client import Plain, client
from payments.gateway.facts import Dispute, Money, Refund, moment

DEBIT_FAILED = "payment_intent_payment_attempt_failed"


def read_money(payment_intent_id: str) -> Money:
    """One PaymentIntent as it is now. Raises DownError, MissingError, RefusedError."""
    with Plain():
        return facts(client().v1.payment_intents.retrieve(payment_intent_id, {"expand": ["latest_charge"]}))


def create_refund(
    *, payment_intent_id: str, amount_minor: int, refund_key: uuid.UUID, reference: str
) -> Refund:
    """Give money back, or find what this key gave back before. Raises DownError, RefusedError."""
    params: Any = {
        "payment_intent": payment_intent_id,
        "amount": amount_minor,
        "metadata": {"refund": str(refund_key), "order": reference, "site": settings.SITE_URL},
    }
    with Plain():
        return _refund(
            client().v1.refunds.create(params, options={"idempotency_key": f"refund-{refund_key}"})
        )


def list_refunds(*, payment_intent_id: str = "", since: dt.datetime | None = None) -> Iterator[Refund]:
    """Refunds of one payment, or of all since then, newest first. Raises DownError, RefusedError."""
    with Plain():
        for found in client().v1.refunds.list(_which(payment_intent_id, since)).auto_paging_iter():
            yield _refund(found)


def list_disputes(*, payment_intent_id: str = "", since: dt.datetime | None = None) -> Iterator[Dispute]:
    """Disputes of one payment, or of all since then, newest first. Raises DownError, RefusedError."""
    with Plain():
        for found in client().v1.disputes.list(_which(payment_intent_id, since)).auto_paging_iter():
            yield _dispute(found)


def _which(payment_intent_id: str, since: dt.datetime | None) -> Any:
    params: dict[str, Any] = {"limit": 100}
    if payment_intent_id:
        params["payment_intent"] = payment_intent_id
    if since:
        params["created"] = {"gte": int(since.timestamp())}
    return params


def facts(intent: stripe.PaymentIntent) -> Money:
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    details = charge.payment_method_details if charge else None
    return Money(
        id=intent.id,
        status=intent.status,
        captured_minor=intent.amount_received or 0,
        currency=intent.currency.lower(),
        method=str(details.type) if details else "",
        captured_at=moment(charge.created) if charge else None,
        decline_code=_refusal(intent.last_payment_error, charge),
    )


def _refusal(error: Any, charge: stripe.Charge | None) -> str:
    """Of a bank debit the error says only that it failed; why, says the charge."""
    word = declined(error)
    if word == DEBIT_FAILED and charge is not None and charge.failure_code:
        return charge.failure_code
    return word


def declined(error: Any) -> str:
    """The gateway's word for why a payment was refused; empty when none was."""
    if error is None:
        return ""
    return str(getattr(error, "decline_code", None) or getattr(error, "code", None) or "")


def _refund(found: stripe.Refund) -> Refund:
    marks = found.metadata.to_dict() if found.metadata else {}
    return Refund(
        id=found.id,
        payment_intent_id=_id(found.payment_intent),
        amount_minor=found.amount,
        status=found.status or "pending",
        failure=getattr(found, "failure_reason", None) or "",
        refund_key=stubs.key_in(marks, "refund"),
        created_at=dt.datetime.fromtimestamp(found.created, dt.UTC),
    )


def _dispute(found: stripe.Dispute) -> Dispute:
    return Dispute(
        id=found.id,
        payment_intent_id=_id(found.payment_intent),
        amount_minor=found.amount,
        status=found.status,
        reason=found.reason,
        due_by=moment(found.evidence_details.due_by),
        created_at=dt.datetime.fromtimestamp(found.created, dt.UTC),
    )


def _id(value: Any) -> str:
    """The id in a field that may hold an object, an id or nothing."""
    return value if isinstance(value, str) else (value.id if value else "")
