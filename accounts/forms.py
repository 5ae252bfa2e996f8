import zoneinfo
from typing import Any

from allauth.account.fields import PasswordField
from allauth.account.forms import LoginForm as CodeLoginForm
from django import forms

from accounts.models import User
from coursesite.lib import localtime


def zone_choices() -> list[tuple[str, str]]:
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/")
    )
    return [(name, name.replace("_", " ").replace("/", " / ")) for name in [*names, "UTC"]]


class LoginForm(CodeLoginForm):
    """allauth's form that sends a code to the address; with a password typed as well it asks for no code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email"
        # allauth leaves the field out when signing up asks for no password; ours may be added later by its owner.
        self.fields["password"] = PasswordField(
            label="Password", autocomplete="current-password", required=False
        )


class ProfileForm(forms.Form):
    """How to call a person and when their morning is."""

    name = forms.CharField(
        label="What shall I call you?",
        help_text="A first name is fine. Only you and your letters see it.",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    time_zone = forms.ChoiceField(
        label="Your time zone",
        help_text="Lessons open and letters come at 9:00 by this clock.",
        choices=zone_choices,
    )
    lesson_letters = forms.BooleanField(
        label="Write to me when a lesson opens",
        help_text="At most one letter a day. Receipts and sign-in codes come either way.",
        required=False,
    )

    def clean_name(self) -> str:
        """One line: the name stands in the greeting of letters."""
        return " ".join(self.cleaned_data["name"].split())


class ZoneForm(forms.Form):
    """The zone that the browser says; anything else than a known name is refused."""

    time_zone = forms.CharField(max_length=64)

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        if not localtime.is_zone(name):
            raise forms.ValidationError("This is not a time zone we know. Choose yours from the list.")
        return name


class UserAdminForm(forms.ModelForm[User]):
    """A person made at the desk has no password; they sign in by a code sent to the address."""

    class Meta:
        model = User
        fields = ["email", "is_active", "is_staff", "is_superuser", "groups"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
