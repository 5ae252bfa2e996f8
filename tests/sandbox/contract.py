"""The contract of the stand-in, and what of it our gateway leans on: `schema_snapshot.json`.

`python -m tests.sandbox.contract --write` writes the snapshot anew, after a new SDK or a new use of it was reviewed.
"""

import ast
import difflib
import functools
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import stripe
from stripe._stripe_object import StripeObject

from sandbox import schemas
from sandbox.contract import OBJECTS, faults_of_answer, faults_of_object, faults_of_params

__all__ = ["OBJECTS", "faults_of_answer", "faults_of_object", "faults_of_params"]

SNAPSHOT = Path(__file__).parent / "schema_snapshot.json"
PAYMENTS = Path(__file__).parents[2] / "payments"
MANY = 20  # a longer set of words is kept as those we use, and how many there are


def snapshot() -> str:
    """The derived schemas of all that payments reads of an object or says in a call, a line for each field."""
    tree = ast.parse("\n".join(readers()))
    said, kept = _texts(ast.walk(tree)), dict[str, Any]()
    for kind in [*objects_read(tree), stripe.Event]:
        _keep(kind, names_read(tree), said, kept)
    for kind in params_sent(tree):
        _keep(kind, names_sent(tree), said, kept)
    return (
        "{\n"
        + ",\n".join(f" {json.dumps(name)}: {json.dumps(kept[name])}" for name in sorted(kept))
        + "\n}\n"
    )


def readers() -> list[str]:
    """The sources that know the SDK, and the one that reads what a webhook carries."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(PAYMENTS.rglob("*.py"))}
    return [
        text
        for path, text in texts.items()
        if path.name == "stubs.py" or re.search(r"^(import|from) stripe\b", text, re.MULTILINE)
    ]


def difference(kept: str, derived: str) -> str:
    """What changed from the kept snapshot to the derived one; empty if nothing did."""
    lines = difflib.unified_diff(kept.splitlines(), derived.splitlines(), "kept", "derived", lineterm="", n=0)
    return "\n".join(lines)


def names_read(tree: ast.AST) -> set[str]:
    """`found.status`, `getattr(error, "code", None)`, `event["id"]`: more than the fields read, never less."""
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found |= _texts(node.args)
    return found | _texts(node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript))


def names_sent(tree: ast.AST) -> set[str]:
    """`{"mode": ...}`, `params["mode"]`: more than the parameters sent, never less."""
    found = _texts(node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            found |= _texts(node.keys)
    return found


def _texts(nodes: Iterable[ast.AST | None]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def objects_read(tree: ast.AST) -> list[type]:
    """The SDK's classes of objects that the source names: `stripe.Charge`."""
    names = set(re.findall(r"\bstripe\.(\w+(?:\.\w+)*)", ast.unparse(tree)))
    found: list[Any] = [functools.reduce(getattr, name.split("."), stripe) for name in sorted(names)]
    return [one for one in found if isinstance(one, type) and issubclass(one, StripeObject)]


def params_sent(tree: ast.AST) -> list[type]:
    """The types of the parameters of each call in the source: `_client().v1.checkout.sessions.create(...)`."""
    found = []
    for path in sorted(set(re.findall(r"\.(v1(?:\.\w+)+)\(", ast.unparse(tree)))):
        method: Any = functools.reduce(getattr, path.split("."), stripe.StripeClient("sk_test_none"))
        hint = {"params": method.__annotations__["params"]}
        hints = schemas.resolved(hint, type(method.__self__))
        found += [one for one in hints["params"].__args__ if one is not type(None)]
    return found


def _keep(kind: Any, used: set[str], said: set[str], kept: dict[str, Any]) -> None:
    """Put the used fields of a class into `kept`, and those of the classes that belong to it and to its fields."""
    own, near = schemas.definition(kind)
    fields = {name: _brief(hint, said) for name, hint in own["properties"].items() if name in used}
    new = {f"{schemas.name(kind)}.{name}": hint for name, hint in fields.items()}
    if new.keys() <= kept.keys():
        return
    kept |= {
        name: hint | ({} if name.rpartition(".")[2] in own["required"] else {"optional": True})
        for name, hint in new.items()
    }
    for one in near:
        if f'"#/$defs/{schemas.name(one)}"' in json.dumps(fields) and one.__module__ == kind.__module__:
            _keep(one, used, said, kept)


def _brief(hint: Any, said: set[str]) -> Any:
    """A schema without the words that payments does not say, if there are many."""
    if isinstance(hint, list):
        return [_brief(one, said) for one in hint]
    if not isinstance(hint, dict):
        return hint
    if len(hint.get("enum", [])) > MANY:
        return {"enum": [word for word in hint["enum"] if word in said], "of": len(hint["enum"])}
    return {name: _brief(one, said) for name, one in hint.items()}


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("Say --write to write the snapshot anew.")
    SNAPSHOT.write_text(snapshot(), encoding="utf-8")
