"""The way back: a page that says what happens, a second step that does it, and the date on which it arrived."""

import contextlib
import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from coursesite.lib import clock
from payments import browser, purchases, withdrawals, words
from payments.forms import WithdrawalForm
from payments.models import Order
from payments.views import pace


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Ask for the money back, with or without an account. Looking at the page asks for nothing."""
    order = browser.order_or_404(request, key)
    if order.paid_at is None or not order.amount_minor:
        raise Http404
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and not pace.too_fast(request, "withdraw"):
        with contextlib.suppress(withdrawals.NothingPaidError, withdrawals.TooLateError):  # the page tells
            withdrawals.ask(order=order, note=form.cleaned_data["note"], now=clock.now())
        return redirect("payments:withdraw", order.key)
    return _page(request, order, form)


def _page(request: HttpRequest, order: Order, form: WithdrawalForm) -> HttpResponse:
    last = withdrawals.last_day(order)
    return render(
        request,
        "payments/withdraw.html",
        {
            "card": purchases.card(order, user=browser.user_of(request), now=clock.now()),
            "order": order,
            "form": form,
            "last_day": words.day(last) if last else "",
            "masked": words.masked(order.email),
        },
        status=422 if form.errors else 200,
    )
