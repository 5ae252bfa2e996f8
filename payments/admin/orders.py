"""Orders: the list, and the page that tells one order's whole story."""

import contextlib
import re
import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from coursesite.lib import clock
from coursesite.lib.desk import NEWS, ReadOnly, pill
from payments import coupons, gateway, gifts, leases, refunds, settlement, timeline, undecided
from payments.admin import deciding, erasing, giving_back, sheet, shown
from payments.models import Attempt, Claim, Order, Receipt

NUMBER = re.compile(r"(P?)(\d{4})-(\d{1,9})")  # of a receipt
FOUND_BY = (
    "attempts__session_id",
    "attempts__subscription_id",
    "attempts__payment_intent_id",
    "attempts__payments__gateway_id",
    "attempts__payments__refunds__gateway_id",
    "attempts__payments__disputes__gateway_id",
    "gift__code",
    "coupon_hold__coupon__code",
)


class Asking(admin.SimpleListFilter):
    """A filter in plain words: what is asked, and the condition that answers yes."""

    yes: Q

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(self.yes if self.value() == "yes" else ~self.yes)


class Monthly(Asking):
    title, parameter_name, yes = "monthly payments", "monthly", Q(instalments__gt=1)


class Disputed(Asking):
    title, parameter_name, yes = "dispute", "dispute", Q(disputed=True)


class IsGift(Asking):
    title, parameter_name, yes = "gift", "gift", Q(is_gift=True)


class State(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, capfirst(state.label)) for state in Order.State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(state=self.value()) if self.value() in Order.State.values else queryset


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin[Order]):
    nothing_yet = "The first person who begins to pay makes the first one."
    list_display = ["number", "ordered", "email", "what", "price", "standing"]
    list_filter = [State, Disputed, "livemode", IsGift, Monthly]
    search_fields = ["email"]  # the rest by `get_search_results`
    search_help_text = "Address, order or receipt number, a code, or an id from the payment company."
    date_hierarchy = "created_at"
    list_per_page = 50
    view_on_site = False  # the receipt is its buyer's page
    actions = ["ask_again"]
    change_list_template = "payments/desk/orders.html"
    change_form_template = "payments/desk/order.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("decisions/", view(self.decisions), name="payments_order_decisions"),
            path("<int:pk>/refund/", view(self.refund), name="payments_order_refund"),
            path("person/<int:pk>/erase/", view(self.erase), name="payments_order_erase"),
            *super().get_urls(),
        ]

    def erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        return erasing.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def decisions(self, request: HttpRequest) -> HttpResponse:
        return deciding.page(request, self.admin_site.each_context(request) | {"opts": self.opts})

    def refund(self, request: HttpRequest, pk: int) -> HttpResponse:
        return giving_back.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("lines")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Every word must be found somewhere; each place is asked by itself, because one wide join is slow."""
        for word in search_term.replace("\x00", "").split()[:8]:
            found = Q(email__icontains=word) | Q(pk__in=found_by(word))
            if word.isdecimal() and len(word) < 18:  # people read the number with its leading zeros
                found |= Q(pk=int(word))
            queryset = queryset.filter(found)
        return queryset, False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        page = {} if order is None else self.page_of(order)
        return super().change_view(request, object_id, form_url, {**page, **(extra_context or {})})

    def page_of(self, order: Order) -> dict[str, Any]:
        return {
            "title": f"Order {order.number}",
            "order": order,
            "standing": shown.state(order),
            "price": shown.price(order),
            "facts": sheet.facts(order),
            "tables": sheet.tables(order, now=clock.now()),
            "story": timeline.of(order),
            "left": bool(refunds.all_of_it(order)),
            "claim": Claim.objects.filter(order=order, state=Claim.State.UNCLAIMED).first(),
            "waits": undecided.count(order=order),
        }

    @admin.display(description="ordered", ordering="created_at")
    def ordered(self, order: Order) -> str:
        return date_format(order.created_at, "DATE_FORMAT")

    @admin.display(description="what")
    def what(self, order: Order) -> str | SafeString:
        gift = pill("gift", NEWS, "gift")
        return format_html("{} {}", order.title, gift) if order.is_gift else order.title

    @admin.display(description="amount", ordering="amount_minor")
    def price(self, order: Order) -> str:
        return shown.price(order)

    @admin.display(description="state", ordering="state")
    def standing(self, order: Order) -> SafeString:
        return shown.state(order)

    @admin.action(description="Ask the payment company again", permissions=["view"])
    def ask_again(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        attempts = Attempt.objects.filter(order__in=orders).exclude(state=Attempt.State.NEVER_EXISTED)
        for attempt in attempts.select_related("order"):
            tell(request, attempt)


def found_by(word: str) -> QuerySet[Order, int]:
    """The orders that a word names exactly: by an id, a code, a receipt's number, or the public key."""
    found = Q(pk__in=[])
    typed = {"gift__code": gifts.tidy(word), "coupon_hold__coupon__code": coupons.tidy(word)}
    for place in FOUND_BY:
        found |= Q(pk__in=Order.objects.filter(**{place: typed.get(place, word)}).order_by().values("pk"))
    if number := NUMBER.fullmatch(word):
        papers = Receipt.objects.filter(livemode=not number[1], year=number[2], serial=number[3])
        found |= Q(pk__in=papers.order_by().values("order"))
    with contextlib.suppress(ValueError):
        found |= Q(key=uuid.UUID(word))
    return Order.objects.filter(found).values_list("pk", flat=True)


def tell(request: HttpRequest, attempt: Attempt) -> None:
    """Settle one attempt and say what came of it."""
    before = attempt.order.state
    try:
        order = settlement.settle(attempt=attempt, now=clock.now())
    except (gateway.DownError, leases.BusyError):
        messages.warning(request, f"{attempt.order}: no answer now. Try again in a minute.")
    except gateway.RefusedError as refused:
        messages.error(request, f"{attempt.order}: the payment company refused ({refused}).")
    else:
        change = "as before" if order.state == before else f"before: {Order.State(before).label}"
        messages.success(request, f"{order}: {order.get_state_display()} ({change}).")
