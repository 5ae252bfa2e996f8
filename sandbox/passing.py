"""What time brings by itself: pages run out, banks answer, refunds come back, buyers complain, instalments fall due."""

from collections.abc import Callable

from sandbox import aftermath, bank, billing, checkout
from sandbox.ids import Ids
from sandbox.models import Object

WORKERS: tuple[Callable[..., int], ...] = (
    checkout.sweep,
    bank.settle_due,
    aftermath.refunds_due,
    aftermath.disputes_due,
    billing.pass_time,
)


def bring(*, ids: Ids, now: int) -> int:
    """Let everything happen whose time has come; returns how much did. Again at the same `now`: nothing.

    Safe in two processes at once: each worker locks what it changes, and looks again.
    """
    if not Object.objects.filter(due_at__lte=now).exists():  # asked at every call: one look is enough
        return 0
    return sum(worker(ids=ids, now=now) for worker in WORKERS)
