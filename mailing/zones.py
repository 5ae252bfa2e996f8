"""By whose clock a person lives."""

from django.conf import settings

from coursesite.lib import localtime
from mailing.models import Contact


def of(contact: Contact) -> str:
    """The contact's zone, else the site's: never an empty or unknown name."""
    return contact.time_zone if localtime.is_zone(contact.time_zone) else settings.SITE_TIME_ZONE
