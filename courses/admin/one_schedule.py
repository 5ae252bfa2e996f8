"""One student's schedule: what opens when and why, and moving it by hand, each time with what it does shown first."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.desk import actor, needs
from courses import adjusting, queries, release, syllabus
from courses.admin import said
from courses.models import Adjustment, Enrolment
from coursesite.lib import clock, desk_log, localtime

SURE = "sure"
WAYS = {"later": 1, "earlier": -1}


class ShiftForm(forms.Form):
    days = forms.IntegerField(label="By how many days", min_value=1, max_value=adjusting.MOST)
    way = forms.ChoiceField(
        label="Which way", choices=[(one, one) for one in WAYS], widget=forms.RadioSelect, initial="later"
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


class PauseForm(forms.Form):
    until = forms.DateField(
        label="Until the morning of",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Leave it empty to pause until you wake it.",
    )


@dataclass(frozen=True)
class Effect:
    """What is about to be done: in sentences, lesson by lesson, and the doing of it."""

    title: str
    says: list[str]
    lessons: list[tuple[str, str, str]]  # title, when it opens now, when it would
    do: Callable[[], Adjustment | None]
    record: str
    is_final: bool = False  # nothing takes it back


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """A pressed button shows first what it does; confirmed, it does it and leads back here."""
    needs(request, "courses.view_enrolment")
    seat = get_object_or_404(Enrolment.objects.select_related("course", "user__contact"), pk=pk)
    now = clock.now()
    shift = ShiftForm(initial={"seen": seat.shift_days, "way": "later"}, label_suffix="", prefix="shift")
    pause = PauseForm(label_suffix="", prefix="pause")
    if request.method == "POST":
        needs(request, "courses.add_grant")
        if request.POST.get("do") == "undo":
            return undone(request, seat, now)
        shift = ShiftForm(request.POST, label_suffix="", prefix="shift") if is_do(request, "shift") else shift
        pause = PauseForm(request.POST, label_suffix="", prefix="pause") if is_do(request, "pause") else pause
        effect = effect_of(request, seat, shift, pause, now)
        if effect is not None:
            return (
                done(request, seat, effect, now)
                if SURE in request.POST
                else ask(request, seat, effect, context)
            )
    return render(request, "courses/desk/one_schedule.html", context | shown(seat, now, shift, pause))


def is_do(request: HttpRequest, word: str) -> bool:
    return request.POST.get("do") == word


def shown(seat: Enrolment, now: dt.datetime, shift: ShiftForm, pause: PauseForm) -> dict[str, Any]:
    zone = release.zone(seat)
    outline = syllabus.outline(course=seat.course, enrolment=seat, now=now)
    last = adjusting.latest(seat, now=now)
    return {
        "title": f"Schedule of {seat.user.contact.name or seat.user.email}",
        "seat": seat,
        "lessons": [
            (one, one.state_words.replace("your time", "their time"), said.moment(one.opens_at, zone))
            for one in outline.lessons
        ],
        "joined": said.moment(seat.joined_at, zone),
        "standing": standing(seat, now),
        "is_paused": seat.is_paused(now),
        "shift": shift,
        "pause": pause,
        "last": last,
        "history": [
            (said.moment(one.made_at, zone), one) for one in seat.adjustments.select_related("actor")[:20]
        ],
        "has_closed": any(one.state in {"opens", "after"} for one in outline.lessons),
    }


def standing(seat: Enrolment, now: dt.datetime) -> list[str]:
    """How this one schedule differs from everybody's."""
    found = []
    if seat.is_paused(now):
        until = said.moment(seat.paused_until, release.zone(seat)) if seat.paused_until else "you wake it"
        found.append(f"It stands still until {until}. Letters rest as long.")
    if seat.shift_days:
        found.append(f"It runs {by_days(seat.shift_days)} than the course’s own days.")
    return found


def by_days(days: int) -> str:
    size = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"{size} {'later' if days > 0 else 'earlier'}"


# ---- what a button would do ----
def effect_of(
    request: HttpRequest, seat: Enrolment, shift: ShiftForm, pause: PauseForm, now: dt.datetime
) -> Effect | None:
    """None when a field has a fault, or no button of ours was pressed."""
    who = actor(request)
    match request.POST.get("do"):
        case "shift" if shift.is_valid():
            return shifting(seat, shift, who, now)
        case "pause" if pause.is_valid():
            return pausing(seat, pause, who, now)
        case "wake" if seat.is_paused(now):
            says = [
                "Lessons that were to open while it stood still come so many days later.",
                *letters_go_on(),
            ]
            wake = lambda: adjusting.wake(enrolment=seat, actor=who, now=now)  # noqa: E731
            return Effect("Wake the schedule", says, [], wake, "Woke the schedule.")
        case "open":
            return opening(seat, who, now)
    return None


def letters_go_on() -> list[str]:
    return ["Letters go on, one a day, none of them twice."]


def shifting(seat: Enrolment, form: ShiftForm, who: Any, now: dt.datetime) -> Effect:
    days = form.cleaned_data["days"] * WAYS[form.cleaned_data["way"]]
    seen = form.cleaned_data["seen"]
    then = copy(seat)
    then.shift_days += days
    return Effect(
        f"Move the schedule {by_days(days)}",
        ["What is open stays open.", "Letters that are still to come move with it; nothing is sent twice."],
        compared(seat, then, now),
        lambda: adjusting.shift(enrolment=seat, days=days, seen=seen, actor=who, now=now),
        f"Moved the schedule {by_days(days)}.",
    )


def pausing(seat: Enrolment, form: PauseForm, who: Any, now: dt.datetime) -> Effect | None:
    day, zone = form.cleaned_data["until"], release.zone(seat)
    today = localtime.local_day(now, zone)
    if day and day <= today:
        form.add_error("until", "That day has passed.")
        return None
    if day and (day - today).days > adjusting.MOST:
        form.add_error(
            "until", f"At most {adjusting.MOST} days ahead. Leave it empty to pause until you wake it."
        )
        return None
    until = localtime.at(day, dt.time(0), zone) if day else None
    then = copy(seat)
    then.paused_at, then.paused_until = now, until
    then.shift_days += adjusting.days_between(seat, now, until) if until else 0
    end = f"until {said.moment(until, zone)}" if until else "until you wake it"
    return Effect(
        f"Pause the schedule {end}",
        [
            "What is open stays open; nothing new opens by its day meanwhile.",
            "All letters of courses rest as long. Receipts and sign-in codes still go.",
        ],
        compared(seat, then, now),
        lambda: adjusting.pause(enrolment=seat, until=until, actor=who, now=now),
        f"Paused the schedule {end}.",
    )


def opening(seat: Enrolment, who: Any, now: dt.datetime) -> Effect:
    closed = adjusting.waiting(seat, now=now)
    outline = syllabus.outline(course=seat.course, enrolment=seat, now=now)
    words = {one.id: one.state_words for one in outline.lessons}
    return Effect(
        "Open everything now",
        [
            "1 lesson opens at once and stays open."
            if len(closed) == 1
            else f"{len(closed):,} lessons open at once and stay open.",
            "Letters keep their days, one at a time.",
        ],
        [(row.title, words.get(row.id, ""), "Open now") for row in closed],
        lambda: adjusting.open_all(enrolment=seat, actor=who, now=now),
        "Opened every lesson.",
        is_final=True,
    )


def compared(seat: Enrolment, then: Enrolment, now: dt.datetime) -> list[tuple[str, str, str]]:
    """The lessons that are not open, before and after. One query."""
    found = queries.rows([seat.course_id], [seat.pk])
    known, zone = queries.Standing(found), release.zone(seat)
    rows = []
    for row in found:
        was = release.row_due(row, seat, standing=known, now=now)
        if not row.is_written or was.is_open(now):
            continue
        will = release.row_due(row, then, standing=known, now=now)
        rows.append((row.title, when(was, zone), "Open now" if will.is_open(now) else when(will, zone)))
    return rows


def when(due: release.Due, zone: str) -> str:
    if due.at is None:
        return "When something else is done" if due.waits else "When it is woken"
    return said.moment(due.at, zone)


# ---- asking and doing ----
def ask(request: HttpRequest, seat: Enrolment, effect: Effect, context: dict[str, Any]) -> HttpResponse:
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    moves = Counter(was != will for _, was, will in effect.lessons)
    context |= {
        "title": f"{effect.title}: {seat.user.contact.name or seat.user.email}",
        "seat": seat,
        "effect": effect,
        "kept": [*kept, (SURE, "yes")],
        "moves": moves[True],
    }
    return render(request, "courses/desk/one_schedule_sure.html", context)


def done(request: HttpRequest, seat: Enrolment, effect: Effect, now: dt.datetime) -> HttpResponse:
    try:
        made = effect.do()
    except adjusting.Stale:
        messages.warning(
            request, "This schedule was moved meanwhile. Look again before you move it once more."
        )
        return redirect(url(seat))
    if made is None:
        messages.info(request, "Nothing was left to do.")
    else:
        log(request, seat, effect.record, now)
        undo = "" if effect.is_final else " Below you can undo it for an hour."
        messages.success(request, f"{effect.record}{undo}")
    return redirect(url(seat))


def undone(request: HttpRequest, seat: Enrolment, now: dt.datetime) -> HttpResponse:
    pk = request.POST.get("pk", "")
    last = seat.adjustments.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 18 else None
    try:
        if last is None:
            raise adjusting.TooLate
        adjusting.undo(adjustment=last, now=now)
    except adjusting.TooLate:
        messages.warning(
            request, "That cannot be taken back any more. Move the schedule the other way instead."
        )
        return redirect(url(seat))
    log(request, seat, f"Took back: {last.get_kind_display()}.", now)
    messages.success(request, "Taken back. What is open for them stays open.")
    return redirect(url(seat))


def log(request: HttpRequest, seat: Enrolment, words: str, now: dt.datetime) -> None:
    desk_log.record(actor=actor(request), kind=desk_log.Kind.ACCESS, words=words, about=seat, now=now)


def url(seat: Enrolment) -> str:
    return reverse("admin:courses_enrolment_schedule", args=[seat.pk])
