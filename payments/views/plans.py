"""Monthly payments: another card, and a late payment made now. For the signed-in buyer alone."""

import logging
import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from coursesite.lib import clock
from payments import browser, gateway, leases, overdue, paperwork, words
from payments.models import Order, Plan
from payments.views import pace
from payments.views.buy import see_other

log = logging.getLogger(__name__)
AWAY = "card-of"  # in the session: the order for which this browser went to change the card
SILENT = "The payment company is not answering. Nothing was charged. Try again in a minute."
CHANGED = "Your card is changed."
PAID = "Paid, thank you."


@never_cache
@require_POST
def card(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """To the payment company's own page for another card. Its address is a secret: made now, for this click."""
    order = _order_or_404(request, key)
    if pace.too_fast(request, "card"):
        return redirect("payments:orders")
    try:
        url = gateway.card_page(
            customer_id=order.plan.customer_id,
            back_url=paperwork.address("payments:orders"),
            done_url=paperwork.address("payments:card_changed", order.key),
        )
    except (gateway.DownError, gateway.RefusedError) as trouble:
        log.warning("%s: no page to change the card (%s).", order, trouble)
        messages.error(request, SILENT)
        return redirect("payments:orders")
    request.session[AWAY] = str(order.key)
    return see_other(url)


@never_cache
@require_safe
def card_changed(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """Back with another card: what is late is paid with it at once.

    Only for a browser that went there a moment ago: a reload, or a link that somebody planted, does nothing.
    """
    order = _order_or_404(request, key)
    if request.session.pop(AWAY, "") == str(order.key):
        _pay(request, order, first=CHANGED)
    return redirect("payments:orders")


@never_cache
@require_POST
def pay_late(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """The late payment once more, with the card on file."""
    order = _order_or_404(request, key)
    if not pace.too_fast(request, "pay_late"):
        _pay(request, order)
    return redirect("payments:orders")


def _pay(request: SignedInRequest, order: Order, *, first: str = "") -> None:
    """Pay what is late, and say how it went; `first` stands before it."""
    try:
        paid = overdue.pay(order=order, now=clock.now())
    except overdue.DeclinedError as declined:
        said = f"{first} The late payment did not go through. Nothing was charged. {_why(declined)}"
        messages.error(request, said.strip())
    except (gateway.DownError, gateway.RefusedError, leases.BusyError) as trouble:
        log.warning("%s: the late payment could not be made (%s).", order, trouble)
        messages.error(request, f"{first} {SILENT}".strip())
    else:
        messages.success(request, f"{first} {PAID if paid else ''}".strip() or "Nothing is late any more.")


def _why(declined: overdue.DeclinedError) -> str:
    return words.decline(declined.code) or words.DECLINED


def _order_or_404(request: SignedInRequest, key: uuid.UUID) -> Order:
    """An order in monthly payments of whoever is signed in; Http404 for any other."""
    order = browser.bought_or_404(request.user, key)
    if not Plan.objects.filter(order=order).exists():
        raise Http404
    return order
