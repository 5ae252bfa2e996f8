"""A letter put in where people had passed already: sent to them too, when the coach says so, or called back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from coursesite.lib import clock
from mailing import fate, kinds, reaching, switching
from mailing.admin import shown
from mailing.impact import ASK_ABOVE
from mailing.models import Step


class DaysForm(forms.Form):
    days = forms.IntegerField(
        label="Over how many days", min_value=1, max_value=switching.LONGEST, initial=1,
        help_text="1 sends it to all of them on their next free morning.",
    )  # fmt: skip


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """How many had passed it, and when they would get it; posted, it is written for them, once."""
    shown.needs(request, "mailing.change_step")
    standing = Step.objects.select_related("sequence", "revision").exclude(sequence__kind__in=kinds.LOOSE)
    step = get_object_or_404(standing, pk=pk, revision__isnull=False, archived_at=None)
    if request.method == "POST" and request.POST.get("do") == "call-back":
        done = fate.call_back(fate.offered(step))
        messages.success(request, f"{shown.count(done, 'letter')} called back.")
        return redirect(request.path)
    given = request.POST if request.method == "POST" else request.GET
    form = DaysForm(given if "days" in given else {"days": "1"}, label_suffix="")
    number = reaching.passed(step).count()
    error = ""
    if request.method == "POST" and form.is_valid():
        typed = request.POST.get("_number", "").strip().replace(",", "")
        if number <= ASK_ABOVE or typed == str(number):
            return reach(request, step, form.cleaned_data["days"])
        error = f"Type the number {number} to say that you mean it."
    days = (
        reaching.look(step=step, days=form.cleaned_data["days"], now=clock.now()) if form.is_valid() else {}
    )
    subject = step.revision.subject if step.revision else step.key
    context |= {
        "title": f"Reach those who had passed: {subject}",
        "step": step,
        "form": form,
        "number": number,
        "must_type": number > ASK_ABOVE,
        "days": [(f"{day:%A, %B} {day.day}", count) for day, count in days.items()],
        "error": error,
        "waiting": fate.offered(step).count(),
        "trail": [
            (reverse("admin:mailing_sequence_letters", args=[step.sequence_id]), step.sequence.title),
            (reverse("admin:mailing_step_change", args=[pk]), subject),
        ],
    }  # fmt: skip
    return render(request, "mailing/desk/reach.html", context)


def reach(request: HttpRequest, step: Step, days: int) -> HttpResponse:
    done = reaching.reach(step=step, days=days, now=clock.now())
    said = f"{shown.people(done)} get it." if done else "They were all reached before."
    messages.success(request, said)
    return redirect("admin:mailing_step_reach", step.pk)
