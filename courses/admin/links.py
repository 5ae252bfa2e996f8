"""Links of a text that lead to a page of this site must lead to one that is there; of others the form is judged."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db.models import QuerySet
from django.urls import Resolver404, resolve

from courses.models import Course, Exercise, Lesson, Page
from coursesite.lib import markdown

HERE = "https://site.invalid"


def faults(body: str, *, course: Course | None, address: str) -> list[str]:
    """What is wrong with the links of `body`, which is read at `address`. One query for each link of a course."""
    return [
        f"The link to {href} {reason}."
        for href in dict.fromkeys(markdown.links(body))
        if (reason := wrong(href, course=course, address=address))
    ]


def wrong(href: str, *, course: Course | None, address: str) -> str:
    """Why a link leads nowhere, or nothing."""
    if "{" in href:
        return ""  # a placeholder; whether the site fills it is asked elsewhere
    try:
        parts = urlsplit(href)
    except ValueError:
        return "is no address"
    if parts.scheme in {"mailto", "tel"}:
        return "" if parts.path and (parts.scheme == "tel" or "@" in parts.path) else "has no address"
    if parts.scheme or parts.netloc:
        is_good = parts.scheme in {"https", "http"} and "." in parts.netloc.strip(".") and not parts.username
        return "" if is_good else "is no address of the web: it begins with https:// and a name"
    if not href or href.startswith("#"):
        return "leads nowhere: give a page"
    path = urlsplit(urljoin(HERE + address, href)).path
    return "" if address and path.startswith(address) else missing(path, course)  # itself may be new


def missing(path: str, course: Course | None) -> str:
    try:
        found = resolve(path)
    except Resolver404:
        return "leads to no page of this site"
    named = found.kwargs
    slug = named.get("course", course.slug if course else "")
    there: dict[str, Callable[[], QuerySet[Any]]] = {
        "lesson": lambda: Lesson.objects.filter(course__slug=slug, slug=named["lesson"], archived_at=None),
        "key": lambda: Exercise.objects.filter(course__slug=slug, key=named["key"]),
        "course": lambda: Course.objects.filter(slug=slug),
    }
    if found.view_name == "courses:page":
        there = {"slug": lambda: Page.objects.filter(slug=named["slug"])}
    if all(find().exists() for name, find in there.items() if name in named):
        return ""
    return "leads to a page that is not there"
