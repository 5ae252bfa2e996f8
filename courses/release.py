"""When a lesson opens for somebody: at 9:00 of their own morning, so many days after joining. Once open it stays open.

The rule is counted, not stored. Before anything that the rule is made of changes (its days, the person's zone), what
is open already is written down as an Opening; a lesson that somebody has begun counts as open for ever too.
"""

import datetime as dt

from django.db import transaction

from courses import queries
from courses.models import Enrolment, Lesson, LessonProgress, Opening
from coursesite.lib import localtime


def due_at(days: int, enrolment: Enrolment, *, now: dt.datetime) -> dt.datetime:
    """The UTC moment by the rule alone; `days` 0 is the moment of joining.

    A person who has moved to another zone since lives by the new one, except for what is open by the old.
    """
    if days == 0:
        return enrolment.joined_at
    by_stored = localtime.days_after(enrolment.joined_at, days, enrolment.time_zone)
    if by_stored <= now or zone(enrolment) == enrolment.time_zone:
        return by_stored
    return localtime.days_after(enrolment.joined_at, days, zone(enrolment))


def zone(enrolment: Enrolment) -> str:
    """The zone whose mornings count and in which times are told."""
    return enrolment.user.time_zone


def row_opens_at(row: queries.Row, enrolment: Enrolment, *, now: dt.datetime) -> dt.datetime:
    """`opens_at` without a query, for a row of an outline."""
    known = [moment for moment in (row.opened_at, row.first_seen_at) if moment]
    return min(known) if known else due_at(row.release_days, enrolment, now=now)


def opens_at(lesson: Lesson, enrolment: Enrolment, *, now: dt.datetime) -> dt.datetime:
    """The UTC moment at which the lesson opens or opened."""
    due = due_at(lesson.release_days, enrolment, now=now)
    if due <= now:
        return due
    opening = Opening.objects.filter(enrolment=enrolment, lesson=lesson).first()
    if opening:
        return opening.opened_at
    begun = LessonProgress.objects.filter(enrolment=enrolment, lesson=lesson).first()
    return begun.first_seen_at if begun else due


def is_open(lesson: Lesson, enrolment: Enrolment, *, now: dt.datetime) -> bool:
    return opens_at(lesson, enrolment, now=now) <= now


def freeze(*, enrolment: Enrolment, now: dt.datetime) -> int:
    """Write down every lesson that is open now as open for ever; how many were written. Again: none."""
    fresh = [
        Opening(enrolment=enrolment, lesson_id=row.id, opened_at=row_opens_at(row, enrolment, now=now))
        for row in queries.rows([enrolment.course_id], [enrolment.pk])
        if row.opened_at is None and row_opens_at(row, enrolment, now=now) <= now
    ]
    Opening.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def rezone(*, enrolment: Enrolment, now: dt.datetime) -> bool:
    """Let lessons open by the zone the person lives in now; what is open stays open. Whether anything changed.

    Called by whatever writes for a student, so that reading a page never has to. The second call changes nothing.
    """
    if zone(enrolment) == enrolment.time_zone:
        return False
    with transaction.atomic():
        freeze(enrolment=enrolment, now=now)
        enrolment.time_zone = zone(enrolment)
        enrolment.save(update_fields=["time_zone"])
    return True


@transaction.atomic
def reschedule(*, lesson: Lesson, release_days: int, now: dt.datetime) -> int:
    """Change after how many days a lesson opens; for whom it is open already it stays so. How many those are.

    The second call with the same days changes nothing.
    """
    stored = Lesson.objects.select_for_update().get(pk=lesson.pk)
    lesson.release_days = release_days
    if stored.release_days == release_days:
        return 0
    enrolments = Enrolment.objects.filter(course=stored.course_id).select_related("user__contact")
    fresh = [
        Opening(enrolment=one, lesson=stored, opened_at=due_at(stored.release_days, one, now=now))
        for one in enrolments.exclude(openings__lesson=stored)
        if due_at(stored.release_days, one, now=now) <= now
    ]
    Opening.objects.bulk_create(fresh, ignore_conflicts=True)
    Lesson.objects.filter(pk=stored.pk).update(release_days=release_days)
    return len(fresh)
