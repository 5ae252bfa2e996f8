"""How things stand between us and the gateway: key, mode, clock, version, where it sends its webhooks."""

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import stripe

from payments.gateway.client import Plain, client


@dataclass(frozen=True)
class Endpoint:
    url: str
    is_enabled: bool
    events: tuple[str, ...]  # ("*",) is all of them
    api_version: str  # empty: the account's own


@dataclass(frozen=True)
class Health:
    livemode: bool
    gateway_time: dt.datetime | None  # by the answer's Date header
    api_version: str  # what our SDK speaks
    endpoints: tuple[Endpoint, ...]


def look_around() -> Health:
    """Ask the gateway about itself. Raises DownError, RefusedError (also when the key is wrong)."""
    with Plain():
        balance = client().v1.balance.retrieve()
        endpoints = tuple(
            Endpoint(
                url=one.url,
                is_enabled=one.status == "enabled",
                events=tuple(one.enabled_events),
                api_version=one.api_version or "",
            )
            for one in client().v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()
        )
    answer = balance.last_response
    date = answer.headers.get("Date") if answer else None
    return Health(
        livemode=balance.livemode,
        gateway_time=parsedate_to_datetime(date) if date else None,
        api_version=stripe.api_version or "",
        endpoints=endpoints,
    )
