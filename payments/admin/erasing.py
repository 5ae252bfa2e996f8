"""A person asked to be forgotten: what goes, what stays and why, then it is done. For the owner, who shows anew that it
is they."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts import desk, recent
from coursesite.lib import clock
from mailing.models import Contact
from payments import erasure, gateway, leases

DOWN = (
    "It is not done yet: the payment company does not answer. Press again in a few minutes; it goes on where it "
    "stopped."
)
STAFF = "This person works at the desk. Take that away first, on the page of their account."


class AddressForm(forms.Form):
    """The address typed once more: nobody is removed by a slip."""

    address = forms.CharField(
        label="To go on, type the address",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        super().__init__(data, label_suffix="")
        self.contact = contact

    def clean_address(self) -> str:
        typed = str(self.cleaned_data["address"]).strip()
        if typed.lower() != self.contact.email.lower():
            raise forms.ValidationError(f"This is not the address. It is {self.contact.email}")
        return typed


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Pressed twice, the second press finds nobody."""
    desk.needs(request, "mailing.view_contact", "accounts.delete_user")
    contact = get_object_or_404(Contact, pk=pk)
    if not recent.is_fresh(request):  # type: ignore[arg-type]
        return recent.ask(request)  # type: ignore[arg-type]
    back = reverse("admin:mailing_contact_changelist")
    if contact.email.endswith("@erased.invalid"):
        messages.info(request, "That person’s data was removed before.")
        return redirect(back)
    form = AddressForm(request.POST if request.method == "POST" else None, contact=contact)
    if form.is_valid():
        try:
            erasure.erase(contact=contact, now=clock.now(), actor=desk.actor(request))
        except erasure.AtTheDesk:
            form.add_error(None, STAFF)
        except (gateway.DownError, gateway.RefusedError, leases.BusyError):
            form.add_error(None, DOWN)
        else:
            messages.success(request, "The person’s data was removed.")
            return redirect(back)
    context |= {
        "title": f"Remove the data of {contact.name or contact.email}",
        "contact": contact,
        "form": form,
        "goes": erasure.goes(contact),
        "stays": erasure.stays(contact),
        "back": reverse("admin:mailing_contact_letters", args=[pk]),
    }
    return render(request, "payments/desk/erase.html", context)
