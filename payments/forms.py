"""What the buyer types. The price is never among it."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html

from courses.models import Course
from payments import till

MOST_OF_A_CODE = 40
EMAIL_FAULTS = {
    "required": "Type your email address.",
    "invalid": "Check the email address: it should look like ann@example.org.",
}


def code_field() -> forms.CharField:
    """A code that lowers the price."""
    return forms.CharField(
        label="Your code",
        required=False,
        max_length=MOST_OF_A_CODE,
        error_messages={"max_length": till.NOTHING_OFF},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class BuyForm(forms.Form):
    """How to pay, an address (asked once and only of guests), and each yes in a box of its own."""

    price = forms.ChoiceField(
        label="How would you like to pay?",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "This way to pay is not on offer any more. Choose another one."},
    )
    code = code_field()
    email = forms.EmailField(
        max_length=254,
        help_text="Your course and your receipt go here.",
        error_messages=EMAIL_FAULTS,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    agreed = forms.BooleanField(
        error_messages={"required": "Tick the box if you agree. Without it the course cannot be sold."}
    )
    at_once = forms.BooleanField(
        error_messages={
            "required": "Tick the box so that I may open the course as soon as you have paid. The law wants you to ask "
            "for that."
        }
    )
    may_remind = forms.BooleanField(
        label="If I don’t finish paying, you may write to me once to remind me.", required=False
    )

    def __init__(self, *args: Any, shown: till.Till, signed_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.needless(shown, signed_in=signed_in):
            del self.fields[name]
        if "price" in self.fields:
            self.fields["price"].choices = shown.choices  # type: ignore[attr-defined]
        course = shown.course
        self.fields["agreed"].label = format_html(
            "I’ve read <a href='{}#not'>when not to do this</a>. I understand that this is education, not treatment, "
            "and that results vary. I agree to the <a href='{}'>terms</a>.",
            course.get_absolute_url(),
            reverse("courses:page", args=["terms"]),
        )
        if "at_once" in self.fields:
            self.fields["at_once"].label = let_in_at_once(course)

    @staticmethod
    def needless(shown: till.Till, *, signed_in: bool) -> list[str]:
        """Fields that this buyer need not see."""
        needless = ["email"] if signed_in else []
        needless += [] if shown.prices and not shown.is_free else ["price"]
        needless += [] if shown.takes_codes else ["code"]
        return needless + (["at_once", "may_remind"] if shown.is_free else [])


def let_in_at_once(course: Course) -> str:
    """What the law wants said where digital goods begin before the time to withdraw is over (Directive 2011/83/EU,
    article 16 m), in plain words, and what stays promised all the same."""
    words = (
        "Let me in right away. I know that where the law gives me 14 days to withdraw, that right ends once the course "
        "has begun."
    )
    if not course.refund_days:
        return words
    return (
        f"{words} Your own promise stays: {course.refund_days} days to change my mind, and all my money back."
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


class LeavingForm(forms.Form):
    """An account is not deleted by a slip."""

    sure = forms.BooleanField(
        label="I know that this can’t be undone",
        error_messages={"required": "Tick this box to say that you mean it."},
    )
