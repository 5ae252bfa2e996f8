"""Whether the names of the site are set up for mail, in plain words, with what to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coursesite.lib import clock
from coursesite.lib.desk import BAD, GOOD, QUIET, TAKE_CARE, pill
from mailing import dnslook, envelope
from mailing.admin import shown
from mailing.dnslook import Verdict

PILLS = {
    Verdict.GOOD: (GOOD, "done"),
    Verdict.WEAK: (TAKE_CARE, "caution"),
    Verdict.BAD: (BAD, "error"),
    Verdict.UNKNOWN: (QUIET, "clock"),
}
WORDS = {
    "SPF": "Who may send in your name (SPF)",
    "DKIM": "With which key letters are signed (DKIM)",
    "DMARC": "What others do with forged ones (DMARC)",
    "Answers": "Whether people can answer (MX)",
    "Bounces": "Where undelivered letters come back (MX)",
}


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """From an hour's memory; the button asks the name servers anew."""
    shown.needs(request, "mailing.view_letter")
    if request.method == "POST":
        dnslook.look(now=clock.now(), afresh=True)
        return redirect(request.path)
    look = dnslook.look(now=clock.now())
    context |= {
        "title": "Is the domain set up for mail?",
        "domain": envelope.own_address().partition("@")[2],
        "rows": [
            (WORDS[one.what], pill(str(one.verdict), *PILLS[one.verdict]), one) for one in look.findings
        ],
        "asked_at": shown.ours(look.at) if dnslook.is_asked() else "",
        "trail": list[tuple[str, str]](),
    }
    return render(request, "mailing/desk/names.html", context)
