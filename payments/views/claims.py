"""How a guest comes to what they paid for: by showing, now, that the address is theirs."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import signup
from accounts.requests import SignedInRequest
from courses.models import Course
from coursesite.lib import clock
from payments import browser, claims, waiting, words
from payments.forms import AddressForm
from payments.models import Claim, Order

TOO_MANY = "That was a lot of codes in a short time. Wait a few minutes, then press the button again."
OTHER_ADDRESS = (
    "You are signed in with another address than the one this was bought for. Sign out, then come back here."
)


@login_not_required
@require_POST
def enter(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The button on the page after paying: send a code to the order's address, or take it if it is proven."""
    order = browser.order_or_404(request, key, to_pay=True)
    claim = Claim.objects.select_related("order").filter(order=order).first()
    if claim is None:
        raise Http404
    here = reverse("payments:return", args=[order.key])
    wrong_url = f"{here}?address=wrong#address" if browser.is_buyer(request, order) else ""
    return _prove(request, claim, here=here, wrong_url=wrong_url)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the letter. Looking at it does nothing, so that a mail scanner cannot use it up."""
    found = waiting.by_token(token)
    if found is None:
        return render(request, "payments/claim_unknown.html", status=404)
    if request.method == "POST":
        return _prove(request, found, here=request.path)
    return render(
        request,
        "payments/claim.html",
        {
            "claim": found,
            "course": _course(found.order),
            "masked": words.masked(found.order.email),
            "onward": _onward(found.order),
        },
    )


def _prove(request: HttpRequest, claim: Claim, *, here: str, wrong_url: str = "") -> HttpResponse:
    order, now, user = claim.order, clock.now(), browser.user_of(request)
    if claim.state == Claim.State.CLAIMED:
        return redirect(_onward(order))
    if claim.state == Claim.State.REVOKED:
        return redirect(here)
    try:
        if user is not None:
            claims.take(order=order, user=user, now=now)
            return redirect(_onward(order))
        onward = _onward(order)
        return signup.begin_proof(request, email=order.email, next_url=onward, now=now, wrong_url=wrong_url)
    except claims.NotYoursError:
        messages.error(request, OTHER_ADDRESS)
    except signup.TooManyCodesError:
        messages.error(request, TOO_MANY)
    except claims.TooLateError:
        pass  # the page itself says how it stands
    return redirect(here)


@require_POST
def take(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """One click on the purchases page, for a proven address. Http404 for an order of another address."""
    order = Order.objects.filter(key=key, claim__isnull=False).select_related("claim").first()
    if order is None:
        raise Http404
    try:
        claims.take(order=order, user=request.user, now=clock.now())
    except claims.NotYoursError as not_yours:
        raise Http404 from not_yours
    except claims.TooLateError:
        messages.error(request, "This purchase does not wait any more.")
        return redirect("payments:orders")
    return redirect(_onward(order))


def address_form(request: HttpRequest, order: Order, data: QueryDict | None = None) -> AddressForm | None:
    """Offered once to the buyer, while the order waits."""
    if not browser.is_buyer(request, order) or not claims.may_be_corrected(order):
        return None
    return AddressForm(data, auto_id="own_%s")  # a gift's page asks for another address too


def _course(order: Order) -> Course:
    return order.lines.select_related("course")[0].course


def _onward(order: Order) -> str:
    return reverse("courses:carry_on", args=[_course(order).slug])
