"""Trouble on purpose: which planned Fault strikes now."""

from django.db.models import F, Q

from sandbox.models import Fault


def strike(*, kind: Fault.Kind, what: str) -> Fault | None:
    """The planned Fault of this kind for `what` (event type or path), used up by one; None if there is none.

    Called twice it strikes twice, if the row says so. Two callers at once share no strike: the count decides.
    """
    for fault in Fault.objects.filter(Q(match="") | Q(match=what), kind=kind, times__gt=0).order_by("pk"):
        if Fault.objects.filter(pk=fault.pk, times__gt=0).update(times=F("times") - 1):
            return fault
    return None
