"""The forms of the desk."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from courses import fields
from courses.models import Check, Course, Exercise, Illustration, Lesson, Material
from coursesite.lib import svg


class CourseForm(forms.ModelForm[Course]):
    needs = fields.LinesField(required=False)
    includes = fields.LinesField(required=False)

    class Meta:
        model = Course
        exclude: tuple[str, ...] = ()


class LessonForm(forms.ModelForm[Lesson]):
    sources = fields.SourcesField(required=False)

    class Meta:
        model = Lesson
        exclude = ("course", "archived_at")

    def clean_video(self) -> Any:
        return fields.checked(self.cleaned_data["video"], fields.FILM, megabytes=190)

    def clean_captions(self) -> Any:
        return fields.checked(self.cleaned_data["captions"], fields.CAPTIONS, megabytes=1)

    def clean(self) -> dict[str, Any]:
        """A lesson belongs to the course of its module; a published one has text."""
        data = super().clean() or {}
        if data.get("module"):
            self.instance.course = data["module"].course
        if data.get("status") == Lesson.Status.PUBLISHED and not (data.get("body") or "").strip():
            self.add_error("body", "A published lesson needs its text.")
        return data


class CheckForm(forms.ModelForm[Check]):
    answers = fields.AnswersField()

    class Meta:
        model = Check
        exclude: tuple[str, ...] = ()


class MaterialForm(forms.ModelForm[Material]):
    class Meta:
        model = Material
        exclude: tuple[str, ...] = ()

    def clean_file(self) -> Any:
        return fields.checked(self.cleaned_data["file"], fields.SHEET, megabytes=50)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("file") and not (data.get("body") or "").strip():
            raise ValidationError("Give either a text or a file.")
        return data


class ExerciseForm(forms.ModelForm[Exercise]):
    steps = fields.LinesField()
    needs = fields.LinesField(required=False)
    avoid = forms.MultipleChoiceField(
        choices=[(word, word) for word in Exercise.SUITABILITY],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Not suited as written for these; “easier” says what to do instead.",
    )

    class Meta:
        model = Exercise
        exclude: tuple[str, ...] = ()

    def clean_dose(self) -> Any:
        dose = self.cleaned_data["dose"]
        if not isinstance(dose, dict) or not dose.get("text"):
            raise ValidationError('The dose needs a text: {"text": "6 glides, twice a day"}.')
        return dose


class IllustrationForm(forms.ModelForm[Illustration]):
    class Meta:
        model = Illustration
        exclude: tuple[str, ...] = ()

    def clean_svg(self) -> str:
        """Only what has gone through the sieve is stored, because pages show it as it is."""
        try:
            return svg.clean(self.cleaned_data["svg"])
        except svg.BadDrawing as error:
            raise ValidationError(str(error)) from error


class JoinForm(forms.Form):
    """Let somebody in by hand."""

    email = forms.EmailField(label="email address", help_text="An account is made if there is none yet.")
    course = forms.ModelChoiceField(Course.objects.exclude(status=Course.Status.DRAFT))
    reason = forms.CharField(max_length=200, help_text="For you and whoever looks later.")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=200, help_text="For you and whoever looks later.")
