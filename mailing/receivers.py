"""What django-anymail heard from the mail provider, passed on as evidence. Opens and clicks are not listened to."""

from typing import Any

from anymail.signals import EventType, tracking
from django.dispatch import receiver

from coursesite.lib import clock
from mailing import evidence
from mailing.models import DeliveryEvent
from mailing.replies import ENHANCED

T = DeliveryEvent.Type
TYPES = {
    EventType.DELIVERED: T.DELIVERED,
    EventType.DEFERRED: T.DEFERRED,
    EventType.BOUNCED: T.BOUNCED,
    EventType.REJECTED: T.BOUNCED,  # the provider itself refused: its own list, or our fault; its code says which
    EventType.FAILED: T.BOUNCED,
    EventType.COMPLAINED: T.COMPLAINED,
    EventType.UNSUBSCRIBED: T.UNSUBSCRIBED,
}
# Some providers do not pass on the server's own code; then the class that they put it in stands for one.
CLASSES = {
    "brevo": {"hard_bounce": "5.1.1", "invalid_email": "5.1.3"},
    "mailjet": {
        "user unknown": "5.1.1",
        "mailbox inactive": "5.2.1",
        "quota exceeded": "5.2.2",
        "invalid domain": "5.1.2",
        "no mail host": "5.1.2",
        "typofix": "5.1.2",
        "content blocked": "5.7.1",
        "policy issue": "5.7.1",
        "sender blocked": "5.7.1",
    },
    "sparkpost": {
        "10": "5.1.1", "22": "5.2.2", "23": "5.2.3", "30": "5.1.1", "50": "5.7.1", "51": "5.7.1", "52": "5.7.1"
    },
}  # fmt: skip


@receiver(tracking)
def heard(sender: Any, event: Any, esp_name: str, **_: Any) -> None:
    """The second time an event comes it changes nothing, under whatever id of the provider's."""
    kind = TYPES.get(event.event_type)
    if kind is None:
        return
    provider, said = esp_name.lower(), words(event)
    evidence.note(
        provider=provider,
        type=kind,
        at=event.timestamp,
        now=clock.now(),
        letter_id=(event.metadata or {}).get("letter"),
        message_ref=event.message_id or "",
        recipient=event.recipient or "",
        code="" if ENHANCED.search(said) else CLASSES.get(provider, {}).get(class_of(event), ""),
        text=said,
    )


def words(event: Any) -> str:
    """The server's own sentence, else the provider's: Mailjet gives an error and a comment."""
    told = event.esp_event if isinstance(event.esp_event, dict) else {}
    own = ": ".join(str(told[name]) for name in ("error", "comment") if told.get(name))
    return str(event.mta_response or event.description or own)


def class_of(event: Any) -> str:
    """The word, or number, under which a provider files what came back."""
    told = event.esp_event if isinstance(event.esp_event, dict) else {}
    inner = told.get("msys")
    if isinstance(inner, dict):  # SparkPost wraps each event in its kind
        told = next(iter(inner.values()), {})
        return str(told.get("bounce_class", ""))
    if told.get("hard_bounce") is False:  # Mailjet: not for good, whatever the error is called
        return ""
    return str(told.get("error") or told.get("event") or "")
