"""Beside the outline: where else a lesson can stand, and what putting something away touches."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.desk import needs
from courses import arranging
from courses.admin import outline, outline_places, outline_rows
from courses.models import Course, Enrolment, LessonProgress, Module
from coursesite.lib import clock


def move(request: HttpRequest, pk: int, lesson: int, context: dict[str, Any]) -> HttpResponse:
    """Every place of the course in one list. The outline itself takes what is chosen."""
    needs(request, "courses.change_lesson")
    course = get_object_or_404(Course, pk=pk)
    row = get_object_or_404(course.lessons.select_related("module"), pk=lesson)
    context |= {
        "title": f"Move {row.title}",
        "course": course,
        "lesson": row,
        "seen": arranging.arrangement(course.pk),
        "choices": outline_places.choices(row, course),
        "back": outline.address(pk),
    }
    return render(request, "courses/desk/move.html", context)


def archive(request: HttpRequest, pk: int, kind: str, row_pk: int, context: dict[str, Any]) -> HttpResponse:
    """Says whom it touches; posted, it is put away. Pressed twice it changes nothing more."""
    needs(request, outline.CHANGES[kind])
    course = get_object_or_404(Course, pk=pk)
    row = outline.row_of(course, kind, str(row_pk))
    if request.method == "POST":
        put_away(request, row)
        return redirect(outline.address(pk))
    context |= {
        "title": f"Archive {row.title}?",
        "course": course,
        "says": consequences(course, row),
        "button": f"Archive this {kind}",
        "back": outline.address(pk),
    }
    return render(request, "courses/desk/confirm.html", context)


def put_away(request: HttpRequest, row: outline.Row) -> None:
    with transaction.atomic():
        done = arranging.archive(row=row, now=clock.now())
        if done:
            outline.note(request, row, "Archived.")
    said = f"{outline.name(row)} is archived." if done else f"{outline.name(row)} was archived already."
    undo = f"restore:{type(row).__name__.lower()}:{row.pk}"
    messages.success(request, outline.Done(said, undo=undo if done else "").html)


def consequences(course: Course, row: outline.Row) -> list[str | SafeString]:
    """What archiving does, in sentences."""
    lessons = (
        [row]
        if not isinstance(row, Module)
        else list(row.lessons.filter(archived_at=None).only("key", "status", "course"))
    )
    begun = LessonProgress.objects.filter(lesson__in=lessons)
    people = begun.values("enrolment").distinct().count()
    done = begun.exclude(done_at=None).values("enrolment").distinct().count()
    seats = Enrolment.objects.with_access().filter(course=course).count()
    what = (
        f"The module and its {counted(len(lessons), 'lesson')}"
        if len(lessons) != 1 or lessons[0] != row
        else "It"
    )
    said: list[str | SafeString] = [
        f"{what} can no longer be opened or seen in the course.",
        f"{counted(seats, 'student')} {'is' if seats == 1 else 'are'} in it.",
        f"{counted(people, 'student')} began {'one of them' if what != 'It' else 'it'}, "
        f"{counted(done, 'student')} finished. They keep that, and find it again if you bring it back."
        if people
        else "No student has begun it yet.",
    ]
    about = outline_rows.letters(course)
    letters = [letter for one in lessons for letter in about.get(one.key, [])]
    if letters:
        links = format_html_join(", ", '<a href="{}">{}</a>', ((one.url, one.subject) for one in letters))
        said.append(
            format_html(
                "{} {} about it: {}. Whoever has not got {} yet goes without while the lesson is archived.",
                counted(len(letters), "letter"),
                "is" if len(letters) == 1 else "are",
                links,
                "it" if len(letters) == 1 else "them",
            )
        )
    said.append("Its text, questions and sheets stay. You can bring it back at any time.")
    return said


def counted(number: int, one: str) -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {one}s"
