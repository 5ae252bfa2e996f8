from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coursesite.lib import localtime
from mailing import guards, kinds, places, proof, wordings
from mailing.models import Consent, Contact, Sequence, Step, Suppression

LAST_DAY = 3_650


def after_colon(purpose: str) -> str:
    """The words of a purpose without its name, which is the field's label."""
    words = wordings.text(purpose).partition(": ")[2]
    return words[:1].upper() + words[1:]


class Preferences(forms.Form):
    """Which letters somebody wants. Receipts and sign-in codes are no choice: they answer what the person did.

    Its fields are the purposes that are listed (`choices.listed`). A page that was opened before another one came to be
    listed says nothing about that one.
    """

    lessons = forms.BooleanField(
        label="Lesson letters", help_text=after_colon(Consent.Purpose.LESSONS), required=False
    )
    nudges = forms.BooleanField(
        label="Reminders", help_text=after_colon(Consent.Purpose.NUDGES), required=False
    )
    minicourse = forms.BooleanField(
        label="The five free letters",
        help_text="One every other day, then one about the course.",
        required=False,
    )
    news = forms.BooleanField(
        label="News and offers", help_text=after_colon(Consent.Purpose.NEWS), required=False
    )

    rows = forms.CharField(widget=forms.HiddenInput, required=False)  # what the page listed

    def __init__(self, data: Any = None, *, wanted: dict[str, bool], listed: set[str]) -> None:
        super().__init__(data, initial={**wanted, "rows": " ".join(sorted(listed))})
        shown = listed & {*data["rows"].split()} if data and "rows" in data else listed
        for name in {*Consent.Purpose.values} - shown:
            del self.fields[name]

    def wishes(self) -> dict[str, bool]:
        return {name: wish for name, wish in self.cleaned_data.items() if name != "rows"}


def one_line(**how: Any) -> forms.CharField:
    """What an inbox shows of a letter."""
    return forms.CharField(max_length=150, widget=forms.TextInput(attrs={"size": 80}), **how)


class StepForm(forms.ModelForm[Step]):
    """A step's place and its text; saving publishes."""

    subject = one_line()
    preheader = one_line(required=False, help_text="Stands behind the subject in the inbox.")
    body = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 24, "cols": 90}),
        help_text="Markdown. {first_name}, {lesson_title} and the like are filled in; the button stands alone on "
        "its line: {button:Open the lesson}",
    )

    class Meta:
        model = Step
        fields = ["sequence", "key", "position", "day", "subject_of"]
        help_texts = {
            "key": "A short name that never changes. Empty: made from the subject.",
            "position": "Its place among the letters. Empty: behind the others of its day.",
            "subject_of": "The key of its lesson, such as 1.3. The letter waits until that lesson is open, and who "
            "has done the lesson does not get it.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"key", "position"} & {*self.fields}:
            self.fields[name].required = False
        if revision := self.instance.revision:
            for name in ("subject", "preheader", "body"):
                self.initial[name] = getattr(revision, name)

        if "subject_of" in self.fields:
            self.fields["subject_of"].label = "Lesson it is about"
        if "day" in self.fields and (sequence := self.sequence()):
            self.fields["day"].label = days_of(sequence)

    def sequence(self) -> Sequence | None:
        """Where the letter stands, or is to stand when the form was opened from there."""
        if self.instance.pk:
            return self.instance.sequence
        word = str(self.initial.get("sequence") or "")
        return Sequence.objects.filter(pk=word).first() if word.isdecimal() and len(word) < 18 else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        sequence = data.get("sequence") or (self.instance.sequence if self.instance.pk else None)
        if isinstance(sequence, Sequence) and {"subject", "preheader", "body"} <= data.keys():
            data["body"] = data["body"].replace("\r\n", "\n").strip() + "\n"
            found = proof.faults(
                sequence=sequence, subject=data["subject"], preheader=data["preheader"], body=data["body"],
                subject_of=str(data.get("subject_of") or ""), on_people=True,
            )  # fmt: skip
            if found:
                raise ValidationError([ValidationError(one) for one in found])
        if isinstance(sequence, Sequence):
            self.insist_on_new(sequence, data)
            self.place(sequence, data)
            self.lesson(sequence, str(data.get("subject_of") or ""))
        return data

    def is_on_another_day(self, sequence: Sequence, data: dict[str, Any]) -> bool:
        """Was only the day changed, to one on which it cannot come where it stands: letters go out in their order?"""
        if not self.instance.pk or "day" not in self.changed_data or "position" in self.changed_data:
            return False
        is_by_day = sequence.anchor != Sequence.Anchor.PREVIOUS and sequence.kind not in kinds.LOOSE
        position, day = data.get("position"), data.get("day")
        if not is_by_day or position is None or day is None:
            return False
        return not places.fits(sequence, position, int(day), self.instance.pk)

    def insist_on_new(self, sequence: Sequence, data: dict[str, Any]) -> None:
        """Saved twice, by a second press or the way back, it would be two letters, and everybody would get both."""
        words = {f"revision__{name}": data.get(name) for name in ("subject", "preheader", "body")}
        same = Step.objects.filter(sequence=sequence, day=data.get("day") or 0, **words)
        if not self.instance.pk and same.exists():
            raise ValidationError(
                "This very letter was saved already, so it was not saved a second time. To write another one like it, "
                "change its words or its day."
            )

    def lesson(self, sequence: Sequence, word: str) -> None:
        """A letter about a lesson that is not there would be left out for everybody."""
        known = guards.lessons(sequence.slug) if word and sequence.kind == Sequence.Kind.DRIP else []
        if known and word.rpartition("/")[2] not in known:
            self.add_error("subject_of", f"There is no lesson {word}. There are: {', '.join(known)}.")

    def place(self, sequence: Sequence, data: dict[str, Any]) -> None:
        """The key and the place that were left empty."""
        if "key" in self.fields and not data.get("key") and not self.errors.get("key"):
            data["key"] = places.free_key(sequence, str(data.get("subject", "")))
        if "position" in self.fields and data.get("position") is None and not self.errors.get("position"):
            data["position"] = places.behind_its_day(
                sequence, int(data.get("day") or 0), self.instance.pk or 0
            )
        if self.is_on_another_day(sequence, data):
            place = places.behind_its_day(sequence, int(data["day"]), self.instance.pk)
            if places.fits(sequence, place, int(data["day"]), self.instance.pk):
                data["position"] = place
        if int(data.get("day") or 0) > LAST_DAY:
            self.add_error("day", f"At most {LAST_DAY}, which is ten years.")
        position = data.get("position")
        if "position" not in self.fields or position is None:
            return
        if other := places.taken_by(sequence, position, self.instance.pk or 0):
            said = other.revision.subject if other.revision else other.key
            self.add_error(
                "position", f"“{said}” stands in place {position} already. Leave it empty, or take another."
            )


def days_of(sequence: Sequence) -> str:
    """What the days of its letters count from."""
    if sequence.kind == Sequence.Kind.NUDGE:
        return "Quiet days before it"
    if sequence.anchor == Sequence.Anchor.PREVIOUS:
        return "Days after the letter before"
    return "Days after finishing" if sequence.kind == Sequence.Kind.COMPLETION else "Days after joining"


WEEK = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class SequenceForm(forms.ModelForm[Sequence]):
    """When a sequence writes."""

    days = forms.MultipleChoiceField(
        label="On these days",
        choices=[(str(number), word) for number, word in enumerate(WEEK, 1)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day. To stop all of these letters, pause them."},
    )

    class Meta:
        model = Sequence
        fields = ["title", "send_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["days"] = list(self.instance.weekdays)


class ContactForm(forms.ModelForm[Contact]):
    class Meta:
        model = Contact
        fields = ["name", "time_zone"]

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone and not localtime.is_zone(zone):
            raise ValidationError("This time zone does not exist. Write it like America/New_York.")
        if not zone and self.initial.get("time_zone"):
            raise ValidationError("A time zone can be changed, not taken away.")
        return zone


class SuppressionForm(forms.ModelForm[Suppression]):
    """The address is typed, and only its hash is kept."""

    email = forms.EmailField(label="Address")

    class Meta:
        model = Suppression
        fields = ["scope", "reason"]
