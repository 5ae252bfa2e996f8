"""The students out of the desk as a file. Who took it, and how many they were, stands in the log."""

from collections.abc import Callable
from typing import IO, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path

from accounts import desk
from courses import takeout
from courses.models import Course, Enrolment
from coursesite.lib import clock, desk_log, handing, spreadsheet

RIGHT = "courses.export_enrolment"
Write = Callable[..., int]
KINDS: dict[str, tuple[str, Write, str, str]] = {
    "students": ("One row for each student (CSV)", takeout.students, "csv", spreadsheet.CONTENT_TYPE),
    "lessons": (
        "One row for each lesson a student opened (CSV)",
        takeout.lessons,
        "csv",
        spreadsheet.CONTENT_TYPE,
    ),
    "both": ("Students with their lessons (JSON)", takeout.both, "json", "application/json"),
}


class TakeoutForm(forms.Form):
    course = forms.ModelChoiceField(Course.objects.all(), required=False, empty_label="All courses")
    kind = forms.ChoiceField(
        label="What", choices=[(name, kind[0]) for name, kind in KINDS.items()], widget=forms.RadioSelect,
        initial="students",
    )  # fmt: skip


class TakenOut(admin.ModelAdmin[Enrolment]):
    """For the admin of enrolments."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_out)
        return [path("takeout/", view, name="courses_enrolment_takeout"), *super().get_urls()]

    def take_out(self, request: HttpRequest) -> HttpResponseBase:
        """What is wanted, then the file."""
        desk.needs(request, RIGHT)
        form = TakeoutForm(request.POST or None, label_suffix="")
        if form.is_valid():
            return handed(request, form.cleaned_data["kind"], form.cleaned_data["course"])
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Take the students out as a file",
            "form": form,
            "opts": self.opts,
        }
        return render(request, "courses/desk/takeout.html", context)


def handed(request: HttpRequest, kind: str, course: Course | None) -> HttpResponseBase:
    words, write, ending, content_type = KINDS[kind]
    counted: list[int] = []

    def into(file: IO[bytes]) -> None:
        counted.append(write(file, course=course))

    now = clock.now()
    name = f"{kind}-{course.slug if course else 'all'}-{now:%Y-%m-%d}.{ending}"
    answer = handing.out(request, into, name=name, content_type=content_type)
    of = f" of {course}" if course else ""
    desk_log.record(
        actor=desk.actor(request), kind=desk_log.Kind.EXPORT, about=course, now=now,
        words=f"Took the students{of} out as a file: {words}, {counted[0]:,} rows.",
    )  # fmt: skip
    return answer
