from celery import shared_task

from courses import minicourse
from coursesite.lib import clock


@shared_task(ignore_result=True)
def forget_unconfirmed() -> int:
    return minicourse.forget_unconfirmed(now=clock.now())
