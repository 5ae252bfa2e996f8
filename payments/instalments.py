"""Monthly payments: the plan's rows in line with the subscription, and the subscription told when to end."""

import calendar
import datetime as dt

from django.db.models import Q, QuerySet

from payments import gateway, paperwork, standing, story
from payments.models import Attempt, Instalment, Order, Payment, Plan
from payments.truth import Truth


def months_later(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and hour some months on; the last of a shorter month, as Stripe does
    (docs.stripe.com/billing/subscriptions/billing-cycle)."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def end_of(anchor_at: dt.datetime, payments: int) -> dt.datetime:
    """When to stop: exactly where the period of the last payment ends.

    A moment earlier the gateway would take only a part of the last payment, a moment later a part of one too many
    ("If set during a future period, this will always cause a proration for that period", Stripe on `cancel_at`).
    """
    return months_later(anchor_at, payments)


def ends_right(told: gateway.Subscription, *, payments: int) -> bool:
    """Will the gateway stop by itself after exactly that many payments?"""
    return told.ended_at is not None or told.ends_at == end_of(told.anchor_at, payments)


def see_that_it_ends(truth: Truth, *, order: Order, now: dt.datetime) -> Truth:
    """Tell the gateway when to stop, unless it knows. Checkout cannot: its Session takes no end.

    Called at every settling, so that a call that was lost is made again; if that is noticed only after the last
    payment's time, it stops at once. The second call asks for nothing. Raises gateway.DownError, gateway.RefusedError.
    """
    told = truth.subscription
    if told is None or ends_right(told, payments=order.instalments):
        return truth
    end = end_of(told.anchor_at, order.instalments)
    if end > now:
        ended = gateway.end_subscription(told.id, at=end)
    else:
        gateway.cancel_subscription(told.id)
        ended = gateway.read_subscription(told.id)
    return Truth(**{**vars(truth), "subscription": ended})


def note(*, attempt: Attempt, truth: Truth, now: dt.datetime) -> None:
    """The plan and its payments as just read, inside the settling transaction. The second call changes nothing."""
    told, order = truth.subscription, attempt.order
    if told is None:
        return
    plan, new = Plan.objects.get_or_create(
        order=order,
        defaults={
            "subscription_id": told.id,
            "customer_id": told.customer_id,
            "started_at": told.anchor_at,
            "seen_at": now,
        },
    )
    if new:
        Instalment.objects.bulk_create(_to_come(plan, order))
    plan.ends_at, plan.over_at, plan.seen_at = told.ends_at, told.ended_at, now
    plan.save(update_fields=["ends_at", "over_at", "seen_at"])
    invoices = sorted((one for one in truth.invoices if one.status != "void"), key=lambda one: one.created_at)
    for number, invoice in enumerate(invoices, 1):
        _note_invoice(plan, number, invoice, truth)


def _to_come(plan: Plan, order: Order) -> list[Instalment]:
    return [
        Instalment(
            plan=plan,
            number=number,
            amount_minor=order.each_minor,
            due_at=months_later(plan.started_at, number - 1),
        )
        for number in range(1, order.instalments + 1)
    ]


def _note_invoice(plan: Plan, number: int, invoice: gateway.Invoice, truth: Truth) -> None:
    one = plan.instalments.filter(number=number).first()
    if one is None:  # more invoices than agreed: the plan's state does not hide it, the doctor tells
        return
    moneys = {money.id: money for money in truth.moneys}
    one.invoice_id = invoice.id
    one.next_try_at = invoice.next_try_at
    if invoice.status == "paid":
        one.state = Instalment.State.PAID
        one.payment = Payment.objects.filter(gateway_id__in=invoice.payment_intent_ids).first()
        one.decline_code = ""
    elif one.state != Instalment.State.WRITTEN_OFF and _was_refused(invoice):
        one.state = Instalment.State.PAST_DUE
        codes = [moneys[key].decline_code for key in invoice.payment_intent_ids if key in moneys]
        one.decline_code = next((code for code in codes if code), "")[:60]
    one.save()


def _was_refused(invoice: gateway.Invoice) -> bool:
    """An open one that nobody has tried to collect yet is not late: its first try is a moment away."""
    return invoice.status == "uncollectible" or (invoice.status == "open" and invoice.attempted)


def stand(*, order: Order, order_state: str, now: dt.datetime) -> Plan | None:
    """Derive the state of an order's plan, if it has one, and keep it; a late payment is told of.

    The second call changes nothing and writes nobody a second letter.
    """
    plan = Plan.objects.filter(order=order).first()
    if plan is None:
        return None
    states, before = list(plan.instalments.values_list("state", flat=True)), plan.state
    late = Instalment.State.PAST_DUE in states
    plan.late_since = (plan.late_since or now) if late else None
    plan.state = standing.plan_state(
        instalments=states,
        order_state=order_state,
        is_over=plan.over_at is not None,
        late_since=plan.late_since,
        now=now,
    )
    if plan.state != before:
        says = f"Monthly payments: {Plan.State(before).label} → {Plan.State(plan.state).label}"
        story.add(order=order, kind=story.DERIVED, says=says, now=now)
    plan.save(update_fields=["state", "late_since"])
    if plan.is_late:
        _tell_of_late(plan, order, now=now)
    return plan


def _tell_of_late(plan: Plan, order: Order, *, now: dt.datetime) -> None:
    """The buyer once for each late payment; the coach once for each time that the course rests because of it."""
    for late in plan.instalments.filter(state=Instalment.State.PAST_DUE):
        paperwork.instalment_late(instalment=late, now=now)
    if plan.state == Plan.State.DEFAULTED:
        paperwork.tell_coach(
            order=order,
            about=f"defaulted:{plan.pk}:{plan.late_since:%Y%m%d}",
            what="a monthly payment did not come for two weeks; the course rests until it does",
            now=now,
        )


def give_up(*, order: Order) -> int:
    """Ask for no further payment of an order's plan; returns how many are given up. The second call finds none.

    Needs the order locked. That the gateway stops too is seen to by every settling after it.
    """
    left = Instalment.objects.filter(plan__order=order)
    done = [Instalment.State.PAID, Instalment.State.WRITTEN_OFF]
    return left.exclude(state__in=done).update(state=Instalment.State.WRITTEN_OFF)


def to_be_stopped() -> QuerySet[Plan]:
    """Plans that are over for us, of which the gateway has not said that it has stopped charging."""
    over = Q(state=Plan.State.CANCELLED) | Q(instalments__state=Instalment.State.WRITTEN_OFF)
    return Plan.objects.filter(over, over_at=None).distinct()


def stop(plan: Plan) -> None:
    """Have the gateway stop: open invoices are given up, nothing more is charged. The second call changes nothing.

    Raises gateway.DownError, gateway.RefusedError.
    """
    unpaid = plan.instalments.exclude(invoice_id=None).exclude(state=Instalment.State.PAID)
    for invoice_id in unpaid.values_list("invoice_id", flat=True):
        gateway.void_invoice(str(invoice_id))
    gateway.cancel_subscription(plan.subscription_id)
