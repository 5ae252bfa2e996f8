"""How Stripe's requests look on the wire: bracketed forms, typed by a scheme, and expansion of answers."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.errors import Json, Refused

Scheme = Any  # str, int, bool, a dict of schemes, a one-item list, Map, Moment, Range, Words(), Req(of these)


class Map:
    """Free keys, text values: Stripe's metadata."""


class Range:
    """A moment, or the bounds gt, gte, lt, lte of one."""


class Moment:
    """A moment, or an empty text: what was set is taken away."""


class Words:
    """One word of a few."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed


class Req:
    """A parameter that must be there."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b][0]=x` as {"a": {"b": {"0": "x"}}}; `a[]=x` counts by itself. Refused if a name is both."""
    tree: Json = {}
    for name, value in pairs:
        head, *rest = re.findall(r"^[^\[]*|\[[^\]]*\]?", name)
        path = [head, *(part.strip("[]") for part in rest)]
        place = tree
        for part in path[:-1]:
            place = place.setdefault(part or str(len(place)), {})
            if not isinstance(place, dict):
                raise Refused(f"Invalid object: {name}", param=name)
        place[path[-1] or str(len(place))] = value
    return tree


def typed(tree: Any, scheme: Scheme, *, name: str = "") -> Any:
    """The tree with numbers, booleans and lists where the scheme says so. Refused for the unknown."""
    if isinstance(scheme, Req):
        scheme = scheme.scheme
    if isinstance(scheme, dict):
        return _fields(_group(tree, name), scheme, name)
    if isinstance(scheme, list):
        group = _group(tree, name)
        if sorted(group, key=str) != sorted(map(str, range(len(group))), key=str):
            raise Refused("Invalid array", param=name)
        return [typed(group[str(i)], scheme[0], name=f"{name}[{i}]") for i in range(len(group))]
    if isinstance(scheme, Words):
        if _text(tree, name) not in scheme.allowed:
            raise Refused(f"Invalid {name}: must be one of {', '.join(scheme.allowed)}", param=name)
        return tree
    if scheme is Map:
        return _labels(_group(tree, name), name) if tree else {}
    if scheme is Range:
        bounds = tree if isinstance(tree, dict) else {"gte": tree, "lte": tree}
        return _fields(bounds, dict.fromkeys(("gt", "gte", "lt", "lte"), int), name)
    return SCALARS[scheme](_text(tree, name), name)


def _fields(tree: Json, scheme: dict[str, Scheme], name: str) -> Json:
    for key in tree:
        if key not in scheme:
            path = f"{name}[{key}]" if name else key
            raise Refused(f"Received unknown parameter: {path}", code="parameter_unknown", param=path)
    for key, part in scheme.items():
        if isinstance(part, Req) and tree.get(key, "") == "":
            path = f"{name}[{key}]" if name else key
            raise Refused(f"Missing required param: {path}.", code="parameter_missing", param=path)
    return {key: typed(tree[key], scheme[key], name=f"{name}[{key}]" if name else key) for key in tree}


def _labels(tree: Json, name: str) -> Json:
    """Metadata within Stripe's limits: 50 keys of 40 characters, values of 500."""
    if len(tree) > 50:
        raise Refused("Metadata can have at most 50 keys", param=name)
    for key, value in tree.items():
        if len(key) > 40 or len(_text(value, f"{name}[{key}]")) > 500:
            raise Refused("Metadata keys have up to 40 characters, values up to 500", param=f"{name}[{key}]")
    return tree


def _group(tree: Any, name: str) -> Json:
    if not isinstance(tree, dict):
        raise Refused("Invalid object", param=name)
    return tree


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Refused(f"Invalid string: {value}", param=name)
    return value


def _integer(text: str, name: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
        raise Refused(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


def _boolean(text: str, name: str) -> bool:
    if text not in ("true", "false"):
        raise Refused(f"Invalid boolean: {text}", param=name)
    return text == "true"


SCALARS: dict[Any, Callable[[str, str], Any]] = {
    str: lambda text, name: text,
    int: _integer,
    bool: _boolean,
    Moment: lambda text, name: _integer(text, name) if text else "",
}


def expanded(body: Json, paths: Iterable[str], *, load: Callable[[Json, str], Any]) -> Json:
    """The object with the named paths (`a.b`) replaced by objects; `load(body, field)` finds one.

    On a list each path begins with `data`. Refused for more than four levels, as Stripe does; `load` refuses
    a field that cannot be expanded, and returns None for one that holds nothing.
    """
    body = dict(body)
    for path in paths:
        if path.count(".") > 3 + (body["object"] == "list"):
            raise Refused(f"You cannot expand more than 4 levels of a property: {path}", param="expand")
        head, _, rest = path.partition(".")
        if body["object"] == "list" and head == "data":
            body["data"] = [expanded(item, [rest], load=load) for item in body["data"]]
            continue
        inner = body.get(head)
        if rest and isinstance(inner, dict) and "object" not in inner:
            body[head] = _expanded_group(inner, rest, kind=f"{body['object']}.{head}", load=load)
            continue
        inner = inner if isinstance(inner, dict) and "object" in inner else load(body, head)
        body[head] = expanded(inner, [rest], load=load) if inner and rest else inner
    return body


def _expanded_group(group: Json, path: str, *, kind: str, load: Callable[[Json, str], Any]) -> Json:
    """A part of an object that is no object itself, like the `payment` of an invoice's payment."""
    group = expanded(group | {"object": kind}, [path], load=load)
    del group["object"]
    return group
