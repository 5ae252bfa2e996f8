"""The contract against drift: what is emitted and asked for, held against the installed SDK's own types.

The validator is a requirement of development alone; without it only `insist` may be called.
"""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import stripe
from django.conf import settings

from sandbox import schemas
from sandbox.errors import Json

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

OBJECTS: dict[str, type] = {
    "balance": stripe.Balance,
    "billing_portal.session": stripe.billing_portal.Session,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "invoice_payment": stripe.InvoicePayment,
    "item": stripe.LineItem,
    "line_item": stripe.InvoiceLineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "plan": stripe.Plan,
    "price": stripe.Price,
    "refund": stripe.Refund,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "webhook_endpoint": stripe.WebhookEndpoint,
}


class BrokenContract(Exception):
    """Something that Stripe would never say."""


def insist(body: Json) -> None:
    """In debug mode and with the validator at hand: BrokenContract for a body that breaks the contract."""
    if settings.DEBUG and importlib.util.find_spec("jsonschema_rs") and (faults := faults_of_answer(body)):
        raise BrokenContract("\n".join(faults))


def faults_of_answer(body: Mapping[str, Any]) -> list[str]:
    """Everything wrong with one answer: an object that is played, or a list of such. Errors are let pass."""
    listed = body["data"] if body.get("object") == "list" else []
    return [
        fault for one in [body, *listed] if one.get("object") in OBJECTS for fault in faults_of_object(one)
    ]


def faults_of_object(body: Mapping[str, Any], kind: type | None = None) -> list[str]:
    """Everything wrong with one object, a line each; an event's inner object is held to its own class."""
    faults = _faults(body, kind or OBJECTS[body["object"]], called=body["object"])
    if body["object"] == "event" and not faults:
        inner = body["data"]["object"]
        faults += faults_of_object(inner)
        faults += faults_of_object(inner | (body["data"].get("previous_attributes") or {}))
    return faults


def faults_of_params(params: Mapping[str, Any], kind: type) -> list[str]:
    """Everything wrong with the parameters of one call, before encoding or as they arrive."""
    return _faults(params, kind, called=kind.__name__)


def _faults(body: Mapping[str, Any], kind: type, *, called: str) -> list[str]:
    try:
        if _validator(kind).is_valid(body):
            return []
        return [fault for error in _validator(kind).iter_errors(body) for fault in _told(error, called)]
    except ValueError as error:  # a set, a date: nothing that JSON has
        return [f"{called}: {error}"]


@cache
def _validator(kind: type) -> "Draft202012Validator":
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(schemas.schema(kind), keywords={schemas.WHOLE: _Whole})


class _Whole:
    """The keyword `whole`: no 5.0, which is an integer to JSON Schema (5.5 is none anyway)."""

    def __init__(self, parent_schema: Json, value: Any, schema_path: list[str | int]) -> None:
        """Nothing to keep."""

    def validate(self, instance: Any) -> None:
        if isinstance(instance, float) and instance.is_integer():
            raise ValueError(f"{instance} is a float")


def _told(error: "ValidationError", called: str) -> Iterator[str]:
    """One error as `path: what is wrong`, or as several."""
    said, path = error.kind.as_dict(), called + "".join(map(_step, error.instance_path))
    match error.kind.name:
        case "anyOf":
            yield from _told_of_choices(error, said["context"], called, path)
        case "additionalProperties":
            yield from (f"{path}.{name}: unknown" for name in said["unexpected"])
        case "required":
            yield f"{path}.{said['property']}: missing"
        case "enum":
            yield f"{path}: {_short(error.instance)} is not one of {len(said['options'])} words"
        case "type":
            yield f"{path}: {_short(error.instance)} is not {' or '.join(sorted(said['types']))}"
        case _:
            yield f"{path}: {error.message}"


def _told_of_choices(
    error: "ValidationError", choices: "list[list[ValidationError]]", called: str, path: str
) -> Iterator[str]:
    """What is wrong by the choice that comes nearest; if none comes near, what there is to choose from."""
    here = error.instance_path
    near = [tried for tried in choices if not any(_is_elsewhere(one, here) for one in tried)]
    if near:
        for one in min(near, key=len):
            yield from _told(one, called)
    else:
        wanted = {word for tried in choices for one in tried for word in one.kind.as_dict().get("types", [])}
        yield f"{path}: {_short(error.instance)} is not {' or '.join(sorted(wanted))}"


def _is_elsewhere(one: "ValidationError", here: list[str | int]) -> bool:
    """Does the error say no more than 'not this type' or 'not this kind of object'?"""
    return (one.kind.name == "type" and one.instance_path == here) or (
        one.kind.name == "enum" and one.instance_path in (here, [*here, "object"])
    )


def _step(part: str | int) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"


def _short(value: Any) -> str:
    return json.dumps(value)[:60]
