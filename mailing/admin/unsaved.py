"""A letter that is only being written: how it would be read, what keeps it from being saved, a test of it to oneself.

The page answers the words of a form and stores nothing. js/letter_look.js puts its parts beside the form.
"""

from email.errors import MessageError
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from coursesite.lib import clock
from mailing import broadcasts, looks, placeholders, proof
from mailing.admin import looking, shown
from mailing.models import Sequence, StepRevision

MANY = "many"  # `?of=many` is a letter to many, `?of=7` one of sequence 7; without it the form says which sequence
WORDS = ("subject", "preheader", "body")
EMPTY = '<!doctype html><html lang="en"><title>The letter</title><body></body></html>'
POLICY = {"style-src": [SELF, "'unsafe-inline'"], "img-src": [SELF, "https:"], "frame-ancestors": [SELF]}


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Posted words as a letter, with `do=test` mailed to whoever sits at the desk. Without words an empty sheet."""
    sequence = sequence_of(request)
    shown.needs(request, right(sequence))
    if request.method != "POST":
        return HttpResponse(EMPTY)
    words = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in WORDS}
    revision = proof.draft(sequence=sequence, subject_of=request.POST.get("subject_of", "")[:120], **words)
    choices = [
        (name, label, options, looking.picked(request.POST, name, options))
        for name, label, options in looking.CHOICES
    ]
    chosen = {name: value for name, _, _, value in choices}
    look = looked(revision)
    context |= {
        "title": f"Before it is saved: {words['subject'] or 'a letter'}",
        "trail": [],
        "kept": [*words.items(), ("subject_of", revision.step.subject_of)],
        "of": of(sequence),
        "choices": choices,
        "chosen": chosen,
        "look": look,
        "html": here(look, chosen) if look else "",
        "sender": looks.sender(sequence),
        "report": tested(request, revision) if request.POST.get("do") == "test" else None,
        **told(sequence, words),
    }
    return render(request, "mailing/desk/unsaved.html", context)


# The annotations of both know no view with arguments.
PAGE: Any = xframe_options_sameorigin(csp_replace(POLICY)(page))  # type: ignore[arg-type]


def sequence_of(request: HttpRequest) -> Sequence:
    """Raises Http404. Before one is chosen it is taken for a letter of a course."""
    word = request.GET.get("of") or request.POST.get("sequence", "")
    if word == MANY:
        return Sequence(slug=broadcasts.SLUG, kind=Sequence.Kind.BROADCAST)
    if not word:
        return Sequence(slug="new", kind=Sequence.Kind.DRIP)
    return get_object_or_404(Sequence, pk=int(word) if word.isdecimal() and len(word) < 18 else 0)


def address(sequence: Sequence | None) -> str:
    """Where the form of a letter asks for its look; None: its sequence is still to be chosen."""
    page = reverse("admin:mailing_step_unsaved")
    return f"{page}?of={of(sequence)}" if sequence else page


def of(sequence: Sequence) -> str:
    return MANY if sequence.kind == Sequence.Kind.BROADCAST else str(sequence.pk or "")


def right(sequence: Sequence) -> str:
    is_many = sequence.kind == Sequence.Kind.BROADCAST
    return "mailing.change_broadcast" if is_many else "mailing.change_step"


def told(sequence: Sequence, words: dict[str, Any]) -> dict[str, Any]:
    """What is to be mended, and what may be as it is. Of a letter without any words that is not said."""
    if not (words["subject"] or words["body"]):
        return {"faults": []}
    return {
        "faults": proof.faults(sequence=sequence, **words),
        "doubts": proof.warnings(sequence=sequence, **words),
    }


def looked(revision: StepRevision) -> looks.Look | None:
    try:
        return looks.at(revision, contact=None, now=clock.now())
    except placeholders.Missing:
        return None  # the faults say which word nobody fills


def here(look: looks.Look, chosen: dict[str, str]) -> str:
    """The HTML part in the chosen light; our own pictures come from where the desk is looked at."""
    html = looks.page(look.rendered.html, dark=chosen["light"] == "dark", pictures=chosen["pictures"] == "on")
    return html.replace(f'src="{settings.SITE_URL}/', 'src="/')


def tested(request: HttpRequest, revision: StepRevision) -> looks.Report:
    """No row is written; what the mail server answered is told."""
    try:
        return looks.send_test(revision, contact=None, to=request.user.get_username(), now=clock.now())
    except placeholders.Missing as missing:
        return looks.Report(False, f"It cannot be written: nobody fills {missing.args[0]}.")
    except (ValueError, MessageError) as error:
        return looks.Report(False, f"It cannot be written: {error}")
