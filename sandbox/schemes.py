"""Which parameters each call takes. What is not named here is refused, never quietly ignored."""

from sandbox.wire import Map, Range, Req, Scheme

EXPAND: dict[str, Scheme] = {"expand": [str]}
PAGE: dict[str, Scheme] = EXPAND | {"limit": int, "starting_after": str, "ending_before": str}
LIST: dict[str, Scheme] = PAGE | {"created": Range}

SESSION_CREATE: dict[str, Scheme] = EXPAND | {
    "allowed_payment_method_types": [str],
    "automatic_tax": {"enabled": Req(bool)},
    "cancel_url": str,
    "client_reference_id": str,
    "customer_creation": str,
    "customer_email": str,
    "expires_at": int,
    "line_items": Req(
        [
            {
                "metadata": Map,
                "price_data": Req(
                    {
                        "currency": Req(str),
                        "product_data": Req({"description": str, "metadata": Map, "name": Req(str)}),
                        "tax_behavior": str,
                        "unit_amount": Req(int),
                    }
                ),
                "quantity": Req(int),
            }
        ]
    ),
    "locale": str,
    "metadata": Map,
    "mode": Req(str),
    "payment_intent_data": {
        "description": str,
        "metadata": Map,
        "receipt_email": str,
        "statement_descriptor_suffix": str,
    },
    "submit_type": str,
    "success_url": Req(str),
    "ui_mode": str,
}
SESSION_LIST = LIST | {"customer_details": {"email": str}, "payment_intent": str, "status": str}
RELABEL: dict[str, Scheme] = EXPAND | {"metadata": Map}
REFUND_CREATE: dict[str, Scheme] = RELABEL | {
    "amount": int,
    "charge": str,
    "payment_intent": str,
    "reason": str,
}
OF_PAYMENT = LIST | {"charge": str, "payment_intent": str}
CHARGE_LIST = LIST | {"payment_intent": str}
EVENT_LIST = LIST | {"delivery_success": bool, "type": str, "types": [str]}

CHOICES = {
    "allowed_payment_method_types": {"card", "sepa_debit"},
    "customer_creation": {"if_required", "always"},
    "mode": {"payment"},
    "reason": {"duplicate", "fraudulent", "requested_by_customer"},
    "status": {"open", "complete", "expired"},
    "submit_type": {"auto", "book", "donate", "pay"},
    "ui_mode": {"hosted_page"},
}
