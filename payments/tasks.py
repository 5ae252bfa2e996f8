from celery import shared_task

from coursesite.lib import clock
from payments import events, gifts, reconciliation, reminders


@shared_task
def work_inbox() -> int:
    """Ring for the webhooks that wait. Twice at once works off nothing twice."""
    return events.work(now=clock.now())


@shared_task
def reconcile() -> int:
    return reconciliation.reconcile(now=clock.now())


@shared_task
def reconcile_far_back() -> int:
    """Nightly, over a month: what a shorter look could not see."""
    return reconciliation.reconcile(now=clock.now(), look_back=reconciliation.LOOK_FAR_BACK)


@shared_task
def remind() -> int:
    """Twice at once reminds nobody twice."""
    return reminders.remind(now=clock.now())


@shared_task
def write_gifts() -> int:
    """Letters with gifts on their day. Twice at once writes nothing twice."""
    return gifts.send_due(now=clock.now())
