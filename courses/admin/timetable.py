"""The schedule of a course as a table: lessons and letters by day, for a student or for somebody made up."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.desk import may, needs
from courses import looking, release, timetable
from courses.admin import said
from courses.admin.looking import LookForm, usual
from courses.models import Course
from coursesite.lib import clock, localtime


class TableForm(LookForm):
    """Whose schedule; the moment is now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("done", "on", "at", "lesson"):
            del self.fields[name]
        self.fields["joined"].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def table_look(self) -> looking.Look:
        now, drafts = clock.now(), bool(self.cleaned_data["drafts"])
        if self.seat:
            return looking.as_student(self.seat, moment=now, drafts=drafts)
        zone = self.cleaned_data["zone"]
        joined_at = localtime.at(self.cleaned_data["joined"], dt.time(10), zone)
        who = looking.MadeUp(joined_at, zone)
        return looking.as_nobody(self.course, who, moment=max(now, joined_at), drafts=drafts)


@dataclass(frozen=True)
class Line:
    day: str
    when: str
    entry: timetable.Entry

    @property
    def is_lesson(self) -> bool:
        return self.entry.kind == timetable.LESSON


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """`?student=` or `?joined=&zone=`; without any, somebody who joins today where the coach lives."""
    needs(request, "courses.view_lesson")
    course = get_object_or_404(Course, pk=pk)
    today = {
        **usual(request),
        "joined": clock.now().astimezone(localtime.zone(usual(request)["zone"])).date(),
    }
    asked = request.GET if "joined" in request.GET or "student" in request.GET else None
    people = may(request.user, "courses.view_enrolment")
    form = TableForm(asked or today, course=course, can_see_people=people, label_suffix="")
    look = form.table_look() if form.is_valid() else None
    context |= {
        "title": f"Schedule: {course}",
        "course": course,
        "form": form,
        "who": who(look) if look else "",
        "lines": lines(look) if look else [],
    }
    return render(request, "courses/desk/timetable.html", context)


def who(look: looking.Look) -> str:
    zone = release.zone(look.enrolment)
    name = "somebody" if look.made_up else str(look.enrolment.user)
    return f"For {name} who joined on {said.moment(look.enrolment.joined_at, zone)}."


def lines(look: looking.Look) -> list[Line]:
    zone, joined_at = release.zone(look.enrolment), look.enrolment.joined_at
    found = []
    for one in timetable.of(look):
        day = one.day(joined_at, zone)
        when = said.moment(one.at, zone) if one.at else "Nobody can say yet"
        found.append(Line("" if day is None else f"Day {day}", when, one))
    return found
