"""Two people on the list are one: the other is found, what will happen is said, then they are one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from coursesite.lib import clock
from mailing import addresses, unions
from mailing.admin import shown
from mailing.models import Contact

MOST = 20  # found people on the page
MAY = "mailing.delete_contact"  # one of them is gone afterwards


class AddressForm(forms.Form):
    email = forms.ChoiceField(label="Which address do they read?", widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, pair: tuple[Contact, Contact]) -> None:
        super().__init__(data, initial={"email": pair[0].email}, label_suffix="")
        address: Any = self.fields["email"]
        address.choices = [(one.email, one.email) for one in pair]


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Without `?other=` a search for the other one; with it what will happen; posted, it happens."""
    shown.needs(request, MAY)
    one = get_object_or_404(anybody(), pk=pk)
    back = reverse("admin:mailing_contact_letters", args=[pk])
    word = request.GET.get("other", "")
    if word.isdecimal() and len(word) < 18:
        other = get_object_or_404(anybody().exclude(pk=pk), pk=int(word))
        return sure(request, one, other, context)
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:254]
    context |= {
        "title": f"{one} is also …",
        "asked": asked,
        "found": found(asked, one) if asked else [],
        "back": back,
        "trail": [(reverse("admin:mailing_contact_changelist"), "People"), (back, str(one))],
    }
    return render(request, "mailing/desk/merge.html", context)


def anybody() -> QuerySet[Contact]:
    """Who can become one with somebody: not whose data was removed, because nothing may be written to them any more,
    and that would hold for the other too."""
    removed = Q(email__endswith=addresses.REMOVED[0]) | Q(email__endswith=addresses.REMOVED[1])
    return Contact.objects.filter(~removed, merged_into=None)


def found(asked: str, one: Contact) -> list[Contact]:
    """Whose address or name has these letters, without the one who is there already."""
    people = anybody().filter(Q(email__icontains=asked) | Q(name__icontains=asked))
    return list(people.exclude(pk=one.pk).order_by("email")[:MOST])


def sure(request: HttpRequest, one: Contact, other: Contact, context: dict[str, Any]) -> HttpResponse:
    home = reverse("admin:mailing_contact_letters", args=[one.pk])
    accounts = [contact for contact in (one, other) if unions.has_account(contact)]
    form = None if accounts else AddressForm(request.POST or None, pair=(one, other))
    may = request.method == "POST" and (form is None or form.is_valid())
    try:
        if len(accounts) == 2:
            raise unions.TwoAccounts
        wished = form.cleaned_data["email"] if form and may else ""
        kept = unions.merge(one=one, other=other, email=wished, now=clock.now()) if may else None
    except unions.TwoAccounts:
        said = f"{one} and {other} both sign in here. Two accounts cannot become one: ask which one they use."
        messages.error(request, said)
        return redirect(home)
    if kept is not None:
        messages.success(request, f"They are one person now. Letters go to {kept.email}.")
        return redirect("admin:mailing_contact_letters", kept.pk)
    context |= {
        "title": f"{one} and {other} are one person",
        "says": [
            f"Orders, courses and letters of {one} and of {other} belong to one person from then on.",
            *(f"Letters go to {contact.email}, with which they sign in." for contact in accounts),
            "Of the same letters they get what neither of them has had, once.",
            "Letters that one of them turned off do not go to them any more.",
            "It cannot be undone.",
        ],
        "form": form,
        "button": "Make them one person",
        "back": home,
        "trail": [(reverse("admin:mailing_contact_changelist"), "People"), (home, str(one))],
    }
    return render(request, "mailing/desk/confirm.html", context)
