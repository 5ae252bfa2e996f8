"""Somebody deletes their account: what goes, what stays, a box to tick, and it is done."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from coursesite.lib import clock
from mailing import consent
from mailing.models import Consent
from payments import erasure, gateway, leases
from payments.forms import LeavingForm

DOWN = (
    "Nothing was removed, because the payment company doesn’t answer now. Please try again in a few minutes."
)


@never_cache
@require_http_methods(["GET", "POST"])
def leave(request: SignedInRequest) -> HttpResponse:
    """Only for who has just shown that it is they (accounts.recent). Looking at it removes nothing."""
    user = request.user
    form = LeavingForm(request.POST if request.method == "POST" and not user.is_staff else None)
    if form.is_valid():
        try:
            erasure.erase(contact=user.contact, now=clock.now())
        except (gateway.DownError, gateway.RefusedError, leases.BusyError):
            form.add_error(None, DOWN)
        else:
            logout(request)
            return redirect("payments:left")
    context = {
        "form": form,
        "goes": erasure.goes(user.contact, to_them=True),
        "stays": erasure.stays(user.contact, to_them=True),
        "is_staff": user.is_staff,
        "letters_url": reverse(
            "mailing:preferences", args=[consent.token(user.contact, Consent.Purpose.LESSONS)]
        ),
    }
    return render(request, "payments/leave.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
def left(request: SignedInRequest) -> HttpResponse:
    return render(request, "payments/left.html")
