"""Looking as a student: their pages by their own views' pieces and templates, with every address kept inside the look.

Only for who sits at the desk and teaches; the word in the address is one person's and ends by itself. Nothing is
written down, nothing can be posted here.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, get_script_prefix, resolve, reverse, set_script_prefix
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts import desk
from accounts.models import User
from courses import doors, looking, outlines, queries, syllabus
from courses.looking import Look
from courses.models import Exercise, Material
from courses.views import cards, files, gate, learn, lessons
from coursesite.lib import localtime, sending

Page = Callable[..., HttpResponseBase]


@require_safe
def look(request: HttpRequest, token: str, rest: str) -> HttpResponseBase:
    """A page of the student's behind `rest`, or a word that it is no part of the look."""
    if not desk.may(request.user, "courses.view_lesson"):
        raise Http404
    found = looking.unsealed(token, by=desk.actor(request))
    if found is None or not (found.made_up or desk.may(request.user, "courses.view_enrolment")):
        raise Http404
    more = {"look": bar(found)}
    with inside(reverse("courses:as_student", args=[token, ""])):
        try:
            match = resolve(f"/{rest}")
        except Resolver404:
            match = None
        page = PAGES.get(match.view_name) if match else None
        if page is None or match is None:
            return render(request, "courses/look_outside.html", more, status=404)
        return page(as_them(request, found), found, more, **match.kwargs)


@contextmanager
def inside(prefix: str) -> Iterator[None]:
    """Every address that is written meanwhile begins with `prefix`, so that links stay inside the look."""
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)


def as_them(request: HttpRequest, found: Look) -> HttpRequest:
    """The request as templates read it: made by the student, and asking for nothing but a whole page."""
    theirs = copy.copy(request)
    theirs.user = found.enrolment.user
    return theirs


def bar(found: Look) -> dict[str, Any]:
    """Who is looked as, when, and the ways out."""
    zone, user = found.enrolment.user.time_zone, found.enrolment.user
    local = found.moment.astimezone(localtime.zone(zone))
    who = {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}"}
    if found.made_up:
        joined = found.made_up.joined_at.astimezone(localtime.zone(zone))
        who |= {"joined": f"{joined:%Y-%m-%d}", "zone": zone, "done": str(found.made_up.done)}
        name = f"a made-up student who joined on {joined:%B} {joined.day}"
    else:
        who["student"], name = user.email, f"{user.contact.name or user.email} ({user.email})"
    drafts = {"drafts": "on"} if found.drafts else {}
    change = reverse("admin:courses_course_look", args=[found.course.pk])
    return {
        "name": name,
        "when": localtime.with_place(found.moment, zone),
        "drafts": found.drafts,
        "has_access": found.has_access,
        "change_url": f"{change}?{urlencode(who | drafts)}",
        "leave_url": reverse("admin:courses_course_change", args=[found.course.pk]),
    }


def home(request: HttpRequest, found: Look, more: dict[str, Any]) -> HttpResponse:
    seats = [found.enrolment] if found.seat else []
    wholes = {found.course.pk: looking.outline(found)} if seats else {}
    context = learn.page(cast(User, request.user), seats, wholes, told=looking.told(found), now=found.moment)
    return render(request, "courses/learn.html", context | more)


def carry_on(request: HttpRequest, found: Look, more: dict[str, Any], course: str) -> HttpResponse:
    last = None if found.made_up else found.enrolment.last_lesson_id
    following = syllabus.next_lesson(looking.outline(found), last_read=last)
    return HttpResponseRedirect((following and following.url) or reverse("courses:learn"))


def door(found: Look, course: str, lesson: str) -> doors.Door:
    mine = looking.door(found, lesson) if course == found.course.slug else None
    if mine is None:
        raise Http404
    return mine


def lesson(request: HttpRequest, found: Look, more: dict[str, Any], course: str, lesson: str) -> HttpResponse:
    mine = door(found, course, lesson)
    outline = looking.outline(found, here=mine.lesson.pk)
    if not mine.is_open:
        told = looking.told(found) if found.seat else set()
        return gate.in_front(request, mine, outline, told=told, now=found.moment, more=more)
    context = lessons.page(mine, outline) | {"done_url": "", "position_url": "", "htmx": False}
    return render(request, "courses/lesson.html", context | more)


def open_lesson(found: Look, course: str, lesson: str) -> doors.Door:
    mine = door(found, course, lesson)
    if not mine.is_open:
        raise Http404
    return mine


def video(
    request: HttpRequest, found: Look, more: dict[str, Any], course: str, lesson: str
) -> HttpResponseBase:
    return sending.sent(request, open_lesson(found, course, lesson).lesson.video)


def captions(
    request: HttpRequest, found: Look, more: dict[str, Any], course: str, lesson: str
) -> HttpResponseBase:
    return sending.sent(
        request, open_lesson(found, course, lesson).lesson.captions, content_type="text/vtt", elsewhere=False
    )


def material(
    request: HttpRequest, found: Look, more: dict[str, Any], course: str, lesson: str, slug: str
) -> HttpResponse:
    mine = open_lesson(found, course, lesson)
    one = get_object_or_404(Material, lesson=mine.lesson, slug=slug, file="")
    return render(request, "courses/material.html", cards.sheet(mine.lesson, one) | more)


def material_pdf(
    request: HttpRequest, found: Look, more: dict[str, Any], course: str, lesson: str, slug: str
) -> HttpResponse:
    mine = open_lesson(found, course, lesson)
    one = get_object_or_404(Material, lesson=mine.lesson, slug=slug, file="")
    return cards.sheet_as_file(request, mine.lesson, one)


def material_file(
    request: HttpRequest, found: Look, more: dict[str, Any], course: str, lesson: str, slug: str
) -> HttpResponseBase:
    mine = open_lesson(found, course, lesson)
    return files.attached(request, get_object_or_404(Material, lesson=mine.lesson, slug=slug))


def picture(
    request: HttpRequest, found: Look, more: dict[str, Any], course: str, lesson: str, name: str, width: int
) -> HttpResponseBase:
    return files.pictured(request, open_lesson(found, course, lesson).lesson, name, width)


def card(request: HttpRequest, found: Look, more: dict[str, Any], course: str, key: str) -> HttpResponse:
    one, shown = open_card(found, course, key)
    pictures = queries.drawings(found.course.pk, [key])
    return render(request, "courses/card.html", cards.card_of(one, pictures, shown) | more)


def card_pdf(request: HttpRequest, found: Look, more: dict[str, Any], course: str, key: str) -> HttpResponse:
    one, _ = open_card(found, course, key)
    return cards.card_as_file(request, one, queries.drawings(found.course.pk, [key]))


def open_card(found: Look, course: str, key: str) -> tuple[Exercise, list[outlines.LessonLine]]:
    one = get_object_or_404(Exercise.objects.select_related("course"), course=found.course, key=key)
    shown = [line for line in looking.outline(found).lessons if line.url and key in line.exercise_keys]
    if not shown or course != found.course.slug:
        raise Http404
    return one, shown


PAGES: dict[str, Page] = {
    "courses:learn": home,
    "courses:carry_on": carry_on,
    "courses:lesson": lesson,
    "courses:video": video,
    "courses:captions": captions,
    "courses:material": material,
    "courses:material_pdf": material_pdf,
    "courses:material_file": material_file,
    "courses:picture": picture,
    "courses:card": card,
    "courses:card_pdf": card_pdf,
}
