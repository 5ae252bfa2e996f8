"""What machines ask a site for: health, robots, sitemap, the icon at its old place."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps.views import sitemap
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from coursesite.lib import clock


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked, so that a slow database does not get it killed."""
    return HttpResponse("live\n", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and the worker ticked of late; strangers learn yes or no, never why."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        well = import_string("mailing.heartbeat.is_fresh")(now=clock.now())
    except DatabaseError:
        well = False
    return JsonResponse({"ready": well}, status=200 if well else 503)


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(
            f"Disallow: {path}"
            for path in ("/accounts/", "/desk/", "/learn/", "/letters/", "/orders/", "/claims/")
        ),
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@login_not_required
@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    return sitemap(request, import_string("courses.sitemaps.SITEMAPS"))


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("img/favicon.ico"))


urlpatterns: list[URLPattern] = [
    path("health/live/", live, name="live"),
    path("health/ready/", ready, name="ready"),
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", site_map, name="sitemap"),
    path("favicon.ico", favicon, name="favicon"),
]
