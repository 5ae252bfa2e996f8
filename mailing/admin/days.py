"""Who gets what tomorrow, and on the days after, by hour and sequence, and who is left out, by the planner itself
running ahead."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coursesite.lib import clock, localtime
from mailing import forecast
from mailing.admin import plain, shown
from mailing.models import Contact, Step

FURTHEST = 60  # days


@dataclass(frozen=True)
class Line:
    """One letter to one person; `why_not` is empty if they get it."""

    contact: Contact
    subject: str
    why_not: str


@dataclass(frozen=True)
class Hour:
    """What goes out of one sequence within one hour of the site's clock."""

    hour: int
    title: str
    letters: list[Line]

    @property
    def span(self) -> str:
        return f"{self.hour}:00 to {self.hour + 1}:00"


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """One day, tomorrow unless `?day=` says another; so many people at a time that one need not wait."""
    shown.needs(request, "mailing.view_run")
    now = clock.now()
    today = localtime.local_day(now, settings.SITE_TIME_ZONE)
    date = picked(request.GET.get("day", ""), today)
    number = request.GET.get("page", "")[:6]
    day = forecast.day(date, now=now, page=int(number) if number.isdecimal() else 1)
    subjects = subjects_of(day.letters)
    hours = hours_of(day.letters, subjects)
    busiest = max(hours, key=lambda one: len(one.letters), default=None)
    context |= {
        "title": f"Letters of {date:%A, %B} {date.day}",
        "date": date,
        "total": sum(len(one.letters) for one in hours),
        "day": day,
        "is_today": date == today,
        "hours": hours,
        "left_out": lines((one for one in day.letters if not one.goes_out), subjects),
        "busiest": f"{busiest.hour}:00" if busiest else "",
        "place": localtime.place(settings.SITE_TIME_ZONE),
        "before": date - dt.timedelta(days=1) if date > today else None,
        "after": date + dt.timedelta(days=1) if date < today + dt.timedelta(days=FURTHEST) else None,
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/day.html", context)


def subjects_of(letters: list[forecast.Coming]) -> dict[int, str | None]:
    steps = Step.objects.filter(pk__in={one.step.pk for one in letters})
    return dict(steps.values_list("pk", "revision__subject"))


def hours_of(letters: list[forecast.Coming], subjects: dict[int, str | None]) -> list[Hour]:
    zone = localtime.zone(settings.SITE_TIME_ZONE)
    found = defaultdict[tuple[int, str], list[forecast.Coming]](list)
    for one in letters:
        if one.goes_out:
            found[one.at.astimezone(zone).hour, one.step.sequence.title].append(one)
    return [Hour(hour, title, lines(some, subjects)) for (hour, title), some in sorted(found.items())]


def lines(letters: Iterable[forecast.Coming], subjects: dict[int, str | None]) -> list[Line]:
    """By letter, then by person."""
    found = [
        Line(one.contact, subjects.get(one.step.pk) or "", plain.WHY.get(one.reason, one.reason))
        for one in letters
    ]
    return sorted(found, key=lambda one: (one.subject, (one.contact.name or one.contact.email).lower()))


def picked(word: str, today: dt.date) -> dt.date:
    """The day of a word like 2026-12-04, never before today nor too far away."""
    try:
        day = dt.date.fromisoformat(word)
    except ValueError:
        return today + dt.timedelta(days=1)
    return min(max(day, today), today + dt.timedelta(days=FURTHEST))
