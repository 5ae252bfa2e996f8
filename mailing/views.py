"""Stopping letters and choosing them, by the signed link in each letter: no sign-in, and a look changes nothing."""

import datetime as dt

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from coursesite.lib import clock
from mailing import addresses, choices, consent, contacts, copies, forms, kinds, letters, pauses
from mailing.models import Consent, Contact

RESTS = {"week": dt.timedelta(days=7), "month": dt.timedelta(days=30)}


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the token is the right to do so
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button; POST stops letters of the kind this one was of, and no others, and answers 200 without a
    redirect, every time. The page then offers the other choices."""
    contact, purpose = read_or_404(token)
    if addresses.is_removed(contact.email):
        return render(request, "mailing/removed.html")
    now = clock.now()
    if request.method == "POST":
        consent.withdraw(contact=contact, purpose=purpose, source="stop link", now=now)
    said = consent.said(contact)
    words = {
        "token": token,
        "stopped": not consent.on_or_off(said)[purpose],
        "purpose": purpose,
        "may_ask_again": choices.may_ask_again(said) and not choices.obstacle(contact, now=now),
    }
    return render(request, "mailing/stop.html", words)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Each kind of letter on or off, a rest, or nothing at all."""
    contact, came_by = read_or_404(token)
    if addresses.is_removed(contact.email):
        return render(request, "mailing/removed.html")
    now = clock.now()
    if request.method == "POST":
        if said := do(request, contact, came_by, now):
            messages.success(request, said)
            return redirect("mailing:preferences", token)
        return render(request, "mailing/preferences.html", page(contact, came_by, token, now), status=400)
    return render(request, "mailing/preferences.html", page(contact, came_by, token, now))


def do(request: HttpRequest, contact: Contact, came_by: str, now: dt.datetime) -> str:
    """What the pressed button asks for, in words afterwards; empty for a button that is none of ours."""
    match request.POST.get("do", "save"):
        case "week" | "month" as rest:
            until = now + RESTS[rest]
            choices.pause(contact=contact, until=until, now=now)
            return f"Paused for a {rest}. Receipts and sign-in codes still come."
        case "resume":
            choices.resume(contact=contact, now=now)
            return "Letters go on."
        case "nothing":
            choices.nothing(contact=contact, source="preferences page", now=now)
            return "No more letters. Only receipts and sign-in codes still come."
        case "save":
            form = form_of(contact, consent.said(contact), came_by, request.POST)
            if form.is_valid():
                choices.choose(contact=contact, wishes=form.wishes(), source="preferences page", now=now)
                return "Saved."
    return ""


def form_of(
    contact: Contact, said: dict[str, str], came_by: str, data: QueryDict | None = None
) -> forms.Preferences:
    listed = choices.listed(contact=contact, said=said, came_by=came_by)
    return forms.Preferences(data, wanted=consent.on_or_off(said), listed=listed)


def page(contact: Contact, came_by: str, token: str, now: dt.datetime) -> dict[str, object]:
    said = consent.said(contact)
    form = form_of(contact, said, came_by)
    obstacle = choices.obstacle(contact, now=now)
    wants_something = any(on for purpose, on in consent.on_or_off(said).items() if purpose in form.fields)
    paused = wants_something and choices.is_paused(contact, now=now)  # without letters nothing waits
    return {
        "form": form,
        "token": token,
        "paused_until": contact.paused_until if paused else None,
        "has_no_end": pauses.has_no_end(contact.paused_until),
        "zone": contacts.zone_of(contact),
        "wants_something": wants_something,
        "obstacle": obstacle,
        "may_ask_again": choices.may_ask_again(said) and not obstacle,
    }


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])  # outside the next: a refusal keeps the strict policy
# The annotation of csp_replace knows no view with arguments.
@csp_replace({"style-src": ["'unsafe-inline'"], "script-src": ["'none'"]})  # type: ignore[arg-type]
def read(request: HttpRequest, token: str) -> HttpResponse:
    """The letter as it was sent; it brings its styles in its elements."""
    letter = copies.letter_of(token)
    if letter is None or letter.kind not in kinds.STOPPABLE:
        raise Http404
    html = copies.page(letters.render(letter, now=clock.now()).html)
    return HttpResponse(html, headers={"X-Robots-Tag": "noindex"})


def read_or_404(token: str) -> tuple[Contact, str]:
    found = consent.read_token(token)
    if found is None or found[1] not in Consent.Purpose.values:
        raise Http404
    return found
