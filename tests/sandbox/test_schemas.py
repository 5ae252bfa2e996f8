"""The schemas that are derived from the SDK: what each kind of annotation becomes."""

from typing import Any

import jsonschema_rs
import pytest
import stripe
from stripe import params

from sandbox import schemas

TEXT = {"type": "string"}
LABELS = {"type": "object", "additionalProperties": TEXT}


def field(kind: Any, name: str) -> Any:
    return schemas.definition(kind)[0]["properties"][name]


def ref(kind: Any) -> dict[str, str]:
    return {"$ref": f"#/$defs/{schemas.name(kind)}"}


def test_a_schema_is_one_by_its_draft_and_closed_at_every_level() -> None:
    whole = schemas.schema(stripe.checkout.Session)
    assert jsonschema_rs.meta.is_valid(whole)
    assert {one["additionalProperties"] for one in whole["$defs"].values()} == {False}
    assert len(whole["$defs"]) > 1000  # customers, invoices, subscriptions: all that may stand expanded


def test_required_is_what_is_not_optional() -> None:
    assert schemas.definition(stripe.Price.TransformQuantity)[0]["required"] == ["divide_by", "round"]
    assert schemas.definition(stripe.Refund)[0]["required"] == [
        "amount",
        "created",
        "currency",
        "id",
        "object",
    ]
    assert schemas.definition(params.EventListParams)[0]["required"] == []
    product = params.checkout.SessionCreateParamsLineItemPriceDataProductData
    assert schemas.definition(product)[0]["required"] == ["name"]


@pytest.mark.parametrize(
    ("kind", "name", "schema"),
    [
        (stripe.Charge, "paid", {"type": "boolean"}),
        (stripe.Charge, "amount", {"type": "integer", "whole": True}),
        (stripe.Price, "unit_amount", {"type": ["integer", "null"], "whole": True}),
        (stripe.Price, "unit_amount_decimal", {"type": ["string", "null"]}),
        (stripe.Coupon, "percent_off", {"type": ["number", "null"]}),
        (stripe.Charge, "metadata", LABELS),
        (stripe.Event.Data, "object", {"type": "object", "additionalProperties": {}}),
        (stripe.checkout.Session, "status", {"enum": ["complete", "expired", "open", None]}),
        (stripe.Charge, "refunds", {"anyOf": [ref(stripe.ListObject[stripe.Refund]), {"type": "null"}]}),
        (stripe.Refund, "charge", {"anyOf": [TEXT, ref(stripe.Charge), {"type": "null"}]}),
        (params.EventListParams, "types", {"type": "array", "items": TEXT}),
        (params.EventListParams, "expand", {"type": "array", "items": TEXT}),
    ],
)
def test_each_kind_of_annotation_has_its_schema(kind: Any, name: str, schema: Any) -> None:
    assert field(kind, name) == schema


def test_words_are_closed_but_beside_the_empty_one_that_unsets() -> None:
    assert field(params.RefundCreateParams, "reason") == {
        "enum": ["duplicate", "fraudulent", "requested_by_customer"]
    }
    assert field(params.PaymentIntentUpdateParams, "receipt_email") == {"anyOf": [{"enum": [""]}, TEXT]}
    assert field(params.RefundUpdateParams, "metadata") == {"anyOf": [{"enum": [""]}, LABELS]}


def test_a_list_object_says_what_it_is_and_what_it_holds() -> None:
    listing, near = schemas.definition(stripe.ListObject[stripe.Refund])
    assert listing["properties"] == {
        "data": {"type": "array", "items": ref(stripe.Refund)},
        "has_more": {"type": "boolean"},
        "url": TEXT,
        "object": {"enum": ["list"]},
    }
    assert (listing["required"], near) == (["data", "has_more", "url", "object"], [stripe.Refund])


def test_what_only_steers_the_call_is_no_parameter() -> None:
    assert {"api_key", "idempotency_key"} & schemas.fields(params.RefundCreateParams).keys() == set()


def test_an_annotation_nobody_foresaw_is_no_silence() -> None:
    with pytest.raises(TypeError, match="No schema for <class 'bytes'>"):
        schemas.schema(
            type(
                "Odd",
                (stripe.StripeObject,),
                {"__module__": "stripe._refund", "__annotations__": {"a": bytes}},
            )
        )
