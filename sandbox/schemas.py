"""JSON Schema (draft 2020-12) out of the installed SDK's own types: its objects' classes and its params' TypedDicts.

Strict at every level, as the stand-in must be: no field that the SDK does not know, every field that it does not call
optional, and of an open set of words (`Literal["a"] | str`) only the words.
"""

import ast
import builtins
import importlib
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Literal, NotRequired, Required, Union

from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject
from typing_extensions import is_typeddict

from sandbox.errors import Json

WHOLE = "whole"  # our own keyword: JSON Schema takes 5.0 for an integer, and money is never a float
PLAIN: dict[Any, Json] = {
    Any: {},
    bool: {"type": "boolean"},
    int: {"type": "integer", WHOLE: True},
    float: {"type": "number"},
    str: {"type": "string"},
    Decimal: {"type": "string"},  # decimals travel as text
    type(None): {"type": "null"},
}
UNIONS = (Union, types.UnionType)
MARKS = (NotRequired, Required)


def schema(kind: type) -> Json:
    """The whole schema of one class: a reference, and every class that can be met from there."""
    found: dict[str, Json] = {}
    waiting = [kind]
    while waiting:
        one = waiting.pop()
        if name(one) not in found:
            found[name(one)], near = definition(one)
            waiting += near
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{name(kind)}",
        "$defs": found,
    }


def name(kind: Any) -> str:
    """What a class is called among the definitions: `stripe._charge.Charge.Outcome`, `...ListObject(...Refund)`."""
    of = "".join(f"({name(one)})" for one in typing.get_args(kind))
    plain = typing.get_origin(kind) or kind
    return f"{plain.__module__}.{plain.__qualname__}{of}"


@cache
def definition(kind: Any) -> tuple[Json, list[Any]]:
    """The schema of one class's own fields, and the classes that it refers to."""
    near: list[Any] = []

    def met(one: Any) -> Json:
        near.append(one)
        return {"$ref": f"#/$defs/{name(one)}"}

    hints = fields(kind)
    may_lack = _is_not_required if is_typeddict(kind) else _is_optional
    return {
        "type": "object",
        "properties": {field: _of(hint, met) for field, hint in hints.items()},
        "required": [field for field, hint in hints.items() if not may_lack(hint)],
        "additionalProperties": False,
    }, near


def _is(hint: Any, form: Any) -> bool:
    origin: Any = typing.get_origin(hint)
    return origin is form


def _is_not_required(hint: Any) -> bool:
    return _is(hint, NotRequired)


def _is_optional(hint: Any) -> bool:
    return typing.get_origin(hint) in UNIONS and type(None) in typing.get_args(hint)


def _of(hint: Any, met: Callable[[Any], Json]) -> Json:
    """The schema of one annotation; `met` refers to a class. TypeError for one that nobody foresaw."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in MARKS:
        return _of(arguments[0], met)
    if origin in UNIONS:
        return _any_of(arguments, met)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (list, Sequence):
        return {"type": "array", "items": _of(arguments[0], met)}
    if origin in (dict, Mapping, UntypedStripeObject):
        return {"type": "object", "additionalProperties": _of(arguments[-1], met)}
    if hint in PLAIN:
        return PLAIN[hint]
    if is_typeddict(hint) or issubclass(origin or hint, StripeObject):
        return met(hint)
    raise TypeError(f"No schema for {hint}")


def _any_of(hints: tuple[Any, ...], met: Callable[[Any], Json]) -> Json:
    """One of the hints must fit. Beside words no other text does (but beside '', which unsets a field)."""
    words = [one for one in hints if _is(one, Literal) and typing.get_args(one) != ("",)]
    choices: list[Json] = []
    for one in hints:
        choice = _of(one, met)
        if choice not in choices and not (words and one is str):
            choices.append(choice)
    return _merged(choices)


def _merged(choices: list[Json]) -> Json:
    """The same said shorter, where it can be: most are `Optional` of a plain type or of words."""
    if len(choices) == 1:
        return choices[0]
    if all(set(one) <= {"type", WHOLE} for one in choices):
        return {key: value for one in choices for key, value in one.items()} | {
            "type": [one["type"] for one in choices]
        }
    if all("enum" in one or one == PLAIN[type(None)] for one in choices):
        return {"enum": [word for one in choices for word in one.get("enum", [None])]}
    return {"anyOf": choices}


@cache
def fields(kind: Any) -> dict[str, Any]:
    """Annotation by field, of the class and of those it comes from, with no names left to look up."""
    plain = typing.get_origin(kind) or kind
    found: dict[str, Any] = {}
    for one in reversed(plain.__mro__):
        if one.__module__.startswith("stripe.") and one is not StripeObject:
            found |= _own_fields(one)
    if typing.get_origin(kind):  # ListObject[T] and its like, which do not say what `object` is
        of = dict(zip(plain.__parameters__, typing.get_args(kind), strict=True))
        found = {name: _filled(hint, of) for name, hint in found.items()}
        found["object"] = Literal[plain.OBJECT_NAME]
    return found


def _filled(hint: Any, of: dict[Any, Any]) -> Any:
    names = getattr(hint, "__parameters__", ())
    return hint[tuple(of[one] for one in names)] if names else hint


def _own_fields(kind: type) -> dict[str, Any]:
    unsaid = RequestOptions.__annotations__ if is_typeddict(kind) else {}  # how to call, not what to say
    own = {
        field: hint
        for field, hint in inspect.get_annotations(kind).items()
        if not field.startswith("_") and not _is(hint, ClassVar) and field not in unsaid
    }
    return resolved(own, kind)


def resolved(annotations: dict[str, Any], owner: type) -> dict[str, Any]:
    """Annotations as they stand in a class, with the classes in place of their names."""
    bare: Any = types.SimpleNamespace(__annotations__=annotations)
    return typing.get_type_hints(bare, {}, _Names(owner), include_extras=True)


class _Names(dict[str, Any]):
    """The names an annotation may use: of the class, of its module, of what the module imports for checkers."""

    def __init__(self, owner: type) -> None:
        super().__init__()
        self.owner, self.module = owner, sys.modules[owner.__module__]

    def __missing__(self, name: str) -> Any:
        inner = vars(self.owner).get(name)
        if isinstance(inner, type):
            return inner
        if hasattr(self.module, name):
            return getattr(self.module, name)
        if name in vars(builtins):
            return getattr(builtins, name)
        source, there = _imports(self.module.__name__)[name]
        return getattr(importlib.import_module(source), there)


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """Where a module imports its names from, those for type checkers only among them."""
    head = re.split(
        r"^(?=class |def |@)", inspect.getsource(sys.modules[module]), maxsplit=1, flags=re.MULTILINE
    )
    found = [
        node for node in ast.walk(ast.parse(head[0])) if isinstance(node, ast.ImportFrom) and node.module
    ]
    return {one.asname or one.name: (node.module or "", one.name) for node in found for one in node.names}
