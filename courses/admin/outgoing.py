"""The page that tells which links lead out of the site, from where, and whether somebody was at home."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from accounts.desk import needs
from courses import outgoing
from courses.models import Lesson, Link
from courses.tasks import check_links
from coursesite.lib import bell, clock


@dataclass(frozen=True)
class Line:
    url: str
    link: Link | None
    places: list[tuple[str, str]]


def line(one: outgoing.Where, link: Link | None) -> Line:
    places = [(words, reverse(f"admin:courses_{kind}_change", args=[pk])) for words, kind, pk in one.places]
    return Line(one.url, link, places)


def urls(wrap: Any) -> list[URLPattern]:
    return [path("links/", wrap(page), name="courses_lesson_links")]


def page(request: HttpRequest) -> HttpResponse:
    """The list; posted, all are looked at by the worker within minutes."""
    needs(request, "courses.view_lesson")
    if request.method == "POST":
        needs(request, "courses.change_lesson")
        number = outgoing.gather(now=clock.now(), asked=True)
        bell.ring(check_links)
        links = "1 link" if number == 1 else f"{number} links"
        messages.success(request, f"{links} will be looked at within minutes. Come back to this page.")
        return redirect(request.path)
    known = {one.url: one for one in Link.objects.all()}
    lines = [line(one, known.get(one.url)) for one in outgoing.shown()]
    lines.sort(key=lambda one: one.link is None or not one.link.is_dead)
    context = {
        **admin.site.each_context(request),
        "title": "Links that lead out of the site",
        "opts": Lesson._meta,
        "lines": lines,
        "waiting": sum(one.asked_at is not None for one in known.values()),
    }
    return render(request, "courses/desk/links.html", context)
