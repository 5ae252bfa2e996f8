"""Before a change that decides who gets what when: whom it touches. Above fifty the number is typed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mailing import impact

SURE, NUMBER = "_sure", "_number"


def first(
    request: HttpRequest,
    context: dict[str, Any],
    *,
    found: impact.Impact,
) -> HttpResponse | None:
    """The sheet to confirm, or None when the person has seen it and may go on (or nobody is on the way).

    The numbers are counted anew when it is confirmed; a typed number that no longer fits shows the sheet again.
    """
    if not found.total and request.method == "POST":
        return None
    error = ""
    if request.method == "POST" and SURE in request.POST:
        typed = request.POST.get(NUMBER, "").strip().replace(",", "")
        if not found.must_type or typed == str(found.touched):
            return None
        error = f"Type the number {found.touched} to say that you mean it."
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in (SURE, NUMBER, "csrfmiddlewaretoken")
        for value in values
    ]
    context = {
        **context,
        "says": impact.says(found),
        "found": found,
        "error": error,
        "kept": [*kept, (SURE, "yes")],
    }
    return render(request, "mailing/desk/impact.html", context)
