"""How a dispute goes its way, as pure functions like those in `sandbox.core`: docs.stripe.com/disputes.

An inquiry is a dispute without money taken. It may be closed, or become a real one; a lost one may be appealed.
"""

from dataclasses import dataclass
from typing import Any

from sandbox import shapes
from sandbox.core import Change, News
from sandbox.errors import Json, Refused
from sandbox.ids import Ids

DAY = 24 * 60 * 60
TIME_TO_ANSWER = 9 * DAY
REFUNDABLE = {"prevented", "warning_closed", "warning_needs_response", "warning_under_review", "won"}
OPEN = {"needs_response", "under_review"}
INQUIRY = {"warning_needs_response", "warning_under_review"}
APPEAL = {"appeal_needs_response", "appeal_under_review"}
UNDECIDED = OPEN | INQUIRY | APPEAL


@dataclass(frozen=True)
class Move:
    """One thing that can happen to a dispute: from which states to which, and what is told of it."""

    steps: dict[str, str]
    news: tuple[str, ...]


MOVES = {
    "answer": Move(
        {
            "needs_response": "under_review",
            "warning_needs_response": "warning_under_review",
            "appeal_needs_response": "appeal_under_review",
        },
        ("updated",),
    ),
    "win": Move(dict.fromkeys(OPEN | APPEAL, "won"), ("funds_reinstated", "closed")),
    "lose": Move(dict.fromkeys(OPEN | APPEAL, "lost"), ("closed",)),
    "prevent": Move(dict.fromkeys(OPEN, "prevented"), ("funds_reinstated", "updated")),
    "close": Move(dict.fromkeys(INQUIRY, "warning_closed"), ("closed",)),
    "escalate": Move(dict.fromkeys(INQUIRY, "needs_response"), ("funds_withdrawn", "updated")),
    "appeal": Move({"lost": "appeal_needs_response"}, ("updated",)),
}


def begin(*, charge: Json, reason: str, inquiry: bool = False, ids: Ids, now: int) -> Change:
    """The payer complains at the bank: a dispute that takes the money, or an inquiry that asks first.

    The new dispute is the first object of the Change. Refused for a charge without money. That there is no
    other open one is the caller's to know.
    """
    if charge["status"] != "succeeded":
        raise Refused(f"Charge {charge['id']} holds no money to dispute.")
    status = "warning_needs_response" if inquiry else "needs_response"
    dispute = shapes.blank(
        "dispute",
        id=ids.make("du_"),
        amount=charge["amount_captured"] - charge["amount_refunded"] or charge["amount_captured"],
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        is_charge_refundable=inquiry,
        payment_intent=charge["payment_intent"],
        payment_method_details=_card(charge, inquiry=inquiry),
        reason=reason,
        status=status,
    )
    dispute["evidence_details"] |= {"due_by": now + TIME_TO_ANSWER}
    charge = charge | {"disputed": True}
    names = ["created"] if inquiry else ["created", "funds_withdrawn"]
    return Change(
        [dispute, charge], [News(f"charge.dispute.{name}", dispute) for name in names], {charge["id"]: None}
    )


def move(dispute: Json, how: str, *, now: int) -> Change:
    """Let one of MOVES happen. Refused from a state where it cannot."""
    step = MOVES[how]
    if dispute["status"] not in step.steps:
        raise Refused(f"Dispute {dispute['id']} is {dispute['status']}: it cannot {how}.")
    changed: dict[str, Any] = {"status": step.steps[dispute["status"]]}
    details = dispute["evidence_details"]
    changed["is_charge_refundable"] = changed["status"] in REFUNDABLE
    if how == "answer":
        changed["evidence"] = dispute["evidence"] | {"uncategorized_text": "The buyer used what was bought."}
        count = details["submission_count"] + 1
        changed["evidence_details"] = details | {
            "has_evidence": True,
            "submission_count": count,
            "submission_method": "manual",
        }
    if how in ("appeal", "escalate"):
        changed["evidence_details"] = details | {"due_by": now + TIME_TO_ANSWER}
    before = {name: dispute[name] for name in changed if dispute[name] != changed[name]}
    dispute = dispute | changed
    news = [
        News(f"charge.dispute.{name}", dispute, before if name == "updated" else None) for name in step.news
    ]
    return Change([dispute], news)


def ways(dispute: Json) -> list[str]:
    """What can happen to a dispute as it stands."""
    return [how for how, step in MOVES.items() if dispute["status"] in step.steps]


def _card(charge: Json, *, inquiry: bool) -> Json | None:
    details = charge["payment_method_details"]
    if details["type"] != "card":
        return None
    brand = details["card"]["brand"]
    kind = "inquiry" if inquiry else "chargeback"
    return {
        "card": {"brand": brand, "case_type": kind, "network": brand, "network_reason_code": "10.4"},
        "type": "card",
    }
