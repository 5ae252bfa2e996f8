"""Find or make the contact of an address; keep its name and zone."""

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, transaction

from coursesite.lib import localtime
from mailing import addresses
from mailing.models import Contact


def of(email: str, *, now: dt.datetime) -> Contact:
    """The one contact of an address, made if there is none. The second call returns the same row."""
    found = Contact.objects.filter(email_key=addresses.key(email)).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return Contact.objects.create(email=email.strip(), created_at=now)
    except IntegrityError:  # somebody was faster
        return Contact.objects.get(email_key=addresses.key(email))


def zone_of(contact: Contact) -> str:
    """The contact's zone, else the site's: never an empty or unknown name."""
    return contact.time_zone if localtime.is_zone(contact.time_zone) else settings.SITE_TIME_ZONE
