"""Coupons: made and changed in words, archived instead of deleted, with who used them."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from courses import fields
from courses.admin.content import archive, restore
from courses.models import Course
from coursesite.lib import clock, localtime
from coursesite.lib.desk import GOOD, NEWS, QUIET, pill
from coursesite.lib.together import Together
from payments import coupons
from payments.admin import shown
from payments.admin.shown import Cell, Table
from payments.models import Coupon, CouponHold

FIXED = ["code", "percent", "amount", "currency"]  # what buyers were promised, once somebody used it
MOST_SHOWN = 200


class CouponForm(forms.ModelForm[Coupon]):
    amount = forms.CharField(
        label="Amount off", max_length=20, required=False, help_text="In whole currency, like 20 or 19.50."
    )
    currency = forms.ChoiceField(required=False, help_text="Of the amount.")
    starts_at = fields.MomentField(label="From", required=False)
    ends_at = fields.MomentField(label="Until", required=False)

    class Meta:
        model = Coupon
        fields = ["code", "percent", "course", "starts_at", "ends_at", "most", "most_each", "note"]
        help_texts = {
            "code": "Capitals and digits, like SPRING10. Spaces and dashes are left out.",
            "percent": "1 to 100; or an amount below, not both. Monthly payments take percentages only.",
        }
        error_messages = {"code": {"unique": "There is a coupon with this code already."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coupon, where = self.instance, f"{localtime.place(settings.SITE_TIME_ZONE)} time."
        self.fields["starts_at"].help_text = f"{where} Empty: at once."
        self.fields["ends_at"].help_text = f"{where} Empty: until you archive it."
        known = set(Course.objects.values_list("currency", flat=True)) | {coupon.currency or "usd"}
        currency: Any = self.fields["currency"]
        currency.choices = [("", "none"), *((one.lower(), one.upper()) for one in sorted(known))]
        if coupon.amount_minor is not None:
            self.initial["amount"] = fields.price_text(coupon.amount_minor, coupon.currency)
            self.initial["currency"] = coupon.currency
        if coupon.pk and coupon.holds.exists():
            for name in (one for one in FIXED if one in self.fields):
                self.fields[name].disabled = True
                self.fields[
                    name
                ].help_text = "Fixed, because somebody used it. Make a new one from it instead."

    def clean_code(self) -> str:
        code = coupons.tidy(str(self.cleaned_data["code"]))
        if not re.fullmatch("[A-Z0-9]{3,40}", code):
            raise ValidationError("A code is 3 to 40 capitals and digits, like SPRING10.")
        return code

    def clean_percent(self) -> int | None:
        percent: int | None = self.cleaned_data["percent"]
        if percent is not None and not 1 <= percent <= 100:
            raise ValidationError("A percentage is 1 to 100.")
        return percent

    def clean_most(self) -> int | None:
        most: int | None = self.cleaned_data["most"]
        if most is not None and most < self.instance.taken:
            raise ValidationError(f"It is in use {self.instance.taken} times already.")
        return most

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("starts_at", "ends_at"):
            if name in data and name not in self.changed_data:
                data[name] = self.initial.get(name)  # as it was, to the second
        self._clean_worth(data)
        course = data.get("course")
        if course and data.get("currency") and data["currency"] != course.currency.lower():
            self.add_error("currency", f"The course is sold in {course.currency.upper()}.")
        if data.get("starts_at") and data.get("ends_at") and data["starts_at"] >= data["ends_at"]:
            self.add_error("ends_at", "It must end after it begins.")
        return data

    def _clean_worth(self, data: dict[str, Any]) -> None:
        """A percentage or an amount; what the form does not know of is put on the row."""
        amount, currency = str(data.get("amount") or "").strip(), data.get("currency") or ""
        self.instance.amount_minor, self.instance.currency = None, ""
        if "percent" not in data:
            return
        if (data["percent"] is None) == (not amount):
            self.add_error("percent", "Write either a percentage or an amount.")
        elif amount and not currency:
            self.add_error("currency", "Choose the currency of the amount.")
        elif amount:
            try:
                self.instance.amount_minor = shown.typed_minor(amount, currency)
                self.instance.currency = currency
            except ValidationError as error:
                self.add_error("amount", error)


class Standing(admin.SimpleListFilter):
    title = "how it stands"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("live", "can be used now"),
            ("early", "not begun"),
            ("over", "over or used up"),
            ("archived", "archived"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Coupon]) -> QuerySet[Coupon]:
        now = clock.now()
        early = Q(starts_at__gt=now)
        over = Q(ends_at__lte=now) | Q(most__isnull=False, taken__gte=F("most"))
        kept = queryset.filter(archived_at=None)
        found = {
            "live": kept.exclude(early).exclude(over),
            "early": kept.filter(early).exclude(over),
            "over": kept.filter(over),
            "archived": queryset.exclude(archived_at=None),
        }
        return found.get(self.value() or "", queryset)


class OfCourse(admin.RelatedFieldListFilter):
    """Its last choice has a name: coupons that are good for every course."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = SafeString("any course")


@admin.register(Coupon)
class CouponAdmin(Together, admin.ModelAdmin[Coupon]):
    nothing_yet = "A coupon makes a course cheaper for whoever has its code."
    form = CouponForm
    list_display = ["code", "takes", "for_course", "standing", "used", "paying", "left", "until", "note"]
    list_filter = [Standing, ("course", OfCourse)]
    list_select_related = ["course"]
    search_fields = ["code", "note"]
    search_help_text = "The code, or a word of your note."
    actions = [archive, restore]
    change_form_template = "payments/desk/coupon.html"
    fieldsets = [
        ("What it takes off", {"fields": ["code", "percent", "amount", "currency", "course"]}),
        ("When and how often", {"fields": ["starts_at", "ends_at", "most", "most_each"]}),
        ("For you", {"fields": ["note"]}),
    ]  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        """Orders name it: it is archived instead."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        used = Count("holds", filter=Q(holds__state=CouponHold.State.REDEEMED))
        paying = Count("holds", filter=Q(holds__state=CouponHold.State.HELD))
        rows: QuerySet[Coupon] = super().get_queryset(request)
        return rows.annotate(times_used=used, times_held=paying)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?copy=` begins a new coupon from another one; its code is to be made up."""
        pk = request.GET.get("copy", "")
        coupon = Coupon.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 18 else None
        if coupon is None:
            return {}
        names = ["percent", "course", "starts_at", "ends_at", "most", "most_each", "note", "currency"]
        amount = coupon.amount_minor
        text = "" if amount is None else fields.price_text(amount, coupon.currency)
        return {name: getattr(coupon, name) for name in names} | {"amount": text}

    def save_model(self, request: HttpRequest, obj: Coupon, form: Any, change: bool) -> None:
        """What is typed, and nothing else. The row is locked meanwhile, so that nobody takes a use of it, and a limit
        cannot slip below what is taken."""
        if not change:
            obj.created_at = clock.now()
            obj.save()
            return
        typed = [
            name for name in CouponForm.Meta.fields if name not in FIXED or not form.fields[name].disabled
        ]
        worth = [] if form.fields["amount"].disabled else ["amount_minor", "currency"]
        obj.save(update_fields=[*typed, *worth])

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        coupon = self.get_object(request, object_id) if request.method == "GET" else None
        page = {"usage": usage(coupon), "words": self.takes(coupon)} if coupon else {}
        return super().change_view(request, object_id, form_url, {**page, **(extra_context or {})})

    @admin.display(description="takes off")
    def takes(self, coupon: Coupon) -> str:
        return f"{coupon.percent} %" if coupon.percent else shown.amount(coupon.amount_minor, coupon.currency)

    @admin.display(description="amount off")
    def amount(self, coupon: Coupon) -> str:
        """For whoever may only look: then no form shows it."""
        return "" if coupon.amount_minor is None else shown.amount(coupon.amount_minor, coupon.currency)

    @admin.display(description="course", ordering="course__title")
    def for_course(self, coupon: Coupon) -> str:
        return str(coupon.course or "any")

    @admin.display(description="until", ordering="ends_at")
    def until(self, coupon: Coupon) -> str:
        if coupon.ends_at is None:
            return ""
        day = localtime.local_day(coupon.ends_at, settings.SITE_TIME_ZONE)
        return date_format(day, "DATE_FORMAT")

    @admin.display(description="how it stands")
    def standing(self, coupon: Coupon) -> SafeString:
        return standing(coupon)

    @admin.display(description="used", ordering="times_used")
    def used(self, coupon: Coupon) -> int:
        return int(getattr(coupon, "times_used", 0))

    @admin.display(description="being paid", ordering="times_held")
    def paying(self, coupon: Coupon) -> int:
        return int(getattr(coupon, "times_held", 0))

    @admin.display(description="left")
    def left(self, coupon: Coupon) -> str:
        return left(coupon)


def left(coupon: Coupon) -> str:
    return "no limit" if coupon.most is None else str(coupon.most - coupon.taken)


def standing(coupon: Coupon) -> SafeString:
    now = clock.now()
    if coupon.archived_at:
        return pill("archived", QUIET, "lock")
    if coupon.ends_at and coupon.ends_at <= now:
        return pill("over", QUIET, "clock")
    if coupon.most is not None and coupon.taken >= coupon.most:
        return pill("used up", QUIET, "done")
    if coupon.starts_at and coupon.starts_at > now:
        return pill("not begun", NEWS, "clock")
    return pill("live", GOOD, "done")


def usage(coupon: Coupon) -> Table:
    """Who used it, newest first."""
    holds = coupon.holds.select_related("order")
    rows = [
        [Cell(str(one.order), reverse("admin:payments_order_change", args=[one.order_id])), one.order.email,
         one.get_state_display(), shown.moment(one.held_at)]
        for one in holds[:MOST_SHOWN]
    ]  # fmt: skip
    return Table("Who used it", ["Order", "Buyer", "State", "Since"], rows, note=f"Left: {left(coupon)}.")
