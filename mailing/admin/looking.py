"""Looking at a letter: as whom one likes, in any light, in the inbox and as plain text; and mailing it to oneself."""

import contextlib
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin

from coursesite.lib import clock
from mailing import contacts, forecast, looks, placeholders
from mailing.admin import plain, shown
from mailing.models import Contact, Step, StepRevision

MOST = 10  # people found at a time
NEXT = 3  # letters to come that are told of
CHOICES = [
    ("width", "Width", [("desktop", "Desktop"), ("phone", "Phone")]),
    ("light", "Light", [("light", "Light"), ("dark", "Dark")]),
    ("pictures", "Pictures", [("on", "Shown"), ("off", "Not loaded")]),
]
POLICY = {"style-src": ["'unsafe-inline'"], "script-src": ["'none'"], "frame-ancestors": ["'self'"]}


def page(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """The letter with everything around it. `?contact=` is who reads it, `?who=` looks for somebody."""
    shown.needs(request, "mailing.view_step")
    revision, contact = asked(request, pk)
    words = request.GET.get("who", "").replace("\x00", "").strip()
    chosen = {name: picked(request.GET, name, options) for name, _, options in CHOICES}
    look, fault, earlier = None, "", earlier_one(revision)
    try:
        look = looks.at(revision, contact=contact, now=clock.now())
    except placeholders.Missing as missing:
        fault = f"It cannot be written: nobody fills {missing.args[0]}."
    sequence = revision.step.sequence
    context |= {
        "title": f"Look at: {revision.subject}{', an earlier wording' if earlier else ''}",
        "earlier": earlier,
        "revision": revision,
        "contact": contact,
        "words": words,
        "found": people(words) if words else [],
        "asked": urlencode(chosen | earlier),
        "coming": coming(contact) if contact else [],
        "choices": [(name, label, options, chosen[name]) for name, label, options in CHOICES],
        "chosen": chosen,
        "look": look,
        "fault": fault,
        "sender": looks.sender(sequence),
        "frame": f"{reverse('admin:mailing_step_preview', args=[pk])}?{request.GET.urlencode()}",
        "trail": [(reverse("admin:mailing_sequence_letters", args=[sequence.pk]), sequence.title)],
    }
    return render(request, "mailing/desk/look.html", context)


def coming(contact: Contact) -> list[tuple[str, str, str]]:
    """(when, subject, why it would be left out) of the next letters of this person, in their time and the coach's."""
    zone = contacts.zone_of(contact)
    found = forecast.of(contact, now=clock.now())[:NEXT]
    return [
        (
            shown.both(one.at, zone),
            one.step.revision.subject if one.step.revision else "",
            plain.WHY.get(one.reason, one.reason),
        )
        for one in found
    ]


def picked(given: QueryDict, name: str, options: list[tuple[str, str]]) -> str:
    value = given.get(name, "")
    return value if value in dict(options) else options[0][0]


def asked(request: HttpRequest, pk: int) -> tuple[StepRevision, Contact | None]:
    """The wording to look at (an earlier one with `?revision=`) and who reads it. Raises Http404."""
    given = request.POST if request.method == "POST" else request.GET
    revisions = StepRevision.objects.select_related("step__sequence", "step__revision").filter(step=pk)
    step = Step.objects.filter(pk=pk, revision__isnull=False).first()
    number = given.get("revision", "")
    revision = revisions.filter(
        **(
            {"number": number}
            if number.isdecimal() and len(number) < 6
            else {"pk": step and step.revision_id}
        )
    ).first()
    if revision is None:
        raise Http404
    return revision, reader(given.get("contact", ""))


def earlier_one(revision: StepRevision) -> dict[str, str]:
    """What keeps on looking at a wording that is not the newest."""
    return {} if revision.pk == revision.step.revision_id else {"revision": str(revision.number)}


def reader(word: str) -> Contact | None:
    with contextlib.suppress(ValueError, OverflowError):
        return Contact.objects.filter(pk=int(word[:18])).first()
    return None


def people(words: str) -> list[Contact]:
    """Whom a name or a part of an address may mean."""
    found = Contact.objects.filter(merged_into=None)
    for word in words.split()[:5]:
        found = found.filter(Q(email__icontains=word) | Q(name__icontains=word))
    return list(found[:MOST])


def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part alone, for the frame on the page; a letter brings its styles in its elements."""
    shown.needs(request, "mailing.view_step")
    revision, contact = asked(request, pk)
    try:
        html = looks.at(revision, contact=contact, now=clock.now()).rendered.html
    except placeholders.Missing:
        raise Http404 from None
    dark, pictures = request.GET.get("light") == "dark", request.GET.get("pictures") != "off"
    here = looks.page(html, dark=dark, pictures=pictures).replace(f'src="{settings.SITE_URL}/', 'src="/')
    return HttpResponse(here)


def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail it to whoever sits at the desk, and say what the mail server answered."""
    shown.needs(request, "mailing.change_step")
    back = reverse("admin:mailing_step_look", args=[pk])
    if request.method != "POST":
        return redirect(back)
    revision, contact = asked(request, pk)
    to = request.user.get_username()
    try:
        report = looks.send_test(revision, contact=contact, to=to, now=clock.now())
    except placeholders.Missing as missing:
        report = looks.Report(False, f"It cannot be written: nobody fills {missing.args[0]}.")
    (messages.success if report.went else messages.error)(request, report.says)
    kept: dict[str, Any] = {name: picked(request.POST, name, options) for name, _, options in CHOICES}
    kept |= earlier_one(revision) | ({"contact": contact.pk} if contact else {})
    return redirect(f"{back}?{urlencode(kept)}")


# The annotations of both know no view with arguments.
FRAME: Any = xframe_options_sameorigin(csp_replace(POLICY)(frame))  # type: ignore[arg-type]
