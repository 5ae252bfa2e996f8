"""To whom the daily test letter goes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coursesite.lib import clock
from mailing import canary, switches
from mailing.admin import shown


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="Send it to", max_length=200, required=False,
        help_text="An address you read every day, best with a provider many of your students use. Empty: none is sent.",
    )  # fmt: skip


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Pressed twice, the second press changes nothing."""
    shown.needs(request, "mailing.change_switch")
    now, switch = clock.now(), canary.standing()
    initial = {"email": switch.reason if switch else ""}
    form = AddressForm(request.POST if request.method == "POST" else None, initial=initial, label_suffix="")
    if form.is_valid():
        email = form.cleaned_data["email"]
        changed = canary.choose(email=email, by=shown.actor(request), now=now)
        said = f"It goes to {email} every morning at 6." if email else "No test letter is sent any more."
        messages.success(request, said if changed else "That was so already.")
        return redirect("admin:mailing_letter_overview")
    context |= {
        "title": "The daily test letter",
        "says": [
            "Every morning at 6, by the clock of the site, a short letter goes out the way every letter goes.",
            "If the mail server has not taken it by 7, the page “Letters” says so in red.",
            "As long as you find it in that mailbox, and not among the spam, mail works.",
        ],
        "wrong": canary.says(switch, is_held=switches.is_on(switches.HOLD), now=now),
        "form": form,
        "button": "Save",
        "back": reverse("admin:mailing_letter_overview"),
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/daily.html", context)
