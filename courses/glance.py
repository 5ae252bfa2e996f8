"""Many students at a glance: how far, what comes next, where it stops. The same few queries for one and for fifty."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from courses import outlines, queries, release
from courses.models import Enrolment, Grant, LessonProgress, Opening
from courses.models.learning import BY_HAND, THERE
from courses.queries import Row


@dataclass(frozen=True)
class Glance:
    """What the desk's list says of one student."""

    done: int
    total: int
    next_title: str  # where Continue leads; empty when nothing is open that is not done
    opens_at: dt.datetime | None  # when nothing is open: the moment at which something is
    stops_at: str  # the lesson at which they are stuck or went quiet
    why: str
    access: str  # in, by-hand, on-hold, ended


NOTHING = Glance(0, 0, "", None, "", "", "ended")


def of(enrolments: Sequence[Enrolment], *, now: dt.datetime) -> dict[int, Glance]:
    """By the enrolment's id. Each brings its user, contact and last lesson along."""
    if not enrolments:
        return {}
    pks = [one.pk for one in enrolments]
    courses, mine, access = outlines_of(enrolments), deeds_of(pks), access_of(pks)
    stuck = {
        enrolment: (lesson, first_seen_at, visits)
        for enrolment, lesson, first_seen_at, visits in LessonProgress.objects.stuck(now=now)
        .filter(enrolment__in=pks)
        .order_by("visits", "-first_seen_at")
        .values_list("enrolment", "lesson__title", "first_seen_at", "visits")
    }
    found = {}
    for one in enrolments:
        written, deeds = courses[one.course_id], mine[one.pk]
        following, opens_at = next_of(written, deeds, one, now)
        found[one.pk] = Glance(
            sum(row.id in deeds and deeds[row.id].done_at is not None for row in written),
            len(written),
            following.title if following else "",
            opens_at,
            *stop_of(one, stuck.get(one.pk), now),
            access.get(one.pk, "ended"),
        )
    return found


@dataclass
class Deed:
    """What one student did with one lesson, and since when it is open for them for ever."""

    first_seen_at: dt.datetime | None = None
    seen_at: dt.datetime | None = None
    done_at: dt.datetime | None = None
    opened_at: dt.datetime | None = None


def next_of(
    written: Sequence[Row], deeds: dict[int, Deed], enrolment: Enrolment, now: dt.datetime
) -> tuple[Row | None, dt.datetime | None]:
    """As `syllabus.next_lesson` answers, for which a whole outline would have to be drawn for each student: a test
    holds both together. Beside it the moment at which something opens, when nothing is open that is not done."""
    begun = [row for row in written if row.id in deeds and is_begun(deeds[row.id])]
    if begun:
        return max(begun, key=lambda row: deeds[row.id].seen_at or outlines.LONG_AGO), None
    module = next((row.module_id for row in written if row.id == enrolment.last_lesson_id), None)
    place = next((place for place, row in enumerate(written) if row.module_id == module), 0)
    left = [row for row in [*written[place:], *written[:place]] if not is_done(deeds.get(row.id))]
    standing = queries.Standing(done_by(row, deeds.get(row.id)) for row in written)
    soonest: dt.datetime | None = None
    for row in left:
        opens_at = release.row_opens_at(
            done_by(row, deeds.get(row.id)), enrolment, standing=standing, now=now
        )
        if row.preview or (opens_at and opens_at <= now):
            return row, None
        soonest = min(opens_at, soonest or opens_at) if opens_at else soonest
    return None, soonest


def done_by(row: Row, deed: Deed | None) -> Row:
    """The row with what its release asks of one student."""
    return replace(row, opened_at=deed.opened_at, done_at=deed.done_at) if deed else row


def is_begun(deed: Deed) -> bool:
    return deed.first_seen_at is not None and deed.done_at is None


def is_done(deed: Deed | None) -> bool:
    return deed is not None and deed.done_at is not None


def stop_of(
    enrolment: Enrolment, stuck: tuple[str, dt.datetime, int] | None, now: dt.datetime
) -> tuple[str, str]:
    """The lesson and the reason in words; both empty for whoever goes on, or finished."""
    seen = enrolment.last_seen_at
    if enrolment.completed_at or seen is None:
        return "", ""
    if now - seen >= THERE:
        title = enrolment.last_lesson.title if enrolment.last_lesson else ""
        return title, f"quiet for {(now - seen).days} days"
    if stuck is None:
        return "", ""
    title, first_seen_at, visits = stuck
    days = (now - first_seen_at).days
    began = "begun today" if days == 0 else "begun 1 day ago" if days == 1 else f"begun {days} days ago"
    return title, f"{began}, {visits} visits" if visits > 1 else began


def access_of(enrolments: Sequence[int]) -> dict[int, str]:
    """The word of courses.standing for whether and why somebody is in."""
    held = defaultdict[int, set[tuple[str, bool]]](set)
    for enrolment, state, source in Grant.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment", "state", "source"
    ):
        held[enrolment].add((state, source.startswith(BY_HAND)))
    return {enrolment: word(states) for enrolment, states in held.items()}


def word(states: set[tuple[str, bool]]) -> str:
    active = {by_hand for state, by_hand in states if state == Grant.State.ACTIVE}
    if active:
        return "by-hand" if active == {True} else "in"
    return "on-hold" if any(state == Grant.State.SUSPENDED for state, _ in states) else "ended"


def outlines_of(enrolments: Sequence[Enrolment]) -> dict[int, list[Row]]:
    """The written lessons of their courses, in order."""
    found = defaultdict[int, list[Row]](list)
    for row in queries.rows({one.course_id for one in enrolments}, []):
        if row.is_written:
            found[row.course_id].append(row)
    return found


def deeds_of(enrolments: Sequence[int]) -> dict[int, dict[int, Deed]]:
    """By enrolment and lesson."""
    mine = defaultdict[int, dict[int, Deed]](dict)
    steps = LessonProgress.objects.filter(enrolment__in=enrolments)
    for enrolment, lesson, *moments in steps.values_list(
        "enrolment", "lesson", "first_seen_at", "last_seen_at", "done_at"
    ):
        mine[enrolment][lesson] = Deed(*moments)
    for enrolment, lesson, opened_at in Opening.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment", "lesson", "opened_at"
    ):
        mine[enrolment].setdefault(lesson, Deed()).opened_at = opened_at
    return mine
