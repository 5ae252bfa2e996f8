"""What guests paid for and have not taken: with a mistyped address put right."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from accounts import desk
from coursesite.lib import clock
from coursesite.lib.desk import ReadOnly
from payments import claims
from payments.forms import AddressForm
from payments.models import Claim


@admin.register(Claim)
class ClaimAdmin(ReadOnly, admin.ModelAdmin[Claim]):
    list_display = ["order", "address", "state", "opened_at", "claimed_by", "claimed_at"]
    list_filter = ["state"]
    list_select_related = ["order", "claimed_by"]
    search_fields = ["order__email"]
    search_help_text = "The buyer’s address."
    readonly_fields = ["address"]
    fields = ["order", "address", "state", "opened_at", "claimed_by", "claimed_at"]
    change_form_template = "payments/desk/claim.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.correct)
        return [path("<int:pk>/address/", view, name="payments_claim_address"), *super().get_urls()]

    def correct(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The right address for an order that still waits, as often as it takes."""
        desk.needs(request, "payments.change_claim")
        claim = get_object_or_404(Claim.objects.select_related("order"), pk=pk)
        back = reverse("admin:payments_order_change", args=[claim.order_id])
        form = AddressForm(request.POST or None)
        if form.is_valid():
            email = form.cleaned_data["email"]
            try:
                claims.correct_address(
                    order=claim.order, email=email, now=clock.now(), actor=desk.actor(request)
                )
            except claims.TooLateError:
                messages.error(
                    request, "Not changed: somebody has taken this order, or it does not wait any more."
                )
            else:
                messages.success(
                    request, f"Corrected. A new link is on its way to {email}; the old one is dead."
                )
            return redirect(back)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts, "form": form, "title": f"Correct the address of order {claim.order.number}",
            "was": claim.order.email, "button": "Correct the address", "back": back,
            "says": ["The old link dies. A new one goes to the right address, and a word about it to the old one."],
        }  # fmt: skip
        return render(request, "payments/desk/address.html", context)

    @admin.display(description="address")
    def address(self, claim: Claim) -> str:
        return claim.order.email
