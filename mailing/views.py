"""Stopping letters and choosing them, by the signed link in each letter: no sign-in, and a look changes nothing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from coursesite.lib import clock
from mailing import consent, forms
from mailing.models import Consent, Contact

LESSONS = Consent.Purpose.LESSONS


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the token is the right to do so
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button, POST turns lesson letters off and answers 200 without a redirect, every time."""
    contact = contact_or_404(token)
    if request.method == "POST":
        consent.withdraw(contact=contact, purpose=LESSONS, source="stop link", now=clock.now())
    stopped = not consent.wants_lessons(contact)
    return render(request, "mailing/stop.html", {"token": token, "stopped": stopped})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Lesson letters on or off."""
    contact = contact_or_404(token)
    form = forms.Preferences(request.POST or None, initial={"lessons": consent.wants_lessons(contact)})
    if request.method == "POST":
        form = forms.Preferences(request.POST)
        if form.is_valid():
            choose = consent.give if form.cleaned_data["lessons"] else consent.withdraw
            choose(contact=contact, purpose=LESSONS, source="preferences page", now=clock.now())
            messages.success(request, "Saved.")
            return redirect("mailing:preferences", token)
    return render(request, "mailing/preferences.html", {"form": form, "token": token})


def contact_or_404(token: str) -> Contact:
    contact = consent.contact_of(token)
    if contact is None:
        raise Http404
    return contact
