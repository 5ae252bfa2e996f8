"""The forms of the desk."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from courses import fields
from courses.admin import openings, prices, references
from courses.models import (
    Check,
    Course,
    Exercise,
    Illustration,
    Lesson,
    LessonProgress,
    Module,
    Page,
    Question,
    Section,
)
from coursesite.lib import svg, webvtt

FILM_MEGABYTES = 190  # below what coursesite/limits.py lets through


def kept(key: str, before: str | None, is_used: bool) -> str:
    """A key on which progress hangs stays as it is. Raises ValidationError."""
    if is_used and before and key != before:
        raise ValidationError(f"Students have begun this, so its key must stay “{before}”.")
    return key


def filled(text: str) -> str:
    """The text, if the site fills every {placeholder} in it. Raises ValidationError."""
    if faults := references.placeholders(text):
        raise ValidationError(faults)
    return text


class CourseForm(prices.PricedForm):
    needs = fields.LinesField(label="To have at hand", required=False)
    includes = fields.LinesField(label="What the price includes", required=False)

    class Meta:
        model = Course
        exclude = ("price_minor", "sale_minor")

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).lower()
        if not re.fullmatch("[a-z]{3}", currency):
            raise ValidationError("A currency is three letters, like usd.")
        return currency


class SectionForm(forms.ModelForm[Section]):
    class Meta:
        model = Section
        exclude: tuple[str, ...] = ()

    def clean_body(self) -> str:
        return filled(str(self.cleaned_data["body"]))


class QuestionForm(forms.ModelForm[Question]):
    class Meta:
        model = Question
        exclude: tuple[str, ...] = ()

    def clean_answer(self) -> str:
        return filled(str(self.cleaned_data["answer"]))


class ModuleForm(forms.ModelForm[Module]):
    class Meta:
        model = Module
        exclude = ("archived_at",)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        begun = LessonProgress.objects.filter(lesson__module=self.instance.pk)
        return kept(key, self.initial.get("key"), begun.exists())

    def clean_course(self) -> Course:
        course: Course = self.cleaned_data["course"]
        lessons = Lesson.objects.filter(module=self.instance.pk).exclude(course=course)
        if self.instance.pk and lessons.exists():
            raise ValidationError("Its lessons belong to their course, so the module stays there too.")
        return course


class LessonForm(openings.RuleForm):
    sources = fields.SourcesField(required=False)
    film_url = forms.URLField(
        label="Film somewhere else",
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text="Its address at YouTube, Vimeo or elsewhere. Students get a link; nothing of that site is loaded.",
    )
    without_captions = forms.BooleanField(
        label="Publish without captions for now",
        required=False,
        help_text="Who cannot hear the film gets nothing of it until they are there.",
    )

    class Meta:
        model = Lesson
        exclude = ("course", "archived_at", "release_after_lesson", "release_after_module")
        widgets = {
            "reviewed_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "body": fields.MarkdownInput("exercise", "figure", "picture", "check"),
            "transcript": fields.MarkdownInput(rows=8),
            "video": fields.FileInput(
                megabytes=FILM_MEGABYTES,
                accept="video/mp4,video/webm,audio/mpeg,audio/mp4",
                address=lambda lesson: f"{lesson.get_absolute_url()}video/",
            ),
            "captions": fields.FileInput(
                megabytes=1,
                accept=".vtt,text/vtt",
                address=lambda lesson: f"{lesson.get_absolute_url()}captions/",
            ),
        }
        labels = {"body": "Text", "transcript": "Transcript", "video": "Film or sound", "slug": "Web address"}
        help_texts = {
            "summary": "One sentence for lists and search engines.",
            "goal": "What a student can do afterwards; stands below the title.",
            "slug": "The end of its address on the site, in small letters. Letters and links lead there.",
        }

    def clean_key(self) -> str:
        begun = LessonProgress.objects.filter(lesson=self.instance.pk)
        return kept(str(self.cleaned_data["key"]), self.initial.get("key"), begun.exists())

    def clean_video(self) -> Any:
        return fields.checked(
            self.cleaned_data["video"], (*fields.FILM, *fields.SOUND), megabytes=FILM_MEGABYTES
        )

    def clean_captions(self) -> Any:
        file = fields.checked(self.cleaned_data["captions"], fields.CAPTIONS, megabytes=1)
        if isinstance(file, UploadedFile):
            wrong = webvtt.faults(file.read())
            file.seek(0)
            if wrong:
                raise ValidationError(wrong)
        return file

    def clean(self) -> dict[str, Any]:
        """A lesson belongs to the course of its module; a published one has text."""
        data = super().clean() or {}
        body = str(data.get("body") or "")
        if data.get("status") == Lesson.Status.PUBLISHED and not body.strip():
            self.add_error("body", "A published lesson needs its text.")
        self.check_captions(data)
        if self.instance.pk and data.get("module") and data["module"].course_id != self.instance.course_id:
            self.add_error(
                "module", "What students did with a lesson stays with its course, and so does the lesson."
            )
        elif data.get("module"):
            self.instance.course = data["module"].course
            self.check_body(body, data["module"].course)
            self.instance.module = data["module"]
            self.check_rule(data)
        return data

    def check_captions(self, data: dict[str, Any]) -> None:
        """A film that students see has captions, or somebody said that they come later. Only asked when one changes."""
        film = str(getattr(data.get("video"), "name", "") or "")
        is_sound = film.lower().endswith(tuple(name for name, *_ in fields.SOUND))
        concerned = {"video", "captions", "status"} & {*self.changed_data}
        if not film or is_sound or data.get("captions") or data.get("without_captions") or not concerned:
            return
        if data.get("status") == Lesson.Status.PUBLISHED and not self.errors.get("captions"):
            self.add_error(
                "captions",
                "A film that students see needs captions (a WebVTT file). Add them, or tick below that it is "
                "published without them for now.",
            )

    def check_body(self, body: str, course: Course) -> None:
        before, slug = self.initial.get("body") or "", str(self.cleaned_data.get("slug") or "")
        faults = references.faults(body, course=course, checks=self.count_checks(), before=before, slug=slug)
        for fault in faults:
            self.add_error("body", fault)

    def count_checks(self) -> int:
        """How many questions the same page posts, so that text and questions can be changed together."""
        total = str(self.data.get("checks-TOTAL_FORMS", ""))
        if not total.isdigit():
            return Check.objects.filter(lesson=self.instance.pk).count()
        posted = [f"checks-{number}" for number in range(min(int(total), 100))]
        return sum(
            bool(self.data.get(f"{one}-question")) and not self.data.get(f"{one}-DELETE") for one in posted
        )


class ExerciseForm(forms.ModelForm[Exercise]):
    steps = fields.LinesField()
    dose_text = forms.CharField(
        label="Dose in words", max_length=200, help_text="Like: 6 to 8 glides, 2 to 4 times a day"
    )
    dose_numbers = fields.DoseField(label="Dose in numbers", required=False)
    needs = fields.LinesField(required=False)
    avoid = forms.MultipleChoiceField(
        choices=[(word, word) for word in Exercise.SUITABILITY],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Not suited as written for these; “easier” says what to do instead.",
    )

    class Meta:
        model = Exercise
        exclude = ("dose",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = dict(self.instance.dose or {})
        self.initial["dose_text"] = numbers.pop("text", "")
        self.initial["dose_numbers"] = numbers

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "dose_text" in data and "dose_numbers" in data:
            self.instance.dose = {"text": data["dose_text"], **data["dose_numbers"]}
        return data


class PageForm(forms.ModelForm[Page]):
    class Meta:
        model = Page
        fields = ["slug", "title", "description", "body"]

    def clean_body(self) -> str:
        return filled(str(self.cleaned_data["body"]))


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

    email = forms.EmailField(label="Email address", help_text="An account is made if there is none yet.")
    course = forms.ModelChoiceField(Course.objects.exclude(status=Course.Status.DRAFT))
    reason = forms.CharField(max_length=200, help_text="For you and whoever looks later.")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=200, help_text="For you and whoever looks later.")
