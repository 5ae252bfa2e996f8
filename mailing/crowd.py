"""Sending many people through a sequence at once, who were never in it: `drip.start` in a fixed number of queries."""

import datetime as dt
from collections.abc import Collection
from collections.abc import Sequence as Several

from mailing import drip, letterfiles, schedule, zones
from mailing.models import Contact, Run


def had(slugs: Collection[str], contacts: Several[Contact]) -> set[int]:
    """Ids of those who were in one of these sequences before: `drip.start` knows where they go on."""
    runs = Run.objects.filter(sequence__slug__in=slugs, contact__in=contacts)
    return set(runs.values_list("contact", flat=True))


def start(*, sequence: str, people: Several[tuple[Contact, str, dt.datetime]], at_once: bool) -> int:
    """Send contacts through a sequence, each with its source and the moment it counts from; how many runs.

    Inside the caller's transaction, for who was never in it (see `had`). Without `at_once` they begin with the first
    letter of a later day; if there is none, not at all. The second call begins nothing: one run is active.
    """
    into = letterfiles.sequence(sequence)
    steps = list(drip.steps(into))
    step = next((one for one in steps if at_once or one.day > 0), None)
    if step is None and not at_once:
        return 0
    runs = [
        Run(
            sequence=into,
            contact=contact,
            source=source,
            anchor_at=anchor_at,
            next_step=step,
            next_due_at=(
                schedule.due(step=step, anchor_at=anchor_at, zone=zones.of(contact)) if step else anchor_at
            ),
        )
        for contact, source, anchor_at in people
    ]
    return len(Run.objects.bulk_create(runs, ignore_conflicts=True))
