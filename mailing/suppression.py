"""Addresses that must not be written to. Kept by address, so that a new contact does not undo it."""

import datetime as dt

from django.db import IntegrityError, transaction

from mailing import addresses
from mailing.models import Suppression


def put(*, email: str, scope: str, reason: str, now: dt.datetime) -> Suppression:
    """Put an address on the list. The second call returns the row that stands."""
    key = addresses.key(email)
    standing = Suppression.objects.filter(email_key=key, scope=scope, lifted_at=None)
    if found := standing.first():
        return found
    try:
        with transaction.atomic():
            return Suppression.objects.create(email_key=key, scope=scope, reason=reason, created_at=now)
    except IntegrityError:  # somebody was faster
        return standing.get()


def lift(*, suppression: Suppression, now: dt.datetime) -> bool:
    """Take an address off the list; the row stays as a record. False the second time."""
    return bool(Suppression.objects.filter(pk=suppression.pk, lifted_at=None).update(lifted_at=now))
