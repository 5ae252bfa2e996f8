"""What a letter said before, word by word, and the way back to it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from coursesite.lib import clock, compare
from mailing import publish
from mailing.admin import placing, shown
from mailing.models import Step, StepRevision

MOST = 30  # wordings on the page


@dataclass(frozen=True)
class Version:
    revision: StepRevision
    is_current: bool
    pieces: list[compare.Piece]
    """Against the wording before it."""
    stood: list[placing.Stand]
    """While it was the one that went out."""


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """All wordings, newest first; posted, one of them is published again as a new one."""
    shown.needs(request, "mailing.view_step")
    step = get_object_or_404(Step.objects.select_related("sequence", "revision"), pk=pk)
    if request.method == "POST":
        return put_back(request, step)
    stands = placing.stands(step)
    revisions = list(step.revisions.order_by("-number")[: MOST + 1])
    context |= {
        "title": f"Earlier wordings: {step.revision.subject if step.revision else step.key}",
        "step": step,
        "versions": [
            Version(one, one.pk == step.revision_id, compared(before, one) if before else [], stood(stands, one, after))
            for one, before, after in zip(revisions[:MOST], [*revisions[1:], None], [None, *revisions], strict=False)
        ],
        "stands": stands[1:] and stands,
        "trail": [(reverse("admin:mailing_sequence_letters", args=[step.sequence_id]), step.sequence.title)],
    }  # fmt: skip
    return render(request, "mailing/desk/versions.html", context)


def stood(stands: list[placing.Stand], one: StepRevision, after: StepRevision | None) -> list[placing.Stand]:
    """Where the letter stood while a wording went out, until the one after it."""
    parts = (stand.within(one.created_at, after.created_at if after else None) for stand in stands)
    return [part for part in parts if part]


def put_back(request: HttpRequest, step: Step) -> HttpResponse:
    """An earlier wording becomes the newest; its place stays. Pressed twice it changes nothing more."""
    shown.needs(request, "mailing.change_step")
    number = request.POST.get("number", "")
    old = get_object_or_404(step.revisions, number=number if number.isdecimal() and len(number) < 6 else 0)
    try:
        made = publish.step(
            sequence=step.sequence, key=step.key, subject=old.subject, preheader=old.preheader, body=old.body,
            day=step.day, subject_of=step.subject_of, condition=step.condition, position=step.position, now=clock.now(),
        )  # fmt: skip
    except publish.Refused as refused:
        messages.error(request, f"It was not put back: {refused}")
    else:
        said = f"Put back as wording {made.number}." if made else "It says that already."
        messages.success(request, f"{said} Letters still waiting will say this.")
    return redirect(request.path)


def compared(before: StepRevision, after: StepRevision) -> list[compare.Piece]:
    return compare.pieces(whole(before), whole(after))


def whole(revision: StepRevision) -> str:
    return f"{revision.subject}\n{revision.preheader}\n\n{revision.body}"
