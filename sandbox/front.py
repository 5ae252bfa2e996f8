"""What every call passes on its way in and out: key, version, parameters, idempotency, expansion."""

import base64
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from sandbox import api, contract, idempotency, passing, shapes, wire
from sandbox.errors import Json, Refused
from sandbox.ids import Ids
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
    out = {"Request-Id": request_id, "Stripe-Version": shapes.API_VERSION}
    try:
        _check(headers)
        route, args = api.route(method, path)
        params = wire.typed(wire.nested(pairs), route.scheme)
        _choose(params)
        passing.bring(ids=ids, now=now)
        key = headers.get("idempotency-key") if method == "post" else None
        request = {"id": request_id, "idempotency_key": key}
        call = api.Call(path=path, params=params, ids=ids, now=now, request=request)

        def work() -> Json:
            body = wire.expanded(route.work(call, *args), params.get("expand", []), load=api.load)
            contract.insist(body)
            return body

        if key is None:
            return Answer(200, work(), out)
        digest = idempotency.digest(method=method, path=path, params=params)
        kept = idempotency.once(key=key, request=digest, work=work, now=now)
        return Answer(
            kept.status, kept.body, out | ({"Idempotent-Replayed": "true"} if kept.replayed else {})
        )
    except Refused as refused:
        return Answer(refused.status, refused.body(), out)


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
