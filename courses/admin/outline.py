"""The whole course on one page, where modules and lessons are moved, added, copied and put away."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.desk import actor, needs
from courses import arranging
from courses.admin import outline_places as places
from courses.admin import outline_rows
from courses.models import Course, Lesson, Module
from coursesite.lib import clock, desk_log

STALE = (
    "Somebody changed the order since you opened this page, so nothing was moved. This is how it stands now."
)
DO = re.compile(r"(up|down|put|copy|restore):(lesson|module):(\d{1,9})(?::(\d{0,9})(?::(\d{0,9}))?)?")
CHANGES = {"lesson": "courses.change_lesson", "module": "courses.change_module"}
Row = Lesson | Module


@dataclass(frozen=True)
class Done:
    """What to say after a change, how to undo it, and which row to look at."""

    said: str
    undo: str = ""
    focus: str = ""

    @property
    def html(self) -> SafeString:
        if not self.undo:
            return format_html("{}", self.said)
        button = '{} <button class="button" form="arrange" name="do" value="{}">Undo</button>'
        return format_html(button, self.said, self.undo)


def address(course_id: int) -> str:
    return reverse("admin:courses_course_outline", args=[course_id])


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """The outline; posted, one change of it. A script that asks for it gets the list alone."""
    needs(request, "courses.view_course")
    course = get_object_or_404(Course, pk=pk)
    with_archived = "archived" in (request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        shown = context | drawn(course, with_archived) | {"title": f"Outline: {course.title}"}
        return render(request, "courses/desk/outline.html", shown)
    try:
        done, status = change(request, course), 200
    except arranging.Stale:
        done, status = Done(STALE), 409
    if request.headers.get("X-Requested-With") == "outline":
        shown = drawn(course, with_archived) | {"said": done.html, "is_refused": status != 200}
        return render(request, "courses/desk/_outline.html", shown, status=status)
    messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, done.html)
    query = "?archived=yes" if with_archived else ""
    return redirect(f"{address(pk)}{query}{'#' if done.focus else ''}{done.focus}")


def drawn(course: Course, with_archived: bool) -> dict[str, Any]:
    return {"course": course, "plan": outline_rows.plan(course, with_archived=with_archived)}


@transaction.atomic
def change(request: HttpRequest, course: Course) -> Done:
    """One button of the page. Raises arranging.Stale."""
    seen = request.POST.get("seen", "")
    do = request.POST.get("do", "")
    if do == "add":
        return add(request, course, seen)
    found = DO.fullmatch(do)
    if found is None:
        raise Http404
    verb, kind, key, module, after = found.groups()
    needs(request, "courses.add_lesson" if verb == "copy" else CHANGES[kind])
    row = row_of(course, kind, key)
    if verb == "copy" and isinstance(row, Lesson):
        made = arranging.copy_lesson(lesson=row, seen=seen)
        note(request, made, f"Copied from {row}.")
        return Done(f"“{made.title}” is a draft with the key {made.key}.", focus=focus(made))
    if verb == "restore":
        return restore(request, row)
    aim = (int(module or 0), int(after or 0)) if verb == "put" else places.neighbor(row, up=verb == "up")
    return (
        move(request, course, row, aim, seen)
        if aim
        else Done(f"{name(row)} cannot go further.", focus=focus(row))
    )


def row_of(course: Course, kind: str, key: str) -> Row:
    rows: Any = course.lessons.select_related("module") if kind == "lesson" else course.modules.all()
    row: Row = get_object_or_404(rows, pk=key)
    return row


def name(row: Row) -> str:
    return f"“{row.title}”"


def focus(row: Row) -> str:
    return f"{type(row).__name__.lower()}-{row.pk}"


def move(request: HttpRequest, course: Course, row: Row, aim: places.Place, seen: str) -> Done:
    """Behind another row; the button of the way back knows the place it had."""
    back = places.word(row, places.place_of(row))
    where = "to its new place"
    if isinstance(row, Lesson):
        home = found_or_stale(course.modules.all(), aim[0])
        behind = found_or_stale(course.lessons.all(), aim[1]) if aim[1] else None
        where = f"into {name(home)}" if home.pk != row.module_id else where
        try:
            moved = arranging.move_lesson(lesson=row, module=home, after=behind, now=clock.now(), seen=seen)
        except arranging.Circle as circle:
            return Done(f"{name(row)} stays where it is. {circle}", focus=focus(row))
    else:
        behind = found_or_stale(course.modules.all(), aim[1]) if aim[1] else None
        moved = arranging.move_module(module=row, after=behind, seen=seen)
    if not moved:
        return Done(f"{name(row)} is there already.", focus=focus(row))
    note(request, row, f"Moved {where}.")
    return Done(f"{name(row)} moved {where}.", undo=back, focus=focus(row))


def found_or_stale(rows: Any, key: int) -> Any:
    row = rows.filter(pk=key).first()
    if row is None:
        raise arranging.Stale
    return row


def add(request: HttpRequest, course: Course, seen: str) -> Done:
    """A lesson or a module by its title alone."""
    title = " ".join(request.POST.get("title", "").split())[:120]
    home = request.POST.get("module", "")
    needs(request, "courses.add_lesson" if home else "courses.add_module")
    if not title:
        return Done("Type a title first.", focus=f"add-{home}")
    made: Row
    if home:
        module = get_object_or_404(course.modules, pk=home if home.isdecimal() else 0)
        made = arranging.add_lesson(module=module, title=title, seen=seen)
    else:
        made = arranging.add_module(course=course, title=title, seen=seen)
    note(request, made, "Added in the outline.")
    kind = type(made).__name__.lower()
    edit = reverse(f"admin:courses_{kind}_change", args=[made.pk])
    said = format_html('{} is there. <a href="{}">Write it</a>', name(made), edit)
    return Done(said, focus=focus(made))


def restore(request: HttpRequest, row: Row) -> Done:
    if not arranging.restore(row=row, now=clock.now()):
        return Done(f"{name(row)} was back already.", focus=focus(row))
    note(request, row, "Brought back from the archive.")
    return Done(f"{name(row)} is back in its place.", focus=focus(row))


def note(request: HttpRequest, row: Row, words: str) -> None:
    """In the log of the desk, so that the row's own history says who did it."""
    desk_log.record(actor=actor(request), kind=desk_log.Kind.CHANGED, words=words, now=clock.now(), about=row)
