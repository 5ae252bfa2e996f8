"""What this person bought, and what waits for their address."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import signup
from accounts.requests import SignedInRequest
from coursesite.lib import clock
from payments import purchases as bought


@never_cache
@require_safe
def purchases(request: SignedInRequest) -> HttpResponse:
    cards, received = bought.of(request.user, proven=signup.proven(request.user), now=clock.now())
    waiting = [one for one in cards if one.way.state == "waits"]
    others = [one for one in cards if one.way.state != "waits"]
    return render(request, "payments/orders.html", {"cards": [*waiting, *others], "received": received})
