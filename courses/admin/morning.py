"""The morning page, which is the desk's front: who needs the coach today, tomorrow's letters, how it goes.

Each part is counted only for whoever may see it, so that an assistant without a right to the money sees none.
"""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.module_loading import import_string

from accounts.desk import actor
from courses import figures, needs
from courses.models import Course
from courses.standing import A_WHILE
from coursesite.lib import charts, clock, localtime, money
from mailing import ahead, forecast, heartbeat

SPAN = 30  # days
MOST_LETTERS = 5
PLAYED = 200  # people for whom tomorrow is played through
BEFORE = f"{SPAN} days before"


def context(request: HttpRequest) -> dict[str, Any]:
    """Wired as settings.MORNING."""
    user, now, zone = actor(request), clock.now(), settings.SITE_TIME_ZONE
    today = localtime.local_day(now, zone)
    found, put_off = needs.today(user, now=now)
    parts: dict[str, Any] = {"title": "", "needs": found, "put_off": put_off, "today": today}
    if user.has_perm(needs.LETTERS_MAY):
        parts["tomorrow"] = tomorrow(today, zone, now)
    if user.has_perm(needs.PEOPLE_MAY):
        parts |= {"joined": joined(today, zone), **funnel(request.GET.get("course", ""), now)}
    if user.has_perm(needs.MONEY_MAY):
        parts["sales"] = sales(today, zone)
    return parts


def put_off(request: HttpRequest) -> HttpResponse:
    """One line not before a week from now, or all that were put off again."""
    if request.method == "POST" and request.POST.get("do") == "wake":
        needs.wake(user=actor(request))
    elif request.method == "POST" and (key := request.POST.get("key", "")):
        needs.snooze(user=actor(request), key=key, now=clock.now())
    return redirect("admin:index")


def tomorrow(today: dt.date, zone: str, now: dt.datetime) -> dict[str, Any]:
    """For a few people by the planner, right to the letter; for more counted from where they stand."""
    begins, ends = (localtime.at(today + dt.timedelta(days=days), dt.time(0), zone) for days in (1, 2))
    people = list(forecast.who(until=ends)[: PLAYED + 1])
    is_exact = len(people) <= PLAYED
    found = played(people, begins, ends, now) if is_exact else ahead.on(begins=begins, ends=ends)
    rows = [(one, localtime.in_words(one.first_at, zone).rpartition(", ")[2]) for one in found[:MOST_LETTERS]]
    return {
        "at_work": localtime.with_place(beat, zone) if (beat := heartbeat.last(role=heartbeat.TICK)) else "",
        "is_exact": is_exact,
        "total": sum(one.number for one in found),
        "rows": rows,
        "more": len(found) - len(rows),
        "day": today + dt.timedelta(days=1),
        "place": localtime.place(zone),
    }


def played(
    people: list[int], begins: dt.datetime, ends: dt.datetime, now: dt.datetime
) -> list[ahead.Expected]:
    """What these people get between two moments, by letter, the most first."""
    moments = defaultdict[tuple[str, str], list[dt.datetime]](list)
    for one in forecast.coming(people, now=now, until=ends):
        if one.goes_out and one.at >= begins and one.step.revision:
            moments[one.step.revision.subject, one.step.sequence.title].append(one.at)
    found = [ahead.Expected(*names, len(at), min(at)) for names, at in moments.items()]
    return sorted(found, key=lambda one: (-one.number, one.first_at))


def days_of(today: dt.date) -> tuple[list[dt.date], list[dt.date]]:
    """The last thirty days, and the thirty before."""
    last = [today - dt.timedelta(days=days) for days in range(2 * SPAN - 1, -1, -1)]
    return last[SPAN:], last[:SPAN]


def begin(today: dt.date, zone: str) -> dt.datetime:
    return localtime.at(today - dt.timedelta(days=2 * SPAN - 1), dt.time(0), zone)


def joined(today: dt.date, zone: str) -> charts.Chart:
    by_day = figures.joined(since=begin(today, zone), zone=zone)
    lately, before = days_of(today)
    now, then = ([by_day.get(day, 0) for day in days] for days in (lately, before))
    says = f"{sum(now):,} joined in the last {SPAN} days; {sum(then):,} in the {SPAN} days before."
    return charts.bars(
        key="joined", title="New students", says=says, names=("joined", BEFORE), values=now, behind=then,
        heads=["Day", "Joined", BEFORE],
        rows=[(short(day), *pair) for day, *pair in zip(lately, now, then, strict=True)],
    )  # fmt: skip


def sales(today: dt.date, zone: str) -> list[charts.Chart]:
    """One for each currency: sums of several would say nothing."""
    by_day = defaultdict[str, dict[dt.date, tuple[int, int]]](dict)
    for day, currency, minor, number in import_string(settings.MONEY_LATELY)(
        since=begin(today, zone), zone=zone
    ):
        by_day[currency][day] = (minor, number)
    return [sales_in(currency, days, today) for currency, days in sorted(by_day.items())]


def sales_in(currency: str, by_day: dict[dt.date, tuple[int, int]], today: dt.date) -> charts.Chart:
    lately, before = days_of(today)
    now, then = ([by_day.get(day, (0, 0)) for day in days] for days in (lately, before))
    came, had = (sum(minor for minor, _ in span) for span in (now, then))
    says = (
        f"{money.amount_text(came, currency)} came in the last {SPAN} days, by {payments(now)}; "
        f"{money.amount_text(had, currency)} by {payments(then)} in the {SPAN} days before. "
        "What went back is taken off."
    )
    rows = [
        (short(day), money.amount_text(one[0], currency), one[1], money.amount_text(other[0], currency))
        for day, one, other in zip(lately, now, then, strict=True)
    ]
    values, behind = [minor for minor, _ in now], [minor for minor, _ in then]
    return charts.bars(
        key=f"sales-{currency}", title=f"Money that came, {currency.upper()}", says=says, names=("came", BEFORE),
        values=values, behind=behind,
        heads=["Day", "Came", "Payments", BEFORE], rows=rows,
        top=money.amount_text(max([*values, *behind]), currency),
    )  # fmt: skip


def payments(span: list[tuple[int, int]]) -> str:
    number = sum(number for _, number in span)
    return "1 payment" if number == 1 else f"{number:,} payments"


def short(day: dt.date) -> str:
    return f"{day:%b} {day.day}"


def funnel(slug: str, now: dt.datetime) -> dict[str, Any]:
    courses = figures.courses_with_students()
    chosen = next((one for one in courses if one.slug == slug), courses[0] if courses else None)
    if chosen is None:
        return {}
    found = figures.funnel(course=chosen, now=now)
    return {"courses": courses, "course": chosen, "funnel": drawn(chosen, found)}


def drawn(course: Course, found: figures.Funnel) -> charts.Chart:
    worst, stages = found.worst, found.stages
    if worst is None:
        says = "Nobody who began has gone quiet."
    else:
        says = (
            f"Most people stop at “{worst.title}”: {worst.stopped:,} of the {worst.began:,} who began it were last "
            f"seen there and have been away for {A_WHILE} days or more."
        )
    return charts.bars(
        key="funnel", title=course.title, says=says, names=("did the lesson", "began it"),
        values=[stage.done for stage in stages], behind=[stage.began for stage in stages],
        marked=stages.index(worst) if worst else None, heads=["Lesson", "Began", "Done", "Stopped here"],
        rows=[(stage.title, stage.began, stage.done, stage.stopped) for stage in stages],
    )  # fmt: skip
