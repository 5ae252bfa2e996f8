"""Who gets what tomorrow, and on the days after: letters by hour and sequence, by the planner itself running ahead."""

import datetime as dt
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coursesite.lib import clock, localtime
from mailing import forecast
from mailing.admin import shown

FURTHEST = 60  # days
A_PAGE = 500  # people played through at once


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """One day, tomorrow unless `?day=` says another; so many people at a time that one need not wait."""
    shown.needs(request, "mailing.view_run")
    now = clock.now()
    today = localtime.local_day(now, settings.SITE_TIME_ZONE)
    date = picked(request.GET.get("day", ""), today)
    begins, ends = (
        localtime.at(one, dt.time(0), settings.SITE_TIME_ZONE) for one in (date, date + dt.timedelta(1))
    )
    people = Paginator(forecast.who(until=ends), A_PAGE).get_page(request.GET.get("page"))
    hours = hours_of(list(people), begins=max(begins, now), ends=ends, now=now)
    busiest = max(hours.items(), key=lambda one: one[1], default=None)
    context |= {
        "title": f"Letters of {date:%A, %B} {date.day}",
        "date": date,
        "total": sum(hours.values()),
        "page": people,
        "is_today": date == today,
        "rows": [
            (f"{hour}:00 to {hour + 1}:00", title, number) for (hour, title), number in sorted(hours.items())
        ],
        "busiest": f"{busiest[0][0]}:00" if busiest else "",
        "place": localtime.place(settings.SITE_TIME_ZONE),
        "before": date - dt.timedelta(days=1) if date > today else None,
        "after": date + dt.timedelta(days=1) if date < today + dt.timedelta(days=FURTHEST) else None,
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/day.html", context)


def hours_of(
    people: list[int], *, begins: dt.datetime, ends: dt.datetime, now: dt.datetime
) -> Counter[tuple[int, str]]:
    """How many letters go to these people, by the hour of the site's clock and the sequence."""
    zone = localtime.zone(settings.SITE_TIME_ZONE)
    return Counter(
        (one.at.astimezone(zone).hour, one.step.sequence.title)
        for one in forecast.coming(people, now=now, until=ends)
        if one.goes_out and one.at >= begins
    )


def picked(word: str, today: dt.date) -> dt.date:
    """The day of a word like 2026-12-04, never before today nor too far away."""
    try:
        day = dt.date.fromisoformat(word)
    except ValueError:
        return today + dt.timedelta(days=1)
    return min(max(day, today), today + dt.timedelta(days=FURTHEST))
