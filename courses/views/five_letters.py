"""The free mini-course: asked for here, confirmed by the link in a letter. No account, and no hint who has one."""

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import forms, minicourse
from coursesite.lib import clock
from mailing import consent, contacts, optin, pauses

RATE = "10/m/ip"  # the address has limits of its own
SLOWLY = "That was a lot in a short time. Wait a minute, then press the button again."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def five_letters(request: HttpRequest) -> HttpResponse:
    """What they are, and the form. Whatever address was typed, the answer is the same."""
    if not minicourse.is_offered():
        raise Http404
    form = forms.FiveLettersForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "courses/five_letters.html", {"form": form})
    if too_fast(request):
        form.add_error(None, SLOWLY)
        return render(request, "courses/five_letters.html", {"form": form}, status=429)
    minicourse.ask(email=form.cleaned_data["email"], now=clock.now())
    return redirect("courses:five_letters_asked")


@login_not_required
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Look into your mail."""
    return render(request, "courses/five_letters_asked.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def yes(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button, because programs look at links before people do; POST says yes, again and again. Who said
    so before is told what comes of it."""
    now = clock.now()
    found = optin.read(token, now=now)
    if found is None or found.purpose != minicourse.PURPOSE:
        raise Http404
    if request.method == "POST" and found.is_expired:
        if not too_fast(request):
            minicourse.ask(email=found.contact.email, now=now)
        return redirect("courses:five_letters_asked")
    is_new = request.method == "POST" and minicourse.confirm(asked=found, now=now)
    run = minicourse.way(found.contact)
    state = minicourse.standing(contact=found.contact, run=run, now=now, is_new=is_new)
    context = {
        "state": "expired" if found.is_expired and state == "ask" else state,
        "next_at": run and run.next_due_at,
        "paused_until": found.contact.paused_until,
        "has_no_end": pauses.has_no_end(found.contact.paused_until),
        "letters_url": reverse(
            "mailing:preferences", args=[consent.token(found.contact, minicourse.PURPOSE)]
        ),
        "zone": contacts.zone_of(found.contact),
    }
    return render(request, "courses/five_letters_yes.html", context)


def too_fast(request: HttpRequest) -> bool:
    return not ratelimit.consume(request, app="courses", action="five_letters", config={"five_letters": RATE})
