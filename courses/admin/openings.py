"""When a lesson opens, as the coach says it: days, a moment, something done first, the first or the last of these."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q

from courses import fields, rules, waiting
from courses.models import Lesson, Module
from coursesite.lib import localtime

FURTHEST = 3650  # days
Choices = list[tuple[str, str] | tuple[str, list[tuple[str, str]]]]


class RuleForm(forms.ModelForm[Lesson]):
    """The part of a lesson's form that says when it opens. Who inherits calls `check_rule` once the course is known."""

    release_days = forms.IntegerField(
        label="Days after joining",
        min_value=0,
        max_value=FURTHEST,
        required=False,
        help_text="It opens at 9:00 of the student’s own morning. 0 asks for no day.",
    )
    release_at = fields.MomentField(label="A fixed day and hour", required=False)
    after = forms.ChoiceField(
        label="After something is done",
        required=False,
        help_text="Opens as soon as the student has marked it done. Of a module: every published lesson of it. "
        "A draft can be chosen once it is published.",
    )
    release_by = forms.ChoiceField(
        label="If more than one is asked for, it opens",
        choices=Lesson.By.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text="With nothing asked for it is open at once. Once open for somebody, it stays open for them.",
    )

    class Meta:
        model = Lesson
        fields = ["release_days", "release_at", "release_by"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        where = localtime.place(settings.SITE_TIME_ZONE)
        self.fields["release_at"].help_text = f"{where} time; the same moment for students everywhere."
        self.fields["after"].choices = choices(self.instance)  # type: ignore[attr-defined]
        self.initial["after"] = word(self.instance.rule)

    def clean_release_days(self) -> int:
        return int(self.cleaned_data["release_days"] or 0)

    def clean_release_by(self) -> str:
        return str(self.cleaned_data["release_by"] or rules.LAST)

    def clean_release_at(self) -> Any:
        kept = "release_at" not in self.changed_data
        return self.initial.get("release_at") if kept else self.cleaned_data["release_at"]

    def clean_after(self) -> str:
        kind, _, pk = str(self.cleaned_data["after"]).partition(":")
        self.instance.release_after_lesson_id = int(pk) if kind == "lesson" else None
        self.instance.release_after_module_id = int(pk) if kind == "module" else None
        return str(self.cleaned_data["after"])

    def check_rule(self, data: dict[str, Any]) -> None:
        """Nothing waits for itself, nor for what nobody can do; the fault stands at the field."""
        try:
            check(self.instance, is_new="after" in self.changed_data)
        except ValidationError as error:
            self.add_error("after", error)


def check(lesson: Lesson, *, is_new: bool) -> None:
    """The rule of a lesson as it is in memory, course and module included. Raises ValidationError.

    What was archived after the rule was given is no fault of who now edits something else: nothing waits for it.
    """
    rule = lesson.rule
    if not rule.waits:
        return
    if rule.after_lesson is not None and rule.after_lesson == lesson.pk:
        raise ValidationError("A lesson cannot wait for itself.")
    if rule.after_module is not None and rule.after_module == lesson.module_id:
        raise ValidationError("A lesson cannot wait for the module it stands in.")
    first = Lesson.objects.filter(Q(pk=rule.after_lesson) | Q(module=rule.after_module))
    if not first.filter(course=lesson.course_id).exists():
        raise ValidationError("That is of another course. Choose something of this one.")
    if is_new and not first.published().exists():
        raise ValidationError("That is not published, so nobody could finish it. Publish it first.")
    if way := waiting.in_a_circle(lesson):
        raise ValidationError(f"They would wait for each other for ever: {', after '.join([*way, way[0]])}.")


def choices(lesson: Lesson) -> Choices:
    """Modules and lessons that can be done, and what the lesson waits for already. Two queries."""
    done = Q(status=Lesson.Status.PUBLISHED, archived_at=None, module__archived_at=None)
    lessons = Lesson.objects.filter(done | Q(pk=lesson.release_after_lesson_id))
    modules = Module.objects.filter(Q(archived_at=None) | Q(pk=lesson.release_after_module_id))
    if lesson.course_id:
        lessons, modules = lessons.filter(course=lesson.course_id), modules.filter(course=lesson.course_id)
    several = lessons.order_by().values("course").distinct().count() > 1 if not lesson.course_id else False
    listed = lessons.exclude(pk=lesson.pk).select_related("course").defer("body")
    titled = modules.exclude(pk=lesson.module_id).select_related("course")
    return [
        ("", "nothing"),
        ("A whole module", [(f"module:{one.pk}", named(one, several)) for one in titled]),
        ("A lesson", [(f"lesson:{one.pk}", named(one, several)) for one in listed]),
    ]


def named(one: Lesson | Module, several: bool) -> str:
    """With its course where there is more than one to choose from."""
    return f"{one} ({one.course})" if several else str(one)


def word(rule: rules.Rule) -> str:
    """The choice that stands for what a rule waits for."""
    if rule.after_lesson is not None:
        return f"lesson:{rule.after_lesson}"
    return f"module:{rule.after_module}" if rule.after_module is not None else ""


def in_words(lesson: Lesson) -> str:
    """The rule of a lesson as it is in memory: `Opens on day 3 and after “Finding the knot”`."""
    rule = lesson.rule
    first: Lesson | Module | None = None
    if rule.after_lesson is not None:
        first = Lesson.objects.filter(pk=rule.after_lesson).first()
    elif rule.after_module is not None:
        first = Module.objects.filter(pk=rule.after_module).first()
    return rules.words(rule, after=first.title if first else "", zone=settings.SITE_TIME_ZONE)
