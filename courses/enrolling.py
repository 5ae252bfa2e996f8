"""Letting many people in at once: first what would become of each line, then exactly that, in one go."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Count, Q

from accounts import signup
from accounts.models import User
from courses import journeys
from courses.models import Course, Enrolment, Grant
from courses.models.learning import BY_HAND
from courses.roster import Line


class Fate(models.TextChoices):
    NEW = "new", "let in, with a new account"
    KNOWN = "known", "let in"
    BACK = "back", "let in again"
    IN = "in", "in already"
    BROKEN = "broken", "left out"


LET_IN = (Fate.NEW, Fate.KNOWN, Fate.BACK)


@dataclass(frozen=True)
class Row:
    """What becomes of one line."""

    line: Line
    fate: Fate
    course: Course | None = None
    why: str = ""


@dataclass(frozen=True)
class Seat:
    """A person and a course, as confirmed."""

    email: str
    name: str
    course: int


def look(lines: Sequence[Line], *, course: Course | None) -> list[Row]:
    """What letting them in would do; `course` is for lines that name none. Changes nothing: four queries."""
    every = list(Course.objects.exclude(status=Course.Status.DRAFT))
    called = {word.lower(): one for one in every for word in (one.slug, one.title)}
    emails = [line.email for line in lines if not line.fault]
    users = {user.email.lower(): user.pk for user in signup.of_addresses(emails)}
    mine = Enrolment.objects.filter(user__in=users.values())
    there = set(mine.values_list("user", "course"))
    inside = set(mine.with_access().values_list("user", "course"))
    first: dict[tuple[str, int], int] = {}
    rows = []
    for line in lines:
        where = called.get(line.course.lower()) if line.course else course
        rows.append(_row(line, where, first, users.get(line.email), there, inside))
    return rows


def _row(
    line: Line, course: Course | None, first: dict[tuple[str, int], int], user: int | None,
    there: set[tuple[int, int]], inside: set[tuple[int, int]],
) -> Row:  # fmt: skip
    if line.fault:
        return Row(line, Fate.BROKEN, why=line.fault)
    if course is None:
        why = f"There is no course called “{line.course}”." if line.course else "No course is named."
        return Row(line, Fate.BROKEN, why=why)
    before = first.setdefault((line.email, course.pk), line.number)
    if before != line.number:
        return Row(line, Fate.BROKEN, course, f"The same as line {before}.")
    if user is None:
        return Row(line, Fate.NEW, course)
    seat = (user, course.pk)
    fate = Fate.IN if seat in inside else Fate.BACK if seat in there else Fate.KNOWN
    return Row(line, fate, course)


def tally(rows: Sequence[Row]) -> dict[str, int]:
    return dict(Counter(str(row.fate) for row in rows))


@transaction.atomic
def let_in(
    seats: Sequence[Seat], *, reason: str, welcome: bool, now: dt.datetime, actor: User | None = None
) -> int:
    """Let all of them in, or none if anything breaks; how many were not in before. Without `welcome` nobody is written
    to today, letters about lessons follow.

    The second call lets nobody in. A fixed number of queries for each course, whoever is new; who had letters of the
    course before costs a few more.
    """
    users = signup.accounts_of({seat.email: seat.name for seat in seats}, now=now)
    courses = Course.objects.in_bulk({seat.course for seat in seats})
    done = 0
    for pk, course in courses.items():
        mine = [users[seat.email] for seat in seats if seat.course == pk]
        done += _let_in(mine, course, reason, welcome, now, actor)
    return done


def _let_in(
    users: list[User], course: Course, reason: str, welcome: bool, now: dt.datetime, actor: User | None
) -> int:
    fresh = [
        Enrolment(user=user, course=course, joined_at=now, time_zone=user.time_zone)
        for user in {user.pk: user for user in users}.values()
    ]
    Enrolment.objects.bulk_create(fresh, ignore_conflicts=True)
    locked = Enrolment.objects.select_for_update(of=("self",)).filter(course=course, user__in=users)
    outside = locked.without_access().select_related("user__contact").order_by("pk")
    seats = list(outside)
    ended = Count("grants", filter=Q(grants__source__startswith=BY_HAND))
    numbers = dict(
        Enrolment.objects.filter(pk__in=[one.pk for one in seats])
        .order_by()
        .annotate(number=ended)
        .values_list("pk", "number")
    )
    Grant.objects.bulk_create(
        Grant(
            enrolment=one, source=f"{BY_HAND}{numbers[one.pk] + 1}", started_at=now, reason=reason[:200], actor=actor
        )
        for one in seats
    )  # fmt: skip
    for one in seats:
        one.course = course
    journeys.joined_many(seats, course=course, welcome=welcome, now=now)
    return len(seats)
