"""Pages for developers: every component in every state, and whole pages on sample data. Served only with DEV_PAGES."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from look import gallery, samples
from look.forms import Everything

PAGES = {name: f"{name}.html" for name in ("400", "403", "403_csrf", "404", "500")}
PAGES |= {"courses": "courses/course_list.html", "plain": "courses/page.html"}

CHOICES = [
    {"query": "", "words": "As the system"},
    {"query": "theme=light", "words": "Light"},
    {"query": "theme=dark", "words": "Dark"},
    {"query": "theme=light&size=160", "words": "Light, 160 pixels"},
    {"query": "theme=dark&size=160", "words": "Dark, 160 pixels"},
]


@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    """All components. Nothing is stored, whatever is sent."""
    wrong = Everything({"wrong-email": "ann@", "wrong-note": "Kettle on, shoulders down."}, prefix="wrong")
    context = {
        "fields": Everything(initial={"email": "ann@example.org", "note": "Kettle on, shoulders down."}),
        "wrong": wrong,
        "listing": Paginator(range(50), 10).page(2),
        **samples.components(),
    }
    return render(request, "look/components.html", context)


@login_not_required
def sales(request: HttpRequest) -> HttpResponse:
    """The sales page on sample data; ?state= shows the price box in another state."""
    state = request.GET.get("state", "buy")
    return render(request, "courses/sales.html", samples.sales(state))


@login_not_required
def lesson(request: HttpRequest) -> HttpResponse:
    """The frame of a lesson around sample words."""
    return render(request, "look/lesson.html", samples.components())


@login_not_required
def drawings(request: HttpRequest) -> HttpResponse:
    """The contact sheet: every drawing; ?theme= light or dark, ?size=160 as small as they must still be read."""
    theme, small = request.GET.get("theme", ""), request.GET.get("size") == "160"
    groups = gallery.groups()
    pictures = [picture for group in groups for picture in group["pictures"]]
    context = {
        "groups": groups,
        "drawn": sum(1 for picture in pictures if picture["svg"]),
        "of": len(pictures),
        "small": small,
        "theme": theme if theme in {"light", "dark"} else "",
        "styles": [f"css/{name}.css" for name in ("tokens", "base", "layout", "lesson", "look")],
        "choices": [{**choice, "here": choice["query"] == request.GET.urlencode()} for choice in CHOICES],
    }
    return render(request, "look/drawings.html", context)


@login_not_required
def page(request: HttpRequest, name: str) -> HttpResponse:
    if name not in PAGES:
        raise Http404
    return render(request, PAGES[name], samples.page())
