"""Uploaded files are shown to the virus scanner before a form looks at them: no transaction is open while it thinks."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from coursesite.lib import scanning


class Examined:
    """For an admin with file fields. What was refused is told at the field by `fields.checked`."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        examine(request)
        response: HttpResponse = super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        return response


def examine(request: HttpRequest) -> None:
    """Mark each file with why it is not taken, if it is not."""
    for name in request.FILES if request.method == "POST" else ():
        for file in request.FILES.getlist(name):
            file.refused = scanning.refusal(file)  # type: ignore[attr-defined]
