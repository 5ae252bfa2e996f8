"""Letting many in at once: a file or a pasted list, a sheet that says what becomes of each line, and one button."""

import datetime as dt
from dataclasses import astuple
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.desk import actor, needs
from courses import enrolling, roster
from courses.enrolling import LET_IN, Fate, Row, Seat
from courses.models import Course
from coursesite.lib import clock

SALT, GOOD_FOR = "courses.roster", dt.timedelta(hours=12)
SHOWN = 500  # lines of the sheet; what is wrong is always shown


class ListForm(forms.Form):
    file = forms.FileField(
        required=False,
        help_text="A list from a spreadsheet, saved as CSV. Columns: email, name, course. Only the first is needed.",
    )
    text = forms.CharField(
        label="Or paste it here",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One person a line: address, name.",
    )
    course = forms.ModelChoiceField(
        Course.objects.exclude(status=Course.Status.DRAFT),
        required=False,
        help_text="For every line that names none.",
    )
    reason = forms.CharField(max_length=200, help_text="For you and whoever looks later.")
    welcome = forms.BooleanField(
        label="Send the welcome letter today",
        required=False,
        initial=True,
        help_text="Without it nobody is written to today; letters about lessons follow from the second day on.",
    )
    lines: list[roster.Line]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file, text = data.get("file"), data.get("text") or ""
        if file and file.size > roster.MOST_BYTES:
            self.add_error("file", "This file is too large for a list of people.")
        elif not file and not text.strip():
            raise ValidationError("Choose a file, or paste a list.")
        else:
            try:
                self.lines = roster.read(roster.decoded(file.read()) if file else text)
            except roster.Unreadable as error:
                self.add_error("file" if file else "text", str(error))
        return data


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Nothing is saved before the sheet was confirmed; then exactly what it said."""
    needs(request, "courses.add_grant")
    if request.method == "POST" and request.POST.get("do") == "apply":
        return apply(request)
    courses = list(Course.objects.exclude(status=Course.Status.DRAFT)[:2])
    initial = {"course": courses[0].pk if len(courses) == 1 else None, "welcome": True}
    form = ListForm(request.POST or None, request.FILES or None, initial=initial, label_suffix="")
    context |= {"title": "Let many in at once", "form": form}
    if request.method == "POST" and form.is_valid():
        rows = enrolling.look(form.lines, course=form.cleaned_data["course"])
        context |= sheet(rows, form)
    return render(request, "courses/desk/roster.html", context)


def sheet(rows: list[Row], form: ListForm) -> dict[str, Any]:
    seats = [
        Seat(row.line.email, row.line.name, row.course.pk)
        for row in rows
        if row.fate in LET_IN and row.course
    ]
    kept = {
        "seats": [astuple(seat) for seat in seats],
        "reason": form.cleaned_data["reason"],
        "welcome": form.cleaned_data["welcome"],
    }
    counts = enrolling.tally(rows)
    return {
        "is_looked": True,
        "kept": signing.dumps(kept, salt=SALT, compress=True),
        "number": len(seats),
        "welcome": form.cleaned_data["welcome"],
        "counts": [(Fate(fate).label, counts[fate]) for fate in Fate.values if fate in counts],
        "broken": [row for row in rows if row.fate == Fate.BROKEN],
        "good": [row for row in rows if row.fate != Fate.BROKEN][:SHOWN],
        "more": max(0, len(rows) - counts.get(Fate.BROKEN, 0) - SHOWN),
    }


def apply(request: HttpRequest) -> HttpResponse:
    """What the sheet said, carried here signed; pressed twice, the second press lets nobody in."""
    try:
        kept = signing.loads(request.POST.get("kept", ""), salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        messages.error(request, "This list is too old. Look at it once more, then press the button.")
        return redirect("admin:courses_enrolment_many")
    done = enrolling.let_in(
        [Seat(*seat) for seat in kept["seats"]], reason=kept["reason"], welcome=kept["welcome"], now=clock.now(),
        actor=actor(request),
    )  # fmt: skip
    if done:
        messages.success(request, f"{'1 person is' if done == 1 else f'{done:,} people are'} in now.")
    else:
        messages.info(request, "All of them are in already.")
    return redirect("admin:courses_enrolment_changelist")
