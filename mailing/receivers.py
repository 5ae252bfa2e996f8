"""What django-anymail heard from the mail provider, passed on as evidence. Opens and clicks are not listened to."""

from typing import Any

from anymail.signals import EventType, tracking
from django.dispatch import receiver

from coursesite.lib import clock
from mailing import evidence
from mailing.models import DeliveryEvent

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


@receiver(tracking)
def heard(sender: Any, event: Any, esp_name: str, **_: Any) -> None:
    """The second time an event comes it changes nothing, under whatever id of the provider's."""
    kind = TYPES.get(event.event_type)
    if kind is None:
        return
    evidence.note(
        provider=esp_name.lower(),
        type=kind,
        at=event.timestamp,
        now=clock.now(),
        letter_id=(event.metadata or {}).get("letter"),
        message_ref=event.message_id or "",
        recipient=event.recipient or "",
        text=event.mta_response or event.description or "",
    )
