"""Switching a sequence on for people who are there already: whom it reaches is asked before; called back after."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from coursesite.lib import clock
from mailing import drip, kinds, switching
from mailing.admin import shown
from mailing.impact import ASK_ABOVE
from mailing.models import Sequence, Wave
from mailing.switching import How

LATEST = 10  # waves on the page
WORDS = {
    How.NOW: "Start them all on their next morning",
    How.SPREAD: "Start them spread over some days",
    How.ONLY_NEW: "Leave them in peace: only who joins from now on",
}


class HowForm(forms.Form):
    how = forms.ChoiceField(label="What about those who are there already?", widget=forms.RadioSelect)
    days = forms.IntegerField(
        label="Over how many days", min_value=1, max_value=switching.LONGEST, required=False, initial=14,
        help_text="Counts only for spreading. So many begin a day that the last ones begin on the last day.",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, sequence: Sequence) -> None:
        super().__init__(data, label_suffix="", initial={"how": How.SPREAD})
        is_live = sequence.state == Sequence.State.LIVE
        how: Any = self.fields["how"]
        how.choices = [
            (word, label) for word, label in WORDS.items() if not (is_live and word == How.ONLY_NEW)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("how") != How.SPREAD:
            data["days"] = 1
        elif not data.get("days") and "days" not in self.errors:
            self.add_error("days", f"Say over how many days: 1 to {switching.LONGEST}.")
        return data


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Who could begin, who is left out and why; with `?how=` what would happen; posted, it happens."""
    shown.needs(request, "mailing.change_sequence")
    sequence = get_object_or_404(Sequence.objects.exclude(kind__in=kinds.LOOSE), pk=pk)
    if request.method == "POST" and request.POST.get("do") == "call-back":
        return call_back(request, sequence)
    given = request.POST if request.method == "POST" else request.GET
    form = HowForm(given if "how" in given else None, sequence=sequence)
    people = switching.candidates(sequence, now=clock.now())
    first = drip.first_step(sequence)
    found = look(sequence, people, form) if first and form.is_valid() else None
    error = ""
    if request.method == "POST" and found is not None:
        must_type = found.people > ASK_ABOVE
        if not must_type or request.POST.get("_number", "").strip().replace(",", "") == str(found.people):
            return begin(request, sequence, people, form)
        error = f"Type the number {found.people} to say that you mean it."
    left_out = switching.left_out(sequence, people)
    is_live = sequence.state == Sequence.State.LIVE
    context |= {
        "title": f"Begin: {sequence.title}",
        "is_over": is_live and sum(left_out.values()) >= len(people),
        "sequence": sequence,
        "first": first,
        "form": form,
        "people": shown.people(len(people)),
        "left_out": sorted(left_out.items(), key=lambda one: -one[1]),
        "found": found,
        "must_type": found is not None and found.people > ASK_ABOVE,
        "says": says(sequence, people, form, found) if found is not None else [],
        "days": [(f"{day:%A, %B} {day.day}", number) for day, number in found.days.items()] if found else [],
        "error": error,
        "waves": waves(sequence),
        "trail": [(reverse("admin:mailing_sequence_letters", args=[pk]), sequence.title)],
    }  # fmt: skip
    return render(request, "mailing/desk/begin.html", context)


def look(sequence: Sequence, people: list[switching.Person], form: HowForm) -> switching.Begun:
    data = form.cleaned_data
    return switching.look(
        sequence=sequence, people=people, how=How(data["how"]), days=data["days"], now=clock.now()
    )


def says(
    sequence: Sequence, people: list[switching.Person], form: HowForm, found: switching.Begun
) -> list[str]:
    """What will happen, in sentences."""
    said = []
    if form.cleaned_data["how"] == How.ONLY_NEW:
        said.append("Nobody who is there already gets any of it. Who joins from now on does.")
    elif not found.people:
        said.append("Nobody is left to begin.")
    else:
        first, last = (f"{day:%A, %B} {day.day}" for day in (min(found.days), max(found.days)))
        when = f"on {first}" if first == last else f"between {first} and {last}"
        said.append(
            f"{shown.people(found.people)} begin with the first letter, {when}, each on a morning of their own."
        )
        said.append("From then on the letters keep their distance from the first one, at most one a day.")
        if off := switching.unreachable(sequence, people, now=clock.now()):
            said.append(
                f"{shown.people(off)} of them turned such letters off, or their address is not written to: they get "
                "none as long as that stands."
            )
        if sequence.kind == Sequence.Kind.DRIP:
            said.append("Letters about lessons that somebody has finished are left out for them.")
    if sequence.state != Sequence.State.LIVE:
        said.append("The sequence begins to write for everybody who joins from now on.")
    return said


def begin(
    request: HttpRequest, sequence: Sequence, people: list[switching.Person], form: HowForm
) -> HttpResponse:
    data = form.cleaned_data
    done = switching.switch_on(
        sequence=sequence, people=people, how=How(data["how"]), days=data["days"], now=clock.now(),
        by=shown.actor(request),
    )  # fmt: skip
    if done.people:
        messages.success(
            request, f"{shown.people(done.people)} begin. Who got nothing yet can be called back below."
        )
    else:
        messages.success(request, "Nobody began. The sequence writes to who joins from now on.")
    return redirect("admin:mailing_sequence_begin", sequence.pk)


def call_back(request: HttpRequest, sequence: Sequence) -> HttpResponse:
    typed = request.POST.get("wave", "")
    wave = get_object_or_404(sequence.waves, pk=int(typed) if typed.isdecimal() and len(typed) < 18 else 0)
    done = switching.call_back(wave=wave, by=shown.actor(request), now=clock.now())
    sequence.refresh_from_db()
    still = "" if sequence.state == Sequence.State.LIVE else " The sequence stands as it stood before."
    messages.success(request, f"{shown.people(done)} called back: they get none of it.{still}")
    return redirect("admin:mailing_sequence_begin", sequence.pk)


def waves(sequence: Sequence) -> list[tuple[Wave, str, int]]:
    """The latest, with what was done in words and how many can be called back: two queries."""
    latest = list(sequence.waves.all()[:LATEST])
    free = Counter(switching.untouched(latest).values_list("wave", flat=True))
    return [(wave, told(wave), 0 if wave.called_back_at else free[wave.pk]) for wave in latest]


def told(wave: Wave) -> str:
    spread = f" over {shown.count(wave.days, 'day')}" if wave.how == How.SPREAD else ""
    said = (
        f"{shown.people(wave.people)}{spread}, by {wave.begun_by or 'the site'} {shown.ours(wave.begun_at)}"
    )
    if wave.called_back_at:
        said += f". Called back by {wave.called_back_by} {shown.ours(wave.called_back_at)}"
    return f"{said}."
