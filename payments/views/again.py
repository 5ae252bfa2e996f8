"""The link in a letter that leads back to an order not paid yet."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from payments import again as links
from payments import browser


@login_not_required
@never_cache
@require_safe
def again(request: HttpRequest, token: str) -> HttpResponse:
    """From now on this browser may pay the order; it sees no more than its page of an unpaid order."""
    order = links.order_of(token)
    if order is None or not order.is_unfinished:
        raise Http404
    browser.remember(request, order)
    return redirect("payments:cancelled", order.key)
