"""The link in a letter that leads back to an order not paid yet."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from coursesite.lib import clock
from payments import again as links
from payments import browser, checkout, words
from payments.models import Order
from payments.views.buy import STOPS, see_other, stopped


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, token: str) -> HttpResponse:
    """How the order stands, and one tap to its pay page.

    Looking does nothing, so that a mail scanner may: no gateway is asked, no session begins. Whoever presses may pay
    and sees that it is paid; the address stays masked, papers and corrections are for the browser that ordered.
    """
    order = links.order_of(token)
    if order is None or order.forgotten_at is not None:
        raise Http404
    if request.method == "POST" and order.is_unfinished and order.amount_minor:
        return _pay(request, order, here=reverse("payments:again", args=[token]))
    line = order.lines.select_related("course")[0]
    return render(
        request,
        "payments/again.html",
        {
            "order": order,
            "course": line.course,
            "situation": words.situation(order, None, heard=True),
            "masked": words.masked(order.email),
            "amount": words.price(order),
        },
    )


def _pay(request: HttpRequest, order: Order, *, here: str) -> HttpResponse:
    try:
        address = checkout.pay_address(order=order, now=clock.now())
    except checkout.AlreadyPaidError:
        return see_other(here)  # which says so
    except STOPS as known:
        browser.let_pay(request, order)  # "Try again" leads through the order's own page
        return stopped(request, known)
    browser.let_pay(request, order)
    return see_other(address)
