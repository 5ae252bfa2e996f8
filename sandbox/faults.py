"""Trouble on purpose: which planned Fault strikes now."""

from django.db.models import F

from sandbox.errors import Refused
from sandbox.models import Fault


def strike(*, kind: Fault.Kind, what: str) -> Fault | None:
    """The planned Fault of this kind for `what` (event type or path), used up by one; None if there is none.

    Called twice it strikes twice, if the row says so. Two callers at once share no strike: the count decides.
    """
    for fault in Fault.objects.filter(kind=kind, times__gt=0).order_by("pk"):
        if not _meant(fault.match, what):
            continue
        if Fault.objects.filter(pk=fault.pk, times__gt=0).update(times=F("times") - 1):
            return fault
    return None


def planned() -> bool:
    """Is any trouble planned at all?"""
    return Fault.objects.filter(times__gt=0).exists()


def _meant(match: str, what: str) -> bool:
    """Empty: anything; `x*`: what begins with x; else that very word."""
    return match in ("", what) or (match.endswith("*") and what.startswith(match[:-1]))


def refuse_some(*, path: str) -> None:
    """Refused (429) if a planned Fault says that there are too many requests. Nothing is kept of it."""
    if fault := strike(kind=Fault.Kind.RATE_LIMIT, what=path):
        raise Refused(
            "Too many requests. Slow down, and try again.",
            status=429,
            code="rate_limit",
            retry_after=fault.seconds or 1,
        )


def break_some(*, path: str) -> None:
    """Refused (500) if a planned Fault says so, before any work. An idempotent repeat is refused as well."""
    if strike(kind=Fault.Kind.ERROR, what=path):
        raise Refused("An unknown error occurred.", status=500, kind="api_error", saved=True)
