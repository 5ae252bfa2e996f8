"""The lesson page and what its forms do."""

import datetime as dt
import mimetypes
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from courses import blocks, forms, outlines, progress, queries, syllabus, wording
from courses.doors import PREVIEW, Door
from courses.models import Check
from courses.views import gate
from coursesite.lib import clock


@login_not_required
@require_safe
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    now = clock.now()
    found = gate.door(request, course, lesson, now=now)
    if not found.is_open:
        return gate.closed(request, found, now=now)
    return render(request, "courses/lesson.html", page(found, whole(found, now=now)))


@require_POST
def done(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """Done, or not done after all (field done = no)."""
    now = clock.now()
    found = gate.open_door(request, course, lesson, now=now)
    if found.student is None:
        raise Http404
    if request.POST.get("done") == "no":
        progress.undo(enrolment=found.student, lesson=found.lesson, now=now)
        onward = found.lesson.get_absolute_url()
    else:
        progress.complete(enrolment=found.student, lesson=found.lesson, now=now)
        onward = ""
    outline = whole(found, now=now)
    if request.headers.get("HX-Request"):
        moved = {"rope": outline.rope, "outline": outline.modules, "oob": True}
        moved["all_done"] = outline.is_finished and not onward
        return render(request, "courses/_done.html", {**steps(found, outline), **moved})
    following = outline.neighbors(found.lesson.pk)[1]
    return HttpResponseRedirect(onward or (following and following.url) or reverse("courses:learn"))


@login_not_required
@require_POST
def check(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """Answer a self-check; kept for a student, only shown to a visitor of a free lesson."""
    now = clock.now()
    found = gate.open_door(request, course, lesson, now=now)
    form = forms.AnswerForm(request.POST)
    number = form.number
    questions = list(Check.objects.filter(lesson=found.lesson))
    if not 1 <= number <= len(questions):
        raise Http404
    asked = questions[number - 1]
    asked.lesson = found.lesson
    chosen = form.chosen(asked)
    if chosen is not None and found.student:
        progress.answer(enrolment=found.student, check=asked, chosen=chosen, now=now)
    shown = blocks.asked(number, asked, chosen, fault="" if chosen is not None else "Choose an answer first.")
    if request.headers.get("HX-Request"):
        return render(request, "components/_check.html", {"check": shown, "check_url": request.path})
    if chosen is not None and found.student:
        return HttpResponseRedirect(f"{found.lesson.get_absolute_url()}#check-{number}")
    return render(request, "courses/lesson.html", page(found, whole(found, now=now), answered=shown))


@require_POST
def position(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """Keep where the reader is. What makes no sense is ignored: the browser sends this by itself."""
    now = clock.now()
    found = gate.open_door(request, course, lesson, now=now)
    form = forms.PositionForm(request.POST)
    if found.student and form.is_valid():
        progress.remember(
            enrolment=found.student,
            lesson=found.lesson,
            read_percent=form.cleaned_data["percent"],
            video_seconds=form.cleaned_data["seconds"],
            now=now,
        )
    return HttpResponse(status=204)


def whole(found: Door, *, now: dt.datetime) -> outlines.Outline:
    """The outline beside a lesson, for whoever stands in its door."""
    lesson = found.lesson
    return syllabus.outline(course=lesson.course, enrolment=found.student, now=now, here=lesson.pk)


def page(found: Door, outline: outlines.Outline, *, answered: blocks.Asked | None = None) -> dict[str, Any]:
    """Everything the page of an open lesson shows."""
    lesson, student = found.lesson, found.student
    course = lesson.course
    pieces = blocks.text(lesson, enrolment_id=student.pk if student else None)
    own = outline.at(lesson.pk)
    return {
        **steps(found, outline),
        "course": course,
        "lesson": lesson,
        "own": own,
        "part": next((one for one in outline.modules if own in one.lessons), None),
        "is_visitor": student is None and found.kind == PREVIEW,
        "is_author": student is None and found.kind != PREVIEW,
        "pieces": [blocks.with_answer(one, answered) for one in pieces],
        "outline": outline.modules,
        "rope": outline.rope,
        "check_url": reverse("courses:check", args=[course.slug, lesson.slug]),
        "position_url": reverse("courses:position", args=[course.slug, lesson.slug]) if student else "",
        "materials": takeaways(lesson.pk),
        "video": video(found, own),
    }


def steps(found: Door, outline: outlines.Outline) -> dict[str, Any]:
    """The pager: done or undo, the lessons before and after."""
    lesson = found.lesson
    own = outline.at(lesson.pk)
    previous, following = outline.neighbors(lesson.pk)
    return {
        "lesson_done": bool(own and own.state == "done"),
        "done_url": reverse("courses:done", args=[lesson.course.slug, lesson.slug]) if found.student else "",
        "previous": previous if previous and previous.url else None,
        "following": {"title": following.title, "url": following.url, "words": following.state_words}
        if following
        else None,
        "htmx": True,
    }


def takeaways(lesson_id: int) -> list[dict[str, str]]:
    return [
        {
            "title": one.title,
            "url": one.get_absolute_url(),
            "note": "To download" if one.file else "A page to print",
            "icon": "download" if one.file else "print",
        }
        for one in queries.materials([lesson_id])
    ]


def video(found: Door, own: outlines.LessonLine | None) -> dict[str, Any] | None:
    lesson = found.lesson
    transcript = wording.html(lesson.transcript, lesson.course) if lesson.transcript else ""
    host = urlsplit(lesson.film_url).hostname or ""
    shared = {"title": lesson.title, "transcript_html": transcript, "link": lesson.film_url, "host": host}
    if not lesson.video:
        return shared if lesson.film_url else None
    address = [lesson.course.slug, lesson.slug]
    kind = mimetypes.guess_type(str(lesson.video.name))[0] or "video/mp4"
    return {
        **shared,
        "url": reverse("courses:video", args=address),
        "type": kind,
        "is_sound": kind.startswith("audio/"),
        "captions_url": reverse("courses:captions", args=address) if lesson.captions else "",
        "position": own.video_seconds if own else 0,
    }
