"""Where a letter stood before, from when until when, and the way back there, which asks first whom it touches."""

import datetime as dt
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coursesite.lib import clock
from mailing import guards, impact, kinds, ordering
from mailing.admin import asking, shown
from mailing.models import Step, StepPlace

MOST = 30  # places on a page


@dataclass(frozen=True)
class Stand:
    """A place in words; `back` leads there, and is empty where the letter stands."""

    says: str
    since: dt.datetime
    until: dt.datetime | None = None
    back: str = ""

    def within(self, since: dt.datetime, until: dt.datetime | None) -> "Stand | None":
        """The part of it between two moments."""
        begin = max(self.since, since)
        end = min((one for one in (self.until, until) if one), default=None)
        return Stand(self.says, begin, end) if end is None or begin < end else None


def stands(step: Step) -> list[Stand]:
    """Newest first, as far back as it is known. Three queries; none for letters that stand in no order."""
    first = step.revisions.order_by("number").values_list("created_at", flat=True).first()
    if step.sequence.kind in kinds.LOOSE or first is None:
        return []
    left = list(step.places.order_by("-until", "-pk")[:MOST])
    others = [one for one in ordering.steps(step.sequence) if one.pk != step.pk]
    begins = [*(one.until for one in left), first]
    now = Stand(in_words(step, step, others), begins[0])
    return [now, *(
        Stand(in_words(step, one, others), begin, one.until, address(one))
        for one, begin in zip(left, begins[1:], strict=True)
    )]  # fmt: skip


def in_words(step: Step, place: Step | StepPlace, others: list[Step]) -> str:
    """`Day 3, 9:00 their time, behind “Letter 2”, about lesson 1.3`."""
    there = copy(step)
    there.day = place.day
    said = [shown.place_of(there)]
    before = [one for one in others if one.position < Decimal(place.position)]
    said.append(f"behind “{subject(before[-1])}”" if before else "as the first letter")
    if place.subject_of:
        said.append(f"about lesson {place.subject_of.rpartition('/')[2]}")
    if place.condition:
        said.append(guards.condition(place.condition))
    return ", ".join(said)


def subject(step: Step) -> str:
    return step.revision.subject if step.revision else step.key


def address(place: StepPlace) -> str:
    return reverse("admin:mailing_step_place", args=[place.step_id, place.pk])


def newest(step: Step) -> StepPlace | None:
    """The place it left last."""
    return step.places.order_by("-until", "-pk").first() if step.pk else None


def undo(said: str, step: Step) -> SafeString:
    """A message about a letter that has just left its place, with the way back."""
    left = newest(step)
    return format_html('{} <a href="{}">Undo …</a>', said, address(left)) if left else format_html("{}", said)


def tell(request: HttpRequest, step: Step, *, left_before: StepPlace | None) -> None:
    """After a letter was saved: if it stands elsewhere now, how to put it back."""
    left = newest(step)
    if left is None or left == left_before:
        return
    is_moved = (left.day, left.position) != (step.day, step.position)
    said = (
        "It stands in another place now."
        if is_moved
        else "What it is about, or to whom it goes, has changed."
    )
    messages.success(request, undo(said, step))


def page(request: HttpRequest, pk: int, place: int, context: dict[str, Any]) -> HttpResponse:
    """Back to a place it left: whom it touches, then it is done."""
    shown.needs(request, "mailing.change_step")
    step = get_object_or_404(Step.objects.select_related("sequence", "revision"), pk=pk)
    old = get_object_or_404(StepPlace, pk=place, step=step)
    letters = reverse("admin:mailing_sequence_letters", args=[step.sequence_id])
    others = [one for one in ordering.steps(step.sequence) if one.pk != pk]
    context |= {
        "title": f"Put back: “{subject(step)}” to {in_words(step, old, others)}",
        "button": "Put it back there",
        "back": reverse("admin:mailing_step_versions", args=[pk]),
        "trail": [(letters, step.sequence.title)],
    }
    try:
        found = impact.of_place(step=step, to=ordering.back_to(step, old), now=clock.now())
        if sheet := asking.first(request, context, found=found):
            return sheet
        moved = ordering.put_back(step=step, old=old, now=clock.now())
    except ordering.Refused as refused:
        messages.error(request, str(refused))
        return redirect(context["back"])
    if moved:
        messages.success(request, undo("Put back where it stood.", step))
    else:
        messages.info(request, "It stands there already.")
    return redirect(f"{letters}#step-{pk}")
