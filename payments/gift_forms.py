"""What a giver types, and what somebody types who was given something. The price is never among it."""

import datetime as dt
import re
import unicodedata
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html

from mailing import placeholders
from payments import gifts
from payments.forms import EMAIL_FAULTS, code_field
from payments.till import Till

SELF, MAIL = "self", "mail"
MOST = 500
FURTHEST = dt.timedelta(days=365)
# What mail programs and phones make a link of: a site's name needs two letters after its dot, "p.m." has one.
ADDRESS = re.compile(r"://|\bwww\.|[^\W_]\.[^\W\d_]{2,}", re.IGNORECASE)
IS_ADDRESS = (
    "Something in it looks like a web address or an email address. Leave it out; if it is none, put a space after "
    "the dot."
)


class NameField(forms.CharField):
    """A name on one line. An address in it is refused: it would become a link in a letter that we send."""

    def __init__(self, *, missing: str, **kwargs: Any) -> None:
        faults = {
            "required": missing,
            "max_length": "That is longer than 80 characters. Shorten it a little.",
        }
        super().__init__(max_length=80, error_messages=faults, **kwargs)

    def to_python(self, value: Any) -> str:
        return placeholders.one_line(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if placeholders.NOT_A_NAME.search(unicodedata.normalize("NFKC", value)):
            raise forms.ValidationError(
                "A name, please, without addresses, dots inside it or characters like < and @."
            )


class WordsField(forms.CharField):
    """Plain words of a few lines. Web addresses are refused: nobody shall have us mail them to people."""

    def to_python(self, value: Any) -> str:
        return "\n".join((super().to_python(value) or "").splitlines()).strip()

    def validate(self, value: str) -> None:
        super().validate(value)
        if ADDRESS.search(unicodedata.normalize("NFKC", value)):
            raise forms.ValidationError(IS_ADDRESS)


class DayField(forms.DateField):
    """From today, by the giver's calendar, a year ahead at most."""

    def __init__(self, **kwargs: Any) -> None:
        faults = {"invalid": "Type the day like 2026-12-24, or leave it empty."}
        super().__init__(widget=DayInput(), error_messages=faults, required=False, **kwargs)
        self.today = dt.date.min

    def count_from(self, today: dt.date) -> None:
        self.today = today
        self.widget.attrs |= {"min": today.isoformat(), "max": (today + FURTHEST).isoformat()}

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        if value is not None and value < self.today:
            raise forms.ValidationError("That day is over. Choose today or a later one.")
        if value is not None and value > self.today + FURTHEST:
            raise forms.ValidationError("That is more than a year ahead. Choose an earlier day.")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def address_field(label: str, **kwargs: Any) -> forms.EmailField:
    return forms.EmailField(label=label, max_length=254, error_messages=EMAIL_FAULTS, **kwargs)


class GiveForm(forms.Form):
    """From whom, for whom, a few words, and how it gets there. `today` is the giver's."""

    email = address_field(
        "Your email address",
        help_text="Your receipt and the gift’s code go here.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    giver_name = NameField(
        label="Your name",
        help_text="As they know you. It stands in the letter and on the card.",
        missing="Type your name, so that they know who it is from.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    recipient_name = NameField(
        label="Their name",
        missing="Type the name of the person it is for.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    message = WordsField(
        label="A few words from you",
        required=False,
        max_length=MOST,
        help_text="Up to 500 characters, no web addresses.",
        error_messages={"max_length": "That is longer than 500 characters. Shorten it a little."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    way = forms.ChoiceField(
        label="How does it get to them?",
        choices=[(SELF, "I pass the code on myself"), (MAIL, "You write to them")],
        initial=SELF,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the two.", "invalid_choice": "Choose one of the two."},
    )
    recipient_email = address_field(
        "Their email address",
        required=False,
        help_text="For this one letter. It puts them on no list.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    send_on = DayField(
        label="On which day?",
        help_text="The letter goes at 9:00 in the morning. Without a day it goes at once.",
    )
    code = code_field()
    agreed = forms.BooleanField(
        error_messages={"required": "Tick the box if you agree. Without it the gift cannot be sold."}
    )

    def __init__(self, *args: Any, shown: Till, today: dt.date, signed_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signed_in:
            del self.fields["email"]
        if not shown.takes_codes:
            del self.fields["code"]
        days = self.fields["send_on"]
        if isinstance(days, DayField):
            days.count_from(today)
        self.fields["agreed"].label = format_html(
            "I’ve read <a href='{}#not'>when not to do this</a>, so I know who it is for. I understand that this is "
            "education, not treatment, and that results vary. I agree to the <a href='{}'>terms</a>.",
            shown.course.get_absolute_url(),
            reverse("courses:page", args=["terms"]),
        )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("way") == SELF:  # what stands in fields that do not count is no fault
            for name in ("recipient_email", "send_on"):
                self.errors.pop(name, None)
                values[name] = None
        elif values.get("way") == MAIL and values.get("recipient_email") == "":
            self.add_error(
                "recipient_email", "Type their email address, or choose to pass the code on yourself."
            )
        return values

    def wish(self) -> gifts.Wish:
        """What was typed, once it is valid."""
        values = self.cleaned_data
        return gifts.Wish(
            giver_name=values["giver_name"],
            recipient_name=values["recipient_name"],
            message=values["message"],
            recipient_email=values["recipient_email"] or "",
            send_on=values["send_on"],
        )


class LetterForm(forms.Form):
    """To whom the letter goes and when, said anew by the giver."""

    email = address_field("Their email address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    send_on = DayField(
        label="On which day?", help_text="At 9:00 in the morning. Without a day it goes at once."
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.fields["send_on"]
        if isinstance(days, DayField):
            days.count_from(today)


class LetterAgainForm(forms.Form):
    """The letter once more, perhaps to a better address."""

    email = address_field("Their email address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class CodeForm(forms.Form):
    """A gift's code as it is read off a card."""

    code = forms.CharField(
        label="The code",
        max_length=60,
        help_text="Four groups of four, like 2345-ABCD-6789-EFGH. Capitals and dashes don’t matter.",
        error_messages={"required": "Type the code.", "max_length": "That is longer than a code."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class OwnAddressForm(forms.Form):
    """Where the code goes that shows whose the course becomes."""

    email = address_field("Your email address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
