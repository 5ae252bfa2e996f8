"""When a lesson opens for somebody: by its rule (days after joining at 9:00 of their own morning, a fixed moment,
something done first), moved by what the coach did to this one schedule. Once open it stays open.

The rule is counted, not stored. Before anything that it is made of changes (the rule, the person's zone, what is
done, what a module holds), what is open already is written down as an Opening, and so is what opens when something is
done; a lesson that somebody has begun counts as open for ever too.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from courses import queries, rules, waiting
from courses.models import Course, Enrolment, Lesson, LessonProgress, Opening
from coursesite.lib import localtime

PORTION = 500  # students looked at and written down at a time


@dataclass(frozen=True)
class Due:
    """When a rule opens a lesson for somebody. `at` None: nobody can say yet.

    `by_clock` is what days and dates alone say, `waits`: something else has to be done first and is not, `rests`: this
    schedule stands still until somebody wakes it.
    """

    at: dt.datetime | None
    by_clock: dt.datetime | None = None
    waits: bool = False
    rests: bool = False

    def is_open(self, now: dt.datetime) -> bool:
        return self.at is not None and self.at <= now


def due(
    rule: rules.Rule, enrolment: Enrolment, *, awaited: rules.Awaited = rules.NOTHING, now: dt.datetime
) -> Due:
    """By the rule alone, never before joining."""
    clocks = [rested(moment, enrolment) for moment in by_clock(rule, enrolment, now=now)]
    asked = [*clocks, awaited.done_at] if awaited.is_there else clocks
    at = rules.combined(asked, rule.by) if asked else enrolment.joined_at
    return Due(
        max(at, enrolment.joined_at) if at else None,
        rules.combined(clocks, rule.by) if clocks else None,
        waits=awaited.is_there and awaited.done_at is None,
        rests=None in clocks,
    )


def by_clock(rule: rules.Rule, enrolment: Enrolment, *, now: dt.datetime) -> Iterator[dt.datetime]:
    """What days and a date of a rule mean for somebody, as UTC moments."""
    if rule.days:
        days = rule.days + enrolment.shift_days
        yield morning(days, enrolment, now=now) if days > 0 else enrolment.joined_at
    if rule.at:
        yield shifted(rule.at, enrolment.shift_days)


def morning(days: int, enrolment: Enrolment, *, now: dt.datetime) -> dt.datetime:
    """9:00 of the day so many days after joining. A person who has moved to another zone since lives by the new one,
    except for what is open by the old."""
    by_stored = localtime.days_after(enrolment.joined_at, days, enrolment.time_zone)
    if by_stored <= now or zone(enrolment) == enrolment.time_zone:
        return by_stored
    return localtime.days_after(enrolment.joined_at, days, zone(enrolment))


def shifted(moment: dt.datetime, days: int) -> dt.datetime:
    """The same hour by the site's clock, so many days later."""
    local = moment.astimezone(localtime.zone(settings.SITE_TIME_ZONE))
    return (
        localtime.at(local.date() + dt.timedelta(days=days), local.time(), settings.SITE_TIME_ZONE)
        if days
        else moment
    )


def rested(moment: dt.datetime, enrolment: Enrolment) -> dt.datetime | None:
    """None while a schedule rests until it is woken: nobody knows yet which day that will be."""
    is_resting = enrolment.paused_at is not None and enrolment.paused_until is None
    return None if is_resting and enrolment.paused_at and moment > enrolment.paused_at else moment


def zone(enrolment: Enrolment) -> str:
    """The zone whose mornings count and in which times are told."""
    return enrolment.user.time_zone


def kept(by_rule: Due, *since: dt.datetime | None) -> Due:
    """What a rule says, with what is open for ever: by an Opening, or because it was begun."""
    known = [moment for moment in since if moment]
    if not known:
        return by_rule
    return replace(by_rule, at=min([*known, by_rule.at] if by_rule.at else known))


def row_due(row: queries.Row, enrolment: Enrolment, *, standing: queries.Standing, now: dt.datetime) -> Due:
    """When a row of an outline opens or opened, what is open for ever included. No query."""
    by_rule = due(row.rule, enrolment, awaited=standing.awaited(row), now=now)
    return kept(by_rule, row.opened_at, row.first_seen_at)


def row_opens_at(
    row: queries.Row, enrolment: Enrolment, *, standing: queries.Standing, now: dt.datetime
) -> dt.datetime | None:
    """`opens_at` without a query, for a row of an outline."""
    return row_due(row, enrolment, standing=standing, now=now).at


def opens_at(lesson: Lesson, enrolment: Enrolment, *, now: dt.datetime) -> dt.datetime | None:
    """The UTC moment at which the lesson opens or opened; None: nobody can say yet."""
    awaited = waiting.Crowd([lesson], [enrolment.pk]).awaited(enrolment, lesson)
    by_rule = due(lesson.rule, enrolment, awaited=awaited, now=now)
    if by_rule.is_open(now):
        return by_rule.at
    opening = Opening.objects.filter(enrolment=enrolment, lesson=lesson).first()
    begun = LessonProgress.objects.filter(enrolment=enrolment, lesson=lesson).first()
    since = (opening.opened_at if opening else None, begun.first_seen_at if begun else None)
    return kept(by_rule, *since).at


def is_open(lesson: Lesson, enrolment: Enrolment, *, now: dt.datetime) -> bool:
    moment = opens_at(lesson, enrolment, now=now)
    return moment is not None and moment <= now


def freeze(*, enrolment: Enrolment, now: dt.datetime, waiting_only: bool = False) -> int:
    """Write down every published lesson that is open now as open for ever (`waiting_only`: of those that wait for
    another); how many were written. Again: none."""
    found = queries.rows([enrolment.course_id], [enrolment.pk])
    standing = queries.Standing(found)
    fresh = []
    for row in (one for one in found if one.status == Lesson.Status.PUBLISHED):
        moment = row_opens_at(row, enrolment, standing=standing, now=now)
        if row.opened_at is None and moment and moment <= now and (row.rule.waits or not waiting_only):
            fresh.append(Opening(enrolment=enrolment, lesson_id=row.id, opened_at=moment))
    Opening.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def rezone(*, enrolment: Enrolment, now: dt.datetime) -> bool:
    """Let lessons open by the zone the person lives in now; what is open stays open. Whether anything changed.

    Called by whatever writes for a student, so that reading a page never has to. The second call changes nothing.
    While somebody else has the enrolment locked, it keeps its zone until the next time: who plans letters holds runs,
    and must not wait for whoever waits for these.
    """
    if zone(enrolment) == enrolment.time_zone:
        return False
    with transaction.atomic():
        free = Enrolment.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=enrolment.pk)
        if free.first() is None:
            return False
        freeze(enrolment=enrolment, now=now)
        enrolment.time_zone = zone(enrolment)
        enrolment.save(update_fields=["time_zone"])
    return True


@transaction.atomic
def reschedule(*, lesson: Lesson, rule: rules.Rule, now: dt.datetime, is_new: bool = False) -> int:
    """Give a lesson another rule; for whom it is open already it stays so. How many those are. What is not
    published, or `is_new` and was not until now, is open for nobody.

    The second call with the same rule changes nothing.
    """
    stored = Lesson.objects.select_for_update(no_key=True).get(pk=lesson.pk)
    lesson.rule = rule
    if stored.rule == rule:
        return 0
    kept = keep_open([stored], now=now) if stored.is_written and not is_new else 0
    stored.rule = rule
    stored.save(update_fields=RULE)
    return kept


RULE = ["release_days", "release_at", "release_after_lesson", "release_after_module", "release_by"]


@transaction.atomic
def hold(*, course: Course, now: dt.datetime) -> int:
    """Before what modules hold changes (a lesson is published, moved, archived, brought back): lessons that wait for
    others stay open for whom they are open. How many were written down. Again: none."""
    waits = Lesson.objects.published().filter(course=course)
    return keep_open([one for one in waits.defer("body") if one.rule.waits], now=now)


def withdraw(*, lesson: Lesson, now: dt.datetime) -> int:
    """Before a published lesson becomes a draft again: whatever rule it gets until it is back, it opens again at once
    for whom it was open. How many were written down. Again: none."""
    return keep_open([lesson], now=now) if lesson.is_written else 0


def keep_open(lessons: list[Lesson], *, now: dt.datetime) -> int:
    """Write down for whom these lessons of one course are open by their rules."""
    written = 0
    for portion in students(lessons):
        known = set(
            Opening.objects.filter(enrolment__in=[one.pk for one in portion], lesson__in=lessons).values_list(
                "enrolment", "lesson"
            )
        )
        fresh = [
            Opening(enrolment=enrolment, lesson=lesson, opened_at=found.at)
            for enrolment, lesson, found in dues(lessons, portion, now=now)
            if found.at and found.at <= now and (enrolment.pk, lesson.pk) not in known
        ]
        Opening.objects.bulk_create(fresh, ignore_conflicts=True)
        written += len(fresh)
    return written


def students(lessons: list[Lesson]) -> Iterator[list[Enrolment]]:
    """Everybody who is or was in the course of these lessons, in portions."""
    if not lessons:
        return
    everybody: QuerySet[Enrolment] = Enrolment.objects.filter(course=lessons[0].course_id).order_by("pk")
    last = 0
    while portion := list(everybody.filter(pk__gt=last).select_related("user__contact")[:PORTION]):
        yield portion
        last = portion[-1].pk


def dues(
    lessons: list[Lesson], enrolments: list[Enrolment], *, now: dt.datetime
) -> Iterable[tuple[Enrolment, Lesson, Due]]:
    """What the rules alone say, for each student and lesson: two queries at most."""
    crowd = waiting.Crowd(lessons, [one.pk for one in enrolments])
    for enrolment in enrolments:
        for lesson in lessons:
            yield (
                enrolment,
                lesson,
                due(lesson.rule, enrolment, awaited=crowd.awaited(enrolment, lesson), now=now),
            )
