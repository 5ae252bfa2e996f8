"""A person's holiday from letters: the runs keep their clock, and afterwards what lay in it comes one letter a day."""

import datetime as dt

from django.db import transaction

from mailing import schedule, zones
from mailing.models import Contact


@transaction.atomic
def pause(*, contact: Contact, until: dt.datetime, now: dt.datetime) -> None:
    """No sequence letters before `until`; receipts and sign-in codes still go. Again: the new end counts."""
    contact.paused_until = until
    contact.save(update_fields=["paused_until"])


@transaction.atomic
def resume(*, contact: Contact, now: dt.datetime) -> None:
    """Letters may come again from now on. The second call changes nothing."""
    contact.paused_until = None
    contact.save(update_fields=["paused_until"])
    schedule.replan(contact=contact, zone=zones.of(contact))
