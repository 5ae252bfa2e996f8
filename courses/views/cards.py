"""Pages to print, and the same as PDF files: exercise cards and materials."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.desk import may
from courses import access, blocks, printing, queries, syllabus
from courses.doors import Door
from courses.models import Course, Exercise, Lesson, Material
from courses.outlines import LessonLine
from courses.views import gate
from coursesite.lib import clock, pdf


@login_not_required
@require_safe
def card(request: HttpRequest, course: str, key: str) -> HttpResponse:
    """A card of a lesson that is open for the reader, or of a free one; any other card is not there."""
    found, lessons = card_or_404(request, course, key)
    return render(request, "courses/card.html", card_of(found, pictures_of(found), lessons))


def card_of(found: Exercise, pictures: dict[str, str], lessons: list[LessonLine]) -> dict[str, Any]:
    return {
        "course": found.course,
        "card": shown(found, pictures),
        "lessons": lessons,
        "files": files(reverse("courses:card_pdf", args=[found.course.slug, found.key])),
    }


@login_not_required
@never_cache
@require_safe
def card_pdf(request: HttpRequest, course: str, key: str) -> HttpResponse:
    """The same for whoever sees the card. If it cannot be made now, back to the page, which prints the same."""
    found, _ = card_or_404(request, course, key)
    return card_as_file(request, found, pictures_of(found))


def card_as_file(request: HttpRequest, found: Exercise, pictures: dict[str, str]) -> HttpResponse:
    try:
        made = printing.card(shown(found, pictures), found.course, size=size(request))
    except pdf.NotDrawnError:
        return not_drawn(request, "courses:card", found.course.slug, found.key)
    return file(made, found.name)


@login_not_required
@require_safe
def material(request: HttpRequest, course: str, lesson: str, slug: str) -> HttpResponse:
    now = clock.now()
    found = gate.door(request, course, lesson, now=now)
    if not found.is_open:
        return gate.closed(request, found, now=now)
    return render(request, "courses/material.html", sheet(found.lesson, material_or_404(found, slug)))


def sheet(lesson: Lesson, one: Material) -> dict[str, Any]:
    return {
        "course": lesson.course,
        "lesson": lesson,
        "material": one,
        "pieces": blocks.sheet(one.body, lesson),
        "files": files(reverse("courses:material_pdf", args=[lesson.course.slug, lesson.slug, one.slug])),
    }


@login_not_required
@never_cache
@require_safe
def material_pdf(request: HttpRequest, course: str, lesson: str, slug: str) -> HttpResponse:
    """The same for whoever sees the page. If it cannot be made now, back to the page, which prints the same."""
    now = clock.now()
    found = gate.door(request, course, lesson, now=now)
    if not found.is_open:
        return gate.closed(request, found, now=now)
    return sheet_as_file(request, found.lesson, material_or_404(found, slug))


def sheet_as_file(request: HttpRequest, lesson: Lesson, one: Material) -> HttpResponse:
    try:
        made = printing.material(one, lesson.course, size=size(request))
    except pdf.NotDrawnError:
        return not_drawn(request, "courses:material", lesson.course.slug, lesson.slug, one.slug)
    return file(made, one.title)


# ---- what a page and its file share ----
def card_or_404(request: HttpRequest, course: str, key: str) -> tuple[Exercise, list[LessonLine]]:
    """The exercise, and the lessons open for the reader that show it."""
    found = get_object_or_404(Exercise.objects.select_related("course"), course__slug=course, key=key)
    enrolment = access.of(request.user, found.course)
    if enrolment is None and found.course.status != Course.Status.PUBLISHED:
        raise Http404
    outline = syllabus.outline(course=found.course, enrolment=enrolment, now=clock.now())
    lessons = [one for one in outline.lessons if one.url and found.key in one.exercise_keys]
    if not lessons and not may(request.user, "courses.view_exercise"):
        raise Http404
    return found, lessons


def material_or_404(found: Door, slug: str) -> Material:
    return get_object_or_404(Material, lesson=found.lesson, slug=slug, file="")


def pictures_of(found: Exercise) -> dict[str, str]:
    return queries.drawings(found.course_id, [found.key])


def shown(found: Exercise, pictures: dict[str, str]) -> blocks.Card:
    return blocks.Card(found, blocks.drawing(pictures, found.key))


def files(url: str) -> list[dict[str, Any]]:
    """A link for each size of paper, the site's own first."""
    return [
        {"url": f"{url}?paper={word}" if word else url, "paper": name} for word, name in printing.choices()
    ]


def size(request: HttpRequest) -> str:
    return printing.paper(request.GET.get("paper", ""))


def file(made: bytes, title: str) -> HttpResponse:
    name = slugify(title) or "page"
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def not_drawn(request: HttpRequest, page: str, *args: str) -> HttpResponse:
    messages.error(request, "The PDF could not be made just now. This page prints the same.")
    return redirect(page, *args)
