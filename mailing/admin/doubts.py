"""What is worth a second look in a letter: said when it is saved, and nothing is held back because of it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase

from mailing import proof
from mailing.admin import unsaved
from mailing.models import Sequence


def said(request: HttpRequest, answer: HttpResponseBase, sequence: Sequence | None) -> HttpResponseBase:
    """The answer to a form of a letter, which leads on if it was saved. Other sites are asked, so no transaction may be
    open any more."""
    if request.method != "POST" or answer.status_code != 302:
        return answer
    words = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in unsaved.WORDS}
    found = proof.warnings(sequence=sequence or unsaved.sequence_of(request), **words)
    if settings.CHECK_LINKS:
        found += proof.silent_links(words["body"])
    for one in found:
        messages.warning(request, f"Worth a second look: {one}")
    return answer
