"""Which parameters each call takes. What is not named here is refused, never quietly ignored."""

from sandbox.wire import Map, Moment, Range, Req, Scheme, Words

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
                        "recurring": {"interval": Req(str), "interval_count": int},
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
    "subscription_data": {"description": str, "metadata": Map},
    "success_url": Req(str),
    "ui_mode": str,
}
SESSION_LIST = LIST | {
    "customer": str,
    "customer_details": {"email": str},
    "payment_intent": str,
    "status": Words("complete", "expired", "open"),
    "subscription": str,
}
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
SUBSCRIPTION_LIST = LIST | {
    "customer": str,
    "status": Words("active", "all", "canceled", "ended", "past_due"),
}
SUBSCRIPTION_UPDATE: dict[str, Scheme] = RELABEL | {
    "cancel_at": Moment,
    "default_payment_method": str,
    "proration_behavior": Words("always_invoice", "create_prorations", "none"),
}
SUBSCRIPTION_CANCEL: dict[str, Scheme] = EXPAND | {"invoice_now": bool, "prorate": bool}
INVOICE_LIST = LIST | {
    "customer": str,
    "status": Words("draft", "open", "paid", "uncollectible", "void"),
    "subscription": str,
}
INVOICE_PAY: dict[str, Scheme] = EXPAND | {"off_session": bool, "payment_method": str}
INVOICE_PAYMENT_LIST = LIST | {
    "invoice": str,
    "payment": {"payment_intent": str, "type": Req(Words("payment_intent"))},
    "status": Words("canceled", "open", "paid"),
}
PORTAL_CREATE: dict[str, Scheme] = EXPAND | {
    "customer": Req(str),
    "flow_data": Req(
        {
            "after_completion": {"redirect": {"return_url": Req(str)}, "type": Req(str)},
            "type": Req(str),
        }
    ),
    "locale": str,
    "return_url": Req(str),
}

CHOICES = {
    "allowed_payment_method_types": {"card", "sepa_debit"},
    "customer_creation": {"if_required", "always"},
    "mode": {"payment", "subscription"},
    "reason": {"duplicate", "fraudulent", "requested_by_customer"},
    "submit_type": {"auto", "book", "donate", "pay"},
    "ui_mode": {"hosted_page"},
}
