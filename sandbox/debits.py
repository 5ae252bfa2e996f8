"""What Stripe does with a debit of a bank account (SEPA), as pure functions like those in `sandbox.core`.

docs.stripe.com/payments/sepa-debit/accept-a-payment: the Session completes at once, the money comes later or
does not come.
"""

from datetime import UTC, datetime

from sandbox import core, rules, shapes
from sandbox.core import LATE, SOON, Change, News, Payer, Turn
from sandbox.errors import Json, Refused
from sandbox.ibans import Account
from sandbox.ids import Ids

METHOD = "sepa_debit"
SETTLE, DISPUTE = "settle", "dispute"  # turns of a charge
REFUSAL = "The customer's account has insufficient funds to cover this payment."


def start(
    *, session: Json, intent: Json | None, data: Json, account: Account, payer: Payer, ids: Ids, now: int
) -> Change:
    """The buyer signs the mandate: complete and unpaid, until the bank has answered. Refused if closed."""
    rules.check_open(session, method=METHOD)
    intent = intent or core.intent_of(session, data=data, ids=ids, now=now)
    due = Turn(SETTLE, now + (LATE if account.late else SOON))
    method = _method(key=ids.make("pm_"), account=account, payer=payer, now=now)
    charge = _charge(
        key=ids.make("py_"), mandate=ids.make("mandate_"), intent=intent, method=method, due=due, now=now
    )
    intent = intent | {
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "payment_method": method["id"],
        "status": "processing",
    }
    session = session | {
        "customer_details": shapes.customer_details(email=payer.email, name=payer.name),
        "payment_intent": intent["id"],
        "status": "complete",
        "url": None,
    }
    return Change(
        [session, intent, method, charge],
        [
            News("charge.pending", charge),
            News("payment_intent.processing", intent),
            News("checkout.session.completed", session),
        ],
        {session["id"]: None, charge["id"]: due},
    )


def confirm(*, session: Json, intent: Json, charge: Json, account: Account, now: int) -> Change:
    """The bank has sent the money. Refused unless it was waited for."""
    _check_pending(charge)
    charge = charge | {"amount_captured": charge["amount"], "paid": True, "status": "succeeded"}
    charge["outcome"] = charge["outcome"] | {"seller_message": "Payment complete."}
    intent = intent | {"amount_received": intent["amount"], "status": "succeeded"}
    session = session | {"payment_status": "paid"}
    return Change(
        [session, intent, charge],
        [
            News("charge.succeeded", charge),
            News("payment_intent.succeeded", intent),
            News("checkout.session.async_payment_succeeded", session),
        ],
        {charge["id"]: Turn(DISPUTE, now + SOON) if account.disputed else None},
    )


def refuse(*, session: Json, intent: Json, charge: Json, method: Json) -> Change:
    """The bank has refused. The Session stays complete and unpaid: whoever wants to pay needs another one."""
    _check_pending(charge)
    charge = charge | {
        "captured": False,
        "failure_code": "insufficient_funds",
        "failure_message": REFUSAL,
        "status": "failed",
    }
    charge["outcome"] = charge["outcome"] | {
        "network_status": "declined_by_network",
        "seller_message": "The bank did not accept the payment.",
        "type": "issuer_declined",
    }
    error = {
        "charge": charge["id"],
        "code": "payment_intent_payment_attempt_failed",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-payment-attempt-failed",
        "message": REFUSAL,
        "payment_method": method,
        "type": "invalid_request_error",
    }
    intent = intent | {
        "last_payment_error": error,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    return Change(
        [intent, charge],
        [
            News("charge.failed", charge),
            News("payment_intent.payment_failed", intent),
            News("checkout.session.async_payment_failed", session),
        ],
        {charge["id"]: None},
    )


def _check_pending(charge: Json) -> None:
    if charge["status"] != "pending":
        raise Refused(f"Charge {charge['id']} waits for no bank.", code="payment_intent_unexpected_state")


def _method(*, key: str, account: Account, payer: Payer, now: int) -> Json:
    billing = shapes.billing_details(email=payer.email, name=payer.name)
    body = shapes.blank("payment_method", id=key, billing_details=billing, created=now, type=METHOD)
    del body["card"]
    known = {name: getattr(account, name) for name in ("bank_code", "country", "last4")}
    return body | {METHOD: known | {"branch_code": "", "fingerprint": None, "generated_from": None}}


def _charge(*, key: str, mandate: str, intent: Json, method: Json, due: Turn, now: int) -> Json:
    charge = shapes.charge(key=key, intent=intent, method=method, secure=None, now=now)
    kept = {name: value for name, value in method[METHOD].items() if name != "generated_from"}
    day = datetime.fromtimestamp(due.at, UTC).date().isoformat()
    return charge | {
        "amount_captured": 0,
        "outcome": charge["outcome"] | {"risk_level": "not_assessed", "seller_message": "Payment pending."},
        "paid": False,
        "payment_method_details": {
            METHOD: kept | {"expected_debit_date": day, "mandate": mandate},
            "type": METHOD,
        },
        "status": "pending",
    }
