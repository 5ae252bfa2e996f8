from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page may name: the site, whom to write to, whom to call.

    base.html hands `house` on as `site`, because allauth's views put a `site` of their own in its place.
    """
    named = {
        "name": settings.SITE_NAME,
        "url": settings.SITE_URL,
        "coach_email": settings.COACH_EMAIL,
        "emergency_number": settings.EMERGENCY_NUMBER,
        "is_demo": settings.DEV_PAGES,
        "practice_payments": practice_payments(request),
        "canonical": f"{settings.SITE_URL}{request.path}",
    }
    return {"site": named, "house": named}


def practice_payments(request: HttpRequest) -> str:
    """Where whoever looks may play banks and buyers; empty for others, and where payments are real."""
    wire = settings.PRACTICE_PAYMENTS
    return str(import_string(wire)(request)) if wire and hasattr(request, "user") else ""
