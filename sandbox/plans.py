"""What Stripe does with a subscription, as pure functions like those in `sandbox.core`."""

from sandbox import core, invoices, planshapes, rhythm, tax
from sandbox.cards import Card
from sandbox.core import Change, News, Turn
from sandbox.errors import Json, Refused
from sandbox.ids import Ids

BILL = "bill"  # the turn of a subscription: its period ends, or it does
MODE = "subscription"


def check(params: Json) -> None:
    """Refuse what Stripe would refuse about the mode of a new Session, and what is not played."""
    recurring = [line["price_data"].get("recurring") for line in params["line_items"]]
    if params["mode"] != MODE:
        if any(recurring):
            raise Refused("You specified `payment` mode but passed a recurring price.", param="line_items")
        if "subscription_data" in params:
            raise Refused("`subscription_data` needs `subscription` mode.", param="subscription_data")
        return
    for name in ("payment_intent_data", "customer_creation"):
        if name in params:
            raise Refused(f"You can not pass `{name}` in `subscription` mode.", param=name)
    if not all(recurring):
        raise Refused("You must provide a recurring price in `subscription` mode.", param="line_items")
    _check_played(params)
    _check_interval(recurring[0])


def _check_played(params: Json) -> None:
    """Refuse what Stripe allows and is not played."""
    if len(params["line_items"]) > 1:
        raise Refused("Subscriptions to more than one price are not played here.", param="line_items")
    if params["line_items"][0]["price_data"]["unit_amount"] < 1:
        raise Refused("Subscriptions that cost nothing are not played here.", param="line_items")
    if params.get("allowed_payment_method_types", ["card"]) != ["card"]:
        raise Refused("Subscriptions are paid by card only here.", param="allowed_payment_method_types")


def _check_interval(recurring: Json) -> None:
    where = "line_items[0][price_data][recurring]"
    longest = rhythm.LONGEST.get(recurring["interval"])
    if longest is None:
        raise Refused("Invalid interval: must be one of day, month, week or year", param=f"{where}[interval]")
    if not 1 <= recurring.get("interval_count", 1) <= longest:
        raise Refused("A period lasts three years at most.", param=f"{where}[interval_count]")


def of_session(session: Json) -> Json:
    """A new Session as it looks in its mode: a subscription always needs a customer and a card."""
    if session["mode"] != MODE:
        return session
    return session | {"customer_creation": "always", "payment_method_collection": "always"}


def at_checkout(change: Change, *, line: Json, data: Json, ids: Ids, now: int) -> Change:
    """What a try to pay means for a Session in `subscription` mode, out of what it means in `payment` mode.

    The PaymentIntent belongs to the invoice and is not shown in the Session. `data`: `subscription_data`.
    """
    found = {one["object"]: one for one in change.objects}
    found["checkout.session"] |= {"payment_intent": None}
    if found["checkout.session"]["status"] != "complete":
        return Change(list(found.values()), change.news, change.turns)
    return _begin(found, line=line, data=data, turns=change.turns, ids=ids, now=now)


def _begin(
    found: dict[str, Json], *, line: Json, data: Json, turns: dict[str, Turn | None], ids: Ids, now: int
) -> Change:
    """Customer, subscription and the first invoice, which is paid already."""
    session, intent, charge = (found[kind] for kind in ("checkout.session", "payment_intent", "charge"))
    customer = _customer(session, ids=ids, now=now)
    method = found["payment_method"] | {"customer": customer["id"]}
    subscription = _subscription(session, customer, method=method, line=line, data=data, ids=ids, now=now)
    bill, told = invoices.make(
        customer=customer,
        subscription=subscription,
        line=_line(subscription, description=_described(subscription, line), ids=ids),
        reason="subscription_create",
        since=now,
        intent=intent | {"description": "Subscription creation"},
        ids=ids,
        now=now,
    )
    charge = charge | {"customer": customer["id"], "description": bill.intent["description"]}
    customer = customer | {"next_invoice_sequence": 2}
    subscription = subscription | {"latest_invoice": bill.invoice["id"]}
    paid = invoices.settle(bill=bill, subscription=subscription, scheduled=True, now=now)
    session = session | {
        "customer": customer["id"],
        "invoice": bill.invoice["id"],
        "subscription": subscription["id"],
    }
    news = [
        News("customer.created", customer),
        News("payment_method.attached", method),
        News("customer.subscription.created", subscription),
        *told,
        News("charge.succeeded", charge),
        News("payment_intent.succeeded", bill.intent),
        *paid.news,
        News("checkout.session.completed", session),
    ]
    begun: dict[str, Turn | None] = {subscription["id"]: turn(subscription)}
    return Change([session, method, charge, customer, *paid.objects], news, turns | paid.turns | begun)


def _customer(session: Json, *, ids: Ids, now: int) -> Json:
    return planshapes.customer(
        key=ids.make("cus_", length=14),
        prefix=ids.make("", length=8).upper(),
        currency=session["currency"],
        details=session["customer_details"],
        now=now,
    )


def _subscription(
    session: Json, customer: Json, *, method: Json, line: Json, data: Json, ids: Ids, now: int
) -> Json:
    price = line["price"]
    end = rhythm.end_of_period(anchor=now, start=now, recurring=price["recurring"])
    item = planshapes.item(
        key=ids.make("si_", length=14), price=price, quantity=line["quantity"], end=end, now=now
    )
    return planshapes.subscription(
        key=ids.make("sub_"),
        customer=customer["id"],
        item=item,
        method=method["id"],
        data=data,
        taxed=session["automatic_tax"]["status"] == "complete",
        now=now,
    )


def _described(subscription: Json, line: Json) -> str:
    return planshapes.described(item_of(subscription), name=line["description"])


def _line(subscription: Json, *, description: str, ids: Ids, share: tuple[int, int] = (1, 1)) -> Json:
    """The line for the current period. `share`: the part of the period that is billed."""
    item = item_of(subscription)
    part, whole = share
    full = item["price"]["unit_amount"] * item["quantity"]
    amount = (2 * full * part + whole) // (2 * whole)  # rounded, halves up
    taxed = subscription["automatic_tax"]["enabled"]
    return planshapes.line(
        key=ids.make("il_"),
        description=description,
        subscription=subscription,
        item=item,
        amount=amount,
        taxes=[tax.of_amount(amount, price=item["price"], rate=ids.make("txr_"))] if taxed else [],
    )


def item_of(subscription: Json) -> Json:
    item: Json = subscription["items"]["data"][0]
    return item


def turn(subscription: Json) -> Turn:
    """When time will next bring something to a subscription that runs."""
    ends = [item_of(subscription)["current_period_end"], subscription["cancel_at"]]
    return Turn(BILL, min(moment for moment in ends if moment is not None))


def renew(
    *, subscription: Json, customer: Json, description: str, method: Json, card: Card, ids: Ids, now: int
) -> Change:
    """A period has ended at `now`: the next one begins, its invoice is made and tried at once.

    If the subscription is to end before the new period does, only the part until then is billed.
    """
    before = {part: subscription[part] for part in ("items", "latest_invoice")}
    old = item_of(subscription)
    end = rhythm.end_of_period(
        anchor=subscription["billing_cycle_anchor"], start=now, recurring=old["price"]["recurring"]
    )
    until = min(end, subscription["cancel_at"] or end)
    item = old | {"current_period_end": until, "current_period_start": now}
    subscription = subscription | {"items": subscription["items"] | {"data": [item]}}
    line = _line(subscription, description=description, share=(until - now, end - now), ids=ids)
    bill, told = invoices.make(
        customer=customer,
        subscription=subscription,
        line=line,
        reason="subscription_cycle",
        since=old["current_period_start"],
        ids=ids,
        now=now,
    )
    subscription = subscription | {"latest_invoice": bill.invoice["id"]}
    if line["amount"]:
        tried = invoices.charge(
            bill=bill, subscription=subscription, method=method, card=card, scheduled=True, ids=ids, now=now
        )
    else:
        tried = invoices.owe_nothing(bill=bill, subscription=subscription, now=now)
    counted = customer | {"next_invoice_sequence": customer["next_invoice_sequence"] + 1}
    news = [News("customer.subscription.updated", subscription, before), *told, *tried.news]
    return Change([counted, *tried.objects], news, tried.turns | {subscription["id"]: turn(subscription)})


def update(*, subscription: Json, params: Json, now: int) -> Change:
    """Change what `params` name. Refused for what an ended subscription, or one in its period, cannot take."""
    changes: Json = {
        name: params[name] or None for name in ("cancel_at", "default_payment_method") if name in params
    }
    if subscription["status"] == "canceled" and changes:
        raise Refused("A canceled subscription can only update its cancellation_details and metadata.")
    if "cancel_at" in changes:
        changes |= _cancellation(subscription, params, now=now)
    changes["metadata"] = core.relabel(body=subscription, metadata=params.get("metadata", {}))["metadata"]
    before = {name: subscription[name] for name in changes if subscription[name] != changes[name]}
    subscription = subscription | changes
    if not before:
        return Change([subscription])
    runs = subscription["status"] != "canceled"
    turns: dict[str, Turn | None] = {subscription["id"]: turn(subscription)} if runs else {}
    return Change([subscription], [News("customer.subscription.updated", subscription, before)], turns)


def _cancellation(subscription: Json, params: Json, *, now: int) -> Json:
    """An end set for later, or taken back."""
    at, reason = params["cancel_at"], "cancellation_requested"
    if not at:
        return {"canceled_at": None, "cancellation_details": _because(subscription, None)}
    if at <= now:
        raise Refused("`cancel_at` must be in the future.", param="cancel_at")
    within = at < item_of(subscription)["current_period_end"]
    if within and params.get("proration_behavior") != "none":
        raise Refused(
            "An end within the current period gives money back; here it needs `proration_behavior` `none`.",
            param="proration_behavior",
        )
    return {"canceled_at": now, "cancellation_details": _because(subscription, reason)}


def _because(subscription: Json, reason: str | None) -> Json:
    details: Json = subscription["cancellation_details"] | {"reason": reason}
    return details


def end(*, subscription: Json, open_invoices: list[Json], now: int) -> Change:
    """The subscription ends now, for good; what is still open is not tried again. Refused the second time."""
    if subscription["status"] == "canceled":
        raise Refused(
            f"No such subscription: '{subscription['id']}'", status=404, code="resource_missing", param="id"
        )
    subscription = subscription | {
        "canceled_at": subscription["canceled_at"] or now,
        "cancellation_details": _because(subscription, "cancellation_requested"),
        "ended_at": now,
        "status": "canceled",
    }
    change = Change(
        [subscription], [News("customer.subscription.deleted", subscription)], {subscription["id"]: None}
    )
    for invoice in open_invoices:
        left = invoices.leave_open(invoice)
        change.objects += left.objects
        change.news += left.news
        change.turns |= left.turns
    return change
