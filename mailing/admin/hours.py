"""The hour and the days of a sequence: after a change the way back, which fills the form with what was."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from mailing.models import Sequence


class Filled:
    """A form that shows what its address says of hour and days; nothing is saved by that."""

    says: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial: dict[str, Any]
        self.initial |= {"send_at": self.says.get("send_at", ""), "days": self.says.getlist("days")}


def filled(request: HttpRequest, form: Any) -> Any:
    """The class of the form, for a page that is looked at and whose address says an hour."""
    if request.method != "GET" or "send_at" not in request.GET:
        return form
    return type(form)(form.__name__, (Filled, form), {"says": request.GET})


def offer_undo(request: HttpRequest, sequence: Sequence, form: Any) -> None:
    if not {"send_at", "days"} & {*form.changed_data}:
        return
    old = {"send_at": form.initial["send_at"].strftime("%H:%M"), "days": form.initial["days"]}
    page = reverse("admin:mailing_sequence_change", args=[sequence.pk])
    said = 'Its letters go at another hour now, or on other days. <a href="{}?{}">Undo …</a>'
    messages.success(request, format_html(said, page, urlencode(old, doseq=True)))
