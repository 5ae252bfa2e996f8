"""How much goes back, of which payment, for what, and why."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from payments import refunds
from payments.admin import shown
from payments.models import Order

ALL, PART = "all", "part"


class RefundForm(forms.Form):
    """Amounts are typed in whole currency; which payment and which line are asked only if there are several."""

    how_much = forms.ChoiceField(label="How much", widget=forms.RadioSelect)
    payment = forms.ChoiceField(label="A part of which payment", required=False)
    amount = forms.CharField(
        label="Amount, if it is a part",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    line = forms.ChoiceField(
        label="For what, if it is a part",
        required=False,
        help_text="Where all of a course’s price goes back, access to that course ends. The others stay.",
    )
    ends_access = forms.BooleanField(
        label="End access with it",
        required=False,
        help_text="Only for a part. When all of it goes back, access ends anyway.",
    )
    note = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="For you and whoever looks later.",
        error_messages={"required": "Write why, in a word or two."},
    )

    def __init__(self, *args: Any, order: Order, parts: refunds.Parts, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.order, self.parts = order, parts
        self.lines = list(order.lines.all())
        self._choose_how_much()
        self._choose("payment", [(str(one.pk), self._name(number)) for number, (one, _) in enumerate(parts)])
        self._choose("line", [("", "The whole order"), *((str(one.pk), one.title) for one in self.lines)], 3)
        self.fields["amount"].help_text = f"In {order.currency.upper()}, like 50 or 49.50."
        if order.is_plan:
            self.fields["ends_access"].help_text += " The payments still to come are given up then."

    def _choose_how_much(self) -> None:
        total = shown.amount(sum(left for _, left in self.parts), self.order.currency)
        choices = [(ALL, f"All of it: {total}")]
        if len(self.parts) > 1:
            choices += [
                (str(one.pk), f"All of {self._name(number)}") for number, (one, _) in enumerate(self.parts)
            ]
        how_much: Any = self.fields["how_much"]
        how_much.choices = [*choices, (PART, "A part of it")]
        self.initial.setdefault("how_much", ALL)

    def _choose(self, name: str, choices: list[tuple[str, str]], fewest: int = 2) -> None:
        if len(choices) < fewest:
            del self.fields[name]
        else:
            field: Any = self.fields[name]
            field.choices = choices

    def _name(self, number: int) -> str:
        payment, left = self.parts[number]
        came = shown.amount(payment.captured_minor, payment.currency)
        rest = (
            "" if left == payment.captured_minor else f", {shown.amount(left, payment.currency)} left of it"
        )
        return f"payment {number + 1}: {came} of {shown.moment(payment.captured_at)}{rest}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("how_much") == PART:
            try:
                self.minor = self._part(data)
            except ValidationError as error:
                self.add_error("amount", error)
        return data

    def _chosen(self, data: dict[str, Any]) -> tuple[Any, int]:
        pk = data.get("payment") or str(self.parts[0][0].pk)
        return next((one, left) for one, left in self.parts if str(one.pk) == pk)

    def _part(self, data: dict[str, Any]) -> int:
        typed = str(data.get("amount") or "").strip()
        if not typed:
            raise ValidationError("Write how much goes back, like 50 or 49.50.")
        minor = shown.typed_minor(typed, self.order.currency)
        _, left = self._chosen(data)
        if minor > left:
            raise ValidationError(f"Only {shown.amount(left, self.order.currency)} can go back.")
        return minor

    def wish(self) -> dict[str, Any]:
        """What was typed, fit for the session."""
        data = self.cleaned_data
        is_part = data["how_much"] == PART
        if is_part:
            parts = [(self._chosen(data)[0].pk, self.minor)]
        else:
            parts = [(one.pk, left) for one, left in self.parts if data["how_much"] in (ALL, str(one.pk))]
        return {
            "order": self.order.pk,
            "parts": parts,
            "is_part": is_part,
            "line": int(data["line"]) if is_part and data.get("line") else None,
            "ends_access": is_part and data["ends_access"],
            "note": data["note"],
        }
