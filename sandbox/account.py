"""What Stripe says of the seller's own account: a balance and where its events go."""

import hashlib

from django.conf import settings

from sandbox import shapes
from sandbox.errors import Json

EMPTY = {"amount": 0, "currency": "usd", "source_types": {"card": 0}}


def balance() -> Json:
    """Nothing is on it: no real money moves. Who asks learns that the key works, and whether it is live."""
    return shapes.blank("balance", available=[EMPTY], pending=[EMPTY])


def wants(kind: str) -> bool:
    """Whether an event of this type is sent anywhere."""
    return any({"*", kind} & set(one["enabled_events"]) for one in endpoints())


def endpoints() -> list[Json]:
    """The one address that events go to, as the settings have it; none without."""
    url: str = getattr(settings, "SANDBOX_WEBHOOK_URL", "")
    if not url:
        return []
    endpoint = shapes.blank(
        "webhook_endpoint",
        id="we_" + hashlib.sha256(url.encode()).hexdigest()[:24],
        api_version=getattr(settings, "SANDBOX_WEBHOOK_API_VERSION", None),
        enabled_events=getattr(settings, "SANDBOX_WEBHOOK_EVENTS", ["*"]),
        url=url,
    )
    return [endpoint]
