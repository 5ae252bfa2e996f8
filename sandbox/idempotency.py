"""The same key gives the same answer for a day, however often it is asked."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from sandbox.errors import Json, Refused
from sandbox.models import IdempotencyKey

KEPT = 24 * 60 * 60
LONGEST = 255  # characters of a key
ABANDONED = 60  # seconds after which a request that never ended counts as lost with its process


@dataclass(frozen=True)
class Kept:
    status: int
    body: Json
    replayed: bool


def digest(*, method: str, path: str, params: Json) -> str:
    return hashlib.sha256(json.dumps([method, path, params], sort_keys=True).encode()).hexdigest()


def once(
    *, key: str, request: str, work: Callable[[], Json], now: int, before: Callable[[], None] = lambda: None
) -> Kept:
    """Do the work, or give the answer of the first time. `before`: what is done ahead, and stays if work fails.

    Refused (400, idempotency_error) for the same key with another request, (409) while the first one runs.
    A refusal leaves the key free, and nothing behind; one that wants to be kept, keeps what it did as well.
    """
    row = _claim(key=key, request=request, now=now)
    if row.status:
        return Kept(row.status, row.body, replayed=True)
    try:
        before()
        with transaction.atomic():
            kept = _done(work)
            IdempotencyKey.objects.filter(pk=row.pk).update(status=kept.status, body=kept.body)
    except Refused as refused:
        if refused.saved:
            IdempotencyKey.objects.filter(pk=row.pk).update(status=refused.status, body=refused.body())
        else:
            row.delete()
        raise
    except Exception:
        row.delete()
        raise
    return kept


def _done(work: Callable[[], Json]) -> Kept:
    """What the work says, also when it refuses and wants that to be kept with what it did."""
    try:
        return Kept(200, work(), replayed=False)
    except Refused as refused:
        if not refused.saved:
            raise
        return Kept(refused.status, refused.body(), replayed=False)


def _claim(*, key: str, request: str, now: int) -> IdempotencyKey:
    if len(key) > LONGEST:
        raise Refused(f"Idempotency keys have up to {LONGEST} characters.", kind="idempotency_error")
    IdempotencyKey.objects.filter(key=key, created__lte=now - KEPT).delete()
    IdempotencyKey.objects.filter(key=key, status=0, created__lte=now - ABANDONED).delete()
    row, new = IdempotencyKey.objects.get_or_create(key=key, defaults={"request": request, "created": now})
    if row.request != request:
        raise Refused(
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    if not new and not row.status:
        raise Refused(
            "There is currently another in-progress request using this Idempotent Key.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
    return row
