"""The desk for money: everything is shown, nothing is typed. To change something, ask the gateway again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from coursesite.lib import clock, money
from payments import gateway, leases, settlement, timeline
from payments.models import Attempt, Claim, EventInbox, Order, OrderLine


class ReadOnly:
    """Rows of money say what happened; nobody writes them by hand."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineInline(ReadOnly, admin.TabularInline[OrderLine, Order]):
    model = OrderLine
    template = "admin/shown_rows.html"
    fields = ["title", "course", "amount"]
    readonly_fields = ["amount"]

    @admin.display(description="amount")
    def amount(self, line: OrderLine) -> str:
        return money.amount_text(line.amount_minor, line.order.currency)


class AttemptInline(ReadOnly, admin.TabularInline[Attempt, Order]):
    model = Attempt
    template = "admin/shown_rows.html"
    fields = ["session_id", "state", "decline_code", "mismatch", "created_at", "expires_at"]


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin[Order]):
    list_display = ["number", "email", "what", "amount", "state", "real", "created_at", "paid_at"]
    list_filter = ["state", "livemode"]
    search_fields = ["email", "=pk", "=key", "=attempts__session_id", "=attempts__payment_intent_id"]
    view_on_site = False  # the receipt is its buyer's page
    search_help_text = "Address, order number, or an id from the payment company."
    date_hierarchy = "created_at"
    readonly_fields = ["number", "key", "amount", "story"]
    fieldsets = [
        ("Order", {"fields": ["number", "email", "amount", "state", "story"]}),
        ("More about it", {"fields": [
            "user", "contact", "livemode", "gateway", "terms_version", "agreed_at", "created_at", "paid_at",
            "corrected_at", "key"]}),
    ]  # fmt: skip
    inlines = [LineInline, AttemptInline]
    actions = ["ask_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("lines")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """People read the number with its leading zeros."""
        words = [str(int(word)) if word.isdecimal() else word for word in search_term.split()]
        return super().get_search_results(request, queryset, " ".join(words))

    @admin.display(description="what")
    def what(self, order: Order) -> str:
        return order.title

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, order: Order) -> str:
        return money.amount_text(order.amount_minor, order.currency) if order.amount_minor else "free"

    @admin.display(description="real money", boolean=True)
    def real(self, order: Order) -> bool:
        return order.livemode

    @admin.display(description="What happened")
    def story(self, order: Order) -> SafeString:
        rows = ((f"{moment.at:%Y-%m-%d %H:%M:%S} UTC", moment.says) for moment in timeline.of(order))
        return format_html_join("", "<div>{} · {}</div>", rows)

    @admin.action(description="Ask the gateway again")
    def ask_again(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        attempts = Attempt.objects.filter(order__in=orders).exclude(state=Attempt.State.NEVER_EXISTED)
        for attempt in attempts.select_related("order"):
            tell(request, attempt)


def tell(request: HttpRequest, attempt: Attempt) -> None:
    """Settle one attempt and say what came of it."""
    before = attempt.order.state
    try:
        order = settlement.settle(attempt=attempt, now=clock.now())
    except (gateway.DownError, leases.BusyError):
        messages.warning(request, f"{attempt.order}: no answer now. Try again in a minute.")
    except gateway.RefusedError as refused:
        messages.error(request, f"{attempt.order}: the gateway refused ({refused}).")
    else:
        change = "as before" if order.state == before else f"before: {before}"
        messages.success(request, f"{order}: {order.get_state_display()} ({change}).")


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin[Attempt]):
    list_display = ["session_id", "order", "state", "decline_code", "mismatch", "created_at"]
    list_filter = ["state"]
    list_select_related = ["order"]
    search_fields = ["=session_id", "=payment_intent_id", "order__email"]
    exclude = ["url"]  # whoever has it can pay, and sees the buyer's address


@admin.register(EventInbox)
class EventInboxAdmin(ReadOnly, admin.ModelAdmin[EventInbox]):
    list_display = ["event_id", "type", "state", "reason", "tries", "received_at", "done_at"]
    list_filter = ["state", "type", "livemode"]
    search_fields = ["=event_id", "=object_id", "=payment_intent_id"]


@admin.register(Claim)
class ClaimAdmin(ReadOnly, admin.ModelAdmin[Claim]):
    list_display = ["order", "address", "state", "opened_at", "claimed_by", "claimed_at"]
    list_filter = ["state"]
    list_select_related = ["order", "claimed_by"]
    search_fields = ["order__email"]

    @admin.display(description="address")
    def address(self, claim: Claim) -> str:
        return claim.order.email
