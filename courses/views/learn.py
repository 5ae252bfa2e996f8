"""The student's own page."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.desk import may
from accounts.models import User
from courses import access, outlines, queries, reminders, syllabus
from courses.models import Course, Enrolment, Exercise
from coursesite.lib import clock, localtime


@require_safe
def learn(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    user = cast(User, request.user)  # LoginRequiredMiddleware
    enrolments = list(Enrolment.objects.with_access().filter(user=user).select_related("course"))
    for one in enrolments:
        one.user = user
    wholes = syllabus.of_all(enrolments=enrolments, now=now)
    told = reminders.announced(enrolments) if enrolments else set()
    context = page(user, enrolments, wholes, told=told, now=now)
    to_come = any(not one.is_finished for one in context["desks"])
    if to_come and not user.contact.time_zone_confirmed:
        context |= {"ask_zone": True, "zone_url": reverse("accounts:profile_zone")}
    return render(request, "courses/learn.html", context)


def page(
    user: User,
    enrolments: list[Enrolment],
    wholes: dict[int, outlines.Outline],
    *,
    told: set[tuple[str, str]],
    now: dt.datetime,
) -> dict[str, Any]:
    """Everything a student's page shows. `told`: of which lessons a letter will be written."""
    open_ids = [line.id for whole in wholes.values() for line in whole.lessons if line.url]
    sheets = queries.materials(open_ids)
    cards = open_cards(wholes)
    desks = [desk(one, wholes[one.course_id], sheets, cards, told) for one in enrolments]
    return {
        "greeting": greeting(now, user.time_zone),
        "name": user.contact.name,
        "desks": sorted(desks, key=lambda one: one.last_seen_at, reverse=True),
        "course": enrolments[0].course if len(enrolments) == 1 else None,
        "offered": list(Course.objects.published()[:3]) if not enrolments else [],
        "zone": user.time_zone,
    }


@require_safe
def carry_on(request: HttpRequest, course: str) -> HttpResponse:
    """To the right lesson; home when nothing is left; to the course's own page for whoever is not in it."""
    found = get_object_or_404(Course, slug=course)
    enrolment = access.of(request.user, found)
    if enrolment is None:
        if found.status != Course.Status.PUBLISHED and not may(request.user, "courses.view_course"):
            raise Http404
        return HttpResponseRedirect(found.get_absolute_url())
    outline = syllabus.outline(course=found, enrolment=enrolment, now=clock.now())
    following = syllabus.next_lesson(outline, last_read=enrolment.last_lesson_id)
    return HttpResponseRedirect((following and following.url) or reverse("courses:learn"))


@dataclass(frozen=True)
class Desk:
    """One course on the student's page."""

    course: Course
    outline: outlines.Outline
    following: outlines.LessonLine | None
    opens_next: outlines.LessonLine | None
    is_announced: bool
    is_finished: bool
    materials: list[dict[str, str]]
    cards: list[dict[str, str]]
    last_seen_at: dt.datetime


def desk(
    enrolment: Enrolment,
    outline: outlines.Outline,
    sheets: list[Any],
    cards: dict[tuple[int, str], Exercise],
    told: set[tuple[str, str]],
) -> Desk:
    course = enrolment.course
    keys = sorted({key for line in outline.lessons if line.url for key in line.exercise_keys})
    following = syllabus.next_lesson(outline, last_read=enrolment.last_lesson_id)
    opens_next = outline.opens_next
    return Desk(
        course=course,
        outline=outline,
        following=following,
        opens_next=opens_next,
        is_announced=opens_next is not None and (enrolment.word, f"{course.slug}/{opens_next.key}") in told,
        is_finished=enrolment.completed_at is not None or outline.is_finished,
        materials=[
            {"title": one.title, "url": one.get_absolute_url(), "note": one.lesson.title}
            for one in sheets
            if one.lesson.course_id == course.pk
        ],
        cards=[
            {
                "title": cards[course.pk, key].name,
                "url": reverse("courses:card", args=[course.slug, key]),
                "note": cards[course.pk, key].dose.get("text", ""),
            }
            for key in keys
            if (course.pk, key) in cards
        ],
        last_seen_at=enrolment.last_seen_at or enrolment.joined_at,
    )


def open_cards(wholes: dict[int, outlines.Outline]) -> dict[tuple[int, str], Exercise]:
    """The exercises that open lessons show, by course and key: one query."""
    keys = {
        key for whole in wholes.values() for line in whole.lessons if line.url for key in line.exercise_keys
    }
    if not keys:
        return {}
    found = Exercise.objects.filter(course__in=wholes, key__in=keys)
    return {(one.course_id, one.key): one for one in found}


def greeting(now: dt.datetime, zone: str) -> str:
    hour = now.astimezone(localtime.zone(zone)).hour
    if 4 <= hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= hour < 18 else "Good evening"
