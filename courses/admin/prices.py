"""What a course costs, typed at the desk in whole currency: its price, a sale, and other ways to pay."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from courses import fields
from courses.models import Course, Price
from courses.models.prices import MOST_PAYMENTS
from coursesite.lib import clock, localtime

ALL_THREE = "A sale needs all three: its price, its beginning and its end. Or leave all three empty."


class PricedForm(forms.ModelForm[Course]):
    """The part of a course's form that is about money."""

    price = forms.CharField(max_length=20, help_text="In whole currency, like 149.00; 0 is free.")
    sale_price = forms.CharField(
        max_length=20,
        required=False,
        help_text="In whole currency, lower than the price. The page then says “instead of” the price above, so "
        "begin no sale just after raising it: in the EU the lowest price of the last 30 days is the one to name.",
    )
    sale_from = fields.MomentField(label="Sale begins", required=False)
    sale_until = fields.MomentField(label="Sale ends", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        where = f"{localtime.place(settings.SITE_TIME_ZONE)} time."
        self.fields["sale_from"].help_text = where
        self.fields["sale_until"].help_text = f"{where} The sale is gone by itself then, also on open pages."
        if self.instance.pk:
            currency, sale = self.instance.currency, self.instance.sale_minor
            self.initial["price"] = fields.price_text(self.instance.price_minor, currency)
            self.initial["sale_price"] = "" if sale is None else fields.price_text(sale, currency)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("sale_from", "sale_until"):
            if name in data and name not in self.changed_data:
                data[name] = self.initial.get(name)  # as it was, to the second
        if data.get("currency"):
            self.instance.price_minor = self.minor("price", data) or 0
            self.instance.sale_minor = self.minor("sale_price", data)
        if not self.errors:
            self.check_sale(data)
        return data

    def minor(self, name: str, data: dict[str, Any]) -> int | None:
        """The amount typed in a field, in minor units; a fault stands at the field."""
        if not data.get(name):
            return None
        try:
            return fields.sold_minor(data[name], data["currency"])
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def check_sale(self, data: dict[str, Any]) -> None:
        """The sentence of the database about sales, at the field that can mend it."""
        sale, begins, ends = self.instance.sale_minor, data.get("sale_from"), data.get("sale_until")
        given = {"sale_price": sale, "sale_from": begins, "sale_until": ends}
        missing = [name for name, value in given.items() if value is None]
        if len(missing) == len(given):
            return
        for name in missing:
            self.add_error(name, ALL_THREE)
        if sale is not None and sale >= self.instance.price_minor:
            self.add_error("sale_price", "A sale price is lower than the price.")
        if begins and ends and begins >= ends:
            self.add_error("sale_until", "The sale must end after it begins.")


class PriceForm(forms.ModelForm[Price]):
    each = forms.CharField(label="Each payment", max_length=20, help_text="In whole currency, like 52.00.")
    payments = forms.IntegerField(
        label="Monthly payments",
        min_value=1,
        max_value=MOST_PAYMENTS,
        initial=1,
        help_text="1 is paid once. More end by themselves after the last.",
    )
    offered = forms.BooleanField(
        label="On offer",
        required=False,
        initial=True,
        help_text="Without the tick nobody sees it; orders stay.",
    )

    class Meta:
        model = Price
        exclude = ("amount_minor", "archived_at")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        if self.instance.pk:
            self.initial["each"] = fields.price_text(self.instance.amount_minor, currency)
            self.initial["offered"] = self.instance.archived_at is None

    def clean_each(self) -> str:
        typed = str(self.cleaned_data["each"])
        self.instance.amount_minor = fields.sold_minor(typed, self.currency)
        if not self.instance.amount_minor:
            raise ValidationError("A payment is more than 0. To give the course away, make its own price 0.")
        return typed

    def clean_offered(self) -> bool:
        offered = bool(self.cleaned_data["offered"])
        self.instance.archived_at = None if offered else self.instance.archived_at or clock.now()
        return offered


class PriceFormSet(forms.BaseInlineFormSet[Price, Course, forms.ModelForm[Price]]):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Each form knows the currency, also when the same page changes it."""
        posted = str(self.data.get("currency") or "").lower() if self.is_bound else ""
        currency = posted or self.instance.currency
        return {**super().get_form_kwargs(index), "currency": currency}


class PriceInline(admin.StackedInline[Price, Course]):
    """Taken off the offer, never deleted."""

    model = Price
    form = PriceForm
    formset = PriceFormSet
    extra = 0
    verbose_name = "way to pay"
    verbose_name_plural = "Other ways to pay"
    fields = ["position", "title", "key", "note", "payments", "each", "offered"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
