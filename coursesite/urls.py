from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from coursesite import practice

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("courses.urls")),
    path("", include("payments.urls")),
    path("letters/", include("mailing.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("desk/", admin.site.urls),
    path("", include("coursesite.pages")),
]
if settings.SANDBOX_ENABLED:
    urlpatterns += [path("_sandbox/", include("sandbox.urls"))]
if settings.DEV_PAGES:
    urlpatterns += [path("_look/", include("look.urls")), path("_mailbox/", include("postbox.urls"))]
    urlpatterns += [path("_practice/clock/", practice.move_clock, name="practice_clock")]
