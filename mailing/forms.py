from django import forms


class Preferences(forms.Form):
    """Which letters somebody wants. Receipts and sign-in codes are no choice: they answer what the person did."""

    lessons = forms.BooleanField(
        label="Lesson letters",
        help_text="At most one a day, in your own morning, when a lesson has opened for you.",
        required=False,
    )
