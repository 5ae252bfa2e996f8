"""What the owner's view shows: payments with what came after them, events on their way, planned faults."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox import amounts, disputes
from sandbox.errors import Json
from sandbox.models import Delivery, Event, Fault, Object

WAYS = {
    "answer": "Answer with evidence",
    "win": "Decide: won",
    "lose": "Decide: lost",
    "prevent": "Decide: prevented",
    "close": "Close the inquiry",
    "escalate": "Make it a real dispute",
    "appeal": "Appeal",
}


@dataclass(frozen=True)
class Switch:
    """One kind of fault as the owner meets it. `match`: what it can be narrowed to; `seconds`: what they mean."""

    kind: Fault.Kind
    title: str
    does: str
    match: str = "event"
    seconds: str = ""


SWITCHES = (
    Switch(Fault.Kind.DROP, "Lose an event", "It is noted, and never sent."),
    Switch(Fault.Kind.DUPLICATE, "Send an event twice", "Two deliveries of the same event."),
    Switch(
        Fault.Kind.DELAY, "Send an event late", "It waits before its first try.", seconds="Seconds to wait"
    ),
    Switch(Fault.Kind.REORDER, "Send an event out of order", "All others that are due go first."),
    Switch(Fault.Kind.WRONG_SIGNATURE, "Sign an event wrongly", "With a secret that nobody knows."),
    Switch(
        Fault.Kind.OLD_TIMESTAMP,
        "Sign an event too early",
        "The signature is right, and old.",
        seconds="Seconds ago (empty: ten minutes)",
    ),
    Switch(Fault.Kind.OTHER_VERSION, "Name another API version", "In the event that is sent."),
    Switch(Fault.Kind.ERROR, "Answer 500", "Before any work; with its key it stays so.", match="path"),
    Switch(
        Fault.Kind.RATE_LIMIT,
        "Answer 429",
        "Too many requests, nothing is kept.",
        match="path",
        seconds="Retry after so many seconds (empty: 1)",
    ),
    Switch(
        Fault.Kind.TIMEOUT_AFTER_CREATE,
        "Do the work and lose the answer",
        "As when the network fails at the worst moment.",
        match="path",
    ),
    Switch(
        Fault.Kind.STALE_READ,
        "Answer with what was before",
        "The object before its last change.",
        match="path",
    ),
    Switch(
        Fault.Kind.HOLD_REDIRECT,
        "Hold the buyer back",
        "On the way from the pay page to the shop.",
        match="",
        seconds="Seconds (10 at most)",
    ),
    Switch(Fault.Kind.TAX_FAILS, "Let the tax fail", "A new payment page has no tax and says so.", match=""),
)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def payments(charges: Iterable[Object]) -> list[Json]:
    """Charges as the page shows them, with their refunds and disputes: two queries, however many."""
    rows = list(charges)
    after: dict[tuple[str, str], list[Json]] = defaultdict(list)
    keys = [row.key for row in rows]
    for row in Object.objects.filter(type__in=("refund", "dispute"), body__charge__in=keys).order_by(
        "number"
    ):
        after[row.type, row.body["charge"]].append(row.body)
    return [_payment(row.body, after["refund", row.key], after["dispute", row.key]) for row in rows]


def _payment(charge: Json, refunds: list[Json], quarrels: list[Json]) -> Json:
    currency = charge["currency"]
    left = charge["amount_captured"] - charge["amount_refunded"]
    kind, words = _state(charge, quarrels)
    return {
        "key": charge["id"],
        "intent": charge["payment_intent"],
        "amount": amounts.words(charge["amount"], currency),
        "left": amounts.plain(left, currency) if left > 0 else "",
        "currency": currency.upper(),
        "kind": kind,
        "state": words,
        "when": moment(charge["created"]),
        "who": charge["billing_details"]["email"] or "",
        "how": _how(charge["payment_method_details"]),
        "pending": charge["status"] == "pending",
        "refundable": left > 0
        and charge["status"] == "succeeded"
        and all(quarrel["is_charge_refundable"] for quarrel in quarrels),
        "disputable": charge["status"] == "succeeded"
        and not any(quarrel["status"] in disputes.UNDECIDED for quarrel in quarrels),
        "refunds": [
            {
                "key": refund["id"],
                "amount": amounts.words(refund["amount"], currency),
                "status": refund["status"],
                "reason": refund.get("failure_reason") or "",
            }
            for refund in refunds
        ],
        "disputes": [
            {
                "key": quarrel["id"],
                "amount": amounts.words(quarrel["amount"], currency),
                "status": quarrel["status"].replace("_", " "),
                "ways": [(how, WAYS[how]) for how in disputes.ways(quarrel)],
            }
            for quarrel in quarrels
        ],
    }


def _state(charge: Json, quarrels: list[Json]) -> tuple[str, str]:
    """Kind of badge and word."""
    if charge["status"] == "pending":
        return "calm", "The bank is confirming"
    if charge["status"] == "failed":
        return "stop", "Refused"
    if any(quarrel["status"] in disputes.UNDECIDED for quarrel in quarrels):
        return "care", "Disputed"
    if quarrels and quarrels[-1]["status"] == "lost":
        return "stop", "Lost"
    if charge["refunded"]:
        return "later", "Refunded"
    return ("later", "Partly refunded") if charge["amount_refunded"] else ("good", "Paid")


def _how(details: Json) -> str:
    if details["type"] == "card":
        return f"{details['card']['brand'].capitalize()} ending {details['card']['last4']}"
    return f"Bank account ending {details['sepa_debit']['last4']}"


def events(rows: Iterable[Event]) -> list[Json]:
    """Events as the page shows them. Prefetch their deliveries."""
    return [
        {
            "key": event.key,
            "type": event.type,
            "about": event.body["data"]["object"].get("id", ""),
            "when": moment(event.created),
            "deliveries": [_delivery(one) for one in event.deliveries.all()],
        }
        for event in rows
    ]


def _delivery(delivery: Delivery) -> Json:
    kind = {"done": "good", "waiting": "calm"}.get(delivery.state, "stop")
    waits = delivery.state == Delivery.State.WAITING
    return {
        "kind": kind,
        "words": {"done": "Arrived", "waiting": "Waiting"}.get(delivery.state, delivery.state.capitalize()),
        "tries": delivery.attempts,
        "answer": delivery.answer,
        "next": moment(delivery.next_attempt_at) if waits and delivery.attempts else None,
    }


def switches() -> list[Json]:
    """Every kind of fault with what is planned of it: one query."""
    planned: dict[str, Fault] = {}
    for fault in Fault.objects.filter(times__gt=0).order_by("-pk"):
        planned[fault.kind] = fault
    return [{"switch": one, "on": planned.get(one.kind)} for one in SWITCHES]


def switch_of(kind: str) -> Switch | None:
    return next((one for one in SWITCHES if one.kind == kind), None)
