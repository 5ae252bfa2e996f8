"""The contract against drift: what we emit and ask for, held against the installed SDK's own annotations.

Strict at every level: a field the SDK's class does not know is a fault, so is a missing one that it does not
call optional, so is a value of another type, and so is a word outside a closed set of words.
"""

import ast
import importlib
import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, ForwardRef

import stripe
import typing_extensions
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject

LITERAL = (typing.Literal, typing_extensions.Literal)
UNION = (typing.Union, types.UnionType)
LOOSE = (typing_extensions.NotRequired, typing_extensions.Required, typing.NotRequired, typing.Required)
NOT_ON_THE_WIRE = set(RequestOptions.__annotations__)  # what params inherit for the SDK's own use
OBJECTS = {
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "event": stripe.Event,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "price": stripe.Price,
    "refund": stripe.Refund,
}


def faults_of_object(body: Mapping[str, Any], kind: type | None = None) -> list[str]:
    """Everything wrong with one object, a line each; an event's inner object is held to its own class."""
    kind = kind or OBJECTS[body["object"]]
    faults = list(_object(body, kind, body["object"]))
    if body["object"] == "event" and not faults:
        inner = body["data"]["object"]
        faults += faults_of_object(inner)
        faults += faults_of_object(inner | (body["data"].get("previous_attributes") or {}))
    return faults


def faults_of_params(params: Mapping[str, Any], kind: type) -> list[str]:
    """Everything wrong with the parameters of one call, before or after encoding."""
    return list(_typed_dict(params, kind, kind.__name__))


class _Names(dict[str, Any]):
    """The names an annotation may use: those of the class, of the classes around it, of its module."""

    def __init__(self, owner: type) -> None:
        super().__init__()
        self.module = sys.modules[owner.__module__]
        self.scopes = [owner, *_around(owner)]

    def __missing__(self, name: str) -> Any:
        for scope in self.scopes:
            if name in vars(scope) and isinstance(vars(scope)[name], type):
                return vars(scope)[name]
        if hasattr(self.module, name):
            return getattr(self.module, name)
        source = _imports(self.module.__name__).get(name)
        if source is None:
            return vars(__import__("builtins"))[name]
        return getattr(importlib.import_module(source[0]), source[1])


def _around(owner: type) -> list[type]:
    found: list[type] = []
    place: Any = sys.modules[owner.__module__]
    for part in owner.__qualname__.split(".")[:-1]:
        place = getattr(place, part)
        found.insert(0, place)
    return found


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """What a module imports, also only for type checkers."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {one.asname or one.name: (node.module or "", one.name) for node in found for one in node.names}


@cache
def _fields(kind: type) -> dict[str, Any]:
    """Annotation by field, of the class and of those it comes from, resolved one level."""
    fields: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        if one.__module__.startswith("stripe") and one is not StripeObject:
            for name, hint in vars(one).get("__annotations__", {}).items():
                if not name.startswith("_") and "ClassVar" not in str(hint) and not _is_setting(name, one):
                    fields[name] = _resolved(hint, one)
    return fields


def _is_setting(name: str, kind: type) -> bool:
    return typing_extensions.is_typeddict(kind) and name in NOT_ON_THE_WIRE


def _resolved(hint: Any, owner: type) -> Any:
    """The hint with no more names in it; classes stay as they are and are opened when met."""
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        return _resolved(_evaluated(hint, owner), owner)
    arguments = typing.get_args(hint)
    if not arguments or typing.get_origin(hint) in LITERAL:
        return hint
    origin = typing.get_origin(hint)
    return (
        origin if origin not in (types.UnionType,) else typing.Union,
        [_resolved(one, owner) for one in arguments],
    )


@cache
def _evaluated(text: str, owner: type) -> Any:
    """An annotation in a string. `Literal['a']|str` is no union at run time: the parts are joined here."""
    tree = ast.parse(text, mode="eval").body
    parts: list[ast.expr] = []
    while isinstance(tree, ast.BinOp):
        parts.insert(0, tree.right)
        tree = tree.left
    parts.insert(0, tree)
    hints = [eval(ast.unparse(part), {}, _Names(owner)) for part in parts]  # noqa: S307  the SDK's own source
    return typing.Union[tuple(hints)]  # noqa: UP007


def _split(hint: Any) -> tuple[Any, list[Any]]:
    return hint if isinstance(hint, tuple) else (typing.get_origin(hint), list(typing.get_args(hint)))


def _optional(hint: Any) -> bool:
    origin, arguments = _split(hint)
    return origin in UNION and type(None) in arguments


def _object(body: Any, kind: type, path: str) -> Iterator[str]:
    if not isinstance(body, Mapping):
        yield f"{path}: not an object but {body!r}"
        return
    fields = _fields(kind)
    yield from (f"{path}.{name}: unknown" for name in body if name not in fields)
    yield from (
        f"{path}.{name}: missing" for name, hint in fields.items() if name not in body and not _optional(hint)
    )
    for name, hint in fields.items():
        if name in body:
            yield from _value(body[name], hint, f"{path}.{name}")


def _typed_dict(body: Any, kind: type, path: str) -> Iterator[str]:
    if not isinstance(body, Mapping):
        yield f"{path}: not a group but {body!r}"
        return
    fields = _fields(kind)
    yield from (f"{path}.{name}: unknown" for name in body if name not in fields)
    for name, hint in fields.items():
        origin, arguments = _split(hint)
        if name in body:
            yield from _value(body[name], arguments[0] if origin in LOOSE else hint, f"{path}.{name}")
        elif origin not in LOOSE and getattr(kind, "__total__", True) is not False:
            yield f"{path}.{name}: missing"


def _value(value: Any, hint: Any, path: str) -> Iterator[str]:
    origin, arguments = _split(hint)
    if origin in UNION:
        yield from _any_of(value, arguments, path)
    elif origin in LITERAL:
        yield from _word(value, arguments, path)
    elif origin in (list, typing.Sequence):
        if not isinstance(value, list):
            yield f"{path}: not a list but {value!r}"
            return
        for index, item in enumerate(value):
            yield from _value(item, arguments[0], f"{path}[{index}]")
    elif origin in (dict, UntypedStripeObject):
        yield from _map(value, arguments[-1], path)
    elif origin is not None:  # ListObject[T] and its like
        if not isinstance(value, Mapping) or sorted(value) != ["data", "has_more", "object", "url"]:
            yield f"{path}: not a list object"
            return
        for index, item in enumerate(value["data"]):
            yield from _value(item, arguments[0], f"{path}.data[{index}]")
    else:
        yield from _plain(value, hint, path)


def _word(value: Any, words: list[Any], path: str) -> Iterator[str]:
    if value not in words or isinstance(value, bool) is not isinstance(words[0], bool):
        yield f"{path}: {value!r} is not one of {len(words)} words"


def _any_of(value: Any, hints: list[Any], path: str) -> Iterator[str]:
    """One of the hints must fit. `Literal | str` is open in the SDK; we are held to the words."""
    closed = [one for one in hints if _split(one)[0] in LITERAL]
    if closed and isinstance(value, str):
        hints = [one for one in hints if one is not str]
    tries = [list(_value(value, one, path)) for one in hints]
    if all(tries):
        yield min(tries, key=_how_near)[0]


def _how_near(faults: list[str]) -> tuple[int, int]:
    """A fault deep inside tells more than 'not this type'."""
    return (-max(fault.count(".") for fault in faults), len(faults))


def _map(value: Any, hint: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path}: not a map but {value!r}"
        return
    for key, item in value.items():
        yield from _value(item, hint, f"{path}[{key}]")


def _plain(value: Any, hint: Any, path: str) -> Iterator[str]:
    if hint is Any or (hint in (type(None), None) and value is None):
        return
    if hint is Decimal:
        fits = isinstance(value, str)  # decimals travel as text
    elif isinstance(hint, type) and issubclass(hint, StripeObject):
        yield from _object(value, hint, path)
        return
    elif typing_extensions.is_typeddict(hint):
        yield from _typed_dict(value, hint, path)
        return
    else:
        fits = (
            isinstance(hint, type) and isinstance(value, hint) and (hint is bool) is isinstance(value, bool)
        )
    if not fits:
        yield f"{path}: {json.dumps(value, default=str)[:60]} is not {getattr(hint, '__name__', hint)}"
