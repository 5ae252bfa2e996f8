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
