"""New objects of subscriptions in Stripe's wire shape, filled in from `blanks/`. Amounts are minor units."""

from sandbox import amounts
from sandbox.errors import Json
from sandbox.shapes import blank, listing


def customer(*, key: str, prefix: str, currency: str, details: Json, now: int) -> Json:
    """Who pays, from the `customer_details` of a Session."""
    return blank(
        "customer",
        id=key,
        created=now,
        currency=currency,
        email=details["email"],
        invoice_prefix=prefix,
        name=details["name"],
    )


def subscription(
    *, key: str, customer: str, item: Json, method: str, data: Json, taxed: bool, now: int
) -> Json:
    """An active subscription to one price. `data` is the Session's `subscription_data`.

    `taxed`: Stripe computes the tax of each invoice.
    """
    liability = {"type": "self"} if taxed else None
    return blank(
        "subscription",
        id=key,
        automatic_tax={"disabled_reason": None, "enabled": taxed, "liability": liability},
        billing_cycle_anchor=now,
        created=now,
        currency=item["price"]["currency"],
        customer=customer,
        default_payment_method=method,
        description=data.get("description"),
        items=listing(
            url=f"/v1/subscription_items?subscription={key}",
            data=[item | {"subscription": key}],
            has_more=False,
        ),
        metadata=data.get("metadata", {}),
        start_date=now,
    )


def item(*, key: str, price: Json, quantity: int, end: int, now: int) -> Json:
    return blank(
        "subscription_item",
        id=key,
        created=now,
        current_period_end=end,
        current_period_start=now,
        plan=_plan(price),
        price=price,
        quantity=quantity,
    )


def _plan(price: Json) -> Json:
    """The same price once more, as Stripe's older objects have it."""
    return blank(
        "plan",
        id=price["id"],
        active=price["active"],
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        created=price["created"],
        currency=price["currency"],
        interval=price["recurring"]["interval"],
        interval_count=price["recurring"]["interval_count"],
        product=price["product"],
    )


def invoice(
    *, key: str, customer: Json, subscription: Json, line: Json, reason: str, since: int, now: int
) -> Json:
    """A draft of one line, for a subscription. `reason` is Stripe's word: why it is billed.

    `since`: the invoice's own period is the one that has just passed; what is paid for is the line's.
    """
    total = line["amount"] + _tax(line, "exclusive")
    body = blank(
        "invoice",
        id=key,
        amount_due=total,
        amount_remaining=total,
        billing_reason=reason,
        created=now,
        currency=line["currency"],
        customer=customer["id"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        lines=listing(url=f"/v1/invoices/{key}/lines", data=[line | {"invoice": key}], has_more=False),
        period_end=now,
        period_start=since,
        subtotal=line["amount"],
        subtotal_excluding_tax=line["amount"] - _tax(line, "inclusive"),
        total=total,
        total_excluding_tax=line["amount"] - _tax(line, "inclusive"),
        total_taxes=line["taxes"],
    )
    if subscription["automatic_tax"]["enabled"]:
        found = {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": "complete"}
        body["automatic_tax"] |= found
    body["parent"]["subscription_details"] |= {
        "metadata": subscription["metadata"],
        "subscription": subscription["id"],
    }
    return body


def _tax(line: Json, behavior: str) -> int:
    """The tax on top of a line's amount (exclusive), or inside it (inclusive)."""
    return sum(tax["amount"] for tax in line["taxes"] if tax["tax_behavior"] == behavior)


def described(item: Json, *, name: str) -> str:
    """What a line of an invoice says. `name` is the product's."""
    price = item["price"]
    each = amounts.words(price["unit_amount"], price["currency"])
    return f"{item['quantity']} × {name} (at {each} / {price['recurring']['interval']})"


def line(
    *, key: str, description: str, subscription: Json, item: Json, amount: int, taxes: list[Json]
) -> Json:
    """What an invoice asks for: one period of one item."""
    price = item["price"]
    body = blank(
        "line_item",
        id=key,
        amount=amount,
        currency=price["currency"],
        description=description,
        metadata=subscription["metadata"],
        period={"end": item["current_period_end"], "start": item["current_period_start"]},
        quantity=item["quantity"],
        subscription=subscription["id"],
        subtotal=amount,
        taxes=taxes,
    )
    body["parent"]["subscription_item_details"] |= {
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    body["pricing"]["price_details"] = {"price": price["id"], "product": price["product"]}
    body["pricing"]["unit_amount_decimal"] = price["unit_amount_decimal"]
    return body


def payment(*, key: str, invoice: Json, intent: str, now: int) -> Json:
    """The link between an invoice and the PaymentIntent that is to pay it."""
    return blank(
        "invoice_payment",
        id=key,
        amount_requested=invoice["amount_due"],
        created=now,
        currency=invoice["currency"],
        invoice=invoice["id"],
        payment={"payment_intent": intent, "type": "payment_intent"},
    )


def portal(*, key: str, configuration: str, params: Json, url: str, now: int) -> Json:
    """A page on which a customer changes the card. `params` are the decoded ones of the create call."""
    body = blank(
        "billing_portal.session",
        id=key,
        configuration=configuration,
        created=now,
        customer=params["customer"],
        locale=params.get("locale"),
        return_url=params["return_url"],
        url=url,
    )
    body["flow"]["after_completion"] |= params["flow_data"].get("after_completion", {})
    return body
