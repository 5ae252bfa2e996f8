from typing import Any

from allauth.account.fields import PasswordField
from allauth.account.forms import (
    AddEmailForm,
    BaseConfirmCodeForm,
    ChangePasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from allauth.account.forms import LoginForm as CodeLoginForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.models import Group

from accounts import roles
from accounts.models import User
from coursesite.lib import localtime
from coursesite.templatetags.site import in_words

REGIONS = ("America", "Europe", "Africa", "Asia", "Atlantic", "Australia", "Indian", "Pacific")


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones by region, so that typing the first letters of a city finds it; old names stand last."""
    names = sorted(name for name in localtime.zones() if "/" in name and not name.startswith("Etc/"))
    groups = {region: [name for name in names if name.startswith(f"{region}/")] for region in REGIONS}
    rest = [name for name in names if name.partition("/")[0] not in REGIONS]
    return [
        *(
            (region, [(name, in_words(name.partition("/")[2])) for name in own])
            for region, own in groups.items()
        ),
        ("Others", [(name, in_words(name)) for name in [*rest, "UTC"]]),
    ]


class LoginForm(CodeLoginForm):
    """allauth's form that sends a code to the address; with a password typed as well it asks for no code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email"
        # allauth leaves the field out when signing up asks for no password; ours may be added later by its owner.
        self.fields["password"] = PasswordField(
            label="Password", autocomplete="current-password", required=False
        )


def call(form: forms.BaseForm, **labels: str) -> None:
    """Sentence case for allauth's labels, and no list of rules that the refusals tell anyway."""
    for name, label in labels.items():
        field = form.fields[name]
        field.label = label
        field.help_text = "12 characters or more; a short sentence is good." if name == "password1" else ""


class NewAddressForm(AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call(self, email="New email address")


class NewPasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call(self, password1="Password", password2="The same once more")


class OtherPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call(
            self,
            oldpassword="Password you have now",
            password1="New password",
            password2="The same once more",
        )


class ResetPasswordForm(ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call(self, password1="New password", password2="The same once more")


class TotpForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        call(self, code="Six digits from the app")


class CodeForm(BaseConfirmCodeForm):
    """A code that was sent to the address of somebody who is signed in; `code` is what it must be."""


class PasskeyForm(AddWebAuthnForm):
    """allauth's form for a passkey or a security key, in our words; a passkey is the common case."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["name"] = "My passkey"
        self.fields["name"].label = "A name for it"
        self.fields["name"].help_text = "So that you know it again, for example “my phone”."
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        alone = self.fields["passwordless"]
        alone.initial, alone.label = True, "Let me sign in with it alone"
        alone.help_text = "Leave this off for a security key that comes on top of a code."


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
        fields = ["email", "is_active", "groups"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_groups(self) -> list[Group]:
        """The groups of the roles are not to be ticked here, and nobody loses one by saving this form."""
        role = self.instance.groups.filter(name__in=roles.NAMES) if self.instance.pk else Group.objects.none()
        return [*self.cleaned_data["groups"], *role]
