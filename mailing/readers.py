"""Real people a letter is tried on before it is published: some by chance, and the oddest of those looked at."""

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from coursesite.lib import localtime
from mailing import addresses, guards, kinds, zones
from mailing.models import Contact, Run, Step

CHANCE = secrets.SystemRandom()
SOME = 20
STRETCH = 500  # readers looked at in one go: the first of them, and so many from three places anywhere
PLACES = 3


@dataclass(frozen=True)
class Reader:
    """`context` is what the letter would be told of this person's lesson; None where that is not known yet."""

    contact: Contact
    context: dict[str, str] | None = None


class Odd(NamedTuple):
    """Of a person, what can be odd."""

    name: str
    email: str
    zone: str


def of(step: Step, *, now: dt.datetime) -> list[Reader]:
    """At most twenty by chance and five odd ones. As many queries for a million as for a few; changes nothing."""
    rows: Any = Contact.objects.filter(merged_into=None)
    if is_loose := step.sequence.kind in kinds.LOOSE:
        seen = looked_at(rows, "pk")
    else:
        rows = Run.objects.filter(sequence=step.sequence)
        seen = looked_at(rows, "contact")
    odd = set(oddest(seen, now))
    rest = [pk for pk in seen if pk not in odd]
    chosen = rows.filter(pk__in=[*odd, *CHANCE.sample(rest, min(SOME, len(rest)))]).order_by("pk")
    if is_loose:
        return [Reader(contact) for contact in chosen]
    runs = list(chosen.select_related("contact", "sequence"))
    asked = [guards.question(run, step, now=now, is_look=True) for run in runs]
    said = guards.ask_each(asked)
    return [
        Reader(run.contact, answer.context if isinstance(answer, guards.Send) else None)
        for run, answer in zip(runs, said, strict=True)
    ]


def looked_at(rows: Any, person: str) -> dict[int, Odd]:
    """By the key of a row, what may be odd about its person. Whoever has several rows stands there once.

    Rows first and then their people: with both in one query a database that has not counted them yet, as after an
    import, tries every pair.
    """
    last = rows.model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    row_of: dict[int, int] = {}
    for start in (0, *(CHANCE.randint(1, last + 1) for _ in range(PLACES))):
        stretch = rows.filter(pk__gte=start).order_by("pk").values_list(person, "pk")
        row_of |= dict(stretch[:STRETCH])
    people = Contact.objects.filter(pk__in=row_of, merged_into=None)
    return {
        row_of[pk]: Odd(name, email, zone)
        for pk, name, email, zone in people.values_list("pk", "name", "email", "time_zone")
        if not addresses.is_removed(email)
    }


def oddest(seen: Mapping[int, Odd], now: dt.datetime) -> Iterator[int]:
    """The longest name, none at all, the longest address, one that is not ASCII, the zone furthest from ours."""
    if not seen:
        return
    away = {zone: distance(zone, now) for zone in {one.zone for one in seen.values()}}
    yield max(seen, key=lambda pk: len(seen[pk].name))
    yield max(seen, key=lambda pk: len(seen[pk].email))
    yield max(seen, key=lambda pk: away[seen[pk].zone])
    yield from [pk for pk, one in seen.items() if not one.name.strip()][:1]
    yield from [pk for pk, one in seen.items() if not one.email.isascii()][:1]


def distance(zone: str, now: dt.datetime) -> dt.timedelta:
    """How far a clock there is from the site's."""
    ours, theirs = (
        now.astimezone(localtime.zone(zones.of(Contact(time_zone=one)))).replace(tzinfo=None)
        for one in ("", zone)
    )
    return abs(theirs - ours)
