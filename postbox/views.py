"""Plays a mail reader. Anybody may look: the mailbox exists on a practice site only."""

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from postbox import files

# A mail brings styles in its elements; nothing else of it runs or loads.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", settings.SITE_URL],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
}


@login_not_required
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest mails, searched by address."""
    address = request.GET.get("to", "").strip()
    return render(request, "postbox/inbox.html", {"mails": files.newest(to=address), "address": address})


@login_not_required
@never_cache
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "postbox/mail.html", {"mail": mail_or_404(name)})


@login_not_required
@never_cache
@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # its annotation forgets views with arguments
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part by itself, for the frame in which it is shown. Its links open in the whole window."""
    content = mail_or_404(name).html
    return HttpResponse(content.replace("<head>", '<head><base target="_top">', 1))


def mail_or_404(name: str) -> files.Mail:
    found = files.read(name)
    if found is None:
        raise Http404
    return found
