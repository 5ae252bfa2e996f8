from celery import shared_task

from courses import minicourse, outgoing
from coursesite.lib import clock


@shared_task(ignore_result=True)
def forget_unconfirmed() -> int:
    return minicourse.forget_unconfirmed(now=clock.now())


@shared_task(ignore_result=True)
def check_links() -> int:
    return outgoing.work(now=clock.now())
