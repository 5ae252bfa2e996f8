"""Receipts and refund notes: found, added up, and handed to the tax adviser."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import desk
from courses import fields
from coursesite.lib import clock, desk_log, handing, localtime, spreadsheet
from coursesite.lib.desk import GOOD, NEWS, ReadOnly, pill
from payments import gateway
from payments.admin import shown
from payments.admin.orders import NUMBER
from payments.models import Receipt

HEADS = ["Number", "Date", "Kind", "In or out", "Order", "Net", "Tax", "Gross", "Currency"]
OUT = Receipt.Kind.REFUND


class Year(admin.SimpleListFilter):
    """Years that have papers."""

    title = "year"
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(year), str(year)) for year in years()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Receipt]) -> QuerySet[Receipt]:
        year = self.value() or ""
        return queryset.filter(year=int(year)) if year.isdecimal() and len(year) == 4 else queryset


def years() -> list[int]:
    return list(Receipt.objects.order_by("-year").values_list("year", flat=True).distinct())


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, admin.ModelAdmin[Receipt]):
    nothing_yet = "Each payment and each refund makes one, and mails it to whoever paid."
    list_display = ["number", "kind_shown", "issued_at", "amount", "order", "buyer", "paper"]
    list_filter = [Year, "kind", "livemode"]
    list_select_related = ["order"]
    search_fields = ["order__email"]
    search_help_text = "A receipt’s number, an order’s number, or the buyer’s address."
    change_list_template = "payments/desk/papers.html"
    fields = ["number", "kind", "order", "amount", "issued_at", "paper"]
    readonly_fields = ["number", "amount", "paper"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [path("export/<int:year>/", view, name="payments_receipt_export"), *super().get_urls()]

    def export(self, request: HttpRequest, year: int) -> HttpResponseBase:
        """One year as a table, for the tax adviser; real papers on a real site, practice papers on a practice site."""
        desk.needs(request, "payments.view_receipt")
        papers = Receipt.objects.filter(year=year, livemode=gateway.is_live()).select_related("order")
        if not papers.exists():
            raise Http404
        now, counted = clock.now(), list[int]()
        rows = (row(one) for one in papers.order_by("serial").iterator(chunk_size=500))
        answer = handing.out(
            request,
            lambda into: counted.append(spreadsheet.write(into, HEADS, rows)),
            name=f"receipts-{year}{'' if gateway.is_live() else '-practice'}.csv",
            content_type=spreadsheet.CONTENT_TYPE,
        )
        words = f"Took the papers of {year} out as a file: {counted[0]:,} rows."
        desk_log.record(actor=desk.actor(request), kind=desk_log.Kind.EXPORT, words=words, now=now)
        return answer

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Receipt], search_term: str
    ) -> tuple[QuerySet[Receipt], bool]:
        word = search_term.strip()
        if number := NUMBER.fullmatch(word):
            return queryset.filter(livemode=not number[1], year=number[2], serial=number[3]), False
        if word.isdecimal() and len(word) < 18:
            return queryset.filter(order=int(word)), False
        return super().get_search_results(request, queryset, word)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With what the shown papers add up to, over all pages."""
        answer = super().changelist_view(request, extra_context)
        context = getattr(answer, "context_data", None)
        if context and "cl" in context:
            context |= {"totals": totals(context["cl"].queryset), "years": years()}
        return answer

    @admin.display(description="kind", ordering="kind")
    def kind_shown(self, paper: Receipt) -> SafeString:
        tone, icon = (NEWS, "undo") if paper.kind == OUT else (GOOD, "done")
        return pill(paper.get_kind_display(), tone, icon)

    @admin.display(description="buyer")
    def buyer(self, paper: Receipt) -> str:
        return str(paper.content["buyer"])

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, paper: Receipt) -> str:
        return shown.amount(paper.amount_minor, paper.currency)

    @admin.display(description="paper")
    def paper(self, paper: Receipt) -> SafeString:
        url = reverse("payments:paper", args=[paper.order.key, paper.number])
        return format_html(
            '<a href="{}">See it<span class="visually-hidden"> {}</span></a>', url, paper.number
        )


def totals(papers: QuerySet[Receipt]) -> list[list[str]]:
    """For each currency: its name, what came, what went back, and what is left of it. In one query."""
    sums: dict[str, dict[bool, int]] = {}
    for one in papers.order_by().values("currency", "kind").annotate(minor=Sum("amount_minor")):
        by = sums.setdefault(one["currency"], {True: 0, False: 0})
        by[one["kind"] == OUT] += one["minor"]
    return [
        [
            currency.upper(),
            *(shown.amount(one, currency) for one in (by[False], by[True], by[False] - by[True])),
        ]
        for currency, by in sorted(sums.items())
    ]


def row(paper: Receipt) -> list[str]:
    """Amounts are never negative: whether money came or went is a column of its own."""
    vat = paper.content["vat"]
    day = localtime.local_day(paper.issued_at, settings.SITE_TIME_ZONE)
    minors = (vat["net_minor"], vat["tax_minor"], paper.amount_minor)
    return [
        paper.number,
        day.isoformat(),
        paper.get_kind_display(),
        "out" if paper.kind == OUT else "in",
        paper.order.number,
        *(fields.price_text(minor, paper.currency) for minor in minors),
        paper.currency.upper(),
    ]
