"""The course as a student would see it at some moment: a real student, or one who is made up and in no table.

Nothing is written down. Pages are drawn from the same rows by the same rule and the same templates as the student's.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.core import signing

from accounts.models import User
from courses import doors, outlines, queries, release, reminders, syllabus
from courses.models import Course, Enrolment, Lesson
from mailing.models import Contact, Sequence, Step

SALT = "courses.looking"
LASTS = dt.timedelta(hours=12)
NAME = "Your student"
ALL = 10_000  # more lessons than any course has


@dataclass(frozen=True)
class MadeUp:
    """Somebody who joined at a moment, lives in a zone and has done the first so many lessons."""

    joined_at: dt.datetime
    time_zone: str
    done: int = 0


@dataclass(frozen=True)
class Look:
    """Whom, and when, somebody at the desk looks as; `drafts`: as if all drafts were published."""

    course: Course
    enrolment: Enrolment
    moment: dt.datetime
    has_access: bool = True
    drafts: bool = False
    made_up: MadeUp | None = None

    @property
    def seat(self) -> Enrolment | None:
        return self.enrolment if self.has_access else None


def as_student(enrolment: Enrolment, *, moment: dt.datetime, drafts: bool = False) -> Look:
    """Needs `course` and `user.contact` loaded. One query."""
    has_access = enrolment.grants.active().exists()
    return Look(enrolment.course, enrolment, moment, has_access, drafts)


def as_nobody(course: Course, who: MadeUp, *, moment: dt.datetime, drafts: bool = False) -> Look:
    """A student who is in no table."""
    contact = Contact(
        email="student@example.org", name=NAME, time_zone=who.time_zone, time_zone_confirmed=True
    )
    user = User(email=contact.email, contact=contact)
    seat = Enrolment(user=user, course=course, joined_at=who.joined_at, time_zone=who.time_zone)
    return Look(course, seat, moment, drafts=drafts, made_up=who)


def outline(look: Look, *, here: int | None = None) -> outlines.Outline:
    """One query, as for the student."""
    return syllabus.drawn(rows(look), enrolment=look.seat, now=look.moment, here=here)


def rows(look: Look) -> list[queries.Row]:
    """What the student's own pages are drawn from, as it stands at the moment."""
    seats = [look.enrolment.pk] if look.enrolment.pk else []
    found = queries.rows([look.course.pk], seats, drafts=look.drafts)
    if look.drafts:
        found = [row if row.status != Lesson.Status.DRAFT else published(row) for row in found]
    if look.made_up is None:
        return [until(row, look.moment) for row in found]
    written = [row.id for row in found if row.is_written][: look.made_up.done]
    return [done(row, look.moment) if row.id in written else row for row in found]


def published(row: queries.Row) -> queries.Row:
    return replace(row, status=Lesson.Status.PUBLISHED)


def done(row: queries.Row, moment: dt.datetime) -> queries.Row:
    return replace(row, first_seen_at=moment, seen_at=moment, done_at=moment)


def until(row: queries.Row, moment: dt.datetime) -> queries.Row:
    """Without what had not happened yet."""
    if row.first_seen_at and row.first_seen_at > moment:
        row = replace(row, first_seen_at=None, seen_at=None, read_percent=None, video_seconds=None)
    if row.done_at and row.done_at > moment:
        row = replace(row, done_at=None)
    return row


def door(look: Look, lesson_slug: str) -> doors.Door | None:
    """The door of a lesson as the student finds it; None when for them there is no such lesson."""
    found = (
        Lesson.objects.select_related("course", "module").filter(course=look.course, slug=lesson_slug).first()
    )
    everything = rows(look)
    row = next((one for one in everything if found and one.id == found.pk and one.is_written), None)
    if found is None or row is None:
        return None
    if look.seat is None:
        is_offered = look.course.status == Course.Status.PUBLISHED
        kind = doors.PREVIEW if found.preview else doors.OUTSIDE
        return doors.Door(kind, found, None) if is_offered else None
    opens = release.row_due(row, look.seat, standing=queries.Standing(everything), now=look.moment)
    if opens.is_open(look.moment):
        return doors.Door(doors.OPEN, found, look.seat, opens.at)
    return doors.Door(doors.PREVIEW if found.preview else doors.WAITS, found, look.seat, opens.at)


def told(look: Look) -> set[tuple[str, str]]:
    """Which lessons a letter is promised about, as reminders.announced says it of students."""
    if look.made_up is None:
        return reminders.announced([look.enrolment])
    steps = Step.objects.filter(
        sequence__slug=look.course.sequence, sequence__state=Sequence.State.LIVE, archived_at=None
    )
    return {(look.enrolment.word, subject) for subject in steps.values_list("subject_of", flat=True)}


# ---- the look as a word in an address ----
def sealed(look: Look, *, by: User) -> str:
    """A word that only this person can look through, for some hours."""
    who = look.made_up
    told: dict[str, Any] = {"by": by.pk, "course": look.course.pk, "at": look.moment.isoformat()}
    if who is None:
        told["seat"] = look.enrolment.pk
    else:
        told |= {"joined": who.joined_at.isoformat(), "zone": who.time_zone, "done": who.done}
    return signing.dumps(told | ({"drafts": 1} if look.drafts else {}), salt=SALT, compress=True)


def unsealed(word: str, *, by: User) -> Look | None:
    """The look that a word stands for; None when it is not this person's, or too old, or what it names is gone."""
    try:
        told = signing.loads(word, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    course = Course.objects.filter(pk=told["course"]).first()
    if told["by"] != by.pk or course is None:
        return None
    moment, drafts = dt.datetime.fromisoformat(told["at"]), "drafts" in told
    if "seat" not in told:
        joined_at = dt.datetime.fromisoformat(told["joined"])
        return as_nobody(course, MadeUp(joined_at, told["zone"], told["done"]), moment=moment, drafts=drafts)
    seat = (
        Enrolment.objects.filter(pk=told["seat"], course=course)
        .select_related("course", "user__contact")
        .first()
    )
    return as_student(seat, moment=moment, drafts=drafts) if seat else None
