"""How students stand: the words by which the desk sorts them, and what each means. The rows are found by adjectives of
EnrolmentQuerySet; pages and letters that speak of one of these mean the same people."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from courses.models import Enrolment
from courses.models.learning import STUCK_AFTER, STUCK_VISITS, THERE, EnrolmentQuerySet

QUIET_DAYS = (7, 14, 30)
A_WHILE = 14  # days after which somebody who is quiet is worth a word


@dataclass(frozen=True)
class Standing:
    """A way to stand. `means` is told to the coach where she chooses it."""

    word: str
    label: str
    means: str
    rows: Callable[[EnrolmentQuerySet, dt.datetime], EnrolmentQuerySet]


def quiet(days: int) -> Standing:
    return Standing(
        f"quiet-{days}",
        f"Quiet for {days} days",
        f"In, began, did not finish, and not in the course for {days} days or more.",
        lambda rows, now: rows.quiet(days=days, now=now),
    )


STANDINGS = {
    one.word: one
    for one in [
        Standing(
            "stuck",
            "Stuck",
            f"Still coming (within {THERE.days} days), with a lesson that is begun and not done: begun "
            f"{STUCK_AFTER.days} days ago or more although they came back since, or visited {STUCK_VISITS} times. "
            "Looks within three hours are one visit.",
            lambda rows, now: rows.stuck(now=now),
        ),
        *(quiet(days) for days in QUIET_DAYS),
        Standing("new", "Never started", "In, and never opened a lesson.", lambda rows, _: rows.never_started()),
        Standing(
            "finished",
            "Finished",
            "Did every published lesson once. A lesson added later changes nothing.",
            lambda rows, _: rows.finished(),
        ),
        Standing("in", "In", "Has access for any reason.", lambda rows, _: rows.with_access()),
        Standing("by-hand", "In by hand", "Let in at the desk, not by a purchase.", lambda rows, _: rows.by_hand()),
        Standing(
            "on-hold",
            "On hold",
            "Access rests: a bank asks for the money back, or a payment is late.",
            lambda rows, _: rows.on_hold(),
        ),
        Standing("ended", "Ended", "Nothing lets them in any more. Progress is kept.", lambda rows, _: rows.ended()),
    ]
}  # fmt: skip


def rows(word: str, *, among: "QuerySet[Enrolment]", now: dt.datetime) -> "QuerySet[Enrolment]":
    """Those among them who stand so; all of them for a word that is none of ours."""
    if not isinstance(among, EnrolmentQuerySet) or word not in STANDINGS:
        return among
    return STANDINGS[word].rows(among, now)
