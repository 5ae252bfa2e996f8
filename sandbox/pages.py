"""Lists, a page at a time: newest first, `limit` of 1 to 100, before or after a given object."""

from typing import Any

from django.db.models import QuerySet

from sandbox import shapes
from sandbox.errors import Json, Refused, missing

DEFAULT, MOST = 10, 100


def page(rows: QuerySet[Any], *, params: Json, url: str) -> Json:
    """One page of `rows` (with `number`, `key`, `body`, `created`), which come newest first."""
    limit = params.get("limit", DEFAULT)
    if not 1 <= limit <= MOST:
        raise Refused("Invalid integer: limit must be between 1 and 100", param="limit")
    rows = rows.filter(**{f"created__{bound}": moment for bound, moment in params.get("created", {}).items()})
    if after := params.get("starting_after"):
        rows = rows.filter(number__lt=_number(rows, after, param="starting_after"))
    if before := params.get("ending_before"):
        rows = rows.filter(number__gt=_number(rows, before, param="ending_before")).order_by("number")
    found = [row.body for row in rows[: limit + 1]]
    data = found[:limit]
    return shapes.listing(url=url, data=data[::-1] if before else data, has_more=len(found) > limit)


def _number(rows: QuerySet[Any], key: str, *, param: str) -> int:
    number: int | None = rows.model._default_manager.filter(key=key).values_list("number", flat=True).first()
    if number is None:
        raise missing("object", key, param=param)
    return number
