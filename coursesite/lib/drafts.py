"""What is typed at the desk and not saved yet is kept by the browser (js/drafts.js) until an answer says so."""

import re
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token

DRAFT = "_draft"  # the name a browser gave to what it keeps of a form
SAVED = "desk-saved-"  # and the cookie by which it hears that it need not keep it any longer
NAME = re.compile(r"[0-9a-f]{16}")
View = Callable[..., HttpResponseBase]


def acknowledged(view: View) -> View:
    """The view; a press that was taken is answered by a redirect, and with it the draft's name goes back."""

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        name = request.POST.get(DRAFT, "") if request.method == "POST" else ""
        if NAME.fullmatch(name) and answer.status_code in (302, 303) and not is_refused(request):
            answer.set_cookie(
                f"{SAVED}{name}", "1", max_age=600, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
            )
        return answer

    return update_wrapper(inner, view)


def is_refused(request: HttpRequest) -> bool:
    """Some pages say by a message that they did not do it."""
    queued = getattr(getattr(request, "_messages", None), "_queued_messages", [])
    return any(one.level >= messages.ERROR for one in queued)


def pulse(request: HttpRequest) -> HttpResponseBase:
    """Asked by the browser before it sends a form: is this person still signed in, and with which token?

    A form that was open since before the last sign-in has an old token; it gets the new one and loses nothing.
    """
    return JsonResponse({"user": str(request.user.pk), "token": get_token(request)})
