"""How many came back to the course within three days of a letter: what people did on the site, asked of the floor above
(`LETTER_RETURNS`). Nothing in a letter counts whether it was opened."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Sequence as Several
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from mailing.models import Letter, Sequence

WITHIN = dt.timedelta(days=3)
LATELY = dt.timedelta(days=90)
LEAST = 20  # of fewer letters a share says nothing
MOST = 5_000  # letters looked at, the newest
Sent = tuple[str, dt.datetime]  # the word that stands for the reader, and when the letter went
Asked = Callable[..., list[bool | None]]


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    came: int = 0
    of: int = 0

    @property
    def is_told(self) -> bool:
        return self.of >= LEAST


def by_step(sequence: Sequence, *, now: dt.datetime) -> dict[int, Share]:
    """For each of its letters that went within the last 90 days, three days ago or earlier; by the step's id."""
    sent = Letter.objects.filter(
        run__sequence=sequence, state=Letter.State.SENT, sent_at__gt=now - LATELY, sent_at__lte=now - WITHIN
    ).order_by("-sent_at")
    rows = list(sent.values_list("revision__step", "run__source", "sent_at")[:MOST])
    if not rows:
        return {}
    ask: Asked = import_string(settings.LETTER_RETURNS)
    pairs: list[Sent] = [(source or "", moment) for _, source, moment in rows if moment]
    came, total = defaultdict[int, int](int), defaultdict[int, int](int)
    for (step, _, _), answer in zip(rows, ask(pairs, within=WITHIN), strict=True):
        if answer is not None:
            total[step] += 1
            came[step] += answer
    return {step: Share(came[step], number) for step, number in total.items()}


def together(shares: Several[Share]) -> Share:
    return Share(sum(one.came for one in shares), sum(one.of for one in shares))
