"""Letters put in another order: by buttons, by dragging, by keyboard. Whom it touches is asked first."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from coursesite.lib import clock
from mailing import impact, kinds, ordering
from mailing.admin import asking, placing, shown
from mailing.models import Sequence, Step


def move(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """`step` moves before the letter `before`, or to the end if that is empty."""
    shown.needs(request, "mailing.change_step")
    sequence = get_object_or_404(Sequence.objects.exclude(kind__in=kinds.LOOSE), pk=pk)
    back = reverse("admin:mailing_sequence_letters", args=[pk])
    if request.method != "POST":
        return redirect(back)
    step = get_object_or_404(chosen(sequence), pk=number(request, "step"))
    before = chosen(sequence).filter(pk=number(request, "before")).first()
    if before is None and request.POST.get("before"):
        messages.error(request, "Somebody took that letter out meanwhile. Look at the order again.")
        return redirect(back)
    where = f"before “{subject(before)}”" if before else "to the end"
    try:
        if sheet := ask(request, context, step, before, where=where, back=back):
            return sheet
        moved = ordering.move(step=step, before=before, now=clock.now())
    except ordering.Refused as refused:
        messages.error(request, str(refused))
    else:
        said = f"“{subject(step)}” moved {where}." if moved else "It stands there already."
        if moved:
            messages.success(request, placing.undo(said, step))
        else:
            messages.info(request, said)
    return redirect(f"{back}#step-{step.pk}")


def ask(
    request: HttpRequest, context: dict[str, Any], step: Step, before: Step | None, *, where: str, back: str
) -> HttpResponse | None:
    """The sheet with whom it touches; None when nobody is on the way, or it was confirmed."""
    context |= {
        "title": f"Move “{subject(step)}” {where}",
        "button": "Move it",
        "back": back,
        "trail": [(back, step.sequence.title)],
    }
    place = ordering.place_of(step, before=before)
    if place is None:
        return None
    found = impact.of_place(step=place[0], to=place[1], now=clock.now())
    return asking.first(request, context, found=found)


def chosen(sequence: Sequence) -> Any:
    return Step.objects.filter(sequence=sequence, archived_at=None).select_related("sequence", "revision")


def subject(step: Step) -> str:
    return step.revision.subject if step.revision else step.key


def number(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 18 else 0
