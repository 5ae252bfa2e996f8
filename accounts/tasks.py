from celery import shared_task

from accounts import privacy
from coursesite.lib import clock


@shared_task
def forget_unproven() -> int:
    return privacy.forget_unproven(now=clock.now())
