"""What the buyer types. The price is never among it."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html

from courses.models import Course

EMAIL_FAULTS = {
    "required": "Type your email address.",
    "invalid": "Check the email address: it should look like ann@example.org.",
}


class BuyForm(forms.Form):
    """An address, asked once and only of guests, and the yes to the terms."""

    email = forms.EmailField(
        max_length=254,
        help_text="Your course and your receipt go here.",
        error_messages=EMAIL_FAULTS,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    agreed = forms.BooleanField(
        error_messages={"required": "Tick the box if you agree. Without it the course cannot be sold."}
    )

    def __init__(self, *args: Any, course: Course, signed_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signed_in:
            del self.fields["email"]
        self.fields["agreed"].label = format_html(
            "I’ve read <a href='{}#not'>when not to do this</a>. I understand that this is education, not treatment, "
            "and that results vary. I agree to the <a href='{}'>terms</a>.",
            course.get_absolute_url(),
            reverse("courses:page", args=["terms"]),
        )


class AddressForm(forms.Form):
    """The address again, without the slip."""

    email = forms.EmailField(
        label="The right email address",
        max_length=254,
        error_messages=EMAIL_FAULTS,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class WithdrawalForm(forms.Form):
    """Nobody has to say why."""

    note = forms.CharField(
        label="Anything you want to tell me",
        max_length=1000,
        required=False,
        help_text="No reason needed. It helps me to make the course better.",
        error_messages={"max_length": "That is longer than 1,000 characters. Shorten it a little."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
