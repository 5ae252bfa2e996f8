from django import forms


class Everything(forms.Form):
    """One field of each kind."""

    first_name = forms.CharField(
        label="First name",
        error_messages={"required": "Enter your first name"},
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    email = forms.EmailField(
        label="Email",
        help_text="For your receipt and lesson news.",
        error_messages={"invalid": "Add the part after @, such as ann@example.org"},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    note = forms.CharField(
        label="A note to yourself", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    time = forms.ChoiceField(
        label="Time of day",
        choices=[("", "Choose…"), ("m", "Morning"), ("e", "Evening")],
        error_messages={"required": "Choose a time of day"},
    )
    side = forms.ChoiceField(
        label="Which side?",
        choices=[
            ("left", "Left"),
            ("right", "Right, and sometimes the back of the neck when the day has been long"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a side"},
    )
    letters = forms.BooleanField(
        label="Write to me when a lesson opens",
        help_text="At most one letter a day, at 9:00 your time.",
        error_messages={"required": "Tick the box to go on"},
    )
