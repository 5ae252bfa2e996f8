"""Choosing whom, and when, to see the course as. Looking as a real student is written into the log of the desk."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.desk import actor, may, needs
from courses import fields, looking
from courses.models import Course, Enrolment, Lesson
from coursesite.lib import clock, desk_log, localtime


class LookForm(forms.Form):
    student = forms.EmailField(
        label="A student’s address",
        required=False,
        help_text="Leave this empty to see it as a made-up student, as told below.",
    )
    joined = forms.DateField(
        label="Joined on",
        required=False,
        validators=[fields.near],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    zone = forms.CharField(
        label="Lives in the time zone", required=False, max_length=64, help_text="Like America/New_York."
    )
    done = forms.IntegerField(
        label="Has done the first so many lessons",
        required=False,
        min_value=0,
        max_value=looking.ALL,
        help_text=f"0 is none; {looking.ALL} is all of them.",
    )
    on = forms.DateField(
        label="Seen on the day",
        validators=[fields.near],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Whoever joined on November 20 is on day 9 on November 29.",
    )
    at = forms.TimeField(
        label="at the hour",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="By the student’s own clock.",
    )
    drafts = forms.BooleanField(label="Show drafts as they would be once published", required=False)
    lesson = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, course: Course, can_see_people: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.course = course
        self.seat: Enrolment | None = None
        if not can_see_people:
            del self.fields["student"]

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone and not localtime.is_zone(zone):
            raise ValidationError("This time zone does not exist. Write it like America/New_York.")
        return zone

    def clean_student(self) -> str:
        """By address, any case. Raises ValidationError for who is not in this course."""
        email = str(self.cleaned_data["student"])
        if email:
            seats = Enrolment.objects.filter(course=self.course, user__email__iexact=email)
            self.seat = seats.select_related("course", "user__contact").first()
            if self.seat is None:
                raise ValidationError("Nobody with this address is or was in this course.")
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("student") and not self.errors:
            for name in ("joined", "zone"):
                if not data.get(name):
                    self.add_error(name, "A made-up student needs this.")
        return data

    def look(self) -> looking.Look:
        """What the valid form asks for."""
        data = self.cleaned_data
        zone = self.seat.user.time_zone if self.seat else data["zone"]
        moment = localtime.at(data["on"], data["at"], zone)
        if self.seat:
            return looking.as_student(self.seat, moment=moment, drafts=data["drafts"])
        joined_at = localtime.at(data["joined"], dt.time(10), zone)
        who = looking.MadeUp(joined_at, zone, data["done"] or 0)
        return looking.as_nobody(self.course, who, moment=moment, drafts=data["drafts"])


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """The form; posted, on to the look. `?student=`, `?lesson=`, `?on=` and the other fields fill it beforehand."""
    needs(request, "courses.view_lesson")
    course = get_object_or_404(Course, pk=pk)
    people = may(request.user, "courses.view_enrolment")
    if request.method == "POST":
        form = LookForm(request.POST, course=course, can_see_people=people, label_suffix="")
        if form.is_valid():
            return redirect(entered(request, form))
    else:
        told = {**usual(request), **asked(request)}
        form = LookForm(initial=told, course=course, can_see_people=people, label_suffix="")
    lesson = Lesson.objects.filter(course=course, slug=str(form["lesson"].value() or "")).first()
    title = f"See “{lesson.title}” as a student" if lesson else f"See the course as a student: {course}"
    return render(
        request, "courses/desk/look_as.html", context | {"title": title, "form": form, "course": course}
    )


def asked(request: HttpRequest) -> dict[str, str]:
    """What the address fills in; a student may be told by the number of the enrolment too, which names nobody."""
    told = {name: str(value) for name, value in request.GET.items() if value}
    number = told.get("student", "")
    if number.isdecimal() and len(number) < 18:
        told["student"] = str(
            Enrolment.objects.filter(pk=number).values_list("user__email", flat=True).first() or ""
        )
    return told


def usual(request: HttpRequest) -> dict[str, Any]:
    """Somebody who joined a week ago where the coach lives, seen now."""
    zone = actor(request).time_zone
    now = clock.now().astimezone(localtime.zone(zone))
    week = now.date() - dt.timedelta(days=7)
    return {"joined": week, "zone": zone, "done": 0, "on": now.date(), "at": now.time()}


def entered(request: HttpRequest, form: LookForm) -> str:
    """The address of the look, once written down if a real student is looked at."""
    look, who = form.look(), actor(request)
    if look.made_up is None:
        zone = look.enrolment.user.time_zone
        when = localtime.with_place(look.moment, zone)
        desk_log.record(
            actor=who,
            kind=desk_log.Kind.LOOKED,
            words=f"Saw {look.course} as this student, on {when}.",
            about=look.enrolment,
            now=clock.now(),
        )
    token, lesson = looking.sealed(look, by=who), form.cleaned_data["lesson"]
    known = Lesson.objects.filter(course=look.course, slug=lesson).exists() if lesson else False
    rest = f"courses/{look.course.slug}/lessons/{lesson}/" if known else "learn/"
    return reverse("courses:as_student", args=[token, rest])
