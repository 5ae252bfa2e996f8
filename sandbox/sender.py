"""Sends events to the webhook address over real HTTP, signed by the SDK's own code: it cannot drift."""

import json
import secrets
import time
import urllib.error
import urllib.request

import stripe
from django.conf import settings
from django.db.models import F

from sandbox import faults, passing
from sandbox.errors import Json, missing
from sandbox.ids import Ids
from sandbox.models import Delivery, Event, Fault

TIMEOUT = 10
BUDGET = 60  # seconds after which one call takes up no further delivery; the next call does
GIVE_UP_AFTER = 3 * 24 * 60 * 60
BACKOFF = (60, 5 * 60, 30 * 60, 2 * 60 * 60, 5 * 60 * 60, 10 * 60 * 60, 12 * 60 * 60)
LEASE = 60  # seconds in which nobody else takes up a delivery
OLD = 600  # seconds by which an old timestamp is old: twice what is usually tolerated
OTHER_VERSION = "2025-01-27.acacia"
USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None  # a redirect is a failed delivery, as with Stripe


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def signed(event: Json, *, secret: str, now: int) -> tuple[str, str]:
    """The text of an event as it is sent, and its `Stripe-Signature` header made at `now`."""
    text = json.dumps(event, indent=2)
    return text, stripe.WebhookSignature.generate_signature_header(text, secret, now)


def deliver_due(*, now: int) -> int:
    """Send every delivery that is due; returns how many arrived. First comes what time brings.

    What fails comes again after growing waits, for three days. Again at the same `now`: sends nothing twice,
    also when two processes call it at once, because each delivery is leased before it is sent.
    """
    passing.bring(ids=Ids(), now=now)
    url = getattr(settings, "SANDBOX_WEBHOOK_URL", "")
    if not url:
        return 0
    due = Delivery.objects.filter(state=Delivery.State.WAITING, next_attempt_at__lte=now)
    begun, arrived = time.monotonic(), 0
    for delivery in due.select_related("event").order_by("late", "pk"):
        if time.monotonic() - begun > BUDGET:
            break
        arrived += _deliver(delivery, url=url, now=now)
    return arrived


def resend(event_key: str, *, now: int) -> Delivery:
    """Put an event on its way once more, whatever became of it. Again: once more. Refused (404) if unknown."""
    event = Event.objects.filter(key=event_key).first()
    if event is None:
        raise missing("event", event_key)
    return Delivery.objects.create(event=event, next_attempt_at=now)


def _deliver(delivery: Delivery, *, url: str, now: int) -> bool:
    seen = Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.WAITING, next_attempt_at=delivery.next_attempt_at
    )
    if not seen.update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1):
        return False
    status, answer = _post(*_signed_or_not(delivery.event, now=now), url=url)
    arrived = 200 <= status < 300
    first = now if delivery.first_attempt_at is None else delivery.first_attempt_at
    again = now + BACKOFF[min(delivery.attempts, len(BACKOFF) - 1)]
    state = Delivery.State.WAITING
    if arrived:
        state = Delivery.State.DONE
    elif again > first + GIVE_UP_AFTER:
        state = Delivery.State.GIVEN_UP
    Delivery.objects.filter(pk=delivery.pk).update(
        state=state, next_attempt_at=again, first_attempt_at=first, answer=answer[:200]
    )
    return arrived


def _signed_or_not(event: Event, *, now: int) -> tuple[str, str]:
    """Text and signature as they are sent: right ones, unless a planned Fault spoils them."""
    body: Json = event.body
    if version := getattr(settings, "SANDBOX_WEBHOOK_API_VERSION", None):
        body = body | {"api_version": version}
    if faults.strike(kind=Fault.Kind.OTHER_VERSION, what=event.type):
        body = body | {"api_version": OTHER_VERSION}
    secret = settings.SANDBOX_WEBHOOK_SECRET
    if faults.strike(kind=Fault.Kind.WRONG_SIGNATURE, what=event.type):
        secret = "whsec_" + secrets.token_hex(16)
    if old := faults.strike(kind=Fault.Kind.OLD_TIMESTAMP, what=event.type):
        now -= old.seconds or OLD
    return signed(body, secret=secret, now=now)


def _post(text: str, signature: str, *, url: str) -> tuple[int, str]:
    """Status and words of the answer; status 0 when there was none."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": USER_AGENT,
    }
    request = urllib.request.Request(url, data=text.encode(), headers=headers, method="POST")  # noqa: S310
    try:
        with OPENER.open(request, timeout=TIMEOUT) as response:
            return response.status, str(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, str(error.code)
    except OSError as error:
        return 0, str(error)
