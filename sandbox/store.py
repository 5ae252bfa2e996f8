"""Keeps objects and events in rows. Every write of an object says which state of it was seen."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, QuerySet

from sandbox import account, contract, faults, shapes
from sandbox.core import Change, News, Turn
from sandbox.errors import Json, Refused, missing
from sandbox.ids import Ids
from sandbox.models import Delivery, Event, Fault, Object


def find(kind: str, key: str, *, param: str = "id", lock: bool = False) -> Object:
    """The row of one object; Refused (404) if there is none. `lock` needs a transaction and lasts as long."""
    rows = Object.objects.select_for_update() if lock else Object.objects.all()
    row = rows.filter(type=kind, key=key).first()
    if row is None:
        raise missing(kind, key, param=param)
    return row


def body(key: str | None) -> Json | None:
    """One object by its id, of whatever type; None for none."""
    return Object.objects.filter(key=key).values_list("body", flat=True).first() if key else None


def former(body: Json) -> Json:
    """What the object was before its last change; the same if it never changed."""
    rows = Object.objects.filter(key=body.get("id"), former__isnull=False)
    return rows.values_list("former", flat=True).first() or body


def listed(kind: str, **fields: Any) -> QuerySet[Object]:
    """Rows of one type, newest first, whose bodies have these values."""
    return Object.objects.filter(
        type=kind, **{f"body__{name}": value for name, value in fields.items()}
    ).order_by("-number")


def due(kind: str, turn: str, *, now: int) -> list[str]:
    """The ids of the objects whose turn has come, the longest waiting first."""
    rows = Object.objects.filter(type=kind, turn=turn, due_at__lte=now)
    return list(rows.order_by("due_at", "number").values_list("key", flat=True))


def is_due(row: Object, turn: str, *, now: int) -> bool:
    """Whether the object's turn has come. Ask it of a locked row: somebody else may have been faster."""
    return row.turn == turn and row.due_at is not None and row.due_at <= now


def add(new: Json, *, now: int, turn: Turn | None = None, **private: Any) -> Object:
    return Object.objects.create(
        key=new["id"], type=new["object"], body=new, private=private, created=now, **_wait(turn)
    )


def _wait(turn: Turn | None) -> dict[str, Any]:
    return {"turn": turn.what if turn else "", "due_at": turn.at if turn else None}


def apply(change: Change, *, seen: Iterable[Object], ids: Ids, now: int, request: Json | None = None) -> None:
    """Write a Change: rows in `seen` are replaced if unchanged, other objects are new. Needs a transaction.

    Refused (409) when somebody else was faster. Not safe twice: a second call would be the same trouble.
    """
    known = {row.key: row for row in seen}
    for new in change.objects:
        row = known.get(new["id"])
        if row is None:
            add(new, now=now, turn=change.turns.get(new["id"]))
            continue
        wait = _wait(change.turns[new["id"]]) if new["id"] in change.turns else {}
        if not Object.objects.filter(pk=row.pk, seen=row.seen).update(
            body=new, former=row.body, seen=F("seen") + 1, **wait
        ):
            raise Refused(
                "This object cannot be accessed right now because another API request is accessing it.",
                status=409,
                code="lock_timeout",
            )
    for news in change.news:
        tell(news, ids=ids, now=now, request=request or {"id": None, "idempotency_key": None})


def tell(news: News, *, ids: Ids, now: int, request: Json) -> Event:
    """Note one event and put it on its way, if there is an address that wants it. Twice: two events."""
    where = account.wants(news.kind)
    event = shapes.event(
        key=ids.make("evt_"),
        kind=news.kind,
        body=news.body,
        before=news.before,
        request=request,
        waiting=1 if where else 0,
        now=now,
    )
    contract.insist(event)
    row = Event.objects.create(key=event["id"], type=news.kind, body=event, created=now)
    if where:
        _send_off(row, now=now)
    return row


def _send_off(event: Event, *, now: int) -> None:
    if not faults.planned():
        Delivery.objects.create(event=event, next_attempt_at=now)
        return
    if faults.strike(kind=Fault.Kind.DROP, what=event.type):
        Delivery.objects.create(event=event, next_attempt_at=now, state=Delivery.State.DROPPED)
        return
    late = faults.strike(kind=Fault.Kind.DELAY, what=event.type)
    is_last = faults.strike(kind=Fault.Kind.REORDER, what=event.type) is not None
    copies = 2 if faults.strike(kind=Fault.Kind.DUPLICATE, what=event.type) else 1
    for _ in range(copies):
        Delivery.objects.create(
            event=event, next_attempt_at=now + (late.seconds if late else 0), late=is_last
        )
