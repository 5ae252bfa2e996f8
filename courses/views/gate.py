"""What the views of a lesson share: its door, the page in front of a closed one."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from courses import access, doors, offers, outlines, reminders, syllabus
from courses.doors import Door


def door(request: HttpRequest, course: str, lesson: str, *, now: dt.datetime) -> Door:
    """The lesson's door, open or closed. Raises Http404 when there is no such lesson for this reader."""
    found = doors.lesson(course_slug=course, lesson_slug=lesson, user=request.user, now=now)
    if found is None:
        raise Http404
    return found


def open_door(request: HttpRequest, course: str, lesson: str, *, now: dt.datetime) -> Door:
    """As `door`, but a closed one is no door at all: for files and forms."""
    found = door(request, course, lesson, now=now)
    if not found.is_open:
        raise Http404
    return found


def closed(request: HttpRequest, found: Door, *, now: dt.datetime) -> HttpResponse:
    """Why the lesson is closed and what to do about it, with nothing of its text. Status 403."""
    course, enrolment = found.lesson.course, found.enrolment
    outline = syllabus.outline(course=course, enrolment=enrolment, now=now, here=found.lesson.pk)
    told = reminders.announced([enrolment]) if enrolment is not None else set()
    return in_front(request, found, outline, told=told, now=now)


def in_front(
    request: HttpRequest,
    found: Door,
    outline: outlines.Outline,
    *,
    told: set[tuple[str, str]],
    now: dt.datetime,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    course, enrolment = found.lesson.course, found.enrolment
    own = outline.at(found.lesson.pk)
    offer = offers.state(
        course=course,
        user=request.user,
        enrolment=enrolment,
        was_in=enrolment is not None or access.seat(request.user, course)[0] is not None,
        outline=outline,
        now=now,
    )
    context = {
        "course": offers.course_words(course),
        "title": found.lesson.title,
        "outline": outline.modules,
        "totals": outline.totals,
        "rope": outline.rope,
        "price": offers.shown(request, course=course, offer=offer) if enrolment is None else None,
        "waits": own.waits if own else None,
        "is_announced": enrolment is not None and (enrolment.word, found.lesson.subject) in told,
        "next_up": syllabus.next_lesson(outline, last_read=enrolment.last_lesson_id) if enrolment else None,
        **(more or {}),
    }
    name = "courses/lesson_waits.html" if found.kind == doors.WAITS else "courses/lesson_outside.html"
    return render(request, name, context, status=403)
