"""Money goes back: what is wished, then exactly what will happen, then it is done. Two pages at one address."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts import desk, recent
from coursesite.lib import clock
from payments import consequences, gateway, leases, refunds, words
from payments.admin import shown
from payments.admin.refund_form import RefundForm
from payments.models import Order, OrderLine, Payment, Refund

WISHES, MOST = "refunds", 10  # in the session: what was typed, by the key of the refund to be
DOWN = (
    "The payment company does not answer now. The refund is written down and will be sent by itself as soon as it "
    "does; you need not press again."
)


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Shown to whoever may give money back, and anew shows that it is they. `?wish=` leads to the second step."""
    desk.needs(request, "payments.view_order", "payments.add_refund")
    order = get_object_or_404(_orders(), pk=pk)
    context |= {"order": order, "title": f"Give money back: order {order.number}"}
    if not recent.is_fresh(request):  # type: ignore[arg-type]
        return recent.ask(request)  # type: ignore[arg-type]
    if "wish" in request.GET:
        return _confirm(request, order, context)
    parts = refunds.all_of_it(order)
    if not parts:
        messages.info(request, f"{order}: nothing is left that could go back.")
        return redirect(shown.order_url(order))
    form = RefundForm(request.POST or None, order=order, parts=parts)
    if form.is_valid():
        key = uuid.uuid4()
        kept = request.session.get(WISHES, {})
        request.session[WISHES] = {**dict(list(kept.items())[1 - MOST :]), str(key): form.wish()}
        return redirect(f"{request.path}?wish={key}")
    return render(request, "payments/desk/refund.html", {**context, "form": form})


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("user__contact", "contact").prefetch_related("lines__course")


@dataclass(frozen=True)
class Wish:
    """What was typed, read from the session again."""

    key: uuid.UUID
    parts: refunds.Parts
    is_part: bool
    line: OrderLine | None
    ends_access: bool
    note: str


def _wish(request: HttpRequest, order: Order) -> Wish | None:
    word = request.GET.get("wish", "")
    kept = request.session.get(WISHES, {}).get(word)
    if kept is None or kept["order"] != order.pk:
        return None
    payments = {
        one.pk: one for one in Payment.objects.filter(attempt__order=order).prefetch_related("refunds")
    }
    return Wish(
        key=uuid.UUID(word),
        parts=[(payments[pk], minor) for pk, minor in kept["parts"]],
        is_part=kept["is_part"],
        line=OrderLine.objects.filter(order=order, pk=kept["line"]).first(),
        ends_access=kept["ends_access"],
        note=kept["note"],
    )


def _confirm(request: HttpRequest, order: Order, context: dict[str, Any]) -> HttpResponse:
    wish = _wish(request, order)
    if wish is None:
        messages.error(request, "Nothing was given back. This page was too old; please begin again.")
        return redirect(request.path)
    if request.method == "POST":
        _do(request, order, wish)
        return redirect(shown.order_url(order))
    says = consequences.of(
        order, wish.parts, line=wish.line, ends_access=wish.ends_access, is_part=wish.is_part
    )
    context |= {"says": says, "wish": wish, "again": request.path, "sum": _sum(wish)}
    return render(request, "payments/desk/refund_confirm.html", context)


def _sum(wish: Wish) -> str:
    return shown.amount(sum(minor for _, minor in wish.parts), wish.parts[0][0].currency)


def _do(request: HttpRequest, order: Order, wish: Wish) -> None:
    """The same confirmation posted twice makes one refund, and gets the same answer."""
    actor, now = desk.actor(request), clock.now()
    try:
        if wish.is_part:
            [(payment, minor)] = wish.parts
            found = [
                refunds.give_back(
                    payment=payment, amount_minor=minor, line=wish.line, ends_access=wish.ends_access,
                    note=wish.note, key=wish.key, actor=actor, now=now,
                )
            ]  # fmt: skip
        else:
            chosen = {payment.pk for payment, _ in wish.parts}
            found = refunds.give_back_more(
                order=order, choose=lambda locked: _left_of(locked, chosen), note=wish.note, key=wish.key,
                actor=actor, now=now,
            )  # fmt: skip
    except refunds.TooMuchError as too_much:
        left = shown.amount(too_much.left_minor, order.currency)
        messages.error(request, f"Nothing was given back. Meanwhile only {left} is left of it.")
    except (gateway.DownError, leases.BusyError):
        messages.warning(request, DOWN)
    except gateway.RefusedError as refused:
        messages.error(request, f"It was refused. {words.refund_failed(refused.code)}")
    else:
        tell(request, found)


def _left_of(order: Order, chosen: set[int]) -> refunds.Parts:
    return [(payment, minor) for payment, minor in refunds.all_of_it(order) if payment.pk in chosen]


def tell(request: HttpRequest, found: list[Refund]) -> None:
    """Say how each refund stands."""
    for one in found:
        says = f"{shown.amount(one.amount_minor, one.payment.currency)} {words.REFUNDS[Refund.State(one.state)]}."
        if one.state in Refund.AT_GATEWAY:
            messages.success(request, says)
        elif one.state == Refund.State.REQUESTED:
            messages.warning(request, DOWN)
        else:
            messages.error(request, f"{says} {words.refund_failed(one.failure)}")


def url(order: Order) -> str:
    return reverse("admin:payments_order_refund", args=[order.pk])
