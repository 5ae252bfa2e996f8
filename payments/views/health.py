"""The desk's page about the health of the payments."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coursesite.lib import clock
from payments import doctor
from payments.models import EventInbox, Order, Payment


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For whoever may see orders at the desk; nobody else learns that it exists."""
    if not (admin.site.has_permission(request) and request.user.has_perm("payments.view_order")):
        raise Http404
    findings = doctor.examine(now=clock.now())
    orders = Order.objects.in_bulk([key for one in findings for key in one.orders])
    return render(
        request,
        "admin/payments/health.html",
        {
            **admin.site.each_context(request),
            "title": "Health of the payments",
            "findings": [(one, [orders[key] for key in one.orders]) for one in findings],
            "last_webhook": EventInbox.objects.order_by("-received_at").first(),
            "last_payment": Payment.objects.order_by("-captured_at").first(),
            "webhook_url": doctor.webhook_url(),
        },
    )
