"""One student's schedule moved by hand: later or earlier, standing still, all open at once.

None of it closes what was open before. Undo is for a slip: for an hour it takes back what the last of these did to days
that are still to come. What has opened meanwhile stays open, by whatever it was opened; so opening everything is final.
"""

import datetime as dt
from typing import Any

from django.db import transaction

from accounts.models import User
from courses import queries, release
from courses.models import Adjustment, Enrolment, Opening
from coursesite.lib import localtime
from mailing import pauses

A_WHILE = dt.timedelta(hours=1)
MOST = 365  # days
FIELDS = ("shift_days", "paused_at", "paused_until")


class Stale(ValueError):
    """The schedule is no longer the one that was looked at. Nothing was changed."""


class TooLate(ValueError):
    """What is to be taken back is no longer the last thing done, or was done too long ago. Nothing was changed."""


@transaction.atomic
def shift(*, enrolment: Enrolment, days: int, seen: int, actor: User, now: dt.datetime) -> Adjustment:
    """Move all that is not open yet, letters too, so many days later, or earlier if negative.

    `seen` is the shift that was looked at: the second call with the same raises Stale. Locks the enrolment.
    """
    mine = locked(enrolment)
    if mine.shift_days != seen:
        raise Stale
    done = begin(mine, Adjustment.Kind.SHIFT, days=days, actor=actor, now=now)
    move(mine, days, now=now)
    return done


@transaction.atomic
def pause(*, enrolment: Enrolment, until: dt.datetime | None, actor: User, now: dt.datetime) -> Adjustment:
    """Let the schedule stand still, and all letters of this person rest: until a moment, or until it is woken.

    The second call sets the other end. Raises ValueError for a moment that has passed. Locks the enrolment.
    """
    if until is not None and until <= now:
        raise ValueError("That day has passed.")
    mine = locked(enrolment)
    days = days_between(mine, now, until) if until else 0
    done = begin(mine, Adjustment.Kind.PAUSE, days=days, actor=actor, now=now)
    if mine.is_paused(now):
        end_pause(mine, now=now)
    mine.paused_at, mine.paused_until = now, until
    move(mine, days, now=now)
    pauses.pause(contact=mine.user.contact, until=until or pauses.OPEN_END, now=now)
    return done


@transaction.atomic
def wake(*, enrolment: Enrolment, actor: User, now: dt.datetime) -> Adjustment | None:
    """Let a schedule that stands still go on today, letters too. None, and nothing changed, if it goes on already."""
    mine = locked(enrolment)
    if not mine.is_paused(now):
        return None
    done = begin(mine, Adjustment.Kind.WAKE, days=0, actor=actor, now=now)
    end_pause(mine, now=now)
    return done


@transaction.atomic
def open_all(*, enrolment: Enrolment, actor: User, now: dt.datetime) -> Adjustment | None:
    """Every published lesson is open for this student from now on. None, and nothing changed, if all are open."""
    mine = locked(enrolment)
    closed = [row.id for row in waiting(mine, now=now)]
    if not closed:
        return None
    done = begin(mine, Adjustment.Kind.OPEN, days=0, actor=actor, now=now)
    Opening.objects.bulk_create([Opening(enrolment=mine, lesson_id=pk, opened_at=now) for pk in closed])
    done.opened = closed
    done.save(update_fields=["opened"])
    return done


@transaction.atomic
def undo(*, adjustment: Adjustment, now: dt.datetime) -> None:
    """The schedule is as it was before, but for what is open now. The second call, and one that comes too late, raises
    TooLate. Locks the enrolment."""
    mine = locked(adjustment.enrolment)
    last = latest(mine, now=now)
    if last is None or last.pk != adjustment.pk:
        raise TooLate
    release.freeze(enrolment=mine, now=now)
    before = last.before
    pauses.shift(source=mine.word, days=before["shift_days"] - mine.shift_days, now=now)
    mine.shift_days = before["shift_days"]
    mine.paused_at, mine.paused_until = moment(before["paused_at"]), moment(before["paused_until"])
    mine.save(update_fields=FIELDS)
    letters = moment(before["letters_rest_until"])
    if letters != mine.user.contact.paused_until:
        if letters and letters > now:
            pauses.pause(contact=mine.user.contact, until=letters, now=now)
        else:
            pauses.resume(contact=mine.user.contact, now=now)
    Adjustment.objects.filter(pk=last.pk).update(undone_at=now)


def latest(enrolment: Enrolment, *, now: dt.datetime) -> Adjustment | None:
    """What was done last, if it can still be taken back."""
    last = Adjustment.objects.filter(enrolment=enrolment, undone_at=None).order_by("-pk").first()
    is_final = last is None or last.kind == Adjustment.Kind.OPEN or last.made_at <= now - A_WHILE
    return None if is_final else last


# ---- the steps of which these are made ----
def locked(enrolment: Enrolment) -> Enrolment:
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    return Enrolment.objects.select_related("user__contact", "course").get(pk=enrolment.pk)


def begin(mine: Enrolment, kind: str, *, days: int, actor: User, now: dt.datetime) -> Adjustment:
    """What is open stays open; what was so far is kept, so that it can come back."""
    release.freeze(enrolment=mine, now=now)
    rests = mine.user.contact.paused_until
    before: dict[str, Any] = {name: word(getattr(mine, name)) for name in FIELDS}
    return Adjustment.objects.create(
        enrolment=mine,
        kind=kind,
        days=days,
        made_at=now,
        actor=actor,
        before=before | {"letters_rest_until": word(rests)},
    )


def move(mine: Enrolment, days: int, *, now: dt.datetime) -> None:
    mine.shift_days += days
    mine.save(update_fields=FIELDS)
    pauses.shift(source=mine.word, days=days, now=now)


def end_pause(mine: Enrolment, *, now: dt.datetime) -> None:
    """The days that the schedule stood still are added, those that it would have stood still are taken off."""
    until, since = mine.paused_until, mine.paused_at
    rested = mine.user.contact.paused_until == (until or pauses.OPEN_END)
    days = -days_between(mine, now, until) if until else days_between(mine, since or now, now)
    mine.paused_at = mine.paused_until = None
    move(mine, days, now=now)
    if rested:
        pauses.resume(contact=mine.user.contact, now=now)


def days_between(mine: Enrolment, since: dt.datetime, until: dt.datetime) -> int:
    zone = release.zone(mine)
    return (localtime.local_day(until, zone) - localtime.local_day(since, zone)).days


def waiting(mine: Enrolment, *, now: dt.datetime) -> list[queries.Row]:
    """The published lessons that are not open yet. One query."""
    found = queries.rows([mine.course_id], [mine.pk])
    standing = queries.Standing(found)
    return [
        row
        for row in found
        if row.is_written and not release.row_due(row, mine, standing=standing, now=now).is_open(now)
    ]


def word(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def moment(value: Any) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if value else None
