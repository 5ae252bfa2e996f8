"""What every call passes on its way in and out: key, version, parameters, idempotency, expansion."""

import base64
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.utils.http import http_date

from sandbox import api, contract, faults, idempotency, passing, shapes, store, wire
from sandbox.errors import Json, Refused
from sandbox.ids import Ids
from sandbox.models import Fault
from sandbox.schemes import CHOICES

KEY = "sk_test_sandbox"  # what every practice key begins with


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    headers: dict[str, str]


def answer(
    *,
    method: str,
    path: str,
    pairs: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    ids: Ids,
    now: int,
) -> Answer:
    """Answer one call of the API, once everything has happened that is due at `now`.

    `pairs` are the form's or the query's; header names are lower case. Never raises for a bad request: the
    answer says so. Again with the same Idempotency-Key: the same answer.
    """
    request_id = ids.make("req_", length=14)
    out = {
        "Date": http_date(now + getattr(settings, "SANDBOX_CLOCK_SKEW_SECONDS", 0)),
        "Request-Id": request_id,
        "Stripe-Version": shapes.API_VERSION,
    }
    try:
        _check(headers)
        route, args = api.route(method, path)
        params = wire.typed(wire.nested(pairs), route.scheme)
        _choose(params)
        faults.refuse_some(path=path)
        passing.bring(ids=ids, now=now)
        key = headers.get("idempotency-key") if method == "post" else None
        request = {"id": request_id, "idempotency_key": key}
        call = api.Call(path=path, params=params, ids=ids, now=now, request=request)
        status, body, more = _worked(call, method, partial(route.work, call, *args))
        return Answer(status, body, out | more)
    except Refused as refused:
        wait = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
        return Answer(refused.status, refused.body(), out | wait)


def _worked(call: api.Call, method: str, act: Callable[[], Json]) -> tuple[int, Json, dict[str, str]]:
    """Do the work of a call, or give the answer kept for its idempotency key."""

    def work() -> Json:
        body = act()
        if method == "get" and faults.strike(kind=Fault.Kind.STALE_READ, what=call.path):
            body = store.former(body)
        body = wire.expanded(body, call.params.get("expand", []), load=api.load)
        contract.insist(body)
        return body

    spoil = partial(faults.break_some, path=call.path)
    key = call.request["idempotency_key"]
    if key is None:
        spoil()
        return 200, work(), {}
    digest = idempotency.digest(method=method, path=call.path, params=call.params)
    kept = idempotency.once(key=key, request=digest, work=work, now=call.now, before=spoil)
    return kept.status, kept.body, {"Idempotent-Replayed": "true"} if kept.replayed else {}


def _check(headers: Mapping[str, str]) -> None:
    """Let in this site's own key only, and only if it is a practice key."""
    given = _credential(headers.get("authorization", "")).encode()
    own: str = getattr(settings, "STRIPE_SECRET_KEY", "")
    if not own.startswith(KEY) or not secrets.compare_digest(given, own.encode()):
        raise Refused("Invalid API Key provided: only this site's practice key opens this door.", status=401)
    version = headers.get("stripe-version", shapes.API_VERSION)
    if version != shapes.API_VERSION:
        raise Refused(f"Invalid Stripe API version: {version}; only {shapes.API_VERSION} is played here.")


def _choose(params: Json) -> None:
    for name, allowed in CHOICES.items():
        given: Any = params.get(name, [])
        for word in given if isinstance(given, list) else [given]:
            if word not in allowed:
                raise Refused(f"Invalid {name}: must be one of {', '.join(sorted(allowed))}", param=name)


def _credential(header: str) -> str:
    """The key in a Bearer header, or the user name in a Basic one; empty when it cannot be read."""
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "basic":
        return credential
    try:
        return base64.b64decode(credential, validate=True).decode("utf-8", "replace").partition(":")[0]
    except ValueError:
        return ""
