"""The course as one person sees it: every lesson with its state in words, what comes next, what opens next."""

import datetime as dt
from collections.abc import Collection, Sequence
from itertools import groupby

from django.conf import settings
from django.urls import reverse

from courses import outlines, queries, release, rules
from courses.models import Course, Enrolment
from courses.queries import Row
from coursesite.lib import localtime


def outline(
    *, course: Course, enrolment: Enrolment | None, now: dt.datetime, here: int | None = None
) -> outlines.Outline:
    """The whole course in one query. `enrolment` is one that gives access, or None; `here` the open lesson's id."""
    found = queries.rows([course.pk], [enrolment.pk] if enrolment else [])
    return drawn(found, enrolment=enrolment, now=now, here=here)


def of_all(*, enrolments: Sequence[Enrolment], now: dt.datetime) -> dict[int, outlines.Outline]:
    """Outlines by course id, one query for all."""
    found = queries.rows([one.course_id for one in enrolments], [one.pk for one in enrolments])
    return {
        one.course_id: drawn([row for row in found if row.course_id == one.course_id], enrolment=one, now=now)
        for one in enrolments
    }


def drawn(
    rows: Collection[Row], *, enrolment: Enrolment | None, now: dt.datetime, here: int | None = None
) -> outlines.Outline:
    parts, standing = [], queries.Standing(rows)
    for number, (_, group) in enumerate(groupby(rows, key=lambda row: row.module_id), 1):
        members = list(group)
        lines = [
            line(row, f"{number}.{index}", number, enrolment=enrolment, now=now, here=here, standing=standing)
            for index, row in enumerate(members, 1)
        ]
        first = members[0]
        parts.append(
            outlines.ModulePart(
                number, first.module_title, first.module_summary, lines, enrolment is not None
            )
        )
    return outlines.Outline(parts, [lesson for part in parts for lesson in part.lessons])


def line(
    row: Row,
    number: str,
    module_number: int,
    *,
    enrolment: Enrolment | None,
    now: dt.datetime,
    here: int | None,
    standing: queries.Standing,
) -> outlines.LessonLine:
    state, words, opens_at, waits = state_of(row, enrolment, standing=standing, now=now)
    is_open = state in {"done", "in-progress", "new", "preview"}
    return outlines.LessonLine(
        id=row.id,
        number=number,
        key=row.key,
        title=row.title,
        goal=row.goal,
        minutes=row.minutes,
        state=state,
        state_words=words,
        url=reverse("courses:lesson", args=[row.course_slug, row.slug]) if is_open else None,
        preview=row.preview,
        opens_by=rules.words(row.rule, after=first_title(row, standing), zone=settings.SITE_TIME_ZONE),
        opens_at=opens_at,
        waits=waits,
        seen_at=row.seen_at,
        read_percent=row.read_percent or 0,
        video_seconds=row.video_seconds or 0,
        exercise_keys=tuple(row.exercise_keys),
        module_number=module_number,
        module_title=row.module_title,
        here=row.id == here,
    )


State = tuple[str, str, dt.datetime | None, outlines.Waits | None]


def state_of(row: Row, enrolment: Enrolment | None, *, standing: queries.Standing, now: dt.datetime) -> State:
    """State, its words, when it opens or opened, and what it waits for if not only for a day."""
    if not row.is_written:
        return "in-writing", "Being written", None, None
    if enrolment is None:
        words = ("preview", "Free preview") if row.preview else ("in-course", "In the course")
        return *words, None, None
    due, zone = release.row_due(row, enrolment, standing=standing, now=now), release.zone(enrolment)
    if row.done_at:
        return "done", f"Done {day_words(row.done_at, zone)}", due.at, None
    if row.first_seen_at:
        return "in-progress", "In progress", due.at, None
    if due.is_open(now) or row.preview:  # a free lesson needs no waiting; "free" is a word for visitors
        return "new", "New", due.at, None
    waits = waits_of(row, due, enrolment, standing=standing, now=now)
    return "opens" if due.at else "after", waits.words, due.at, waits


def waits_of(
    row: Row, due: release.Due, enrolment: Enrolment, *, standing: queries.Standing, now: dt.datetime
) -> outlines.Waits:
    """A day, something to be done first, or both."""
    is_to_come = due.by_clock is not None and due.by_clock > now
    opens = opens_words(due.by_clock, enrolment) if due.by_clock and is_to_come else ""
    if due.rests and not opens:
        opens = outlines.BREAK
    if not due.waits:
        return outlines.Waits(opens)
    left = next(one for one in standing.first(row) if one.done_at is None)
    joint = (" or " if row.release_by == rules.FIRST else ", ") if opens else ""
    url = reverse("courses:lesson", args=[left.course_slug, left.slug])
    return outlines.Waits(opens, f"{joint}after", first_title(row, standing), url)


def first_title(row: Row, standing: queries.Standing) -> str:
    """What is done before this lesson: a lesson's title, or a module's."""
    first = standing.first(row)
    if not first:
        return ""
    return first[0].module_title if row.release_after_module_id else first[0].title


def day_words(moment: dt.datetime, zone: str) -> str:
    """`Nov 20`, as the day was where the person lives."""
    local = moment.astimezone(localtime.zone(zone))
    return f"{local:%b} {local.day}"


def opens_words(moment: dt.datetime, enrolment: Enrolment) -> str:
    """`Tue Nov 24, 9:00 your time`, or `9:00 in New York` while nobody has said where their morning is."""
    zone = release.zone(enrolment)
    local = moment.astimezone(localtime.zone(zone))
    whose = "your time" if enrolment.user.contact.time_zone_confirmed else f"in {localtime.place(zone)}"
    return f"{local:%a %b} {local.day}, {local.hour}:{local:%M} {whose}"


def next_lesson(whole: outlines.Outline, *, last_read: int | None = None) -> outlines.LessonLine | None:
    """Where Continue leads: the lesson in progress looked at last, else the first open one not done from the module of
    the lesson read last on (a lesson passed over, the safety list above all, comes before what builds on it), else the
    first open one not done at all, else None (all that is open is done)."""
    begun = [lesson for lesson in whole.lessons if lesson.state == "in-progress"]
    if begun:
        return max(begun, key=lambda lesson: lesson.seen_at or outlines.LONG_AGO)
    fresh = [lesson for lesson in whole.lessons if lesson.state in {"new", "preview"}]
    module = next((lesson.module_number for lesson in whole.written if lesson.id == last_read), 0)
    onward = [lesson for lesson in fresh if lesson.module_number >= module]
    return next(iter(onward or fresh), None)
