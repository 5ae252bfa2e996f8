"""One person: what they got and why not, what comes next and when; pausing, waking, stopping, sending again."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString

from coursesite.lib import clock, localtime
from mailing import (
    addresses,
    byhand,
    consent,
    contacts,
    drip,
    fate,
    forecast,
    letters,
    pauses,
    placeholders,
    suppression,
    switches,
)
from mailing.admin import heard, plain, shown
from mailing.models import Broadcast, Consent, Contact, Letter, Run, Sequence, Suppression

A_PAGE = 50
MOST_AHEAD = 20
LONGEST_REST = dt.timedelta(days=366)


@dataclass(frozen=True)
class Past:
    letter: Letter
    subject: str
    when: str
    state: SafeString
    why: str
    heard: list[str]
    do: str  # what a button beside it would do: again, copy, or nothing


@dataclass(frozen=True)
class Next:
    when: str
    subject: str
    place: str
    why_not: str


class PauseForm(forms.Form):
    until = forms.DateField(
        label="No letters before",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Receipts and sign-in codes still go. The letters go on that morning, where they stopped.",
    )

    def clean_until(self) -> dt.date:
        day: dt.date = self.cleaned_data["until"]
        if day > clock.now().date() + LONGEST_REST:
            raise forms.ValidationError("That is more than a year away. Is the year right?")
        return day


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Everything about one person's letters; a pressed button leads back here."""
    shown.needs(request, "mailing.view_contact")
    contact = get_object_or_404(Contact, pk=pk)
    if contact.merged_into_id:
        return redirect("admin:mailing_contact_letters", contact.merged_into_id)
    form = PauseForm(label_suffix="")
    if request.method == "POST":
        shown.needs(request, "mailing.change_contact")
        if request.POST.get("do") == "pause":
            form = PauseForm(request.POST, label_suffix="")
        if request.POST.get("do") != "pause" or (form.is_valid() and pause(request, contact, form)):
            DO.get(request.POST.get("do", ""), nothing)(request, contact)
            return redirect(request.path)
    now, zone = clock.now(), contacts.zone_of(contact)
    letters = Letter.objects.filter(contact=contact).select_related("contact", "revision__step__sequence")
    paged = Paginator(letters.order_by("-created_at", "pk"), A_PAGE).get_page(request.GET.get("page"))
    said = heard.of(list(paged))
    lists = list(suppression.of(contact.email).filter(lifted_at=None))
    dead = next((one for one in lists if one.reason in suppression.UNDELIVERABLE), None)
    unwanted = next((one for one in lists if one.scope == Suppression.Scope.ALL), None)
    is_closed = dead is not None or unwanted is not None
    context |= {
        "title": f"Letters of {contact.name or contact.email}",
        "contact": contact,
        "can_merge": contact.merged_into_id is None and not addresses.is_removed(contact.email),
        "facts": facts(contact, lists, zone, now),
        "form": form,
        "is_paused": contact.paused_until is not None and contact.paused_until > now,
        "runs": [(run, run_says(run)) for run in runs_of(contact)],
        "coming": [next_of(one, zone) for one in forecast.of(contact, now=now)[:MOST_AHEAD]],
        "page": paged,
        "past": [past_of(letter, zone, said[letter], is_closed=is_closed) for letter in paged],
        "dead": dead,
        "unwanted": unwanted,
        "trail": [(reverse("admin:mailing_contact_changelist"), "People")],
    }
    return render(request, "mailing/desk/person.html", context)


def facts(contact: Contact, lists: list[Suppression], zone: str, now: dt.datetime) -> list[tuple[str, str]]:
    """Label and value, those that are not empty."""
    said = Consent.objects.filter(contact=contact)
    rows = [
        ("Address", contact.email),
        ("Their time now", shown.theirs(now, zone)),
        ("Resting until", until(contact.paused_until, zone)),
        *(
            (f"About {one.get_purpose_display()}", f"{one.get_state_display()}, {shown.ours(one.changed_at)}")
            for one in said
        ),
        *(("Not written to", f"{one.get_scope_display()}: {one.get_reason_display()}") for one in lists),
    ]  # fmt: skip
    if switches.is_on(switches.HOLD):
        rows.append(("All mail", "is held at the moment: nothing goes out but sign-in codes"))
    return [(label, value) for label, value in rows if value]


def runs_of(contact: Contact) -> list[Run]:
    runs = Run.objects.filter(contact=contact).select_related("sequence", "contact")
    return list(runs.order_by("-anchor_at", "-generation")[:20])


def run_says(run: Run) -> str:
    """How far they are, or why nothing comes."""
    if run.state == Run.State.ACTIVE and run.sequence.state != Sequence.State.LIVE:
        why = shown.paused_itself(run.sequence)
        return f"on the way, but these letters are paused for everybody. {why}".strip()
    if run.state == Run.State.ACTIVE and (rest := rests_until(run.contact)):
        return f"on the way, but resting until {rest}"
    said = shown.RUNS[run.state]
    return f"{said}: {plain.WHY.get(run.reason, run.reason)}" if run.reason else said


def rests_until(contact: Contact) -> str:
    """Empty for whoever does not let the letters rest."""
    end = contact.paused_until
    return until(end, contacts.zone_of(contact)) if end is not None and end > clock.now() else ""


def next_of(one: forecast.Coming, zone: str) -> Next:
    revision = one.step.revision
    why = plain.WHY.get(one.reason, one.reason)
    place = f"{one.step.sequence.title}: {shown.place_of(one.step)}"
    name = placeholders.first_name(one.contact)
    subject = letters.with_known(revision.subject, first_name=name) if revision else ""
    return Next(until(one.at, zone), subject, place, why)


def until(moment: dt.datetime | None, zone: str) -> str:
    return "somebody wakes them" if pauses.has_no_end(moment) else shown.both(moment, zone)


def past_of(letter: Letter, zone: str, said: list[str], *, is_closed: bool) -> Past:
    moment = letter.sent_at or letter.handed_at or letter.not_before
    subject = letters.subject_as_read(letter, first_name=placeholders.first_name(letter.contact))
    do = ""
    if not is_closed:
        if letter.state in (Letter.State.FAILED, Letter.State.UNKNOWN) and letter.kind not in byhand.SECRET:
            do = "again"
        elif byhand.can_copy(letter):
            do = "copy"
    return Past(
        letter, subject, shown.both(moment, zone), shown.letter_pill(letter), plain.why(letter), said, do
    )


def pause(request: HttpRequest, contact: Contact, form: PauseForm) -> bool:
    """Until the morning of that day, where they live. False if the day has passed; the form then says so."""
    zone = contacts.zone_of(contact)
    until = localtime.at(form.cleaned_data["until"], dt.time(0), zone)
    try:
        byhand.pause(contact=contact, until=until, now=clock.now())
    except ValueError as error:
        form.add_error("until", str(error))
        return False
    messages.success(
        request, f"The letters rest until {shown.both(until, zone)}. Below you can let them go on again."
    )
    return True


def resume(request: HttpRequest, contact: Contact) -> None:
    if byhand.resume(contact=contact, now=clock.now()):
        messages.success(request, "The letters go on.")


def stop(request: HttpRequest, contact: Contact) -> None:
    """Their way through one sequence ends for good; their other letters of the course go on."""
    run = Run.objects.filter(contact=contact, pk=number(request)).select_related("sequence").first()
    done = run and drip.cancel(
        source=run.source, kinds=[run.sequence.kind], reason=drip.STOPPED, now=clock.now()
    )
    messages.info(
        request, "Stopped. They get no more of these letters." if done else "That was stopped already."
    )


def again(request: HttpRequest, contact: Contact) -> None:
    letter = Letter.objects.filter(contact=contact, pk=word(request)).first()
    if letter is not None and is_refused(request, letter):
        return
    done = letter is not None and fate.again(letter=letter, now=clock.now())
    if letter is not None and letter.broadcast and letter.broadcast.state == Broadcast.State.STOPPED:
        said = "That letter to many was stopped. Send it to who missed it on its own page."
    else:
        said = f"Queued again. {shown.leaves(contact)}" if done else "It is on its way already."
    messages.info(request, said)


def copy(request: HttpRequest, contact: Contact) -> None:
    letter = Letter.objects.filter(contact=contact, pk=word(request)).first()
    if letter is not None and is_refused(request, letter):
        return
    made = letter and byhand.send_copy(letter=letter, now=clock.now())
    if made and made.state == Letter.State.QUEUED:
        messages.success(request, f"They get it once more. {shown.leaves(contact)}")
    elif made:
        messages.info(request, "It was sent once more today already.")


def is_refused(request: HttpRequest, letter: Letter) -> bool:
    """Would it be left out for what its reader said, or what is known of their address? Then that is told."""
    purpose = consent.purpose_of(letter)
    why = consent.may_send(contact=letter.contact, kind=letter.kind, purpose=purpose, now=clock.now())
    if why:
        messages.error(request, f"Not sent. {why}")
    return bool(why)


def nothing(request: HttpRequest, contact: Contact) -> None:
    """Said already, or no button of ours."""


DO: dict[str, Callable[[HttpRequest, Contact], None]] = {
    "resume": resume, "stop": stop, "again": again, "copy": copy
}  # fmt: skip


def number(request: HttpRequest) -> int:
    typed = request.POST.get("pk", "")
    return int(typed) if typed.isdecimal() and len(typed) < 18 else 0


def word(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("pk", ""))
    except ValueError:
        return uuid.UUID(int=0)
