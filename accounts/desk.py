"""The Django admin as the coach's desk: no login of its own, and in production a second factor for everybody there."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class Desk(admin.AdminSite):
    site_header = site_title = "The coach’s desk"
    index_title = "Your desk"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor_settled(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever is not let in comes here: to the site's own sign-in, or to add a second factor."""
        if super().has_permission(request) and not second_factor_settled(request):
            messages.info(
                request, "Before you sit down at the desk, add a second way to show that it is you."
            )
            return redirect("mfa_index")
        response: HttpResponse = secure_admin_login(admin.AdminSite.login)(request)
        return response


def second_factor_settled(request: HttpRequest) -> bool:
    if not settings.STAFF_NEEDS_SECOND_FACTOR:
        return True
    return bool(Authenticator.objects.filter(user=request.user.pk).exists())
