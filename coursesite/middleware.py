"""One address for every visitor, none with NUL in it, and headers that Django and django-csp do not send."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port, validate_host
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


def one_address(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Lead who opens a page at another name of this site (127.0.0.1, www.) to the same page at SITE_URL.

    Cookies belong to one name, and letters and the payment page lead to SITE_URL: who began elsewhere would stand
    signed out in the middle of paying. Only what is read is led on. Probes stay where they knock, and so does who comes
    through another port, since nobody knows what is behind SITE_URL from there.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        own, own_port = split_domain_port(urlsplit(settings.SITE_URL).netloc)
        name, port = split_domain_port(request.get_host())
        is_elsewhere = name != own and port == own_port and validate_host(name, settings.OWN_HOSTS)
        is_page = request.method in {"GET", "HEAD"} and not request.path.startswith("/health/")
        if own and is_elsewhere and is_page:
            return HttpResponseRedirect(settings.SITE_URL + request.get_full_path())
        return get_response(request)

    return middleware


def no_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No page has U+0000 in its address, and none finds anything by it: PostgreSQL's texts hold none. Forms refuse it
    by themselves. In a query U+FFFD stands for it, as the HTML standard has it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", "%EF%BF%BD")
        return get_response(request)

    return middleware
