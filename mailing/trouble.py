"""Tell the owner by a letter what the machinery cannot mend itself; each thing once a day. The rows that say so for
the desk stand whatever becomes of the letter."""

import datetime as dt
import logging

from django.conf import settings

from mailing import contacts, letters
from mailing.models import Letter

log = logging.getLogger(__name__)
LATE = dt.timedelta(minutes=30)
DESK = "/desk/"


def refused(*, group: str, reason: str, now: dt.datetime) -> bool:
    """A provider refuses our mail; nothing more goes there until a person has looked. False if said today."""
    what = f"{group} refuses mail from this site. {reason}."
    todo = (
        "Look whether the site’s domain or address stands on a blocklist and whether SPF, DKIM and DMARC are right; "
        "then open the way again at the desk. Nobody was unsubscribed, and all other mail goes out."
    )
    return tell(about=f"refused:{group}", what=what, todo=todo, now=now)


def late(*, by: dt.timedelta, now: dt.datetime) -> bool:
    """Mail lies longer than half an hour. False if it does not, and the second time that day."""
    if by <= LATE:
        return False
    minutes = int(by.total_seconds() // 60)
    what = f"A letter that was due {minutes} minutes ago has not gone out yet."
    todo = "Look at the desk whether the mail server answers and whether the provider’s plan is used up."
    return tell(about="late", what=what, todo=todo, now=now)


def restored(*, gap: str, now: dt.datetime) -> bool:
    """The database is older than the mail that went out. False the second time that day."""
    todo = "Say at the desk whether the letters of that time count as sent, or are to be sent."
    return tell(
        about="restored",
        what=f"The database was restored from a backup; all mail is held. {gap}",
        todo=todo,
        now=now,
    )


def tell(*, about: str, what: str, todo: str, now: dt.datetime) -> bool:
    """Never raises: whoever calls has something better to do than to fail over this."""
    if not settings.COACH_EMAIL:
        return False
    key = f"owner:{about}:{now:%Y-%m-%d}"[:160]
    if Letter.objects.filter(dedupe_key=key).exists():
        return False
    try:
        letters.post(
            step="service/site-needs-you",
            contact=contacts.of(settings.COACH_EMAIL, now=now),
            dedupe_key=key,
            context={"what": what, "reason": todo, "button_url": f"{settings.SITE_URL}{DESK}"},
            now=now,
            kind=Letter.Kind.ACCOUNT,
        )
    except letters.NoSuchStep:
        log.error("The owner could not be told: %s", what)
        return False
    return True
