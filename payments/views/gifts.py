"""A gift's page: what it is, for whoever has the code, and the one button that opens it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import signup
from coursesite.lib import clock
from payments import browser, gifts
from payments.models import Gift


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def gift(request: HttpRequest, code: str) -> HttpResponse:
    """Looking at it uses nothing up. Whoever is signed in with a proven address opens it with one click."""
    found = Gift.objects.filter(code=gifts.tidy(code)).select_related("order").first()
    if found is None or found.state == Gift.State.WANTED:
        raise Http404
    user = browser.user_of(request)
    if request.method == "POST" and user is not None and signup.proven(user):
        try:
            gifts.redeem(code=found.code, user=user, now=clock.now())
        except (gifts.GoneError, gifts.NotYetError):
            messages.error(request, "This gift cannot be opened now.")
            return redirect("payments:gift", found.code)
        return redirect(reverse("courses:carry_on", args=[found.order.lines.all()[0].course.slug]))
    return render(request, "payments/gift.html", {"gift": found, "course": found.order.lines.all()[0].course})
