"""Gifts: who gave what to whom, and the letters about it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from accounts import desk
from coursesite.lib import clock
from coursesite.lib.desk import ReadOnly
from payments import gift_letters, gifts
from payments.admin import shown
from payments.forms import AddressForm
from payments.models import Gift

CHANGE = "payments.change_gift"


@admin.register(Gift)
class GiftAdmin(ReadOnly, admin.ModelAdmin[Gift]):
    nothing_yet = "Whoever buys the course for somebody else makes one."
    list_display = ["ending", "order", "state", "giver", "recipient_shown", "day", "sent_at", "redeemed_by"]
    list_filter = ["state"]
    list_select_related = ["order", "recipient", "redeemed_by"]
    search_fields = ["order__email", "recipient__email", "giver_name", "recipient_name", "code"]
    search_help_text = "An address, a name, or the whole code."
    change_form_template = "payments/desk/gift.html"
    fieldsets = [
        ("Gift", {"fields": ["code", "order_shown", "state", "giver", "recipient_shown", "message"]}),
        ("When", {"fields": ["day", "sent_at", "redeemed_by", "redeemed_at"]}),
    ]  # fmt: skip
    readonly_fields = ["order_shown", "giver", "recipient_shown", "day"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Gift], search_term: str
    ) -> tuple[QuerySet[Gift], bool]:
        whole = queryset.filter(code=gifts.tidy(search_term)) if search_term else queryset.none()
        found, several = super().get_search_results(request, queryset, search_term)
        return (whole, False) if whole else (found, several)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/send/", view(self.send), name="payments_gift_send"),
            path("<int:pk>/address/", view(self.address), name="payments_gift_address"),
            *super().get_urls(),
        ]

    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letters about a gift once more, by one button."""
        desk.needs(request, CHANGE)
        gift = get_object_or_404(Gift, pk=pk)
        back = redirect(reverse("admin:payments_gift_change", args=[pk]))
        if request.method != "POST":
            return back
        try:
            letter = gift_letters.send_again(gift=gift, actor=desk.actor(request), now=clock.now())
        except gift_letters.TooLateError:
            messages.error(request, "Nothing was sent: this gift is not waiting for anybody.")
        except gifts.NotYetError:
            messages.error(request, "Nothing was sent: the payment is being looked into, and the code rests.")
        else:
            messages.success(request, f"It is on its way to {letter.contact.email} again.")
        return back

    def address(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The recipient's address, as long as nothing was mailed there."""
        desk.needs(request, CHANGE)
        gift = get_object_or_404(Gift.objects.select_related("recipient", "order"), pk=pk)
        form = AddressForm(request.POST or None)
        form.fields["email"].label = "The recipient’s address"
        if form.is_valid():
            try:
                email, actor = form.cleaned_data["email"], desk.actor(request)
                gift_letters.change_letter(
                    gift=gift, email=email, send_on=gift.send_on, actor=actor, now=clock.now()
                )
            except gift_letters.TooLateError:
                messages.error(
                    request, "Not changed: the gift was mailed already, or is not waiting any more."
                )
            else:
                messages.success(request, f"Changed. The gift goes to {email}.")
            return redirect(reverse("admin:payments_gift_change", args=[pk]))
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts, "form": form, "title": "Change the recipient’s address",
            "was": gift.recipient.email if gift.recipient else "nobody", "button": "Change the address",
            "back": reverse("admin:payments_gift_change", args=[pk]),
            "says": ["The gift is mailed there on its day, without one at once. The giver’s code stays the same."],
        }  # fmt: skip
        return render(request, "payments/desk/address.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        gift = self.get_object(request, object_id)
        if gift is not None:
            waits = gift.state == Gift.State.WAITING
            extra_context = {"may_send": waits, "may_move": gift_letters.can_be_readdressed(gift)} | (
                extra_context or {}
            )
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description="code")
    def ending(self, gift: Gift) -> str:
        """Whoever reads the whole code can open the gift: the list shows enough to tell two apart."""
        return f"… {gift.code.rpartition('-')[2]}"

    @admin.display(description="order")
    def order_shown(self, gift: Gift) -> str:
        return f"{gift.order}, {gift.order.title}"

    @admin.display(description="from")
    def giver(self, gift: Gift) -> str:
        return shown.joined([gift.giver_name, gift.order.email])

    @admin.display(description="for")
    def recipient_shown(self, gift: Gift) -> str:
        return (
            shown.joined([gift.recipient_name, gift.recipient and gift.recipient.email])
            or "handed on by the giver"
        )

    @admin.display(description="to be mailed", ordering="send_on")
    def day(self, gift: Gift) -> str:
        if gift.recipient is None:
            return "not by mail"
        return f"{gift.send_on:%B} {gift.send_on.day}, {gift.send_on.year}" if gift.send_on else "at once"
