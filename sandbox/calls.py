"""What every call of the API is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox import pages, store, wire
from sandbox.errors import Json
from sandbox.ids import Ids
from sandbox.models import Event, Object

ONE = r"/([A-Za-z0-9_]+)"


@dataclass(frozen=True)
class Call:
    """One request, understood. `request` goes into the events it causes."""

    path: str
    params: Json
    ids: Ids
    now: int
    request: Json


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    scheme: dict[str, wire.Scheme]
    work: Callable[..., Json]


def body_of(row: Object | Event) -> Json:
    body: Json = row.body
    return body


def given(call: Call, *names: str) -> Json:
    return {name: call.params[name] for name in names if name in call.params}


def page(call: Call, kind: str, filters: Json) -> Json:
    return pages.page(store.listed(kind, **filters), params=call.params, url=call.path)
