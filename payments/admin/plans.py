"""Monthly payments: how far each plan is, and which are late."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from coursesite.lib.desk import BAD, GOOD, NEWS, QUIET, TAKE_CARE, ReadOnly, pill
from payments.admin import sheet
from payments.models import Instalment, Plan

STATES = {
    Plan.State.ACTIVE: (NEWS, "clock"),
    Plan.State.COMPLETE: (GOOD, "done"),
    Plan.State.PAST_DUE: (TAKE_CARE, "caution"),
    Plan.State.DEFAULTED: (BAD, "error"),
    Plan.State.CANCELLED: (QUIET, "lock"),
}
STILL = [Instalment.State.DUE, Instalment.State.PAST_DUE]


@admin.register(Plan)
class PlanAdmin(ReadOnly, admin.ModelAdmin[Plan]):
    list_display = ["order", "buyer", "standing", "paid", "next_due", "late", "ends"]
    list_filter = ["state"]
    list_select_related = ["order"]
    search_fields = ["order__email", "=subscription_id", "=customer_id"]
    search_help_text = "The buyer’s address, or an id from the payment company."
    readonly_fields = ["standing", "paid", "next_due"]
    change_form_template = "payments/desk/plan.html"
    fieldsets = [
        ("Plan", {"fields": [
            "order", "standing", "paid", "next_due", "late_since", "started_at", "ends_at", "over_at",
            "subscription_id", "customer_id", "seen_at"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        paid = Count("instalments", filter=Q(instalments__state=Instalment.State.PAID))
        off = Count("instalments", filter=Q(instalments__state=Instalment.State.WRITTEN_OFF))
        due = Min("instalments__due_at", filter=Q(instalments__state__in=STILL))
        return super().get_queryset(request).annotate(count_paid=paid, count_off=off, first_due=due)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        plan = self.get_object(request, object_id)
        page = {}
        if plan is not None:
            page = {"table": sheet.instalments(list(plan.instalments.all()), plan.order)}
        return super().change_view(request, object_id, form_url, {**page, **(extra_context or {})})

    @admin.display(description="buyer", ordering="order__email")
    def buyer(self, plan: Plan) -> str:
        return plan.order.email

    @admin.display(description="state", ordering="state")
    def standing(self, plan: Plan) -> SafeString:
        if plan.state == Plan.State.COMPLETE and getattr(plan, "count_off", False):
            return pill("ended, the rest given up", QUIET, "done")
        return pill(plan.get_state_display(), *STATES[Plan.State(plan.state)])

    @admin.display(description="paid", ordering="count_paid")
    def paid(self, plan: Plan) -> str:
        return f"{getattr(plan, 'count_paid', 0)} of {plan.order.instalments}"

    @admin.display(description="next payment", ordering="first_due")
    def next_due(self, plan: Plan) -> str:
        return day(getattr(plan, "first_due", None)) or "none"

    @admin.display(description="late since", ordering="late_since")
    def late(self, plan: Plan) -> str:
        return day(plan.late_since)

    @admin.display(description="ends", ordering="ends_at")
    def ends(self, plan: Plan) -> str:
        return day(plan.over_at or plan.ends_at)


def day(moment: dt.datetime | None) -> str:
    return date_format(moment, "DATE_FORMAT") if moment else ""
