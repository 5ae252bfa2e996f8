"""What hangs on a lesson in its form: self-check questions, and what is printed or downloaded."""

import itertools
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max

from courses import fields
from courses.models import Check, Lesson, Material

TO_THE_LETTER: Any = {models.TextField: {"form_class": fields.TextField}}


class InOrder(forms.ModelForm[Any]):
    """A row of a lesson's form; left without a position it comes behind the others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False
        self.fields["position"].help_text = "Empty: behind the others."

    def clean_position(self) -> int:
        position = self.cleaned_data["position"]
        if position is not None:
            return int(position)
        rows = self._meta.model._default_manager.filter(lesson=self.instance.lesson_id)
        last = rows.aggregate(last=Max("position"))["last"] or 0
        group, _, number = str(self.prefix).rpartition("-")
        stored = str(self.data.get(f"{group}-INITIAL_FORMS", ""))
        return int(last) + 1 + int(number) - (int(stored) if stored.isdigit() else 0)


class CheckForm(InOrder):
    answers = fields.AnswersField()

    class Meta:
        model = Check
        exclude: tuple[str, ...] = ()
        widgets = {"why": forms.Textarea(attrs={"rows": 3})}


class CheckRows(forms.BaseInlineFormSet[Check, Lesson, forms.ModelForm[Check]]):
    def save(self, commit: bool = True) -> Any:
        """Those that leave their places leave them first, for places that nobody has or wants: so two can change."""
        places: set[Any] = set(self.get_queryset().values_list("position", flat=True))
        places |= {form.cleaned_data.get("position") for form in self.forms if form.has_changed()}
        free = (place for place in itertools.count() if place not in places)
        for form in self.initial_forms:
            if form in self.deleted_forms or "position" in form.changed_data:
                Check.objects.filter(pk=form.instance.pk).update(position=next(free))
        return super().save(commit)


class MaterialForm(InOrder):
    class Meta:
        model = Material
        exclude: tuple[str, ...] = ()
        widgets = {
            "file": fields.FileInput(
                megabytes=50,
                accept=".pdf,.png,.jpg,.mp3",
                address=lambda material: (
                    f"{material.lesson.get_absolute_url()}materials/{material.slug}/file/"
                ),
            )
        }

    def clean_file(self) -> Any:
        return fields.checked(self.cleaned_data["file"], fields.SHEET, megabytes=50)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("file") and not (data.get("body") or "").strip():
            raise ValidationError("Give either a text or a file.")
        return data


class CheckInline(admin.StackedInline[Check, Lesson]):
    model = Check
    form, formset = CheckForm, CheckRows
    fields = ("question", "answers", "why", "position")
    formfield_overrides = TO_THE_LETTER
    verbose_name, verbose_name_plural = "self-check question", "self-check questions"
    extra = 0


class MaterialInline(admin.StackedInline[Material, Lesson]):
    model = Material
    form = MaterialForm
    fields = ("title", "slug", "body", "file", "position")
    formfield_overrides = TO_THE_LETTER
    verbose_name, verbose_name_plural = "page to print", "to print or download"
    extra = 0
