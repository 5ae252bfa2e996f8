"""Whose data was removed, kept beside the database: a restored backup brings people back, and this list says whom.

One line for each, the moment and the keyed hash of the address (suppression.hash_of): it names nobody. It belongs into
the folder VAR, which a restore of the database leaves alone; `manage.py erase_again` reads it after one.
"""

import datetime as dt
from pathlib import Path

from django.conf import settings

from mailing import suppression
from mailing.models import Contact


def remember(email: str, *, now: dt.datetime) -> bool:
    """Add an address to the list. False if it stands there since this moment, or a later one."""
    hashed = suppression.hash_of(email)
    if (last := moments().get(hashed)) and last >= now:
        return False
    with file().open("a", encoding="ascii") as lines:
        lines.write(f"{now.isoformat()} {hashed}\n")
    return True


def moments() -> dict[str, dt.datetime]:
    """By hash, when its data was removed last."""
    found = dict[str, dt.datetime]()
    try:
        lines = file().read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        moment, _, hashed = line.partition(" ")
        found[hashed] = dt.datetime.fromisoformat(moment)
    return found


def back() -> list[Contact]:
    """Contacts that are in the database though their data was removed: a backup brought them. Who came again by their
    own wish has a contact that is newer than that."""
    gone = moments()
    known = ((one, gone.get(suppression.hash_of(one.email))) for one in Contact.objects.order_by("pk"))
    return [one for one, moment in known if moment and one.created_at < moment]


def file() -> Path:
    return Path(settings.ERASED_FILE)
