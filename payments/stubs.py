"""What is believed of a webhook, once its signature holds: the ids it names, and nothing else."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings

WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


@dataclass(frozen=True)
class EventStub:
    """All that is believed of a webhook: which objects to read anew."""

    id: str
    type: str
    object_id: str
    payment_intent_id: str
    subscription_id: str
    attempt_key: str
    is_ours: bool
    livemode: bool


def read(event: dict[str, Any]) -> EventStub:
    """The ids in a snapshot event, or in a thin one. ValueError, TypeError or KeyError for what is neither."""
    if event["object"] == "v2.core.event":
        subject = {"id": event["related_object"]["id"]} if event.get("related_object") else {}
    elif event["object"] == "event":
        subject = dict(event["data"]["object"])
    else:
        raise ValueError("neither kind of event")
    parent = _parent(subject)
    marks = subject.get("metadata") or parent.get("metadata") or {}
    if not isinstance(event["livemode"], bool) or not isinstance(marks, dict):
        raise TypeError("not the shape of an event")
    return EventStub(
        id=_word(event["id"]),
        type=_word(event["type"]),
        object_id=_id(subject),
        payment_intent_id=_id(subject.get("payment_intent")),
        subscription_id=_id(subject.get("subscription")) or _id(parent.get("subscription")),
        attempt_key=key_in(marks, "attempt"),
        is_ours=bool(key_in(marks, "attempt")) and marks.get("site") == settings.SITE_URL,
        livemode=event["livemode"],
    )


def _word(value: Any) -> str:
    if not isinstance(value, str) or not WORD.fullmatch(value):
        raise ValueError("not an id")
    return value


def _parent(subject: dict[str, Any]) -> dict[str, Any]:
    """What an invoice says of its subscription: its id and the marks it bears."""
    parent = subject.get("parent")
    found = parent.get("subscription_details") if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def key_in(marks: dict[str, Any], name: str) -> str:
    """The key of one of our rows ("attempt", "refund"), if the metadata bears one.

    Other systems on the account may use the same word.
    """
    try:
        return str(uuid.UUID(marks.get(name) or ""))
    except (ValueError, TypeError, AttributeError):
        return ""


def _id(value: Any) -> str:
    """The id in a field that may hold an object, an id or nothing."""
    value = value.get("id") if isinstance(value, dict) else value
    return value if isinstance(value, str) and WORD.fullmatch(value) else ""
