from typing import Any

from django.conf import settings
from django.http import HttpRequest


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
        "canonical": f"{settings.SITE_URL}{request.path}",
    }
    return {"site": named, "house": named}
