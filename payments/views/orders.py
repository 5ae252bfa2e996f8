"""The pages of one order, seen by the browser that placed it or the account it belongs to."""

import datetime as dt
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from coursesite.lib import clock
from payments import browser, checkout, gateway, leases, purchases, settlement, stubs, words
from payments.claims import TooLateError, correct_address
from payments.forms import AddressForm
from payments.models import Attempt, Order
from payments.views import claims, given
from payments.views.buy import STOPS, see_other, stopped

LOOK_EVERY = dt.timedelta(seconds=4)  # a page that polls asks the gateway no more often
POLL_FOR = dt.timedelta(minutes=10)
STOP_POLLING = 286  # what htmx understands as "no more"


@login_not_required
@never_cache
@require_safe
def back(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Where the pay page leads to. It asks the gateway once itself, so that nobody waits for a webhook."""
    order = browser.order_or_404(request, key, to_pay=True)
    attempt = _attempt(order, request.GET.get("session_id", ""))
    heard = _ask(attempt, now=clock.now())
    return _shown(request, order, attempt, heard=heard)


@login_not_required
@never_cache
@require_safe
def cancelled(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Back from the pay page without paying: all is kept, one tap goes on."""
    order = browser.order_or_404(request, key, to_pay=True)
    attempt = order.attempts.first()
    heard = _ask(attempt, now=clock.now())
    return _shown(request, order, attempt, heard=heard)


def _attempt(order: Order, session_id: str) -> Attempt | None:
    """The attempt of a Session of this very order; Http404 for any other. Without an id, the newest."""
    if not session_id:
        return order.attempts.first()
    if not stubs.WORD.fullmatch(session_id):  # a NUL, for one, would upset the database
        raise Http404
    return get_object_or_404(order.attempts, session_id=session_id)


def _ask(attempt: Attempt | None, *, now: dt.datetime) -> bool:
    """Settle if something may still come; did the gateway answer?"""
    if attempt is None or attempt.state == Attempt.State.PAID:
        return True
    try:
        settlement.settle(attempt=attempt, now=now)
    except (gateway.DownError, gateway.RefusedError, leases.BusyError):
        return False
    attempt.refresh_from_db()
    return True


def _shown(
    request: HttpRequest,
    order: Order,
    attempt: Attempt | None,
    *,
    heard: bool,
    form: AddressForm | None = None,
) -> HttpResponse:
    """The page that fits; a buyer who is signed in and in the course goes straight there. `form` has a fault."""
    card = purchases.card(order, user=browser.user_of(request), now=clock.now())
    order = card.order  # as it is after asking, with all that the page needs
    situation = words.situation(order, attempt, heard=heard)
    if situation == "paid" and order.is_gift:
        return given.shown(request, card, address_form=form)
    if situation == "paid" and card.own and card.way.state == "open":
        return redirect("courses:carry_on", card.slug)
    if situation == "paid" and (order.disputed or card.way.state in ("rests", "ended")):
        situation = "over"
    claim = getattr(order, "claim", None)
    return render(
        request,
        f"payments/{situation}.html",
        {
            "order": order,
            "card": card,
            "course": order.lines.all()[0].course,
            "claim": claim,
            "is_buyer": browser.is_buyer(request, order),
            "slow": order.state == Order.State.PROCESSING,
            "masked": words.masked(order.email),
            "reason": words.decline(attempt.decline_code) if attempt else "",
            "amount": words.price(order),
            "form": form,  # for the title of a page with a fault
            "address_form": form or claims.address_form(request, order),
        },
        status=422 if form else 200,
    )


@login_not_required
@never_cache
@require_POST
def correct(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The paying browser corrects a mistyped address, once."""
    order = browser.order_or_404(request, key)
    form = claims.address_form(request, order, request.POST)
    if form is not None and not form.is_valid():
        return _shown(request, order, order.attempts.first(), heard=True, form=form)
    try:
        if form is None:
            raise TooLateError
        if correct_address(order=order, email=form.cleaned_data["email"], now=clock.now()):
            died = "code is dead; a new one" if order.is_gift else "link is dead; a new letter"
            receipt = ", and so is your receipt" if order.amount_minor else ""
            messages.success(request, f"Corrected. The old {died} is on its way{receipt}.")
        else:
            messages.info(request, "That is the address I have already. Nothing was changed.")
    except TooLateError:
        messages.error(request, "The address can be corrected once. Write to the coach, who can do the rest.")
    return redirect("payments:return", key)


@login_not_required
@never_cache
@require_safe
def status(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What the waiting page polls: the same words again, or the order to load the page that has news."""
    order = browser.order_or_404(request, key, to_pay=True)
    attempt, now = order.attempts.first(), clock.now()
    heard = True
    if attempt and (attempt.looked_at is None or now - attempt.looked_at >= LOOK_EVERY):
        heard = _ask(attempt, now=now)
        order.refresh_from_db()
    page = reverse("payments:return", args=[order.key])
    if not request.headers.get("HX-Request"):
        return redirect(page)
    if words.situation(order, attempt, heard=heard) != "pending":
        return HttpResponse(headers={"HX-Redirect": page})
    stop = now - order.created_at > POLL_FOR or order.state == Order.State.PROCESSING
    return render(request, "payments/_pending.html", {"order": order}, status=STOP_POLLING if stop else 200)


@login_not_required
@require_POST
def resume(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """One tap back to the pay page of an order that is not paid."""
    order = browser.order_or_404(request, key, to_pay=True)
    if not order.amount_minor:
        raise Http404
    try:
        return see_other(checkout.pay_address(order=order, now=clock.now()))
    except STOPS as known:
        return stopped(request, known)
