"""Files of a lesson. None has a public address: the right is asked for at every request, ranged ones too."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from courses.models import Lesson, Material, Picture
from courses.views import gate
from coursesite.lib import clock, markdown, sending


@login_not_required
@require_safe
def video(request: HttpRequest, course: str, lesson: str) -> HttpResponseBase:
    found = gate.open_door(request, course, lesson, now=clock.now())
    return sending.sent(request, found.lesson.video)


@login_not_required
@require_safe
def captions(request: HttpRequest, course: str, lesson: str) -> HttpResponseBase:
    found = gate.open_door(request, course, lesson, now=clock.now())
    return sending.sent(request, found.lesson.captions, content_type="text/vtt", elsewhere=False)


@login_not_required
@require_safe
def material(request: HttpRequest, course: str, lesson: str, slug: str) -> HttpResponseBase:
    found = gate.open_door(request, course, lesson, now=clock.now())
    return attached(request, get_object_or_404(Material, lesson=found.lesson, slug=slug))


def attached(request: HttpRequest, one: Material) -> HttpResponseBase:
    response = sending.sent(request, one.file)
    ending = str(one.file.name).rpartition(".")[2]
    name = content_disposition_header(as_attachment=True, filename=f"{one.slug}.{ending}")
    response.headers["Content-Disposition"] = name or "attachment"
    return response


@login_not_required
@require_safe
def picture(request: HttpRequest, course: str, lesson: str, name: str, width: int) -> HttpResponseBase:
    """A picture that this lesson shows, or a page to print with it; others of the course are not here."""
    found = gate.open_door(request, course, lesson, now=clock.now())
    return pictured(request, found.lesson, name, width)


def pictured(request: HttpRequest, lesson: Lesson, name: str, width: int) -> HttpResponseBase:
    if not shows(lesson, name):
        raise Http404
    one = get_object_or_404(Picture, course=lesson.course_id, name=name)
    return sending.sent(request, one.of_width(width))


def shows(lesson: Lesson, name: str) -> bool:
    asked = ("picture", name)
    return asked in markdown.references(lesson.body) or any(
        asked in markdown.references(body) for body in lesson.materials.values_list("body", flat=True)
    )
