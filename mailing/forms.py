from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coursesite.lib import localtime
from mailing import publish
from mailing.models import Contact, Sequence, Step


class Preferences(forms.Form):
    """Which letters somebody wants. Receipts and sign-in codes are no choice: they answer what the person did."""

    lessons = forms.BooleanField(
        label="Lesson letters",
        help_text="At most one a day, in your own morning, when a lesson has opened for you.",
        required=False,
    )


class StepForm(forms.ModelForm[Step]):
    """A step's place and its text; saving publishes."""

    subject = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"size": 80}))
    preheader = forms.CharField(
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text="Shown in the inbox.",
    )
    body = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 24, "cols": 90}),
        help_text="Markdown. {first_name}, {lesson_title} and the like are filled in; the button stands alone on "
        "its line: {button:Open the lesson}",
    )

    class Meta:
        model = Step
        fields = ["sequence", "key", "position", "day", "subject_of"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if revision := self.instance.revision:
            for name in ("subject", "preheader", "body"):
                self.initial[name] = getattr(revision, name)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        sequence = data.get("sequence") or (self.instance.sequence if self.instance.pk else None)
        if isinstance(sequence, Sequence) and {"subject", "body"} <= data.keys():
            data["body"] = data["body"].replace("\r\n", "\n").strip() + "\n"
            try:
                publish.check(
                    sequence=sequence, subject=data["subject"], preheader=data["preheader"], body=data["body"]
                )
            except publish.Refused as error:
                raise ValidationError(str(error)) from error
        return data


class ContactForm(forms.ModelForm[Contact]):
    class Meta:
        model = Contact
        fields = ["name", "time_zone"]

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone and not localtime.is_zone(zone):
            raise ValidationError("This time zone does not exist. Write it like America/New_York.")
        return zone
