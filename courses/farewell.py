"""Somebody leaves for good: nothing is left that says they ever learned here."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from courses import journeys
from courses.models import Enrolment, Grant

REASON = "their data was removed"


@transaction.atomic
def forget(*, user: User, now: dt.datetime) -> int:
    """Take away enrolments with their progress, answers and every reason to be in; their letters end. Returns how many
    enrolments; 0 the second time."""
    mine = list(Enrolment.objects.filter(user=user))
    for enrolment in mine:
        journeys.left(enrolment, reason=REASON, now=now)
        Grant.objects.filter(enrolment=enrolment).delete()
        enrolment.delete()
    return len(mine)
