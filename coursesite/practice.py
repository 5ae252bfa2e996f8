"""The practice site's clock can be moved forward, so that tomorrow's letter comes today."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from coursesite.lib import clock, localtime


@login_not_required
@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """To tomorrow, 9:00, as the person who looks lives it. Each further press is one more morning."""
    if not settings.DEV_PAGES or settings.CLOCK_FILE is None:
        raise Http404
    zone = str(getattr(request.user, "time_zone", settings.SITE_TIME_ZONE))
    morning = localtime.days_after(clock.now(), 1, zone)
    clock.move_to(morning + dt.timedelta(seconds=1))  # the clock drops fractions, and 8:59:59 is not yet 9:00
    shown = morning.astimezone(localtime.zone(zone))
    messages.success(
        request,
        f"This site’s clock now shows {shown:%A, %B %-d, %-H:%M} ({zone}). "
        "Letters due by then arrive in a few seconds.",
    )
    return redirect(back(request))


def back(request: HttpRequest) -> str:
    """Where the form stood, if that is a page of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else "/"
