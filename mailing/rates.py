"""How much mail goes where: the provider's plan, and pauses that mail servers asked for.

Gmail, Yahoo and Microsoft are a group each, whatever the domain; every other domain is a group of its own, so that the
temper of one company's server holds up nobody else. "all" is our own provider.
"""

import datetime as dt
import functools
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Least

from mailing.models import Letter, RateBucket

ALL = "all"
GROUPS = {
    "gmail": "gmail.com googlemail.com",
    "yahoo": "yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca yahoo.com.br yahoo.co.in "
    "yahoo.co.jp yahoo.com.au ymail.com rocketmail.com aol.com aol.de aim.com",
    "microsoft": "outlook.com outlook.de outlook.fr hotmail.com hotmail.co.uk hotmail.de hotmail.fr hotmail.es "
    "hotmail.it live.com live.co.uk live.de live.fr msn.com",
}
KNOWN = {domain: group for group, domains in GROUPS.items() for domain in domains.split()}
EXCHANGERS = {
    "google.com": "gmail",
    "googlemail.com": "gmail",
    "yahoodns.net": "yahoo",
    "outlook.com": "microsoft",
}
PERIODS = {"minute": dt.timedelta(minutes=1), "hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1)}
LONGEST_PAUSE = 60  # minutes
AWAY = 300  # seconds
LISTED = 40  # groups that are kept out by the query; the letters of more are looked at one by one


@dataclass
class Weather:
    """What is closed at a moment, and till when (None: until a person opens it), and who has asked for a pause."""

    closed: dict[str, dt.datetime | None] = field(default_factory=dict)
    troubled: set[str] = field(default_factory=set)
    unsure: set[int] | None = None  # contacts who ever refused anything; None: not looked up
    news: dict[str, str] = field(default_factory=dict)  # who refused us altogether, for the owner to hear

    def keeps_in(self, letter: Letter, now: dt.datetime) -> dt.datetime | None:
        """When to ask again for a letter that cannot go now; None if it can."""
        if not self.closed:
            return None
        if ALL in self.closed:
            return self.closed[ALL] or now + dt.timedelta(hours=1)
        group = group_of(letter.contact.email_key)
        if group not in self.closed or (letter.kind == Letter.Kind.ACCOUNT and self.is_stopped(group)):
            return None
        return self.closed[group] or now + dt.timedelta(hours=1)

    def is_stopped(self, group: str) -> bool:
        """Until a person opens it. Account letters are tried all the same: somebody waits for one before a screen."""
        return group in self.closed and self.closed[group] is None


def look(*, now: dt.datetime) -> Weather:
    weather = Weather()
    for bucket in RateBucket.objects.filter(Q(backoff_minutes__gt=0) | ~Q(stopped_reason="")):
        weather.troubled.add(bucket.group)
        if bucket.stopped_reason:
            weather.closed[bucket.group] = None
        elif bucket.paused_until and bucket.paused_until > now:
            weather.closed[bucket.group] = bucket.paused_until
    return weather


def outside(weather: Weather) -> Q:
    """Letters whose group is not closed for them."""
    open_ = Q()
    for group in sorted(weather.closed)[:LISTED]:
        shut = Q()
        for domain in GROUPS.get(group, group).split():
            shut |= Q(contact__email_key__endswith=f"@{domain}")
        open_ &= ~shut | Q(kind=Letter.Kind.ACCOUNT) if weather.is_stopped(group) else ~shut
    return open_


def group_of(email: str) -> str:
    """The group of an address; for a domain of one's own its mail exchanger says so."""
    domain = email.rpartition("@")[2].lower()
    return KNOWN.get(domain) or _by_exchanger(domain) or domain[:100]


_away_until = [0.0]  # of the name server, by the monotonic clock: it is not asked for each letter


def _by_exchanger(domain: str) -> str:
    if time.monotonic() < _away_until[0]:
        return ""
    try:
        return _exchanger(domain)
    except Exception:  # no name server: then it is a group of its own for now
        _away_until[0] = time.monotonic() + AWAY
        return ""


@functools.lru_cache(maxsize=10_000)
def _exchanger(domain: str) -> str:
    import dns.resolver  # 3 MB, needed when a server has closed its door

    try:
        answers = dns.resolver.resolve(domain, "MX", lifetime=2)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ""
    names = [str(answer.exchange).rstrip(".").lower() for answer in answers]
    ends = (".".join(name.split(".")[-2:]) for name in names)
    return next((EXCHANGERS[end] for end in ends if end in EXCHANGERS), "")


@transaction.atomic
def pause(*, group: str, now: dt.datetime) -> dt.datetime:
    """They want less from us: nothing more for 1, 2, 4 ... 60 minutes. Returns the end; who asks during a pause
    (another sender, told the same) does not make it longer."""
    bucket = _locked(group, now)
    if bucket.paused_until is None or bucket.paused_until <= now:
        bucket.backoff_minutes = min(max(bucket.backoff_minutes * 2, 1), LONGEST_PAUSE)
        bucket.paused_until = now + dt.timedelta(minutes=bucket.backoff_minutes)
        bucket.save(update_fields=["backoff_minutes", "paused_until"])
    return bucket.paused_until


@transaction.atomic
def stop(*, group: str, reason: str, now: dt.datetime) -> None:
    """They refuse us: nothing more until a person has looked. The second call keeps the first reason."""
    bucket = _locked(group, now)
    if not bucket.stopped_reason:
        bucket.stopped_reason = reason[:200]
        bucket.refilled_at = now
        bucket.save(update_fields=["stopped_reason", "refilled_at"])


def open_again(*, group: str, now: dt.datetime) -> bool:
    """A person has looked, or a letter got through. False if it was open."""
    closed = RateBucket.objects.filter(group=group).filter(Q(backoff_minutes__gt=0) | ~Q(stopped_reason=""))
    return bool(closed.update(backoff_minutes=0, paused_until=None, stopped_reason=""))


def _locked(group: str, now: dt.datetime) -> RateBucket:
    RateBucket.objects.bulk_create(
        [RateBucket(group=group, tokens=0, refilled_at=now)], ignore_conflicts=True
    )
    return RateBucket.objects.select_for_update().get(group=group)


# ---- the provider's plan: so many in a stretch of time that begins with its first letter ----
def plan() -> dict[str, int]:
    limits = {
        "minute": settings.MAIL_PER_MINUTE,
        "hour": settings.MAIL_PER_HOUR,
        "day": settings.MAIL_PER_DAY,
    }
    return {name: limit for name, limit in limits.items() if limit}


class _NoRoom(Exception):
    def __init__(self, until: dt.datetime) -> None:
        self.until = until


def take(*, now: dt.datetime) -> dt.datetime | None:
    """Count one letter. None if the plan allows it, else when it will."""
    if not plan():
        return None
    try:
        with transaction.atomic():
            for name, limit in plan().items():
                _take_from(name, limit, now)
    except _NoRoom as full:
        return full.until
    return None


def is_used_up(*, now: dt.datetime) -> bool:
    """Whether the plan has no room at this moment."""
    if not (limits := plan()):
        return False
    used = Q()
    for name in limits:
        used |= Q(group=f"{ALL}/{name}", tokens__lt=1, refilled_at__gt=now - PERIODS[name])
    return RateBucket.objects.filter(used).exists()


def _take_from(name: str, limit: int, now: dt.datetime) -> None:
    """One statement each, so that two senders never take the same place. A plan changed meanwhile counts at once
    where it is smaller, and from the next stretch where it is larger."""
    key, begun = f"{ALL}/{name}", now - PERIODS[name]
    bucket = RateBucket.objects.filter(group=key)
    if bucket.filter(tokens__gte=1, refilled_at__gt=begun).update(
        tokens=Least(F("tokens"), float(limit)) - 1
    ):
        return
    if bucket.filter(refilled_at__lte=begun).update(tokens=limit - 1, refilled_at=now):
        return
    fresh = RateBucket(group=key, tokens=0, refilled_at=begun)
    if RateBucket.objects.bulk_create([fresh], ignore_conflicts=True) and bucket.filter(
        refilled_at__lte=begun
    ).update(tokens=limit - 1, refilled_at=now):
        return
    raise _NoRoom(bucket.get().refilled_at + PERIODS[name])
