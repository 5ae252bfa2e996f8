"""Sees to it that nothing done at the desk goes unwritten: what a page answers to a press stands in the log.

The admin's forms write their own lines, and so do verbs that call `desk_log.record`. For every other press (actions,
refunds, pauses, letters sent) the line is what the page said to whoever pressed. A page that only asks, or refuses,
says nothing and leaves no line.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import strip_tags

from coursesite.lib import clock, desk_log
from coursesite.lib.desk_log import Kind

KINDS = {"payments": Kind.MONEY, "mailing": Kind.LETTERS}
PEOPLE = ("enrolment", "grant")
View = Callable[..., HttpResponseBase]


def watched(view: View) -> View:
    """The view; after a press that did something there is a line in the log."""

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        said, last = len(queued(request)), last_line(request)
        answer = view(request, *args, **kwargs)
        words = " ".join(told(request, said))
        if words and last_line(request) == last:
            about = subject(request)
            desk_log.record(actor=request.user, kind=kind(request), words=words, now=clock.now(), about=about)
        return answer

    return inner


def last_line(request: HttpRequest) -> int | None:
    found = LogEntry.objects.filter(user=request.user.pk).order_by("-pk").values_list("pk", flat=True)
    return found.first()


def queued(request: HttpRequest) -> list[Any]:
    """What the pages of this request say at the next chance; allauth and Django keep it there alike."""
    return list(getattr(getattr(request, "_messages", None), "_queued_messages", []))


def told(request: HttpRequest, said: int) -> Iterator[str]:
    for one in queued(request)[said:]:
        if one.level < messages.ERROR:
            yield strip_tags(str(one.message)).replace("Undo …", "").strip()


def place(request: HttpRequest) -> tuple[str, str]:
    """App and model of an address of the desk: `admin:mailing_sequence_pause` is of ("mailing", "sequence")."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    app, _, rest = (name or "").partition("_")
    return app, rest.partition("_")[0]


def kind(request: HttpRequest) -> Kind:
    app, model = place(request)
    return Kind.ACCESS if model in PEOPLE else KINDS.get(app, Kind.DID)


def subject(request: HttpRequest) -> models.Model | None:
    """The row that the address names, or the only one that was ticked."""
    try:
        model = apps.get_model(*place(request))
    except LookupError:
        return None
    named = request.resolver_match.kwargs if request.resolver_match else {}
    ticked = request.POST.getlist("_selected_action")
    pk = named.get("pk") or named.get("object_id") or (ticked[0] if len(ticked) == 1 else None)
    try:
        return model._default_manager.filter(pk=pk).first() if pk else None
    except (ValueError, TypeError):
        return None
