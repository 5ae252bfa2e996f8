"""What readers may send."""

from django import forms

from courses.models import Check


class AnswerForm(forms.Form):
    """A self-check's answer: its number from 1, the index of the answer from 0."""

    check = forms.IntegerField(min_value=1, max_value=99)
    answer = forms.IntegerField(min_value=0, max_value=99)

    @property
    def number(self) -> int:
        """0 when it makes no sense."""
        self.is_valid()
        return int(self.cleaned_data.get("check", 0))

    def chosen(self, check: Check) -> int | None:
        """The index chosen, None when nothing or something not offered was."""
        self.is_valid()
        index = self.cleaned_data.get("answer")
        return index if index is not None and index < len(check.answers) else None


class PositionForm(forms.Form):
    percent = forms.IntegerField(min_value=0, max_value=100, required=False)
    seconds = forms.IntegerField(min_value=0, max_value=24 * 60 * 60, required=False)


class FiveLettersForm(forms.Form):
    """Where the free mini-course shall go."""

    email = forms.EmailField(
        label="Your email address",
        help_text="For these five letters and one about the course. It puts you on no other list.",
        max_length=254,
        error_messages={
            "required": "Type your email address.",
            "invalid": "Check the email address: it should look like ann@example.org.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
