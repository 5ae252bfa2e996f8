"""Headers that Django and django-csp do not send."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",  # Django's own comes too late for a request refused early
}
LETTER_PICTURE = f"{settings.STATIC_URL}img/letter-rope.png"  # mail programs show it in pages of their own


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Add ALWAYS; and what a signed-in person sees is kept by no cache (security.md PR-6)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path == LETTER_PICTURE:
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        # Here, not in uvicorn: the practice payments date their answers by a clock of their own.
        response.headers.setdefault("Date", http_date())
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", "300")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
