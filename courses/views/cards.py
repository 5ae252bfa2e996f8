"""Pages to print: exercise cards and materials."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from courses import access, blocks, outlines, queries, syllabus, wording
from courses.models import Course, Exercise, Lesson, Material
from courses.views import gate
from coursesite.lib import clock


@login_not_required
@require_safe
def card(request: HttpRequest, course: str, key: str) -> HttpResponse:
    """A card of a lesson that is open for the reader, or of a free one; any other card is not there."""
    found = get_object_or_404(Exercise.objects.select_related("course"), course__slug=course, key=key)
    enrolment = access.of(request.user, found.course)
    if enrolment is None and found.course.status != Course.Status.PUBLISHED:
        raise Http404
    outline = syllabus.outline(course=found.course, enrolment=enrolment, now=clock.now())
    lessons = [one for one in outline.lessons if one.url and found.key in one.exercise_keys]
    if not lessons and not request.user.has_perm("courses.view_exercise"):
        raise Http404
    pictures = queries.drawings(found.course_id, [found.key])
    return render(request, "courses/card.html", card_of(found, pictures, lessons))


def card_of(found: Exercise, pictures: dict[str, str], lessons: list[outlines.LessonLine]) -> dict[str, Any]:
    return {
        "course": found.course,
        "card": blocks.Card(found, blocks.drawing(pictures, found.key)),
        "lessons": lessons,
    }


@login_not_required
@require_safe
def material(request: HttpRequest, course: str, lesson: str, slug: str) -> HttpResponse:
    now = clock.now()
    found = gate.door(request, course, lesson, now=now)
    if not found.is_open:
        return gate.closed(request, found, now=now)
    one = get_object_or_404(Material, lesson=found.lesson, slug=slug, file="")
    return render(request, "courses/material.html", sheet(found.lesson, one))


def sheet(lesson: Lesson, one: Material) -> dict[str, Any]:
    return {
        "course": lesson.course,
        "lesson": lesson,
        "material": one,
        "body_html": wording.html(one.body, lesson.course),
    }
