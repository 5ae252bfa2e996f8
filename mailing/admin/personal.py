"""Writing to one person: the words, how they will be read, and off it goes; or why it may not."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from coursesite.lib import clock
from mailing import letters, looks, personal, publish
from mailing.admin import shown
from mailing.models import Contact


class WordsForm(forms.Form):
    subject = forms.CharField(max_length=150)
    body = forms.CharField(
        label="Your words",
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Plain paragraphs, or Markdown. {first_name} becomes the name they gave.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)  # pressed twice, it is one letter

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("subject") and data.get("body"):
            for fault in personal.faults(subject=data["subject"], body=data["body"]):
                self.add_error("subject" if fault.startswith("The subject") else "body", fault)
        return data


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """First a look, then the button that sends it."""
    shown.needs(request, "mailing.view_contact")
    shown.needs(request, "mailing.change_contact")
    contact = get_object_or_404(Contact, pk=pk, merged_into=None)
    now, back = clock.now(), reverse("admin:mailing_contact_letters", args=[pk])
    is_post = request.method == "POST"
    form = WordsForm(request.POST if is_post else None, initial={"key": uuid.uuid4()}, label_suffix="")
    look = None
    if is_post and form.is_valid():
        if request.POST.get("do") == "send" and send(request, contact, form, now):
            return redirect(back)
        look = looked(contact, form, now)
    context |= {
        "title": f"Write to {contact.name or contact.email}",
        "contact": contact,
        "form": form,
        "look": look,
        "why_not": personal.why_not(contact, now=now),
        "back": back,
        "trail": [(reverse("admin:mailing_contact_changelist"), "People"), (back, str(contact))],
    }
    return render(request, "mailing/desk/personal.html", context)


def looked(contact: Contact, form: WordsForm, now: dt.datetime) -> letters.Rendered:
    words = {name: form.cleaned_data[name] for name in ("subject", "body")}
    return looks.harmless(personal.look(contact=contact, now=now, **words))


def send(request: HttpRequest, contact: Contact, form: WordsForm, now: dt.datetime) -> bool:
    """False when it may not go; the form then keeps the words and says why."""
    try:
        personal.write(contact=contact, by=shown.actor(request), now=now, **form.cleaned_data)
    except (personal.Unwanted, publish.Refused) as refused:
        form.add_error(None, str(refused))
        if isinstance(refused, personal.OtherWords):
            data = request.POST.copy()
            data["key"] = str(uuid.uuid4())
            form.data = data
        return False
    messages.success(request, f"Written to {contact.name or contact.email}. {shown.leaves(contact)}")
    return True
