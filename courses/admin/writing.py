"""Behind the editor of a lesson: the text as it reads it, what may be put into it, and how a student will see it."""

from collections.abc import Iterator
from typing import Any

from csp.decorators import csp_replace
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from accounts.desk import may, needs
from courses import blocks, fields, wording
from courses.admin import references
from courses.models import Check, Exercise, Illustration, Lesson, Module, Picture
from coursesite.lib import editable

WORDS = ("title", "goal", "summary", "body", "transcript")  # what a student reads of the form


def urls(wrap: Any) -> list[URLPattern]:
    """`wrap` is the desk's own guard."""
    return [
        path("editor/read/", wrap(require_POST(read)), name="courses_lesson_read"),
        path("editor/shelf/", wrap(require_POST(shelf)), name="courses_lesson_shelf"),
        path("editor/look/", wrap(LOOK), name="courses_lesson_look"),
    ]


def read(request: HttpRequest) -> JsonResponse:
    """A text as the editor takes it. Nothing is stored."""
    needs(request, "courses.view_lesson")
    found = editable.read(request.POST.get("text", "").replace("\r\n", "\n"))
    return JsonResponse({"html": found.html, "sources": found.sources})


def shelf(request: HttpRequest) -> JsonResponse:
    """The cards and drawings of the course that a module belongs to."""
    needs(request, "courses.view_lesson")
    module = module_of(request.POST.get("of", ""))
    course = module.course_id if module else None
    cards = Exercise.objects.filter(course=course).values("key", "name", "purpose")
    return JsonResponse(
        {
            "exercise": [
                {"ref": one["key"], "title": f"{one['key'].upper()} {one['name']}", "words": one["purpose"]}
                for one in cards
            ],
            "figure": [
                {"ref": one, "title": one.replace("-", " ").capitalize(), "words": ""}
                for one in Illustration.objects.filter(course=course).values_list("name", flat=True)
            ],
            "picture": [
                {
                    "ref": one.name,
                    "title": one.name,
                    "words": one.alt or one.caption,
                    "thumb": desk_address(one, 480),
                }
                for one in Picture.objects.filter(course=course)
            ],
            "bring": reverse("admin:courses_picture_add") if may(request.user, "courses.add_picture") else "",
        }
    )


def desk_address(picture: Picture, width: int) -> str:
    return reverse("admin:courses_picture_show", args=[picture.pk, width])


def module_of(word: str) -> Module | None:
    return Module.objects.select_related("course").filter(pk=word).first() if word.isdigit() else None


def look(request: HttpRequest) -> HttpResponse:
    """The lesson of the form that was posted, as a student would see it. Nothing is stored, no script runs there."""
    needs(request, "courses.view_lesson")
    lesson = posted(request)
    if lesson is None:
        return render(request, "courses/desk/look_at_nothing.html")
    checks = list(questions(request.POST)) if request.method == "POST" else list(lesson.checks.all())
    context = {
        "course": lesson.course,
        "lesson": lesson,
        "own": {"number": lesson.key, "read_percent": 0},
        "part": {"number": lesson.module.position, "title": lesson.module.title},
        "pieces": blocks.unsaved(lesson, checks, desk_address),
        "faults": references.faults(lesson.body, course=lesson.course, checks=len(checks), slug=lesson.slug),
        "transcript_html": wording.html(lesson.transcript, lesson.course) if lesson.transcript else "",
    }
    return render(request, "courses/desk/look.html", context)


FRAME: dict[str, Any] = {"frame-ancestors": ["'self'"], "script-src": ["'none'"], "form-action": ["'none'"]}
LOOK: Any = xframe_options_sameorigin(csp_replace(FRAME)(look))


def posted(request: HttpRequest) -> Lesson | None:
    """The stored lesson, or a new one, with the words of the form in it; None as long as no module is chosen."""
    number = request.POST.get("lesson", request.GET.get("lesson", ""))
    stored = Lesson.objects.select_related("module__course", "course")
    lesson = get_object_or_404(stored, pk=number) if number.isdigit() else Lesson()
    module = module_of(request.POST.get("module", ""))
    if module:
        lesson.module, lesson.course = module, module.course
    if not lesson.module_id:
        return None
    for name in WORDS:
        if name in request.POST:
            setattr(lesson, name, request.POST[name].replace("\r\n", "\n"))
    if "sources" in request.POST:
        lesson.sources = fields.SourcesField(required=False).clean(request.POST["sources"])
    minutes = request.POST.get("minutes", "")
    lesson.minutes = int(minutes) if minutes.isdigit() else lesson.minutes
    lesson.key = request.POST.get("key", lesson.key)
    return lesson


def questions(form: Any) -> Iterator[Check]:
    """The self-checks of the same form, those that make sense; one half written keeps its place with two blanks."""
    total = str(form.get("checks-TOTAL_FORMS", ""))
    for number in range(min(int(total), 100) if total.isdigit() else 0):
        one = f"checks-{number}"
        if not form.get(f"{one}-question") or form.get(f"{one}-DELETE"):
            continue
        try:
            answers = fields.AnswersField().clean(form.get(f"{one}-answers", ""))
        except ValidationError:
            answers = [{"text": "…", "right": True}, {"text": "…", "right": False}]
        yield Check(question=form[f"{one}-question"], why=form.get(f"{one}-why", ""), answers=answers)
